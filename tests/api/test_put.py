"""`PUT`: all that a draft says, anew. What it is on, and its number, stay."""

from typing import Any

import pytest

from billing.events.models import Event
from billing.platforms.models import Customer
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.stories import line_id
from tests.factories import (
    a_customer,
    a_final_invoice,
    a_final_note,
    a_line,
    a_platform,
    an_entity,
)

from .test_note_inputs import SAID, UNSAID


def untouched(api: Any, *call: Any) -> Any:
    """Call the API and return its answer. Nothing has happened."""
    before = digest_of_rows()
    answer = api(*call)
    assert digest_of_rows() == before
    return answer


@pytest.fixture
def invoice(platform) -> Invoice:
    return a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00")])


@pytest.fixture
def draft(api, invoice) -> str:
    """The address of a draft of 12.10 that says everything."""
    note = api("POST", f"invoices/{invoice.pk}/credit", {"amount": "12.10", "note": "First"}).body
    path = f"credit-notes/{note['id']}"
    answer = api("PATCH", path, SAID)
    assert answer.status == 200, answer.body
    return path


def test_an_empty_one_says_what_a_new_note_would_and_credits_all_that_is_left(api, draft):
    answer = api("PUT", draft, {})

    assert answer.status == 200, answer.body
    shown = UNSAID | {"wanted_number": "GS-2026-000004"}
    del shown["sequence"]
    assert {name: answer.body[name] for name in shown} == shown
    assert (answer.body["total"], len(answer.body["lines"])) == ("181.50", 2)
    final = api("POST", f"{draft}/finalize").body
    assert final["number"] == "GS-2026-000004"


def test_what_is_given_is_said_and_the_rest_is_not(api, invoice, draft):
    line = {"invoice_line": line_id(invoice, 2)}

    note = api("PUT", draft, {"lines": [line], "note": "Only support", "metadata": {"a": "1"}}).body

    assert (note["total"], note["note"], note["metadata"], note["timezone"]) == (
        "60.50",
        "Only support",
        {"a": "1"},
        "",
    )


def test_the_same_again_changes_nothing(api, draft):
    body = {"note": "Once", "amount": "10.00"}
    first = api("PUT", draft, body).body

    again = api("PUT", draft, body).body

    assert again["version"] == first["version"]
    assert again["timeline"] == first["timeline"]


def test_the_event_tells_what_was_before(api, draft):
    api("PUT", draft, {"note": "Second"})

    event = Event.objects.filter(type="billing.credit_note.updated").latest("id")
    assert event.data["previous"]["note"] == "Wrong price"
    assert event.data["previous"]["total"] == "12.10"
    assert event.data["object"]["total"] == "181.50"


def test_number_and_sequence_can_be_taken_away(api, draft):
    note = api("PUT", draft, {"number": None, "sequence": None}).body

    assert (note["wanted_number"], note["sequence"]) == ("", None)
    assert CreditNote.objects.get(pk=note["id"]).leaves_counter is False


def test_a_note_on_several_invoices_stays_on_them(api, platform, invoice):
    other = a_final_invoice(platform)
    parts = [{"invoice": invoice.pk, "amount": "10"}, {"invoice": other.pk, "amount": "20"}]
    note = api("POST", "credit-notes", {"invoices": parts, "finalize": False}).body
    path = f"credit-notes/{note['id']}"

    assert api("PUT", path, {"note": "All"}).body["total"] == "302.50"
    assert api("PUT", path, {"invoices": parts}).body["total"] == "30.00"
    refused = untouched(api, "PUT", path, {"amount": "5"})
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "invoices_needed", "amount")


def test_a_bonus_needs_its_lines(api, platform):
    an_entity(platform)
    customer = a_customer(platform, currency="EUR")
    line = {"name": "Bonus", "quantity": 1, "unit_price": "50", "tax_rate": "21"}
    note = api("POST", "credit-notes", {"customer": customer.pk, "lines": [line], "finalize": False}).body
    path = f"credit-notes/{note['id']}"

    refused = untouched(api, "PUT", path, {"note": "More"})

    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "lines_needed", "lines")
    assert api("PUT", path, {"lines": [line | {"quantity": 2}]}).body["total"] == "121.00"


def test_of_a_final_note_it_replaces_the_comment_and_the_metadata(api, platform):
    note = a_final_note(a_final_invoice(platform))
    path = f"credit-notes/{note.pk}"

    kept = api("PUT", path, {"internal_comment": "Seen", "metadata": {"a": "1"}}).body
    gone = api("PUT", path, {"metadata": {"b": "2"}}).body
    refused = untouched(api, "PUT", path, {"note": "Another"})

    assert (kept["internal_comment"], kept["metadata"]) == ("Seen", {"a": "1"})
    assert (gone["internal_comment"], gone["metadata"]) == ("", {"b": "2"})
    assert (refused.status, refused.body["code"]) == (409, "note_not_draft")


def test_what_is_refused_changes_nothing(api, caller, draft, invoice):
    version = api("GET", draft).body["version"]
    reader = caller(invoice.platform, ("CREDIT_NOTE.VIEW",))
    stranger = caller(a_platform("Others"))

    assert untouched(api, "PUT", draft, {"version": version - 1}).body["code"] == "changed_meanwhile"
    assert untouched(api, "PUT", draft, {"amount": "999"}).body["code"] == "amount_exceeds_creditable"
    assert untouched(api, "PUT", draft, {"colour": "red"}).body["field"] == "colour"
    assert untouched(api, "PUT", draft, {"finalize": True}).body["field"] == "finalize"
    assert untouched(api, "PUT", draft, [1]).status == 400
    assert untouched(reader, "PUT", draft, {}).status == 403
    assert untouched(stranger, "PUT", draft, {}).status == 404


# Invoices


@pytest.fixture
def drafted(api, platform) -> dict[str, Any]:
    an_entity(platform)
    customer = a_customer(platform)
    body = {
        "customer": customer.pk,
        "currency": "EUR",
        "number": "INV-2026-000007",
        "note": "Thank you",
        "due_date": "2026-12-24",
        "purchase_order_number": "PO-9",
        "metadata": {"a": "1"},
        "lines": [{"name": "Licence", "quantity": 1, "unit_price": "100", "tax_rate": "21"}],
    }
    return api("POST", "invoices", body).body


LINE = {"name": "Support", "quantity": 2, "unit_price": "50", "tax_rate": "9"}


def a_dollar_invoice(api: Any, customer: Customer, rate: str) -> str:
    """The id of a final invoice over USD 121.00 whose VAT is told in euros too."""
    body = {
        "customer": customer.pk,
        "currency": "USD",
        "accounting_currency": "EUR",
        "exchange_rate": rate,
        "due_date": "2027-12-30",
        "finalize": True,
        "lines": [{"name": "Work", "quantity": 1, "unit_price": 100, "tax_rate": 21}],
    }
    answer = api("POST", "invoices", body)
    assert answer.status == 201, answer.body
    return answer.body["id"]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_other_invoices_bring_their_exchange_rate_as_in_a_new_note(api, platform, method):
    an_entity(platform)
    customer = a_customer(platform)
    half, most, same = (a_dollar_invoice(api, customer, rate) for rate in ("0.50", "0.90", "0.90"))
    draft = api("POST", f"invoices/{half}/credit", {"amount": "12.10"}).body

    def vat_on(*invoices: str) -> tuple[str | None, str | None]:
        parts = {"invoices": [{"invoice": each, "amount": "12.10"} for each in invoices]}
        note = api(method, f"credit-notes/{draft['id']}", parts).body
        return note["exchange_rate"], note["accounting_tax_total"]

    assert (draft["exchange_rate"], draft["accounting_tax_total"]) == ("0.5", "1.05")
    assert vat_on(most, same) == ("0.9", "3.78")
    assert vat_on(half, most) == (None, "2.94")
    assert vat_on(most) == ("0.9", "1.89")
    assert vat_on(half) == ("0.5", "1.05")


def test_an_invoice_says_what_is_given_and_keeps_its_customer_and_number(api, drafted):
    answer = api("PUT", f"invoices/{drafted['id']}", {"lines": [LINE], "currency": "EUR"})

    assert answer.status == 200, answer.body
    invoice = answer.body
    assert (invoice["total"], [line["name"] for line in invoice["lines"]]) == ("109.00", ["Support"])
    assert (invoice["customer"], invoice["wanted_number"]) == (drafted["customer"], "INV-2026-000007")
    assert (invoice["notes"], invoice["due_date"], invoice["metadata"]) == ([], None, {})
    assert invoice["purchase_order_reference"] == ""
    assert api("POST", f"invoices/{drafted['id']}/finalize").body["number"] == "INV-2026-000007"


def test_an_invoice_needs_its_lines(api, drafted):
    refused = untouched(api, "PUT", f"invoices/{drafted['id']}", {"note": "Sorry"})

    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "lines_needed", "lines")


def test_of_a_final_invoice_it_replaces_the_comment_and_the_metadata(api, platform):
    path = f"invoices/{a_final_invoice(platform).pk}"

    kept = api("PUT", path, {"internal_comment": "Seen", "metadata": {"a": "1"}}).body
    gone = api("PUT", path, {}).body
    refused = untouched(api, "PUT", path, {"lines": [LINE]})

    assert (kept["internal_comment"], kept["metadata"]) == ("Seen", {"a": "1"})
    assert (gone["internal_comment"], gone["metadata"]) == ("", {})
    assert (refused.status, refused.body["code"]) == (409, "invoice_not_draft")
