"""Crediting parts over the API: every shape, and what is none of them."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.snapshot import Period
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.stories import (
    DRIFTING,
    a_free_line,
    credit,
    due,
    four_lines,
    issue,
    line_id,
    lump_sum,
)
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_final_invoice,
    a_line,
    a_payment,
    a_platform,
    an_entity,
)

HUGE = "9" * 400
SUMS = ("net_total", "tax_total", "total")


def sums(body: dict[str, Any]) -> tuple[str, ...]:
    return tuple(body[name] for name in SUMS)


def nets(body: dict[str, Any]) -> list[str]:
    return [line["net_amount"] for line in body["lines"]]


def raw(body: str) -> bytes:
    """JSON as somebody writes it who does not use a library."""
    return body.encode()


def untouched(api: Any, *call: Any, **headers: str) -> Any:
    """Call the API and return its answer. Nothing has happened."""
    before = digest_of_rows()
    answer = api(*call, **headers)
    assert digest_of_rows() == before
    return answer


@pytest.fixture
def invoice(platform) -> Invoice:
    return four_lines(platform)


# Solvimon's address: /v1/invoices/{id}/credit


def test_lines_by_quantity_by_amount_and_by_what_is_left(api, invoice):
    lines = [
        {"invoice_line": line_id(invoice, 1), "quantity": "0.5"},
        {"invoice_line": line_id(invoice, 2), "net_amount": 20.1},
        {"invoice_line": line_id(invoice, 3)},
    ]

    answer = api("POST", f"invoices/{invoice.pk}/credit", {"lines": lines, "finalize": True})

    assert answer.status == 201
    note = answer.body
    assert [(line["invoice_line"], line["quantity"], line["net_amount"]) for line in note["lines"]] == [
        (line_id(invoice, 1), "0.5", "34.17"),
        (line_id(invoice, 2), "1", "20.10"),
        (line_id(invoice, 3), "1", "57.50"),
    ]
    assert sums(note) == ("111.77", "22.35", "134.12")
    assert (
        note["taxes"][0] | {"category": "S", "rate": "20", "base": "111.77", "amount": "22.35"}
        == note["taxes"][0]
    )
    assert [(row["number"], row["total"]) for row in note["linked_invoices"]] == [(invoice.number, "134.12")]
    assert (note["number"], note["status"], note["type"]) == ("CR-2026-000001", "FINAL", "adjustment")
    assert due(invoice) == "200.87"


def test_the_worked_example_over_the_api(api, invoice):
    notes = [
        api(
            "POST",
            f"invoices/{invoice.pk}/credit",
            {"lines": [{"invoice_line": line_id(invoice, position)}], "finalize": True},
        ).body
        for position in (1, 3, 4, 2)
    ]

    assert [note["total"] for note in notes] == ["82.00", "69.00", "101.99", "82.00"]
    assert due(invoice) == "0.00"


@pytest.mark.parametrize("amount", ["100.00", "100", 100, 100.0])
def test_a_lump_sum(api, invoice, amount):
    note = api("POST", f"invoices/{invoice.pk}/credit", {"amount": amount}).body

    assert (note["status"], note["number"], sums(note)) == ("DRAFT", None, ("83.33", "16.67", "100.00"))


def test_a_free_line(api, invoice):
    line = {"name": "Late", "quantity": 2, "unit_price": "12.345", "tax_rate": 20, "unit": "DAY"}

    note = api("POST", f"invoices/{invoice.pk}/credit", {"lines": [line]}).body

    assert [(row["name"], row["invoice_line"], row["net_amount"]) for row in note["lines"]] == [
        ("Late", None, "24.69")
    ]
    assert sums(note) == ("24.69", "4.94", "29.63")


JANUARY = Period(start=date(2026, 1, 1), end=date(2026, 1, 31))


def a_subscription(platform: Platform) -> Invoice:
    """January's 10.00 and 30.00, and 5.00 in no period."""
    lines = [a_line("10.00", period=JANUARY), a_line("30.00", period=JANUARY), a_line("5.00")]
    return a_final_invoice(platform, lines=lines)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"periods": [{"period_order": 1}]}, ["10.00", "30.00"]),
        ({"periods": [{"period_order": 1, "amount": "4"}]}, ["1.00", "3.00"]),
        (
            {"periods": [{"period_order": 1, "amount": {"quantity": "4", "currency": "EUR"}}]},
            ["1.00", "3.00"],
        ),
        (
            {"periods": [{"period_order": 1, "groups": [{"group_order": 1, "lines": [{"line_order": 2}]}]}]},
            ["30.00"],
        ),
        ({"groups": [{"group_order": 1, "amount": 8}]}, ["2.00", "6.00"]),
        (
            {"periods": [{"period_order": 2, "amount": "5"}, {"period_order": 1, "amount": "1.00"}]},
            ["0.25", "0.75", "5.00"],
        ),
    ],
)
def test_periods_groups_and_lines_by_their_order(api, platform, body, expected):
    invoice = a_subscription(platform)

    answer = api("POST", f"invoices/{invoice.pk}/credit", body)

    assert answer.status == 201, answer.body
    assert nets(answer.body) == expected


def test_what_is_said_beside_the_amounts(api, invoice):
    said = {
        "amount": "10.00",
        "note": "Two chairs were broken.",
        "reason_code": "product_unsatisfactory",
        "type": "store",
        "credit_details_source": "CURRENT",
        "delivery_date": "2026-11-04",
        "date": "2026-11-19",
        "internal_comment": "Asked by phone",
        "metadata": {"ticket": 7},
        "custom_fields": {"depot": "Gent"},
        "force_init_on_hold": True,
    }

    note = api("POST", f"invoices/{invoice.pk}/credit", said).body

    shown = {name: note[name] for name in said if name in note and name not in ("amount", "date")}
    assert shown == {name: said[name] for name in shown}
    assert {"note", "reason_code", "type", "credit_details_source"} <= set(shown)
    assert note["on_hold"] is True
    assert CreditNote.objects.get(pk=note["id"]).date.isoformat() == "2026-11-19"


# vcita's and InvoiceAhoy's address: /v1/credit-notes


def test_line_items_are_issued_at_once(api, invoice):
    body = {
        "invoice": invoice.pk,
        "notes": "Refund of a part",
        "line_items": [
            {"name": "Goodwill", "quantity": 1, "unit_amount": 12.5, "taxes": [{"name": "VAT", "rate": 20}]},
            {"invoice_line": line_id(invoice, 2), "quantity": "1"},
        ],
    }

    answer = api("POST", "credit-notes", body)

    assert answer.status == 201
    assert (answer.body["number"], answer.body["note"]) == ("CR-2026-000001", "Refund of a part")
    assert (nets(answer.body), sums(answer.body)) == (["68.33", "12.50"], ("80.83", "16.17", "97.00"))


def test_a_total_is_a_lump_sum(api, invoice):
    assert api("POST", "credit-notes", {"invoice": invoice.pk, "total": 50}).body["total"] == "50.00"


def test_a_draft_can_be_asked_for(api, invoice):
    answer = api("POST", "credit-notes", {"invoice": invoice.pk, "finalize": False})

    assert (answer.status, answer.body["status"], answer.body["total"]) == (201, "DRAFT", "334.99")


def test_several_invoices_on_one_note(api, platform, invoice):
    other = a_final_invoice(platform)
    parts = [{"invoice": invoice.pk, "amount": "10.00"}, {"invoice": other.pk}]

    note = api("POST", "credit-notes", {"invoices": parts}).body

    assert note["invoice"] is None
    assert [(row["number"], row["total"]) for row in note["linked_invoices"]] == [
        (invoice.number, "10.00"),
        (other.number, "121.00"),
    ]
    assert [(row["invoice"], row["amount"]) for row in note["allocations"]] == [
        (invoice.pk, "10.00"),
        (other.pk, "121.00"),
    ]


def test_a_bonus_for_a_customer(api, platform):
    an_entity(platform)
    customer = a_customer(platform, currency="EUR")
    line = {"name": "Ten years with us", "quantity": 1, "unit_price": "50", "tax_rate": "21"}

    note = api("POST", "credit-notes", {"customer": customer.pk, "line_items": [line], "type": "store"}).body

    assert (note["invoice"], note["linked_invoices"], note["type"]) == (None, [], "store")
    assert (sums(note), note["amount_available"]) == (("50.00", "10.50", "60.50"), "60.50")


# Estimates


def test_an_estimate_says_what_the_note_would_come_to_and_where_the_invoice_stands(api, invoice):
    # given
    a_payment(invoice, "300.00")
    first = issue(invoice, lump_sum("20.00"))
    body = {"invoice": invoice.pk, "line_items": [{"invoice_line": line_id(invoice, 4), "net_amount": "70"}]}

    # when
    estimate = untouched(api, "POST", "credit-notes/estimate", body).body
    note = api("POST", "credit-notes", body).body

    # then
    assert (estimate["object"], estimate["type"], estimate["currency"]) == (
        "credit_note_estimate",
        "refundable",
        "EUR",
    )
    assert sums(estimate) == sums(note) == ("70.00", "14.00", "84.00")
    assert (estimate["amount_cleared"], estimate["amount_available"]) == ("14.99", "69.01")
    assert (note["amount_allocated"], note["amount_available"]) == ("14.99", "69.01")
    (stands,) = estimate["invoices"]
    assert stands["terms"]["credited"] == "20.00"
    assert {
        name: stands[name] for name in ("invoice", "total", "amount_cleared", "creditable", "adjustable")
    } == {
        "invoice": invoice.pk,
        "total": "84.00",
        "amount_cleared": "14.99",
        "creditable": "314.99",
        "adjustable": "14.99",
    }
    assert stands["used_by"] == [{"id": first.pk, "number": "CR-2026-000001", "total": "20.00"}]


def test_an_estimate_is_refused_as_the_note_would_be(api, invoice):
    body = {"invoice": invoice.pk, "total": "335.00"}

    estimate = untouched(api, "POST", "credit-notes/estimate", body)
    note = untouched(api, "POST", "credit-notes", body)

    assert (estimate.status, estimate.body["code"]) == (409, "amount_exceeds_creditable")
    assert estimate.body == note.body


# Drafts


def test_a_drafts_lines_are_replaced(api, invoice):
    note = api("POST", f"invoices/{invoice.pk}/credit").body
    line = {"invoice_line": line_id(invoice, 2), "net_amount": "10"}

    edited = api("PATCH", f"credit-notes/{note['id']}", {"lines": [line], "note": "Only this"}).body
    by_sum = api("PATCH", f"credit-notes/{note['id']}", {"amount": "24"}).body

    assert (sums(edited), edited["note"]) == (("10.00", "2.00", "12.00"), "Only this")
    assert (sums(by_sum), by_sum["note"]) == (("20.00", "4.00", "24.00"), "Only this")
    assert api("POST", f"credit-notes/{note['id']}/finalize", {"total": 24}).body["total"] == "24.00"


def test_a_draft_that_was_edited_or_outdated_since_is_not_finalised(api, invoice):
    # given
    note = credit(invoice, selection=lump_sum("10.00"))
    full = api("POST", f"invoices/{invoice.pk}/credit").body
    api("PATCH", f"credit-notes/{note.pk}", {"amount": "11.00"})
    path = f"credit-notes/{note.pk}/finalize"

    # then
    for body in ({"version": note.version}, {"total": "10.00"}):
        answer = untouched(api, "POST", path, body)
        assert (answer.status, answer.body["code"]) == (409, "changed_meanwhile")
    assert api("POST", path, {"total": "11.00", "version": note.version + 1}).status == 200
    outdated = untouched(api, "POST", f"credit-notes/{full['id']}/finalize")
    assert (outdated.status, outdated.body["code"], outdated.body["now"]) == (409, "draft_outdated", "323.99")


def test_parts_of_a_draft_on_several_invoices_are_named(api, platform, invoice):
    # given
    other = a_final_invoice(platform)
    parts = [{"invoice": invoice.pk, "amount": "10"}, {"invoice": other.pk, "amount": "20"}]
    note = api("POST", "credit-notes", {"invoices": parts, "finalize": False}).body
    path = f"credit-notes/{note['id']}"

    # then
    refused = untouched(api, "PATCH", path, {"amount": "5"})
    assert (refused.status, refused.body["code"]) == (400, "invoices_needed")
    parts[0]["amount"] = "11"
    assert api("PATCH", path, {"invoices": parts}).body["total"] == "31.00"


def test_a_drafted_bonus_is_edited(api, platform):
    an_entity(platform)
    customer = a_customer(platform, currency="EUR")
    line = {"name": "Bonus", "quantity": 1, "unit_price": "50", "tax_rate": "21"}
    note = api("POST", "credit-notes", {"customer": customer.pk, "lines": [line], "finalize": False}).body

    edited = api("PATCH", f"credit-notes/{note['id']}", {"lines": [line | {"quantity": 2}]}).body

    assert sums(edited) == ("100.00", "21.00", "121.00")


# Credit and copy, write-off


def test_credit_and_copy_gives_a_note_and_a_draft_with_the_same_lines(api, invoice):
    answer = api(
        "POST",
        f"invoices/{invoice.pk}/credit-and-copy",
        {"note": "Wrong address", "update_credit_invoice_to_final": True},
    )

    assert answer.status == 201
    note = CreditNote.objects.get(pk=answer.body["credit_invoice_id"])
    copy = Invoice.objects.get(pk=answer.body["new_invoice_id"])
    assert (note.status, note.total, note.note) == ("FINAL", Decimal("334.99"), "Wrong address")
    assert (copy.status, copy.total, copy.copy_of) == ("DRAFT", Decimal("334.99"), invoice)
    assert [f"{line.net_amount:.2f}" for line in copy.lines.order_by("position")] == list(DRIFTING)
    assert answer.body["original_invoice_id"] == invoice.pk


@pytest.mark.parametrize("final_note", [False, True])
@pytest.mark.parametrize("final_copy", [False, True])
def test_both_of_a_copy_may_be_final_at_once(api, invoice, final_note, final_copy):
    flags = {"update_credit_invoice_to_final": final_note, "update_new_invoice_to_final": final_copy}

    body = api("POST", f"invoices/{invoice.pk}/credit-and-copy", flags).body

    assert CreditNote.objects.get(pk=body["credit_invoice_id"]).is_final is final_note
    assert Invoice.objects.get(pk=body["new_invoice_id"]).is_final is final_copy


def test_what_is_due_is_written_off(api, invoice):
    a_payment(invoice, "300.00")

    note = api("POST", f"invoices/{invoice.pk}/write-off", {"note": "Insolvent"}).body

    assert (note["reason_code"], note["type"], note["total"]) == ("write_off", "adjustment", "34.99")
    refused = untouched(api, "POST", f"invoices/{invoice.pk}/write-off")
    assert (refused.status, refused.body["code"]) == (409, "nothing_due")


# Permissions, idempotency, tenancy


@pytest.mark.parametrize(
    ("path", "body", "missing"),
    [
        ("invoices/{invoice}/credit", {"amount": 1}, "INVOICE.CREDIT.CREATE"),
        ("invoices/{invoice}/write-off", {}, "INVOICE.CREDIT.CREATE"),
        ("invoices/{invoice}/credit-and-copy", {}, "INVOICE.CREDIT.CREATE"),
        ("credit-notes", {"invoice": "{invoice}"}, "CREDIT_NOTE.CREATE"),
        ("credit-notes/estimate", {"invoice": "{invoice}"}, "CREDIT_NOTE.VIEW"),
    ],
)
def test_each_address_names_the_permission_that_is_missing(platform, caller, invoice, path, body, missing):
    poor = caller(platform, permissions=["CUSTOMER.VIEW"])

    answer = untouched(poor, "POST", path.format(invoice=invoice.pk), body)

    assert answer.status == 403
    assert missing in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("invoices/{invoice}/credit", {"finalize": True}),
        ("invoices/{invoice}/write-off", {}),
        ("credit-notes", {"invoice": "{invoice}"}),
        ("invoices/{invoice}/credit-and-copy", {"update_credit_invoice_to_final": True}),
    ],
)
def test_to_issue_one_needs_the_permission_to_finalise(platform, caller, invoice, path, body):
    clerk = caller(platform, permissions=["INVOICE.CREDIT.CREATE", "CREDIT_NOTE.CREATE", "INVOICE.CREATE"])
    body = {name: invoice.pk if value == "{invoice}" else value for name, value in body.items()}

    answer = untouched(clerk, "POST", path.format(invoice=invoice.pk), body)

    assert answer.status == 403
    assert "CREDIT_NOTE.FINALIZE" in json.dumps(answer.body)


@pytest.mark.parametrize(
    "path", ["credit-notes", "invoices/{invoice}/credit", "invoices/{invoice}/write-off"]
)
def test_the_same_key_credits_once(api, invoice, path):
    path = path.format(invoice=invoice.pk)
    body = {"invoice": invoice.pk, "total": 10} if path == "credit-notes" else {}

    first = api("POST", path, body, Idempotency_Key="k1")
    second = api("POST", path, body, Idempotency_Key="k1")

    assert (first.status, second.status, second.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.body == second.body
    assert CreditNote.objects.count() == 1


def test_another_platforms_invoice_line_and_customer_do_not_exist(api, platform, invoice):
    theirs = a_final_invoice(a_platform("Other Group"))

    for path, body in (
        (f"invoices/{theirs.pk}/credit", {"amount": 1}),
        (f"invoices/{theirs.pk}/credit", {"periods": [{"period_order": 1}]}),
        (f"invoices/{theirs.pk}/write-off", {}),
        (f"invoices/{theirs.pk}/credit-and-copy", {}),
        ("credit-notes", {"invoice": theirs.pk}),
        ("credit-notes", {"invoices": [{"invoice": invoice.pk}, {"invoice": theirs.pk}]}),
        (
            "credit-notes",
            {"customer": theirs.customer_id, "lines": [{"name": "A", "quantity": 1, "unit_price": 1}]},
        ),
        ("credit-notes/estimate", {"invoice": theirs.pk}),
    ):
        answer = untouched(api, "POST", path, body)
        assert (answer.status, answer.body["code"]) == (404, "not_found"), path
    line = {"lines": [{"invoice_line": line_id(theirs, 1)}]}
    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", line)
    assert (answer.status, answer.body["code"]) == (400, "unknown_line")


# What is no wish


def in_dollars(amount: str) -> dict[str, Any]:
    return {"periods": [{"period_order": 1, "amount": {"quantity": amount, "currency": "USD"}}]}


BAD_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e30",
    HUGE,
    "1e-400",
    "true",
    "null",
    "[1]",
    '{"a": 1}',
    "-1",
]
BAD_TEXTS = ["NaN", "1e3", "ten", HUGE, "", " 1", "1,5", "+1", "-0.01"]
BAD_AMOUNTS = [*BAD_NUMBERS, *map(json.dumps, BAD_TEXTS)]


@pytest.mark.parametrize("amount", BAD_AMOUNTS, ids=lambda amount: amount[:12])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"amount": %s}', "amount"),
        ('{"lines": [{"invoice_line": "LINE", "net_amount": %s}]}', "lines.0.net_amount"),
        ('{"lines": [{"name": "A", "quantity": 1, "unit_price": %s, "tax_rate": 20}]}', "lines.0.unit_price"),
        ('{"lines": [{"name": "A", "quantity": %s, "unit_price": 1, "tax_rate": 20}]}', "lines.0.quantity"),
        ('{"lines": [{"name": "A", "quantity": 1, "unit_price": 1, "tax_rate": %s}]}', "lines.0.tax_rate"),
        ('{"lines": [{"invoice_line": "LINE", "quantity": %s}]}', "lines.0.quantity"),
        ('{"periods": [{"period_order": 1, "amount": %s}]}', "periods.0.amount"),
    ],
)
def test_what_is_no_amount_is_refused_by_name_and_field(api, invoice, body, field, amount):
    if amount == "null" and field in ("periods.0.amount", "lines.0.tax_rate"):
        return  # all of it; at the only rate there is
    text = body.replace("LINE", line_id(invoice, 1)) % amount

    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", raw(text))

    assert answer.status == 400, answer.body
    unreadable = amount in ("NaN", "Infinity", "-Infinity", HUGE, "1e-400")
    refusals = {"invalid_json"} if unreadable else {"invalid_request", "wrong_sign"}
    assert answer.body["code"] in refusals
    assert unreadable or answer.body["field"] == field
    assert answer.body["detail"]


@pytest.mark.parametrize("amount", ["0.001", "1.999"])
@pytest.mark.parametrize("body", ['{"amount": %s}', '{"periods": [{"period_order": 1, "amount": %s}]}'])
def test_an_amount_finer_than_its_currency_is_refused(api, invoice, body, amount):
    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", raw(body % amount))

    assert (answer.status, answer.body["code"]) == (400, "amount_too_fine")
    assert answer.body["detail"] == f"{amount} has more decimals than EUR has."


LINE = {"invoice_line": "LINE"}
FREE = {"name": "A", "quantity": 1, "unit_price": 1}
ONE = {"amount": "1"}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"lines": [], "finalize": True}, "nothing_selected", "lines"),
        ({"lines": [{}]}, "invalid_request", "lines.0.name"),
        ({"lines": [{"invoice_line": "nope"}]}, "unknown_line", "lines.0.invoice_line"),
        (
            {"lines": [LINE | {"quantity": 1, "net_amount": 1}]},
            "quantity_and_amount_given",
            "lines.0.net_amount",
        ),
        ({"lines": [LINE | {"quantity": 2}]}, "exceeds_line_remaining", "lines.0.quantity"),
        ({"lines": [LINE | {"quantity": 0}]}, "wrong_sign", "lines.0.quantity"),
        ({"lines": [LINE | {"quantity": -1}]}, "wrong_sign", "lines.0.quantity"),
        ({"lines": [LINE | {"net_amount": 68.34}]}, "exceeds_line_remaining", "lines.0.net_amount"),
        ({"lines": [LINE, LINE]}, "line_twice", "lines.1.invoice_line"),
        ({"lines": [LINE], "amount": 1}, "lines_and_total_both_given", "amount"),
        ({"periods": [{"period_order": 1}], "amount": 1}, "lines_and_total_both_given", "periods"),
        ({"periods": []}, "nothing_selected", "periods"),
        ({"periods": [{"period_order": 0}]}, "invalid_request", "periods.0.period_order"),
        ({"periods": [{"period_order": 9}]}, "unknown_period", "periods.0.period_order"),
        (in_dollars("1"), "wrong_currency", "periods.0.amount"),
        ({"lines": [FREE | {"quantity": -1}]}, "invalid_request", "lines.0.quantity"),
        ({"lines": [FREE | {"unit_price": -1}]}, "invalid_request", "lines.0.unit_price"),
        ({"lines": [FREE | {"net_amount": 1}]}, "invalid_request", "lines.0.net_amount"),
        ({"lines": [FREE | {"tax_rate": 19}]}, "tax_group_not_on_invoice", "lines.0.tax_rate"),
        ({"lines": [FREE | {"unit_price": 280}]}, "exceeds_tax_group", "lines"),
        ({"lines": [FREE | {"taxes": [{"rate": 20}, {"rate": 9}]}]}, "several_tax_rates", "lines.0.taxes"),
        ({"lines": [FREE | {"colour": "red"}]}, "invalid_request", "lines.0.colour"),
        ({"amount": "335"}, "amount_exceeds_creditable", None),
        ({"amount": 0}, "note_required", "note"),
        (ONE | {"type": "gift"}, "invalid_request", "type"),
        (ONE | {"date": "2026-11-02"}, "date_not_possible", "date"),
        (ONE | {"date": "2999-01-01"}, "date_in_future", "date"),
        (ONE | {"date": "0206-11-20"}, "date_too_long_ago", "date"),
        (ONE | {"date": "2026-02-30"}, "invalid_request", "date"),
        (ONE | {"note": "x" * 2001}, "invalid_request", "note"),
        (ONE | {"note": "a\u0000b"}, "invalid_request", "note"),
        (ONE | {"notify": True}, "needs_finalize", "notify"),
        (ONE | {"reason_code": "because"}, "reason_code_unknown", "reason_code"),
        (ONE | {"credit_details_source": "OLD"}, "invalid_request", "credit_details_source"),
        (ONE | {"invoice": "inv_1"}, "invalid_request", "invoice"),
        ([1], "invalid_request", None),
    ],
)
def test_what_cannot_be_is_refused_by_name(api, invoice, body, code, field):
    text = json.dumps(body).replace('"LINE"', json.dumps(line_id(invoice, 1)))

    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", raw(text))

    assert answer.status in (400, 409), answer.body
    assert answer.body["code"] == code, answer.body
    assert field is None or answer.body.get("field") == field, answer.body
    assert answer.body["detail"]


INVOICE, CUSTOMER, LINES = {"invoice": "INVOICE"}, {"customer": "CUSTOMER"}, {"line_items": [FREE]}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invoice_or_customer", "invoice"),
        (INVOICE | CUSTOMER, "invoice_or_customer", "customer"),
        (INVOICE | {"invoices": [INVOICE]}, "invoice_or_customer", "invoices"),
        (CUSTOMER, "lines_needed", "lines"),
        (CUSTOMER | {"total": 5}, "lines_needed", "lines"),
        (
            CUSTOMER | {"line_items": [{"invoice_line": "il_1"}]},
            "invalid_request",
            "line_items.0.invoice_line",
        ),
        (CUSTOMER | LINES | {"currency": "XAU"}, "currency_unknown", "currency"),
        (CUSTOMER | LINES | {"currency": "EUR", "type": "adjustment"}, "type_not_possible", "type"),
        ({"invoices": []}, "nothing_selected", "invoices"),
        ({"invoices": [{"amount": 5}]}, "invalid_request", "invoices.0.invoice"),
        ({"invoices": [INVOICE], "total": 5}, "lines_and_total_both_given", "total"),
        ({"invoices": [INVOICE]} | LINES, "lines_and_total_both_given", "line_items"),
        ({"invoices": [INVOICE, INVOICE]}, "invoice_twice", "invoices"),
        (INVOICE | LINES | {"total": 5}, "lines_and_total_both_given", "total"),
        (INVOICE | LINES | {"lines": [FREE]}, "given_twice", "lines"),
        (INVOICE | {"notes": "x" * 201}, "invalid_request", "notes"),
    ],
)
def test_a_note_for_whom_and_of_what_must_be_clear(api, invoice, body, code, field):
    text = json.dumps(body).replace("INVOICE", invoice.pk).replace("CUSTOMER", invoice.customer_id)

    answer = untouched(api, "POST", "credit-notes", raw(text))

    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, code, field), answer.body


def test_a_used_up_period_is_nothing_and_not_everything(api, platform):
    invoice = a_subscription(platform)
    wish = {"periods": [{"period_order": 2}], "finalize": True}
    assert nets(api("POST", f"invoices/{invoice.pk}/credit", wish).body) == ["5.00"]

    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", wish)

    assert (answer.status, answer.body["code"], answer.body["field"]) == (
        409,
        "exceeds_line_remaining",
        "periods.0",
    )


def test_a_draft_invoice_and_one_without_a_claim_are_not_credited(api, platform):
    draft = a_draft_invoice(platform)
    nothing = a_final_invoice(platform, lines=[a_line("0.00")])

    for invoice, code in ((draft, "invoice_not_final"), (nothing, "nothing_left_to_credit")):
        for path in ("credit", "write-off", "credit-and-copy"):
            answer = untouched(api, "POST", f"invoices/{invoice.pk}/{path}", {})
            assert (answer.status, answer.body["code"]) == (409, code)


def test_free_lines_are_listed_with_what_they_leave(api, invoice):
    issue(invoice, Selection(free=(a_free_line("270.00", rate="20"),)))

    answer = untouched(
        api,
        "POST",
        f"invoices/{invoice.pk}/credit",
        {"lines": [{"name": "More", "quantity": 1, "unit_price": "9.17"}]},
    )

    assert (answer.status, answer.body["code"], answer.body["limit"], answer.body["requested"]) == (
        409,
        "exceeds_tax_group",
        "9.16",
        "9.17",
    )
