"""The OpenAPI document is the product: valid, complete, with an example for everything it promises."""

import gzip
import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from billing.api.schema import MEANINGS
from billing_desk.urls import urlpatterns

METHODS = ("get", "post", "put", "patch", "delete")
OPEN = {"issue_token", "refresh_token", "list_problems", "retrieve_problem", "tell_einvoice"}
"""Operations that need no credential."""
PERSONAL = {"revoke_token", "list_sessions", "end_session"}
"""What everybody who signed in may do, with their own sessions."""
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def document():
    from drf_spectacular.generators import SchemaGenerator

    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


@pytest.fixture(scope="module")
def operations(document):
    return {
        item[method]["operationId"]: (path, method, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_says_what_it_does_who_may_and_what_can_come_back(operations):
    for name, (path, method, operation) in operations.items():
        assert operation["summary"], name
        assert len(operation["tags"]) == 1, name
        statuses = set(operation["responses"])
        assert any(status.startswith(("2", "3")) for status in statuses), name
        assert {"429", "500", "503"} <= statuses, name
        if name not in OPEN | PERSONAL:
            assert operation["description"].startswith(("Needs the permission `", "Needs no permission")), (
                name
            )
            assert {"400", "401", "403"} <= statuses, name
        if "{" in path:
            assert "404" in statuses, name
        if "requestBody" in operation:
            assert {"411", "413", "415"} <= statuses, name
        if method == "post" and name not in OPEN | PERSONAL:
            names = [parameter["name"] for parameter in operation["parameters"]]
            assert "Idempotency-Key" in names, name


def test_every_refusal_is_a_problem_with_an_example(operations):
    for name, (_, _, operation) in operations.items():
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            assert list(response["content"]) == [PROBLEM], (name, status)
            example = response["content"][PROBLEM]["example"]
            assert example["status"] == int(status), (name, status)
            assert example["type"] == f"/v1/problems/{example['code']}", (name, status)


def test_every_body_and_every_answer_in_json_has_an_example(operations):
    for name, (_, _, operation) in operations.items():
        for content in operation.get("requestBody", {}).get("content", {}).items():
            if content[0] == "application/json":
                assert "example" in content[1], name
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json")
            if status.startswith("2") and media is not None:
                assert "example" in media, (name, status)


def test_every_answer_carries_the_headers_it_promises(operations):
    for name, (_, _, operation) in operations.items():
        for status, response in operation["responses"].items():
            assert {"X-Request-Id", "RateLimit-Limit"} <= set(response["headers"]), (name, status)


def test_links_lead_from_what_is_created_to_what_can_be_done_with_it(operations):
    links = operations["credit_invoice"][2]["responses"]["201"]["links"]

    assert {"retrieve_credit_note", "finalize_credit_note", "void_credit_note", "refund_credit_note"} <= set(
        links
    )
    assert links["retrieve_credit_note"]["parameters"] == {"credit_note_id": "$response.body#/id"}
    assert "credit_invoice" in operations["create_invoice"][2]["responses"]["201"]["links"]


def test_every_status_that_is_declared_has_a_meaning(operations):
    declared = {int(status) for _, _, operation in operations.values() for status in operation["responses"]}

    assert {status for status in declared if status >= 400} <= set(MEANINGS)


def test_every_address_of_the_api_is_in_the_document(document):
    found = set()

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(getattr(pattern.pattern, "_route", ""))
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            elif hasattr(pattern.callback, "cls"):
                found.add("/" + route.replace("<str:", "{").replace(">", "}"))

    walk([pattern for pattern in urlpatterns if str(pattern.pattern) == "v1/"], "")

    documented = set(document["paths"])
    assert {path for path in found if not path.endswith((".json", "{account_id}"))} <= documented


def test_the_docs_page_needs_nothing_from_elsewhere(client):
    page = client.get("/v1/docs").content.decode()

    assert "https://" not in page.replace("https://www.w3.org", "")
    assert "cdn" not in page.lower()


def test_the_document_is_served_compact_compressed_and_only_once(client):
    plain = client.get("/v1/openapi.json")
    compressed = client.get("/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    again = client.get("/v1/openapi.json", headers={"If-None-Match": plain.headers["ETag"]})

    assert plain.headers["Content-Type"] == "application/json"
    assert gzip.decompress(compressed.content) == plain.content
    assert len(compressed.content) * 5 < len(plain.content)
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_field_needs_besides_is_told_in_words_and_for_programs(operations):
    operation = operations["credit_invoice"][2]

    assert operation["description"] == (
        "Needs the permission `INVOICE.CREDIT.CREATE`; with `finalize` also `CREDIT_NOTE.FINALIZE`;"
        " with `notify` also `CREDIT_NOTE.SEND_EMAIL`; with `source_payment` also `CREDIT_NOTE.REFUND`."
    )
    assert operation["x-permissions"]["always"] == ["INVOICE.CREDIT.CREATE"]
    assert operation["x-permissions"]["with"]["finalize"] == "CREDIT_NOTE.FINALIZE"
