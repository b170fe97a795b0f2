"""What other products call our fields: understood in requests, told in refusals, never in answers."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from rest_framework import serializers

from billing.api.aliases import BESIDE, INPUTS
from billing.api.fields import Reading
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.stories import line_id
from tests.factories import a_customer, a_final_invoice, a_line, a_paid_invoice, a_payment, an_entity

PAGE = Path(settings.BASE_DIR) / "docs/api/coming-from.md"
ROW = re.compile(r"^\| `(\w+)` \| (?:`(\w+)`|its fields)[^|]*\| (.*) \|$")


def readings(of: type[Reading] = Reading) -> Iterator[type[Reading]]:
    for kind in of.__subclasses__():
        yield kind
        yield from readings(kind)


def untouched(api: Any, *call: Any) -> Any:
    """Call the API and return its answer. Nothing has happened."""
    before = digest_of_rows()
    answer = api(*call)
    assert digest_of_rows() == before
    return answer


@pytest.fixture
def invoice(platform) -> Invoice:
    """1 × 100.00 and 3 × 50.00 at 21 %: 302.50."""
    lines = [a_line("100.00", name="Licence"), a_line(name="Support", quantity="3", unit_price="50.00")]
    return a_final_invoice(platform, lines=lines)


# The tables


def test_the_page_for_newcomers_lists_every_name(db):
    told, product = set(), ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            product = line[3:]
        elif row := ROW.match(line):
            theirs, ours, inputs = row.groups()
            told |= {(product, name, theirs, ours or BESIDE) for name in inputs.split("; ")}

    assert told == {
        (product, name, alias.theirs, alias.ours)
        for name, table in INPUTS.items()
        for alias in table
        for product in alias.of
    }


def test_no_alias_is_a_name_of_ours_too_and_each_means_a_field_that_there_is(db):
    import_module("billing_desk.urls")
    taking = [kind for kind in readings() if kind.aliases]
    assert {alias for kind in taking for alias in kind.aliases} == {
        alias for table in INPUTS.values() for alias in table
    }

    for kind in taking:
        names = set(kind().fields)
        assert not names & {alias.theirs for alias in kind.aliases}, kind
    for alias in {alias for table in INPUTS.values() for alias in table}:
        takers = [kind().fields for kind in taking if alias in kind.aliases]
        assert alias.ours == BESIDE or any(alias.ours in fields for fields in takers), alias


def test_the_openapi_document_has_each_name_beside_ours(client):
    schema = client.get("/v1/openapi.json").json()["components"]["schemas"]

    note = schema["CreateCreditNoteRequest"]["properties"]
    assert note["notes"] == {
        "type": ["string", "null"],
        "maxLength": 200,
        "description": "Same as `note` (vcita, InvoiceAhoy); give one of them.",
    }
    assert note["line_items"]["items"] == note["lines"]["items"]
    assert note["data"]["type"] == "object"
    line = schema["CreditLineRequest"]["properties"]
    assert line["unit_amount"]["description"] == "Same as `unit_price` (vcita); give one of them."
    assert "line_items" not in schema["CreditNote"]["properties"]


# What each product sends


def test_solvimon_credits_by_period_group_and_line(api, invoice):
    body = {
        "note": "Wrong number of users",
        "periods": [
            {
                "period_order": 1,
                "groups": [
                    {
                        "group_order": 1,
                        "lines": [{"line_order": 2, "amount": {"quantity": "50.00", "currency": "EUR"}}],
                    }
                ],
            }
        ],
        "forceInitOnHold": True,
        "delivery_date": "2026-11-01T00:00:00Z",
        "groups": None,
    }

    answer = api("POST", f"invoices/{invoice.pk}/credit", body)

    assert answer.status == 201, answer.body
    note = answer.body
    assert (note["status"], note["on_hold"], note["note"]) == ("DRAFT", True, "Wrong number of users")
    assert (note["delivery"]["date"], note["total"]) == ("2026-11-01", "60.50")
    assert "forceInitOnHold" not in note


def test_solvimon_leaves_everything_null_and_credits_the_entire_invoice(api, invoice):
    body = dict.fromkeys(("note", "periods", "forceInitOnHold", "delivery_date", "groups"))

    note = api("POST", f"invoices/{invoice.pk}/credit", body).body

    assert (note["status"], note["total"], note["on_hold"], note["note"]) == ("DRAFT", "302.50", False, "")


def test_solvimon_credits_and_copies_at_its_own_address(api, invoice):
    body = {"update_credit_invoice_to_final": True, "creditDetailsSource": "CURRENT", "note": None}

    answer = api("POST", f"invoices/{invoice.pk}/credit_and_copy", body)

    assert answer.status == 201, answer.body
    note = CreditNote.objects.get(pk=answer.body["credit_invoice_id"])
    assert (note.status, note.details_source) == ("FINAL", "CURRENT")


def test_vcita_issues_at_once(api, platform, caller):
    # given a series that writes numbers as vcita does, and a paid invoice
    invoice = a_paid_invoice(platform)
    (payment,) = invoice.payments.all()
    api("POST", "sequences", {"kind": "CREDIT_NOTE", "prefix": "", "digits": 4, "is_default": True})
    body = {
        "invoice_uid": invoice.pk,
        "notes": "Returned by the customer",
        "line_items": [
            {
                "name": "Consulting",
                "quantity": 2,
                "unit_amount": 25.0,
                "total_amount": 50.0,
                "taxes": [{"name": "VAT", "rate": 21, "tax_total": 10.5}],
            }
        ],
        "unique_number": "2026-0001",
        "source_payment_uid": payment.pk,
        "notify_recipient": True,
    }

    # when
    answer = api("POST", "credit-notes", body)

    # then
    assert answer.status == 201, answer.body
    note = answer.body
    assert (note["number"], note["status"], note["note"]) == (
        "2026-0001",
        "FINAL",
        "Returned by the customer",
    )
    assert (note["net_total"], note["tax_total"], note["total"]) == ("50.00", "10.50", "60.50")
    assert [(row["payment"], row["amount"], row["status"]) for row in note["refunds"]] == [
        (payment.pk, "60.50", "PENDING")
    ]
    assert {"source_payment", "notify", *body}.isdisjoint(set(note) - {"lines"})


def test_invoiceahoy_creates_with_its_wrapper(api, invoice):
    template = api("POST", "templates", {"name": "Blue", "accent": "#0b5fff"}).body
    body = {
        "data": {
            "invoice": invoice.pk,
            "currency": "EUR",
            "issue_date": "2026-11-20",
            "notes": "Thank you",
            "items": [{"name": "Goodwill", "quantity": 1, "unit_price": 10, "total": 10, "tax_total": 2.1}],
        },
        "template_id": template["id"],
        "doc_number": "GS-2026-000007",
        "sequence_id": "GS",
        "timezone": "Europe/Berlin",
    }

    answer = api("POST", "credit-notes", body)

    assert answer.status == 201, answer.body
    note = answer.body
    assert (note["number"], note["date"], note["total"]) == ("GS-2026-000007", "2026-11-20", "12.10")
    assert (note["template"], note["timezone"], note["note"]) == (
        template["id"],
        "Europe/Berlin",
        "Thank you",
    )
    following = api("POST", "credit-notes", {"invoice": invoice.pk, "amount": 1, "sequence_id": "GS"}).body
    assert following["number"] == "GS-2026-000008"


def test_invoiceahoy_updates_what_is_not_issued(api, invoice):
    draft = api("POST", f"invoices/{invoice.pk}/credit", {"note": "First"}).body
    body = {
        "data": {"items": [{"name": "Goodwill", "quantity": 1, "unit_price": 10}], "notes": "Second"},
        "doc_number": "CR-2026-000009",
        "timezone": "Europe/Berlin",
    }

    answer = api("PUT", f"credit-notes/{draft['id']}", body)

    assert answer.status == 200, answer.body
    assert (answer.body["note"], answer.body["total"]) == ("Second", "12.10")
    final = api("POST", f"credit-notes/{draft['id']}/finalize").body
    assert (final["number"], final["timezone"]) == ("CR-2026-000009", "Europe/Berlin")


def test_chargebee_creates_refunds_records_and_voids(api, platform, invoice):
    # given
    a_payment(invoice, "302.50")
    body = {
        "reference_invoice_id": invoice.pk,
        "type": "refundable",
        "create_reason_code": "product_unsatisfactory",
        "customer_notes": "Broken on arrival",
        "comment": "Seen by Clara",
        "currency_code": "EUR",
        "line_items": [
            {
                "reference_line_item_id": line_id(invoice, 2),
                "unit_amount_in_decimal": "50.00",
                "quantity_in_decimal": "2",
            }
        ],
    }

    # when
    note = api("POST", "credit_notes", body).body
    refund = api(
        "POST",
        f"credit_notes/{note['id']}/refund",
        {"refund_amount": "21.00", "refund_reason_code": "order_change"},
    )
    recorded = api(
        "POST",
        f"credit_notes/{note['id']}/record_refund",
        {
            "transaction": {
                "amount": "10.00",
                "payment_method": "cash",
                "reference_number": "R-7",
                "date": note["created_at"][:10],
            },
            "refund_reason_code": "other",
        },
    )

    # then
    assert (note["reason_code"], note["note"], note["internal_comment"], note["total"]) == (
        "product_unsatisfactory",
        "Broken on arrival",
        "Seen by Clara",
        "121.00",
    )
    assert (refund.status, recorded.status) == (201, 201), recorded.body
    rows = {row["amount"]: row for row in recorded.body["refunds"]}
    assert rows["21.00"]["reason_code"] == "order_change"
    assert (rows["10.00"]["method"], rows["10.00"]["reference"]) == ("cash", "R-7")
    other = api("POST", "credit_notes", {"reference_invoice_id": invoice.pk, "total": "12.10"}).body
    voided = api("POST", f"credit_notes/{other['id']}/void", {"comment": "Not theirs"})
    assert (voided.status, voided.body["void_reason"]) == (200, "Not theirs")


def test_chargebee_gives_credit_to_another_invoice(api, platform):
    note = api("POST", "credit-notes", {"reference_invoice_id": a_paid_invoice(platform).pk}).body
    other = a_final_invoice(platform)

    given = {"invoice_id": other.pk, "allocated_amount": "20.00"}
    answer = api("POST", f"credit_notes/{note['id']}/allocations", given)

    assert answer.status == 201, answer.body
    assert Invoice.objects.get(pk=other.pk).amount_credited == 20
    taken = api("POST", f"invoices/{other.pk}/remove_credit_note", {"credit_note": note["id"]})
    assert taken.status == 200, taken.body


def test_stripe_and_lago_call_the_note_and_the_invoice_otherwise(api, invoice):
    line = {"invoice_line_item": line_id(invoice, 1), "quantity": 1}

    note = api("POST", "credit-notes", {"invoice_id": invoice.pk, "memo": "Sorry", "lines": [line]}).body

    assert (note["note"], note["total"]) == ("Sorry", "121.00")


def test_invoices_and_payments_are_understood_too(api, platform):
    an_entity(platform)
    customer = a_customer(platform)
    body = {
        "data": {
            "customer_id": customer.pk,
            "currency_code": "EUR",
            "issue_date": "2026-11-20",
            "items": [{"name": "Licence", "quantity": 1, "unit_amount": "100", "tax_rate": 21}],
        },
        "po_number": "PO-9",
        "finalize": True,
    }

    invoice = api("POST", "invoices", body)
    assert (invoice.status, invoice.body.get("total")) == (201, "121.00"), invoice.body
    money = {"transaction": {"amount": "121", "payment_method": "card", "reference_number": "T-1"}}
    paid = api("POST", f"invoices/{invoice.body['id']}/payments", money)

    assert paid.status == 201, paid.body
    assert invoice.body["purchase_order_reference"] == "PO-9"


# Refusals


def test_the_same_by_two_names_is_refused_and_both_are_named(api, invoice):
    twice = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, "note": "One", "memo": "Two"})
    inside = untouched(
        api, "POST", "credit-notes", {"invoice": invoice.pk, "data": {"notes": "One"}, "memo": "Two"}
    )
    line = {"invoice_line": line_id(invoice, 1), "quantity": 1, "quantity_in_decimal": 1}
    below = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, "line_items": [line]})

    assert (twice.status, twice.body["code"], twice.body["field"]) == (400, "given_twice", "memo")
    assert twice.body["detail"] == "note and memo say the same: give one of them."
    assert inside.body["detail"] == "data.notes and memo say the same: give one of them."
    assert below.body["field"] == "line_items.0.quantity_in_decimal"


FREE = {"name": "A", "quantity": 1, "unit_amount": 1}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"line_items": [FREE | {"unit_amount": "much"}]}, "invalid_request", "line_items.0.unit_amount"),
        ({"line_items": [FREE, FREE | {"quantity": -1}]}, "invalid_request", "line_items.1.quantity"),
        ({"line_items": [FREE | {"colour": "red"}]}, "invalid_request", "line_items.0.colour"),
        ({"line_items": [FREE | {"taxes": [{"rate": 101}]}]}, "invalid_request", "line_items.0.taxes.0.rate"),
        (
            {"line_items": [FREE | {"taxes": [{"rate": 9}, {"rate": 21}]}]},
            "several_tax_rates",
            "line_items.0.taxes",
        ),
        ({"data": {"items": [FREE | {"unit_price": 2}]}}, "given_twice", "data.items.0.unit_price"),
        ({"data": {"items": [{"name": "A"}]}}, "invalid_request", "data.items.0.quantity"),
        ({"data": {"sub_total": 5}}, "invalid_request", "data.sub_total"),
        ({"data": [1]}, "invalid_request", "data"),
        ({"notes": "x" * 201}, "invalid_request", "notes"),
        ({"notes": 7 * [7]}, "invalid_request", "notes"),
        ({"line_items": "all"}, "invalid_request", "line_items"),
        ({"line_items": []}, "nothing_selected", "line_items"),
        ({"unique_number": "x" * 201}, "invalid_request", "unique_number"),
        ({"items": [FREE], "total": 5}, "lines_and_total_both_given", "total"),
        # from the services
        ({"items": [{"reference_line_item_id": "il_1"}]}, "unknown_line", "items.0.reference_line_item_id"),
        (
            {"items": [{"invoice_line_item": "LINE", "quantity_in_decimal": 4}]},
            "exceeds_line_remaining",
            "items.0.quantity_in_decimal",
        ),
        ({"items": [FREE | {"taxes": [{"rate": 6}]}]}, "tax_group_not_on_invoice", "items.0.tax_rate"),
        ({"unique_number": "7"}, "number_does_not_fit", "unique_number"),
        ({"create_reason_code": "because"}, "reason_code_unknown", "create_reason_code"),
        ({"source_payment_uid": "pay_1"}, "not_found", "source_payment_uid"),
        ({"currency_code": "USD"}, "currency_mismatch", "currency_code"),
        ({"groups": [{"group_order": 4}]}, "unknown_period", "groups.0.group_order"),
        ({"template_id": "Blue"}, "template_unknown", "template_id"),
        ({"issue_date": "2999-01-01"}, "date_in_future", "issue_date"),
    ],
)
def test_a_refusal_names_the_field_as_it_was_sent(api, invoice, body, code, field):
    for line in body.get("items", ()):
        line |= {"invoice_line_item": line_id(invoice, 2)} if line.get("invoice_line_item") == "LINE" else {}

    answer = untouched(api, "POST", "credit-notes", {"invoice_uid": invoice.pk} | body)

    assert (answer.body["code"], answer.body["field"]) == (code, field), answer.body
    assert 400 <= answer.status < 500


def test_of_several_invoices_the_one_is_named(api, platform, invoice):
    parts = [{"invoice_uid": a_final_invoice(platform).pk}, {"invoice": invoice.pk, "total": "302.51"}]
    empty = [{"invoice": invoice.pk, "line_items": []}]
    far = [{"invoice": parts[0]["invoice_uid"]}, {"invoice": invoice.pk, "periods": [{"period_order": 9}]}]

    too_much = untouched(api, "POST", "credit-notes", {"invoices": parts})
    nothing = untouched(api, "POST", "credit-notes", {"invoices": empty})
    nowhere = untouched(api, "POST", "credit-notes", {"invoices": far})

    assert (too_much.body["code"], too_much.body["field"]) == ("amount_exceeds_creditable", "invoices.1")
    assert (nothing.body["code"], nothing.body["field"]) == ("nothing_selected", "invoices.0.line_items")
    assert nowhere.body["field"] == "invoices.1.periods.0.period_order"


# Addresses


def test_an_underscore_in_an_address_is_a_dash_and_in_an_id_it_is_not(api, invoice):
    written = api("POST", f"invoices/{invoice.pk}/write_off")
    assert (written.status, written.body["reason_code"]) == (201, "write_off"), written.body
    assert api("GET", f"credit_notes/{written.body['id']}").body["id"] == written.body["id"]
    assert api("GET", "credit_notes?limit=1").body["data"][0]["id"] == written.body["id"]
    assert api("GET", "credit_notes/no_such_note").status == 404
    assert api("GET", "nothing_like_that").status == 404


def test_a_nested_reading_takes_its_own_names_only(db):
    class Inner(Reading):
        name = serializers.CharField()

    class Outer(Reading):
        inner = Inner()

    reading = Outer(data={"inner": {"name": "A"}})

    assert reading.is_valid()
    assert reading.validated_data == {"inner": {"name": "A"}}
