"""One-off invoices, payments and withheld tax over the API."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import clock
from billing.platforms import permissions
from billing.platforms.models import Platform
from invoices.models import Invoice, Payment
from tests.books import digest_of_rows
from tests.factories import a_customer, a_final_invoice, a_final_note, an_entity


@pytest.fixture(autouse=True)
def parties(platform: Platform) -> None:
    an_entity(platform)
    a_customer(platform, currency="EUR")


def a_body(platform: Platform, **fields: Any) -> dict[str, Any]:
    line = {"name": "Licence", "quantity": 1, "unit_price": "100.00", "tax_rate": 21}
    return {"customer": platform.customers.get().pk, "lines": [line]} | fields


def a_line(**fields: Any) -> dict[str, Any]:
    return {"name": "Licence", "quantity": "1", "unit_price": "100.00", "tax_rate": "21"} | fields


def days_from_now(days: int) -> str:
    return str(clock.now().date() + timedelta(days=days))


def test_an_invoice_is_drafted_edited_and_finalised(api, platform):
    # when
    drafted = api("POST", "invoices", a_body(platform, note="Thank you", metadata={"order": 7.5}))
    path = f"invoices/{drafted.body['id']}"
    edited = api("PATCH", path, {"lines": [a_line(quantity=2.5)], "due_date": days_from_now(30)})
    final = api("POST", f"{path}/finalize", {"version": 2})

    # then
    assert (drafted.status, edited.status, final.status) == (201, 200, 200)
    assert (drafted.body["status"], drafted.body["number"], drafted.body["total"]) == (
        "DRAFT",
        None,
        "121.00",
    )
    assert drafted.body["notes"] == [{"text": "Thank you"}]
    assert drafted.body["metadata"] == {"order": "7.5"}
    assert drafted.body["payment_status"] is None
    assert (edited.body["total"], edited.body["version"]) == ("302.50", 2)
    invoice = final.body
    assert (invoice["status"], invoice["payment_status"]) == ("FINAL", "not_paid")
    assert invoice["number"] == f"INV-{clock.now():%Y}-000001"
    assert (invoice["amount_due"], invoice["creditable"], invoice["adjustable"], invoice["refundable"]) == (
        "302.50",
        "302.50",
        "302.50",
        "0.00",
    )
    assert [entry["type"] for entry in invoice["timeline"]] == [
        "billing.invoice.drafted",
        "billing.invoice.updated",
        "billing.invoice.finalized",
    ]


def test_everything_in_the_contract_is_taken_and_shown(api, platform):
    # given
    body = a_body(
        platform,
        lines=[
            a_line(
                description="A year of it",
                unit="HUR",
                base_quantity=10,
                tax_category="S",
                period={"start": "2026-01-01", "end": "2026-01-31"},
                group="Hours",
                item_ids={
                    "seller": "S-1",
                    "buyer": "B-1",
                    "standard": {"id": "4012345678901", "scheme": "0160"},
                },
                accounting_cost="4711",
                allowances_charges=[{"is_charge": False, "percent": 10, "reason": "Loyal"}],
            ),
            a_line(tax_category="E", tax_rate=0, exemption_reason="Education"),
        ],
        allowances_charges=[
            {"is_charge": True, "amount": 5, "reason": "Freight", "tax_category": "S", "tax_rate": 21}
        ],
        delivery={"date": "2026-01-15", "country": "BE"},
        period={"start": "2026-01-01", "end": "2026-01-31"},
        purchase_order_number="PO-1",
        buyer_reference="BR-1",
        currency="SEK",
        accounting_currency="EUR",
        exchange_rate="0.0875",
        rounding_amount="-0.39",
        payment_means=[{"code": "30", "account": "NL91ABNA0417164300"}],
        custom_fields={"channel": "shop"},
        attachments=[{"id": "A-1", "uri": "https://acme.example/a-1.pdf"}],
        preceding=[{"number": "INV-1", "date": "2025-01-01"}],
    )

    # when
    answer = api("POST", "invoices", body)

    # then
    assert answer.status == 201, answer.body
    invoice = answer.body
    first, second = invoice["lines"]
    assert (first["net_amount"], first["base_quantity"], first["group"]) == ("9.00", "10", "Hours")
    assert (first["seller_item_id"], first["standard_item_id"]["id"]) == ("S-1", "4012345678901")
    assert (first["accounting_cost"], second["tax_rate"]) == ("4711", "0")
    assert [item["amount"] for item in invoice["allowances_charges"]] == ["5.00"]
    assert invoice["delivery"] == {"date": "2026-01-15", "address": {"country": "BE"}}
    assert (invoice["purchase_order_reference"], invoice["buyer_reference"]) == ("PO-1", "BR-1")
    assert (invoice["exchange_rate"], invoice["accounting_tax_total"]) == ("0.0875", "0.26")
    assert (invoice["rounding_amount"], invoice["total"]) == ("-0.39", "116.55")
    assert invoice["preceding"] == [{"number": "INV-1", "date": "2025-01-01"}]
    assert invoice["custom_fields"] == {"channel": "shop"}
    assert [(tax["category"], tax["exemption_reason"]) for tax in invoice["taxes"]] == [
        ("S", ""),
        ("E", "Education"),
    ]
    assert [line["exemption_reason"] for line in (first, second)] == ["", "Education"]


def test_the_lines_of_a_note_say_why_they_are_exempt_in_no_more_queries_for_more(api, platform):
    exempt = a_line(tax_category="E", tax_rate=0, exemption_reason="Education")
    queries = []

    for lines in ([exempt, a_line()], [exempt, a_line()] * 20):
        body = a_body(platform, lines=lines, finalize=True, due_date="2027-12-30")
        note = api("POST", f"invoices/{api('POST', 'invoices', body).body['id']}/credit").body
        with CaptureQueriesContext(connection) as captured:
            shown = api("GET", f"credit-notes/{note['id']}").body["lines"]
        queries.append(len(captured))
        assert [line["exemption_reason"] for line in shown] == ["Education", ""] * (len(lines) // 2)

    assert queries[0] == queries[1]


def test_finalising_at_once_needs_both_permissions(caller, platform):
    # given
    clerk = caller(platform, [permissions.INVOICE_CREATE, permissions.INVOICE_VIEW])
    before = digest_of_rows()

    # when
    answer = clerk("POST", "invoices", a_body(platform, finalize=True))

    # then
    assert (answer.status, answer.body["permission"]) == (403, "INVOICE.FINALIZE")
    assert digest_of_rows() == before
    assert clerk("POST", "invoices", a_body(platform)).status == 201


def test_the_same_call_again_makes_one_invoice(api, platform):
    body = a_body(platform, finalize=True)

    first = api("POST", "invoices", body, Idempotency_Key="once")
    second = api("POST", "invoices", body, Idempotency_Key="once")

    assert (first.status, first.body["number"]) == (201, second.body["number"])
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Invoice.objects.count() == 1


def test_a_draft_is_held_released_and_deleted(api, platform):
    path = f"invoices/{api('POST', 'invoices', a_body(platform)).body['id']}"

    assert api("POST", f"{path}/hold").body["on_hold"] is True
    assert api("POST", f"{path}/hold").body["code"] == "already_on_hold"
    assert api("POST", f"{path}/release").body["on_hold"] is False
    assert api("DELETE", path).status == 204
    assert api("GET", path).status == 404


def test_a_final_invoice_says_that_it_is_credited_instead(api, platform):
    path = f"invoices/{api('POST', 'invoices', a_body(platform, finalize=True)).body['id']}"

    for method, body in (("DELETE", None), ("PATCH", {"contract_reference": "C-1"})):
        answer = api(method, path, body)
        assert (answer.status, answer.body["code"]) == (409, "invoice_not_draft")
    assert api("PATCH", path, {"metadata": {"order": "7"}}).body["metadata"] == {"order": "7"}


NOT_A_NUMBER = ["NaN", "1e3", "", "12,50", True, [], {}]
BAD_FIELDS = [
    ({"lines": []}, "lines_needed", "lines"),
    ({"lines": None}, "invalid_request", "lines"),
    ({"customer": None}, "invalid_request", "customer"),
    ({"customer": "cus_nobody"}, "not_found", "customer"),
    ({"currency": "XXX"}, "currency_unknown", "currency"),
    ({"price_type": "net"}, "invalid_request", "price_type"),
    ({"colour": "red"}, "invalid_request", "colour"),
    ({"notify": True}, "invalid_request", "notify"),
    ({"note": "One", "notes": [{"text": "Two"}]}, "invalid_request", "note"),
    ({"delivery": {"country": "BE", "address": {"country": "BE"}}}, "invalid_request", "delivery.country"),
    ({"period": {"start": "2026-02-01", "end": "2026-01-01"}}, "invalid_request", "period.end"),
    ({"metadata": [1]}, "invalid_request", "metadata"),
    ({"metadata": {"order": "\0"}}, "invalid_request", "metadata.order"),
    ({"metadata": {"order": "x" * 20_000}}, "invalid_request", "metadata"),
    ({"date": "2026-02-30"}, "invalid_request", "date"),
    ({"contract_reference": "C" * 201}, "invalid_request", "contract_reference"),
    ({"contract_reference": "\0"}, "invalid_request", "contract_reference"),
    ({"exchange_rate": "0"}, "invalid_request", "exchange_rate"),
    ({"exchange_rate": "-1"}, "invalid_request", "exchange_rate"),
    ({"rounding_amount": "1e30"}, "invalid_request", "rounding_amount"),
    ({"attachments": [{"id": "1", "uri": "nowhere"}]}, "invalid_request", "attachments.0.uri"),
    ({"allowances_charges": [{"is_charge": False}]}, "amount_or_percent", "allowances_charges.0.amount"),
    (
        {"allowances_charges": [{"is_charge": False, "amount": "-1"}]},
        "invalid_request",
        "allowances_charges.0.amount",
    ),
    (
        {"allowances_charges": [{"is_charge": False, "percent": "101"}]},
        "invalid_request",
        "allowances_charges.0.percent",
    ),
]
BAD_LINES = [
    ({"quantity": "0"}, "quantity_not_possible", "lines.0.quantity"),
    ({"unit_price": "-1"}, "invalid_request", "lines.0.unit_price"),
    ({"unit_price": "1" * 400}, "invalid_request", "lines.0.unit_price"),
    ({"unit_price": "1" + "0" * 30}, "invalid_request", "lines.0.unit_price"),
    ({"unit_price": "0.0000000000001"}, "invalid_request", "lines.0.unit_price"),
    ({"tax_rate": "-1"}, "invalid_request", "lines.0.tax_rate"),
    ({"tax_rate": "100.5"}, "invalid_request", "lines.0.tax_rate"),
    ({"tax_rate": "0"}, "part_not_possible", "lines.0.tax_rate"),
    ({"tax_category": "Q"}, "part_not_possible", "lines.0.tax_category"),
    ({"unit": "pieces"}, "part_not_possible", "lines.0.unit"),
    ({"name": ""}, "invalid_request", "lines.0.name"),
    ({"base_quantity": "0"}, "invalid_request", "lines.0.base_quantity"),
    ({"item_ids": {"ean": "1"}}, "invalid_request", "lines.0.item_ids.ean"),
    *[({"unit_price": value}, "invalid_request", "lines.0.unit_price") for value in NOT_A_NUMBER],
]
BAD = [*BAD_FIELDS, *[({"lines": [a_line(**fields)]}, code, field) for fields, code, field in BAD_LINES]]


@pytest.mark.parametrize(("fields", "code", "field"), BAD)
def test_bad_input_is_refused_with_the_path_to_it(api, platform, fields, code, field):
    before = digest_of_rows()

    answer = api("POST", "invoices", a_body(platform, **fields))

    assert answer.body["code"] == code, answer.body
    assert answer.body["field"] == field, answer.body
    assert answer.status in (400, 404)
    assert digest_of_rows() == before


@pytest.mark.parametrize("number", [b"1e30", b"NaN", b"Infinity", b"1" * 400, b"-1", b"1e-99999"])
def test_json_numbers_that_are_no_price_are_refused(api, platform, number):
    body = b'{"customer": "%s", "lines": [{"name": "x", "quantity": 1, "unit_price": %s, "tax_rate": 21}]}'
    before = digest_of_rows()

    answer = api("POST", "invoices", body % (platform.customers.get().pk.encode(), number))

    assert answer.status == 400
    assert digest_of_rows() == before


def test_a_number_is_taken_exactly_as_it_was_written(api, platform):
    line = b'{"name": "x", "quantity": 3, "unit_price": 0.1000000000007, "tax_rate": 21}'
    body = b'{"customer": "%s", "lines": [%s]}' % (platform.customers.get().pk.encode(), line)
    assert api("POST", "invoices", body).body["field"] == "lines.0.unit_price"

    answer = api("POST", "invoices", body.replace(b"0.1000000000007", b"0.100000000007"))

    assert answer.body["lines"][0]["unit_price"] == "0.100000000007"


# Payments


def test_payments_are_recorded_listed_and_retrieved(api, platform):
    # given
    invoice = a_final_invoice(platform, number="F-1")
    path = f"invoices/{invoice.pk}/payments"

    # when
    first = api("POST", path, {"amount": "21.00", "date": "2026-11-03", "method": "card", "reference": "R-1"})
    second = api("POST", path, {"amount": 40, "status": "in_progress", "method": "direct_debit"})

    # then
    assert (first.status, second.status) == (201, 201)
    assert (first.body["amount"], first.body["status"], first.body["method"], first.body["reference"]) == (
        "21.00",
        "SUCCEEDED",
        "card",
        "R-1",
    )
    assert (second.body["date"], second.body["status"]) == (str(clock.now().date()), "IN_PROGRESS")
    assert [row["id"] for row in api("GET", path).body["data"]] == [second.body["id"], first.body["id"]]
    assert [row["id"] for row in api("GET", "payments?status=IN_PROGRESS").body["data"]] == [
        second.body["id"]
    ]
    assert api("GET", f"payments/{first.body['id']}").body == first.body
    shown = api("GET", f"invoices/{invoice.pk}").body
    assert (shown["payment_status"], shown["amount_due"], shown["adjustable"]) == (
        "partially_paid",
        "100.00",
        "60.00",
    )


def test_a_payment_on_its_way_comes_or_fails_with_a_reason(api, platform):
    path = f"invoices/{a_final_invoice(platform).pk}/payments"
    one, other = (api("POST", path, {"amount": 40, "status": "in_progress"}).body["id"] for _ in range(2))

    came = api("POST", f"payments/{one}/succeed")
    failed = api("POST", f"payments/{other}/fail", {"reason": "Account closed"})

    assert (came.body["status"], failed.body["status"]) == ("SUCCEEDED", "FAILED")
    answer = api("POST", f"payments/{one}/fail")
    assert (answer.status, answer.body["code"]) == (409, "payment_not_possible")


def test_what_is_paid_too_much_is_shown_where_it_is_kept(api, platform):
    Platform.objects.update(keeps_overpayments=True)
    path = f"invoices/{a_final_invoice(platform).pk}/payments"

    payment = api("POST", path, {"amount": "150.00"}).body

    assert (payment["amount"], payment["excess"]["amount_available"]) == ("121.00", "29.00")
    assert api("GET", path).body["data"][0]["excess"] == payment["excess"]


BAD_PAYMENTS = [
    ({"amount": "0"}, "invalid_request", "amount"),
    ({"amount": "-5"}, "invalid_request", "amount"),
    ({"amount": "1e30"}, "invalid_request", "amount"),
    ({"amount": "9" * 400}, "invalid_request", "amount"),
    ({}, "invalid_request", "amount"),
    ({"amount": "1.005"}, "payment_not_possible", "amount"),
    ({"amount": "121.01"}, "payment_not_possible", "amount"),
    ({"amount": "1.00", "date": "2999-01-01"}, "date_in_future", "date"),
    ({"amount": "1.00", "method": "overpayment"}, "invalid_request", "method"),
    ({"amount": "1.00", "method": "barter"}, "invalid_request", "method"),
    ({"amount": "1.00", "status": "FAILED"}, "invalid_request", "status"),
    ({"amount": "1.00", "reference": "R" * 201}, "invalid_request", "reference"),
    ({"amount": "1.00", "currency": "SEK"}, "invalid_request", "currency"),
]


@pytest.mark.parametrize(("body", "code", "field"), BAD_PAYMENTS)
def test_payments_that_make_no_sense_are_refused(api, platform, body, code, field):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    answer = api("POST", f"invoices/{invoice.pk}/payments", body)

    assert (answer.body["code"], answer.body["field"]) == (code, field)
    assert digest_of_rows() == before


def test_another_platforms_payments_do_not_exist(api, caller, platform):
    stranger = Platform.objects.create(name="Other Group")
    payment = api("POST", f"invoices/{a_final_invoice(platform).pk}/payments", {"amount": 1}).body["id"]
    other = caller(stranger)

    assert other("GET", "payments").body["data"] == []
    for method, path in (
        ("GET", f"payments/{payment}"),
        ("POST", f"payments/{payment}/succeed"),
        ("GET", f"invoices/{Payment.objects.get().invoice_id}/payments"),
        ("POST", f"invoices/{Payment.objects.get().invoice_id}/tax-withheld"),
    ):
        body = {"amount": 1} if path.endswith("withheld") else None
        assert other(method, path, body).status == 404


# Withheld tax


def test_withheld_tax_is_recorded_and_listed(api, platform):
    invoice = a_final_invoice(platform)
    path = f"invoices/{invoice.pk}/tax-withheld"

    answer = api("POST", path, {"amount": "10.00", "reference": "TDS 7"})

    assert (answer.status, answer.body["amount"], answer.body["reference"]) == (201, "10.00", "TDS 7")
    assert api("GET", path).body["data"] == [answer.body]
    shown = api("GET", f"invoices/{invoice.pk}").body
    assert (shown["amount_withheld"], shown["amount_due"]) == ("10.00", "111.00")
    assert shown["taxes_withheld"] == [answer.body]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"amount": "0"}, "invalid_request", "amount"),
        ({"amount": "121.01"}, "withholding_not_possible", "amount"),
        ({"amount": "1.00", "date": "2999-01-01"}, "date_in_future", "date"),
    ],
)
def test_tax_that_cannot_have_been_withheld_is_refused(api, platform, body, code, field):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    answer = api("POST", f"invoices/{invoice.pk}/tax-withheld", body)

    assert (answer.body["code"], answer.body["field"]) == (code, field)
    assert digest_of_rows() == before


# What the object says of its payment and its notes


def test_an_unpaid_invoice_past_its_due_date_says_so(api, platform):
    today = clock.now().date()
    invoice = a_final_invoice(platform, date=today - timedelta(days=9), due_date=today - timedelta(days=1))

    shown = api("GET", f"invoices/{invoice.pk}").body

    assert (shown["payment_status"], shown["is_overdue"]) == ("payment_due", True)


def test_a_credited_invoice_links_its_notes(api, platform):
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice)

    shown = api("GET", f"invoices/{invoice.pk}").body

    assert [
        (row["id"], row["number"], row["total"], row["amount"]) for row in shown["linked_credit_notes"]
    ] == [(note.pk, note.number, "121.00", "121.00")]
    assert (shown["payment_status"], shown["creditable"]) == ("paid", "0.00")


def test_the_list_asks_a_constant_number_of_questions(api, platform, django_assert_max_num_queries):
    for _ in range(3):
        a_final_note(a_final_invoice(platform))
    with django_assert_max_num_queries(12):
        assert len(api("GET", "invoices").body["data"]) == 3
    assert Decimal(api("GET", "invoices?limit=1").body["data"][0]["total"]) == Decimal("121.00")
