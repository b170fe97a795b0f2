"""One round trip through a running desk: credit an invoice by the API, and look at all that follows."""

import http.client
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml import etree

from billing_desk.embedded.home import CannotRun

PATIENCE = 120.0
Json = dict[str, Any]
Pause = Callable[[float], None]


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    content: bytes


def fetch(method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    """Make one HTTP request; a redirect is an answer like any other.

    :raises CannotRun: nobody answers.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=60)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(method, target, body=body or None, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.getheader("Location", ""), response.read())
    except (OSError, http.client.HTTPException) as problem:
        raise CannotRun(f"{method} {url} was not answered: {problem}") from problem
    finally:
        connection.close()


@dataclass(frozen=True)
class Api:
    """The desk's API as seen by one key."""

    url: str
    key: str

    def get(self, path: str, **query: str) -> Json:
        return self._json("GET", f"{path}?{urlencode(query)}" if query else path, 200)

    def post(self, path: str, body: Json) -> Json:
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return self._json("POST", path, 201, headers=headers, body=json.dumps(body).encode())

    def post_xml(self, path: str, body: bytes) -> Json:
        headers = {"Content-Type": "application/xml", "Idempotency-Key": str(uuid.uuid4())}
        return self._json("POST", path, 201, headers=headers, body=body)

    def download(self, path: str) -> bytes:
        """Follow the signed link that `path` redirects to. The key stays here."""
        answer = self._ask("GET", path, 302)
        file = fetch("GET", answer.location)
        if file.status != http.client.OK:
            raise CannotRun(f"The signed link of {path} answers {file.status}.")
        return file.content

    def _json(self, method: str, path: str, expected: int, **request: Any) -> Json:
        return dict(json.loads(self._ask(method, path, expected, **request).content))

    def _ask(self, method: str, path: str, expected: int, **request: Any) -> Answer:
        headers = {"X-API-KEY": self.key} | request.pop("headers", {})
        answer = fetch(method, self.url + path, headers=headers, **request)
        if answer.status != expected:
            told = answer.content.decode(errors="replace")[:2000]
            raise CannotRun(f"{method} {path} answers {answer.status} instead of {expected}: {told}")
        return answer


def round_trip(url: str, api_key: str, smtp_dir: Path, *, pause: Pause) -> str:
    """Credit one invoice in full, wait for its PDF, XML and e-mail, and check them. Returns a summary.

    `pause` passes some seconds; it may raise when the desk is no longer well.

    :raises CannotRun: something is refused, missing, wrong, or late.
    """
    api = Api(url, api_key)
    invoice = creditable_invoice(api) or imported_invoice(api)
    seen = set(smtp_dir.glob("*.eml"))
    wish = {"finalize": True, "notify": True, "note": "Credited by a round trip of the desk"}
    note = api.post(f"/v1/invoices/{invoice['id']}/credit", wish)
    deadline = time.monotonic() + PATIENCE
    number = str(note["number"])
    while not has_papers(note):
        patient(deadline, f"{number} has no PDF and XML: files are {note.get('files')}", pause)
        note = api.get(f"/v1/credit-notes/{note['id']}")
    while not (mail := mail_about(number, set(smtp_dir.glob("*.eml")) - seen)):
        patient(deadline, f"no e-mail about {number} has arrived in {smtp_dir}", pause)
    pdf = api.download(f"/v1/credit-notes/{note['id']}/download?format=pdf")
    xml = api.download(f"/v1/credit-notes/{note['id']}/download?format=xml")
    check_papers(number, pdf, xml)
    check_attachments(number, mail)
    return (
        f"{number} credits invoice {invoice['number']} in full: {note['total']} {note['currency']}. "
        f"PDF ({len(pdf)} bytes), XML ({len(xml)} bytes) and the e-mail to {mail['To']} are there."
    )


def patient(deadline: float, complaint: str, pause: Pause) -> None:
    if time.monotonic() > deadline:
        raise CannotRun(f"After {PATIENCE:.0f} s {complaint}.")
    pause(0.25)


def creditable_invoice(api: Api) -> Json | None:
    """Return a FINAL invoice of which something is left to credit, or None when the demo has run dry."""
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/invoices", limit="100", **cursor)
        for invoice in page["data"]:
            if is_creditable(invoice):
                return dict(invoice)
        if not page["has_more"]:
            return None
        cursor = {"cursor": page["next_cursor"]}


def is_creditable(invoice: Json) -> bool:
    """Tell whether a FINAL invoice has something left, and no draft that is to credit it already."""
    is_waiting = any(note["status"] == "DRAFT" for note in invoice.get("linked_credit_notes", []))
    return invoice["status"] == "FINAL" and Decimal(str(invoice["creditable"])) > 0 and not is_waiting


def imported_invoice(api: Api) -> Json:
    return api.post_xml("/v1/invoices/import", fresh_invoice())


def fresh_invoice() -> bytes:
    """Return a small UBL invoice of the demo's seller, with a number of its own."""
    now = datetime.now(UTC)
    template = Template(Path(__file__).with_name("once_invoice.xml").read_text())
    return template.substitute(number=f"ONCE-{now:%Y%m%d-%H%M%S-%f}", date=f"{now:%Y-%m-%d}").encode()


def has_papers(note: Json) -> bool:
    files = note.get("files") or {}
    return bool(files.get("pdf") and files.get("xml"))


def mail_about(number: str, files: set[Path]) -> EmailMessage | None:
    for file in sorted(files):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        if number in str(message["Subject"]) or any(number in name for name in attachment_names(message)):
            return message
    return None


def attachment_names(message: EmailMessage) -> list[str]:
    return [part.get_filename() or "" for part in message.iter_attachments()]


def check_papers(number: str, pdf: bytes, xml: bytes) -> None:
    if not pdf.startswith(b"%PDF"):
        raise CannotRun(f"The PDF of {number} is none: it begins with {pdf[:20]!r}.")
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as problem:
        raise CannotRun(f"The XML of {number} is not well-formed: {problem}") from problem
    if root.findtext("{*}ID") != number:
        raise CannotRun(f"The XML of {number} bears the number {root.findtext('{*}ID')}.")


def check_attachments(number: str, message: EmailMessage) -> None:
    endings = {Path(name).suffix for name in attachment_names(message)}
    if not {".pdf", ".xml"} <= endings:
        raise CannotRun(
            f"The e-mail about {number} carries {attachment_names(message)}, not a PDF and an XML."
        )
