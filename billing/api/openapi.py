"""The last touches of the OpenAPI document: what holds for every operation, examples, and where answers lead.

Each function takes the finished document and changes it in place; `finish` is the hook that calls them.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from .catalogue import codes_by_status
from .schema import MEANINGS

Document = dict[str, Any]
Operation = dict[str, Any]

EXAMPLES = Path(__file__).parent / "examples.json"
PROBLEM = "application/problem+json"
EVERYWHERE = (429, 500, 503)
WITH_A_BODY = (411, 413, 415)
METHODS = ("get", "post", "put", "patch", "delete")

TAGS = {
    "credit-notes": (
        "Credit notes",
        "Corrections of final invoices: drafted or issued, allocated, refunded, undone.",
    ),
    "invoices": ("Invoices", "Claims for payment. A final one never changes; it is credited."),
    "payments": ("Payments", "Money that came in, or is on its way."),
    "overpayments": ("Payments", ""),
    "refunds": ("Refunds", "Money on its way back."),
    "customers": ("Customers", "Buyers: master data, of which every paper keeps its own copy."),
    "billing-entities": ("Billing entities", "Legal sellers; each numbers its own papers."),
    "sequences": ("Number series", "Runs of numbers, and the report of their gaps."),
    "reason-codes": ("Reason codes", "Why notes and refunds are made, in a platform's own words."),
    "templates": ("Templates", "How papers look."),
    "einvoices": ("E-invoices", "How far each has come on its way, and who can receive them."),
    "known-receivers": ("E-invoices", ""),
    "einvoice-callbacks": ("E-invoices", ""),
    "jobs": ("Jobs", "Many deeds asked for in one call."),
    "webhook-endpoints": ("Webhooks", "Where events are sent, and what became of each delivery."),
    "events": ("Events", "Everything that happened, in order."),
    "event-types": ("Events", ""),
    "api-keys": ("Credentials", "Keys for machines, tokens for people."),
    "tokens": ("Credentials", ""),
    "sessions": ("Credentials", ""),
    "codes": ("Code lists", "The codes that e-invoices use, with their names."),
    "platforms": ("Platforms", "Tenants and their settings."),
    "problems": ("Problems", "What each refusal means, and what to do."),
}
HEADERS = {
    "X-Request-Id": ("The request's id; every event that it caused carries it too.", {"type": "string"}),
    "RateLimit-Limit": ("Requests a minute that this credential may make.", {"type": "integer"}),
    "RateLimit-Remaining": ("Requests left in this minute.", {"type": "integer"}),
    "RateLimit-Reset": ("Seconds until the next minute begins.", {"type": "integer"}),
    "RateLimit-Policy": ("The limit and its window in seconds: `1200;w=60`.", {"type": "string"}),
}
PLATFORM = {
    "name": "X-Platform-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "For which platform; needed only by a credential that may act for several.",
}
REPLAYED = ("Idempotent-Replayed", "`true` when it is answered from the first call.", {"type": "string"})


def finish(result: Document, generator: Any, request: Any, public: bool) -> Document:
    """Complete the document (a hook of drf-spectacular)."""
    for path, item in result["paths"].items():
        for method in METHODS:
            if method in item:
                complete(result, path, item[method])
    result["tags"] = [{"name": name, "description": words} for name, words in TAGS.values() if words]
    link(result)
    code = result["components"]["schemas"]["ProblemOut"]["properties"]["code"]
    code["x-codes"] = {str(status): codes for status, codes in codes_by_status().items()}
    return named(result)


def named(document: Document) -> Document:
    """Call the shapes as integrators would: `CreditNote`, `CreditNoteRequest`, `CreditNoteSummary`."""
    shapes = document["components"]["schemas"]
    for shape in shapes.values():
        for part in shape.get("properties", {}).values():
            if part.get("default") == "":  # leaving it out says the same, and where it must not be empty more
                del part["default"]
    names = {name: name_of(name, has_whole=f"Whole{name}" in shapes) for name in shapes}
    assert len({*names.values()}) == len(names), "two shapes have one name"
    text = re.sub(
        r'"#/components/schemas/(\w+)"',
        lambda found: f'"#/components/schemas/{names[found[1]]}"',
        json.dumps(document, default=str),
    )
    result: Document = json.loads(text)
    result["components"]["schemas"] = {
        names[name]: shape for name, shape in result["components"]["schemas"].items()
    }
    return result


def name_of(shape: str, *, has_whole: bool) -> str:
    """Return a shape's name without what tells our serializers apart; the lesser of two is a summary."""
    if shape.endswith("InRequest"):
        return shape.removesuffix("InRequest") + "Request"
    if has_whole or shape.startswith("Listed"):
        return shape.removeprefix("Listed").removesuffix("Out") + "Summary"
    return shape.removeprefix("Whole").removesuffix("Out")


def complete(document: Document, path: str, operation: Operation) -> None:
    """Give one operation its tag, the refusals and headers that hold everywhere, and its examples."""
    room = path.split("/")[2]
    operation["tags"] = [TAGS[room][0]]
    for status in EVERYWHERE + (WITH_A_BODY if "requestBody" in operation else ()):
        operation["responses"].setdefault(str(status), refusal(status))
    for status, response in operation["responses"].items():
        response.setdefault("headers", {}).update(headers_of(operation, status))
    if {} not in operation.get("security", ()):
        operation.setdefault("parameters", []).append(PLATFORM)
    exemplify(operation)


def refusal(status: int) -> Document:
    return {
        "description": MEANINGS[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }


def headers_of(operation: Operation, status: str) -> Document:
    found = {name: header(*words) for name, words in HEADERS.items()}
    names = [parameter["name"] for parameter in operation.get("parameters", ())]
    if "Idempotency-Key" in names and status.startswith("2"):
        found[REPLAYED[0]] = header(*REPLAYED[1:])
    if status in {"429", "503"}:
        found["Retry-After"] = header("Seconds to wait.", {"type": "integer"})
    return found


def header(description: str, schema: Document) -> Document:
    return {"description": description, "schema": schema}


@cache
def examples() -> dict[str, Any]:
    """Return real calls by operation: `{"request": …, "status": 201, "answer": …, "refusals": {"409": …}}`.

    They were recorded from the running product (tests/api/test_examples.py).
    """
    found: dict[str, Any] = json.loads(EXAMPLES.read_text()) if EXAMPLES.exists() else {}
    return found


def exemplify(operation: Operation) -> None:
    """Show a real request, its real answer, and for each refusal a real or a typical one."""
    call = examples().get(operation["operationId"], {})
    if call.get("request") is not None:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media["example"] = call["request"]
    for status, response in operation["responses"].items():
        for media_type, media in response.get("content", {}).items():
            if media_type == PROBLEM:
                media["example"] = call.get("refusals", {}).get(status) or typical(int(status))
            elif media_type == "application/json" and str(call.get("status")) == status:
                media["example"] = call["answer"]


def typical(status: int) -> Document:
    """Return a problem that any operation may answer with a status."""
    found: Document = examples().get("", {}).get(str(status), {})
    return found


def link(document: Document) -> None:
    """Say which operations take the id that another answers: create, then retrieve, finalise, void."""
    takers = list(takers_of(document))
    for path, item in document["paths"].items():
        for method in ("post", "get"):
            for status, response in item.get(method, {}).get("responses", {}).items():
                thing = thing_in(document, response) if status.startswith("2") else ""
                links = {
                    operation: {"operationId": operation, "parameters": {name: "$response.body#/id"}}
                    for name, operation, where in takers
                    if thing and name == f"{thing}_id" and where != path
                }
                if links:
                    response["links"] = links


def takers_of(document: Document) -> Any:
    """Yield each operation that takes exactly one id in its path."""
    for path, item in document["paths"].items():
        names = re.findall(r"\{([a-z_]+)\}", path)
        for method in METHODS:
            if method in item and len(names) == 1:
                yield names[0], item[method]["operationId"], path


def thing_in(document: Document, response: Document) -> str:
    """Return what an answer is an object of: `credit_note`; "" for a list, a file, or nothing."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    shape = document["components"]["schemas"].get(name, {})
    constant = shape.get("properties", {}).get("object", {}).get("const", "")
    return str(constant)
