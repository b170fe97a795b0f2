"""A story over the whole API: every operation is called once at least, as an integrator would call it.

A software house with one seller bills breweries and shops. The calls become the examples of the document.
"""

import json
from datetime import timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.api.parsers import MOST_BYTES
from billing.einvoice.ubl.writer import serialize
from billing.jobs.models import Job
from tests.factories import a_customer, a_platform, an_entity, an_invoice_document
from tests.jobs.working import work_on
from tests.work import do_all_work

from .recording import BETWEEN_CALLS, PASSWORD, Story

SELLER = {
    "name": "Acme Software",
    "legal_name": "Acme Software B.V.",
    "address": {
        "line1": "Herengracht 1",
        "postal_code": "1015 BA",
        "city": "Amsterdam",
        "country": "NL",
    },
    "vat_number": "NL123456782B90",
    "legal_id": {"id": "12345678", "scheme": "0106"},
    "endpoint": {"id": "12345678", "scheme": "0106"},
    "email": "accounts@acme.example",
    "contact": {"name": "Accounts", "phone": "+31 20 123 4567"},
    "bank_account": {"iban": "NL91ABNA0417164300", "bic": "ABNANL2A"},
    "timezone": "Europe/Amsterdam",
}
BUYER = {
    "name": "Bières du Nord",
    "legal_name": "Bières du Nord SA",
    "address": {"line1": "Rue Haute 2", "postal_code": "1000", "city": "Bruxelles", "country": "BE"},
    "vat_number": "BE0123456749",
    "endpoint": {"id": "0123456749", "scheme": "0208"},
    "email": "ap@bieres.example",
    "language": "fr",
    "currency": "EUR",
    "buyer_reference": "PO-77",
    "external_reference": "crm-4711",
}
SEATS = {"name": "Team plan, November", "quantity": 10, "unit_price": "12.50", "tax_rate": 21}
SETUP = {"name": "Onboarding workshop", "quantity": 1, "unit_price": "450.00", "tax_rate": 21}
NOBODY = "cn_01kavz8m009999999999999999"


class World:
    """What the story has come to, for its next chapters."""

    def __init__(self, story: Story, hooks: str) -> None:
        self.story, self.hooks = story, hooks
        self.tell, self.refused = story.tell, story.refused
        self.seller = self.customer = self.narrow_key = ""

    def work(self, *, job: str = "") -> None:
        """Let the workers do what is to be done, or a job."""
        self.story.clock.shift(BETWEEN_CALLS)
        if job:
            work_on(Job.objects.get(pk=job))
        else:
            do_all_work(at=clock.now())

    def an_invoice(self, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
        body = {"customer": self.customer, "lines": list(lines or [SEATS]), "finalize": True} | fields
        invoice: dict[str, Any] = self.tell("create_invoice", body=body)
        return invoice

    def a_note(self, **fields: Any) -> dict[str, Any]:
        """A note on the whole of an invoice of its own."""
        note: dict[str, Any] = self.tell("credit_invoice", self.an_invoice()["id"], body=fields)
        return note

    def a_paid_note(self) -> dict[str, Any]:
        """A final note on an invoice that was paid: its amount is the customer's."""
        invoice = self.an_invoice()
        self.tell("create_payment", body={"invoice": invoice["id"], "amount": invoice["total"]})
        note: dict[str, Any] = self.tell("credit_invoice", invoice["id"], body={"finalize": True})
        return note


def the_platform(it: World) -> None:
    platform = it.tell("list_platforms", query="limit=2")["data"][0]["id"]
    it.tell("retrieve_platform", platform)
    it.tell("update_platform", platform, body={"keeps_overpayments": True, "requires_reason": False})
    it.refused("update_platform", platform, body={"approval_above": "-1"}, code="invalid_request")
    it.seller = it.tell("create_billing_entity", body=SELLER)["id"]
    it.refused("create_billing_entity", body=SELLER | {"timezone": "Amsterdam"}, code="timezone_unknown")
    it.tell("list_billing_entities", query="limit=2")
    it.tell("retrieve_billing_entity", it.seller)
    it.tell("update_billing_entity", it.seller, body={"legal_info": "KvK Amsterdam 12345678"})
    template = it.tell("create_template", body={"name": "House style", "accent": "#0b5d7a"})["id"]
    it.refused("create_template", body={"name": "House style"}, code="template_exists")
    it.tell("list_templates", query="limit=2")
    it.tell("retrieve_template", template)
    it.tell("update_template", template, body={"footer": "Thank you for your business."})
    it.tell("delete_template", template)
    sequence = it.tell(
        "create_sequence", body={"kind": "CREDIT_NOTE", "prefix": "CN-WEB", "reset": "YEARLY", "digits": 5}
    )["id"]
    it.tell("list_sequences", query="limit=2")
    it.tell("retrieve_sequence", sequence)
    it.tell("update_sequence", sequence, body={"is_default": True})
    reason = it.tell("create_reason_code", body={"code": "outage", "name": "Service was not available"})["id"]
    it.refused("create_reason_code", body={"code": "outage", "name": "Outage"}, code="reason_code_exists")
    other = it.tell("create_reason_code", body={"code": "goodwill", "name": "Goodwill"})["id"]
    it.tell("list_reason_codes", query="limit=2")
    it.tell("retrieve_reason_code", reason)
    it.tell("update_reason_code", reason, body={"name": "Outage of the service"})
    it.tell("retire_reason_code", other)
    it.tell("create_reason_code", body={"code": "write_off", "name": "Written off"})


def the_credentials(it: World) -> None:
    body = {
        "name": "Web shop",
        "permissions": ["CUSTOMER.CREATE", "INVOICE.VIEW", "INVOICE.CREATE", "INVOICE.CREDIT.CREATE"],
        "requests_per_minute": 300,
        "expires_at": "2027-12-31T23:59:59Z",
    }
    key = it.tell("create_api_key", body=body)["id"]
    it.tell("list_api_keys", query="limit=2")
    it.tell("retrieve_api_key", key)
    it.narrow_key = it.tell("rotate_api_key", key, body={"overlap_hours": 24})["secret"]
    it.tell("revoke_api_key", key)
    it.refused("revoke_api_key", key, code="api_key_not_valid")
    it.refused(
        "create_api_key",
        body={"name": "Web shop", "permissions": ["CREDIT_NOTE.SHRED"]},
        code="permission_unknown",
    )
    signed_in = it.tell("issue_token", body={"username": "clara.clerk", "password": PASSWORD})
    it.refused("issue_token", body={"username": "clara.clerk", "password": "guess"}, code="sign_in_refused")
    fresh = it.tell("refresh_token", body={"refresh_token": signed_in["refresh_token"]})["access_token"]
    elsewhere = it.tell("issue_token", body={"username": "clara.clerk", "password": PASSWORD})
    it.tell("list_sessions", query="limit=2", token=fresh)
    it.tell("end_session", elsewhere["session"], token=fresh)
    it.tell("revoke_token", token=fresh)


def the_customers(it: World) -> None:
    it.customer = it.tell("create_customer", body=BUYER)["id"]
    it.refused("create_customer", body=BUYER, code="external_reference_in_use")
    it.tell("list_customers", query="limit=2")
    it.tell("retrieve_customer", it.customer)
    it.tell("update_customer", it.customer, body={"language": "en", "buyer_reference": "PO-78"})
    mistake = it.tell("create_customer", body={"name": "Bières du Nod", "address": {"country": "BE"}})["id"]
    it.tell("delete_customer", mistake)


def the_invoices(it: World) -> None:
    draft = it.tell("create_invoice", body={"customer": it.customer, "lines": [SEATS, SETUP]})
    invoice = draft["id"]
    it.refused(
        "create_invoice",
        body={"customer": it.customer, "lines": [{"name": "Team plan", "quantity": "ten", "unit_price": 1}]},
        code="invalid_request",
    )
    it.tell("update_invoice", invoice, body={"payment_terms": "30 days net", "version": draft["version"]})
    it.refused("update_invoice", invoice, body={"note": "Hello", "version": 1}, code="changed_meanwhile")
    it.tell("replace_invoice", invoice, body={"lines": [SEATS, SETUP], "payment_terms": "30 days net"})
    it.tell("hold_invoice", invoice)
    it.tell("release_invoice", invoice)
    it.tell("finalize_invoice", invoice, body={"notify": True})
    it.refused("finalize_invoice", invoice, body={}, code="invoice_not_draft")
    it.refused("delete_invoice", invoice, code="invoice_not_draft")
    it.refused("delete_customer", it.customer, code="in_use")
    it.work()
    it.tell("retrieve_invoice", invoice)
    it.tell("list_invoices", query="limit=2&customer=" + it.customer)
    for name in ("read_invoice_pdf", "read_invoice_html", "download_invoice"):
        it.tell(name, invoice)
    it.tell("send_invoice", invoice, body={"to": "owner@bieres.example", "subject": "Your invoice"})
    it.tell("delete_invoice", it.an_invoice(finalize=False)["id"])
    it.tell("record_payment", invoice, body={"amount": "100.00", "date": "2026-11-20", "reference": "F1102"})
    it.tell("list_invoice_payments", invoice, query="limit=2")
    it.tell("record_tax_withheld", invoice, body={"amount": "21.00", "reference": "Form 16A"})
    it.tell("list_taxes_withheld", invoice, query="limit=2")
    pending = {"invoice": invoice, "amount": "50.00", "method": "direct_debit", "status": "in_progress"}
    it.tell("succeed_payment", it.tell("create_payment", body=pending)["id"])
    failed = it.tell("create_payment", body=pending)["id"]
    it.tell("fail_payment", failed, body={"reason": "Insufficient funds"})
    it.refused("succeed_payment", failed, code="payment_not_possible")
    it.tell("retrieve_payment", failed)
    it.tell("list_payments", query="limit=2")
    too_much = it.an_invoice()
    it.tell("create_payment", body={"invoice": too_much["id"], "amount": "200.00"})
    overpayment = it.tell("list_overpayments", query="limit=2")["data"][0]["id"]
    it.tell("retrieve_overpayment", overpayment)
    it.tell("apply_overpayment", invoice, body={"overpayment": overpayment, "amount": "25.00"})


def an_import(it: World) -> None:
    """Invoices of another system; they bring a seller of their own."""
    elsewhere = a_platform("Elsewhere")
    document = an_invoice_document(an_entity(elsewhere), a_customer(elsewhere), number="F-2026-1")
    xml = serialize(document)
    it.refused("import_invoice", body=xml.replace(b">121.00<", b">120.00<"), code="einvoice_invalid")
    it.refused("import_invoice", body=b"<Invoice>", code="einvoice_unreadable")
    it.tell("read_invoice_xml", it.tell("import_invoice", body=xml)["id"])
    it.refused("import_invoice", body=xml, code="number_in_use")


def the_manners(it: World) -> None:
    """What any call may be refused for."""
    invoice = it.an_invoice()["id"]
    for code, body, more in (
        ("authentication_failed", {}, {"X-API-KEY": "bd_unknown"}),
        ("permission_denied", {"finalize": True}, {"X-API-KEY": it.narrow_key}),
        ("length_required", None, {"Transfer-Encoding": "chunked"}),
        ("body_too_large", '{"note": "' + "x" * MOST_BYTES + '"}', {}),
        ("unsupported_media_type", "amount=10", {"media_type": "application/x-www-form-urlencoded"}),
    ):
        it.refused("credit_invoice", invoice, body=body, code=code, **more)


def the_credit_notes(it: World) -> None:
    invoice = it.an_invoice(SEATS, SETUP)
    line = invoice["lines"][0]["id"]
    part = {"lines": [{"invoice_line": line, "quantity": 2}], "reason_code": "outage"}
    it.tell("estimate_credit_note", body={"invoice": invoice["id"]} | part)
    note = it.tell("credit_invoice", invoice["id"], body=part | {"note": "Two seats were not used."})
    it.refused("credit_invoice", invoice["id"], body={"amount": "9000.00"}, code="amount_exceeds_creditable")
    it.refused("credit_invoice", invoice["id"], body={"ammount": 10}, code="invalid_request")
    it.refused("credit_invoice", "inv_01kavz8m009999999999999999", body={}, code="not_found")
    it.tell("update_credit_note", note["id"], body={"note": "Two of ten seats were not used."})
    it.refused("update_credit_note", note["id"], body={"note": "…", "version": 1}, code="changed_meanwhile")
    it.tell("replace_credit_note", note["id"], body=part | {"note": "Two of ten seats were never used."})
    it.tell("hold_credit_note", note["id"])
    it.refused("hold_credit_note", note["id"], code="already_on_hold")
    it.tell("release_credit_note", note["id"])
    clara = it.tell("issue_token", body={"username": "clara.clerk", "password": PASSWORD})["access_token"]
    it.refused("approve_credit_note", note["id"], body={}, code="own_draft_not_approved")
    it.tell("approve_credit_note", note["id"], body={}, token=clara)
    it.tell("finalize_credit_note", note["id"], body={"notify": True})
    it.refused("finalize_credit_note", note["id"], body={}, code="note_not_draft")
    it.refused("delete_credit_note", note["id"], code="note_not_draft")
    it.work()
    it.tell("retrieve_credit_note", note["id"])
    it.refused("retrieve_credit_note", NOBODY, code="not_found")
    it.tell("list_credit_notes", query="limit=2&expand=lines")
    it.tell("list_customer_credit_notes", it.customer, query="limit=2")
    for name in (
        "read_credit_note_pdf",
        "read_credit_note_html",
        "retrieve_einvoice",
        "read_einvoice_xml",
        "download_credit_note",
        "download_credit_note_by_other_address",
    ):
        it.tell(name, note["id"])
    it.tell(
        "send_credit_note", note["id"], body={"to": ["owner@bieres.example"], "cc": ["books@acme.example"]}
    )
    it.tell("delete_credit_note", it.a_note()["id"])
    it.tell("create_credit_note", body={"invoice": invoice["id"], "amount": "60.50", "reason_code": "outage"})
    it.tell("write_off_invoice", it.an_invoice()["id"], body={"note": "Insolvent."})
    it.tell("credit_and_copy_invoice", it.an_invoice()["id"], body={"note": "Wrong address."})
    past = {"invoice": it.an_invoice()["id"], "number": "CR-2026-000042", "date": "2026-11-20"}
    it.tell("import_credit_note", body=past | {"amount": "50.00", "note": "Issued by the former system."})
    it.tell("report_gaps", it.tell("list_sequences")["data"][-1]["id"])


def the_settlement(it: World) -> None:
    note = it.a_paid_note()
    it.tell("plan_refund", note["id"], query="amount=60.50")
    refunds = it.tell("refund_credit_note", note["id"], body={"amount": "60.50"})["refunds"]
    it.refused("refund_credit_note", note["id"], body={"amount": "500.00"}, code="refund_exceeds_available")
    it.tell("succeed_refund", refunds[0]["id"], body={"reference": "SEPA-20261120-7"})
    it.refused("succeed_refund", refunds[0]["id"], body={}, code="refund_is_settled")
    refunds = it.tell("refund_credit_note", note["id"], body={"amount": "10.00"})["refunds"]
    failing = next(row["id"] for row in refunds if row["status"] == "PENDING")
    it.tell("fail_refund", failing, body={"failure": "The account is closed."})
    it.tell("retrieve_refund", failing)
    it.tell("list_refunds", query="limit=2")
    elsewhere = {"amount": "10.00", "date": "2026-11-20", "method": "cash", "reference": "Till 3"}
    it.tell("record_refund", note["id"], body=elsewhere)
    debt = it.an_invoice()["id"]
    rows = it.tell("allocate_credit_note", note["id"], body={"invoice": debt, "amount": "40.00"})
    it.refused(
        "allocate_credit_note",
        note["id"],
        body={"invoice": debt, "amount": "900.00"},
        code="amount_exceeds_available",
    )
    it.tell("deallocate_credit_note", note["id"], rows["allocations"][-1]["id"])
    it.tell("apply_credits", debt, body={"credit_notes": [note["id"]]})
    it.tell("retrieve_customer_balance", it.customer)
    it.tell("remove_credit_note", debt, body={"credit_note": note["id"]})
    it.refused("void_credit_note", note["id"], body={"reason": "Mistake"}, code="has_refunds")
    taxed = it.an_invoice()
    it.tell("record_tax_withheld", taxed["id"], body={"amount": "21.25"})
    it.tell("create_payment", body={"invoice": taxed["id"], "amount": "130.00"})
    returned = it.tell("credit_invoice", taxed["id"], body={"finalize": True})["id"]
    rows = it.tell("return_tax_withheld", returned, body={"date": "2026-11-20", "reference": "Form 16A"})
    it.tell("remove_tax_withheld_refund", returned, rows["tax_withheld_refunds"][0]["id"])
    it.tell("void_credit_note", it.a_note(finalize=True)["id"], body={"reason": "Credited by mistake"})
    sent = it.a_note(finalize=True, notify=True)["id"]
    it.work()
    it.refused("void_credit_note", sent, body={"reason": "Mistake"}, code="einvoice_already_sent")
    it.tell("reverse_credit_note", sent, body={"reason": "Credited by mistake"})
    it.refused("reverse_credit_note", sent, body={"reason": "Mistake"}, code="already_reversed")


def the_einvoices(it: World) -> None:
    """E-invoices that somebody sends, whose receivers answer."""
    it.tell("retrieve_einvoicing", it.seller)
    it.refused("update_einvoicing", it.seller, body={"transport": "http"}, code="channel_incomplete")
    it.tell("update_einvoicing", it.seller, body={"method": "manual", "transport": "directory"})
    channel = it.tell("rotate_einvoicing_secret", it.seller, body={"overlap_hours": 24})
    known = {"scheme": "0208", "identifier": "0123456749", "profiles": ["peppol-bis-3"]}
    receiver = it.tell("create_known_receiver", body=known)["id"]
    it.tell("list_known_receivers", query="limit=2")
    it.tell("retrieve_known_receiver", receiver)
    it.tell("delete_known_receiver", receiver)
    invoice = it.an_invoice(finalize=False)["id"]
    it.tell(
        "put_attachment",
        invoice,
        "timesheet",
        query="filename=hours.csv&description=Hours",
        body=b"day,hours\n2026-11-20,8\n",
        media_type="text/csv",
    )
    it.tell("read_attachment", invoice, "timesheet")
    it.tell("delete_attachment", invoice, "timesheet")
    it.tell("check_invoice_einvoice", invoice)
    it.tell("finalize_invoice", invoice, body={})
    note = it.tell("credit_invoice", invoice, body={"finalize": True})["id"]
    it.tell("check_einvoice", note)
    it.work()
    it.tell("send_invoice_einvoice", invoice, body={})
    it.tell("send_einvoice", note, body={})
    it.refused("send_einvoice", note, body={}, code="einvoice_exists")
    it.refused("resend_einvoice", note, body={}, code="nothing_to_resend")
    it.work()
    it.tell("retrieve_invoice_einvoice", invoice)
    einvoice = it.tell("retrieve_einvoice", note)["id"]
    it.tell("retrieve_einvoice_by_id", einvoice)
    the_access_point(it, channel, einvoice)
    it.tell("update_einvoice", note, body={"status": "REGISTERED", "reference": "AS4-20261122-7"})
    it.tell("update_einvoice", note, body={"response": "REJECTED", "message": "No such order."})
    it.tell("update_invoice_einvoice", invoice, body={"status": "FAILED", "message": "Receiver unknown."})
    it.tell("resend_invoice_einvoice", invoice, body={})
    it.tell("list_einvoices", query="limit=2")
    other = it.a_note(finalize=True)["id"]
    it.work()
    it.tell("send_einvoice", other, body={})
    it.work()
    it.tell("update_einvoice", other, body={"status": "FAILED", "message": "Receiver unknown."})
    it.tell("resend_einvoice", other, body={})


def the_access_point(it: World, channel: dict[str, Any], einvoice: str) -> None:
    """An access point tells what became of what it has."""
    channel_id = channel["callback_url"].rpartition("/")[2]
    said = {"message_id": f"{einvoice}-1", "status": "SUCCESS", "reference": "AS4-20261122-6"}
    body, at = json.dumps(said), clock.now() + timedelta(seconds=BETWEEN_CALLS)
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(channel["secret"]).sign("msg_1", at, body),
    }
    it.tell("tell_einvoice", channel_id, body=said, **signed)
    it.refused("tell_einvoice", channel_id, body=said, code="callback_not_signed")


def many_at_once(it: World) -> None:
    final, draft = it.an_invoice()["id"], it.an_invoice(finalize=False)["id"]
    body = {"action": "credit", "invoices": [final, draft], "finalize": True, "note": "Outage in November"}
    job = it.tell("bulk_credit_notes", body=body)["id"]
    it.work(job=job)
    it.tell("retrieve_job", job)
    it.tell("list_job_items", job, query="limit=2&order_direction=asc")
    other = it.tell("bulk_invoices", body={"action": "finalize", "invoices": [draft], "notify": True})["id"]
    it.work(job=other)
    it.tell("resume_job", job)
    it.work(job=job)
    it.refused("resume_job", job, code="nothing_to_resume")
    it.tell("list_jobs", query="limit=2")


def what_is_told(it: World) -> None:
    body = {"url": it.hooks, "event_types": ["billing.credit_note.created"], "description": "Web shop"}
    endpoint = it.tell("create_webhook_endpoint", body=body)["id"]
    it.tell("list_webhook_endpoints", query="limit=2")
    it.tell("retrieve_webhook_endpoint", endpoint)
    it.tell("update_webhook_endpoint", endpoint, body={"description": "Web shop, new"})
    it.tell("rotate_webhook_secret", endpoint, body={"overlap_hours": 24})
    it.tell("ping_webhook_endpoint", endpoint)
    it.a_note(finalize=True)
    it.work()
    delivery = it.tell("list_webhook_deliveries", endpoint, query="limit=2")["data"][0]["id"]
    it.tell("retrieve_webhook_delivery", endpoint, delivery)
    it.tell("resend_webhook_delivery", endpoint, delivery)
    it.tell("delete_webhook_endpoint", endpoint)
    it.tell("list_event_types")
    event = it.tell("list_events", query="limit=2&type=billing.credit_note.created")["data"][0]["id"]
    it.tell("retrieve_event", event)
    it.tell("list_code_lists")
    it.tell("search_codes", "units", query="q=hour&limit=2")
    it.refused("search_codes", "no_such_list", code="not_found")
    it.tell("list_problems")
    it.tell("retrieve_problem", "amount_exceeds_creditable")
    it.refused("retrieve_problem", "no_such_code", code="not_found")


CHAPTERS = (
    the_platform,
    the_credentials,
    the_customers,
    the_invoices,
    an_import,
    the_manners,
    the_credit_notes,
    the_settlement,
    the_einvoices,
    many_at_once,
    what_is_told,
)
