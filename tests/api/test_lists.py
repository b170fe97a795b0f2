"""Lists over the API: pages, orders, filters with operators, what is shown along, whole lists as files."""

import base64
import csv
import io
import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from billing.api.workbook import workbook
from credit_notes.models import CreditNote
from credit_notes.services import void_credit_note
from tests.api.test_sequences import refused
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_platform,
)


@pytest.fixture
def notes(platform):
    """Seven notes: five final over 10 to 50 without VAT, one of them void, and two drafts over 60 and 70."""
    made = []
    for net in (30, 10, 50, 20, 40):
        invoice = a_final_invoice(platform, lines=[a_line(f"{net}.00", rate="0", category="Z")])
        made.append(a_final_note(invoice))
    void_credit_note(platform=platform, credit_note_id=made[1].pk, reason="A mistake", actor=CLERK, at=NOON)
    for net in (60, 70):
        invoice = a_final_invoice(platform, lines=[a_line(f"{net}.00", rate="0", category="Z")])
        made.append(a_draft_note(invoice))
    return made


def forged(*parts):
    """A cursor that no list has answered."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def ids(answer):
    assert answer.status == 200, answer.body
    return [row["id"] for row in answer.body["data"]]


def totals(answer):
    assert answer.status == 200, answer.body
    return [row["total"] for row in answer.body["data"]]


def walked(api, path, **more):
    """Every row of a list, by its cursors."""
    found, cursor = [], ""
    while True:
        answer = api("GET", f"{path}&cursor={cursor}")
        found += answer.body["data"]
        if not answer.body["has_more"]:
            assert answer.body["next_cursor"] is None
            return found
        cursor = answer.body["next_cursor"]


def test_a_list_has_the_newest_first_ten_at_a_time_and_a_cursor_to_the_rest(api, notes):
    newest = [note.pk for note in reversed(notes)]

    first = api("GET", "credit-notes?limit=3")
    second = api("GET", f"credit-notes?limit=3&cursor={first.body['next_cursor']}")
    third = api("GET", f"credit-notes?limit=3&cursor={second.body['next_cursor']}")

    assert ids(first) + ids(second) + ids(third) == newest
    assert [answer.body["has_more"] for answer in (first, second, third)] == [True, True, False]
    assert first.body["object"] == "list"
    assert "total" not in first.body
    assert ids(api("GET", "credit-notes")) == newest


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("order", ["created_at", "updated_at", "date", "number", "total"])
def test_every_order_can_be_walked_page_by_page_in_both_directions(api, notes, order, direction):
    rows = walked(api, f"credit-notes?limit=2&order_by={order}&order_direction={direction}")

    def key(row):
        number = row["number"] or ""
        return {
            "created_at": (),
            "updated_at": (row["updated_at"],),
            "date": (row["date"] or str(date.max),),
            "number": (len(number), number),
            "total": (float(row["total"]),),
        }[order], row["id"]

    everything = api("GET", "credit-notes?limit=100").body["data"]
    assert [row["id"] for row in rows] == [
        row["id"] for row in sorted(everything, key=key, reverse=direction == "desc")
    ]


def test_the_tenth_number_comes_after_the_ninth_also_without_leading_zeros(platform, api):
    for number in ("9", "10", "2", "100"):
        a_final_invoice(platform, number=number)

    answer = api("GET", "invoices?order_by=doc_number&order_direction=asc")

    assert [row["number"] for row in answer.body["data"]] == ["2", "9", "10", "100"]


def test_take_and_skip_answer_as_other_products_do(api, notes):
    answer = api("GET", "credit-notes?take=2&skip=3&order_by=doc_number")

    assert answer.body["results"] == 2
    assert answer.body["skip"] == 3
    assert ids(answer) == ids(api("GET", "credit-notes?order_by=number"))[3:5]
    assert ids(api("GET", "credit-notes?skip=100")) == []
    assert api("GET", "credit-notes?take=2").body["results"] == 2


def test_the_total_is_counted_only_when_asked_for_and_after_the_filters(api, notes):
    assert api("GET", "credit-notes?limit=2&include=total").body["total"] == 7
    assert api("GET", "credit-notes?take=1&status=DRAFT&include=total").body["total"] == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=DRAFT", ["60.00", "70.00"]),
        ("status[is]=VOID", ["10.00"]),
        ("status[is_not]=FINAL", ["10.00", "60.00", "70.00"]),
        ("status[in]=[DRAFT,VOID]", ["10.00", "60.00", "70.00"]),
        ('status[in]=["DRAFT","VOID"]', ["10.00", "60.00", "70.00"]),
        ("status[not_in]=[DRAFT,VOID]", ["20.00", "30.00", "40.00", "50.00"]),
        ("status[in]=[voided,adjusted]", ["10.00", "20.00", "30.00", "40.00", "50.00"]),
        ("settlement=adjusted", ["20.00", "30.00", "40.00", "50.00"]),
        ("total[gte]=40", ["40.00", "50.00", "60.00", "70.00"]),
        ("total[gt]=40", ["50.00", "60.00", "70.00"]),
        ("total[lt]=20.01", ["10.00", "20.00"]),
        ("total[lte]=20", ["10.00", "20.00"]),
        ("total[between]=[20,30.00]", ["20.00", "30.00"]),
        ("total[gt]=10&total[lt]=30", ["20.00"]),
        ("total=30", ["30.00"]),
        ("total[is_not]=30&status=FINAL", ["20.00", "40.00", "50.00"]),
        ("date[is_present]=false", ["60.00", "70.00"]),
        ("date[on]=2026-11-20", ["10.00", "20.00", "30.00", "40.00", "50.00"]),
        ("date[after]=2026-11-20", []),
        ("date[between]=[2026-11-20,2026-11-21]", ["10.00", "20.00", "30.00", "40.00", "50.00"]),
        ("voided_at[is_present]=true", ["10.00"]),
        ("created_at[on]=2026-11-20", ["10.00", "20.00", "30.00", "40.00", "50.00", "60.00", "70.00"]),
        ("created_at[before]=2026-11-20T12:00:00Z", []),
        ("created_at[lte]=2026-11-20T13:00:00+01:00&total[lt]=20", ["10.00"]),
        ("created_at[gte]=0484-08-22T23:08:08%2B22:19&total[gt]=60", ["70.00"]),
        ("number[starts_with]=CR-2026-&total[gt]=40", ["50.00"]),
        ("number[starts_with]=%25", []),
        ("on_hold=true", []),
        ("on_hold=false&total=70", ["70.00"]),
        ("is_reversed=false&total=50", ["50.00"]),
        ("currency[in]=[EUR]&total[gte]=70", ["70.00"]),
        ("currency_code=USD", []),
        ("customer_name[starts_with]=Bières&total=10", ["10.00"]),
    ],
)
def test_filters_keep_what_they_say(api, notes, query, expected):
    answer = api("GET", f"credit-notes?order_by=total&order_direction=asc&limit=100&{query}")

    assert totals(answer) == expected


def test_a_note_is_found_by_its_invoice_whichever_product_named_it(api, notes):
    note = notes[2]

    for name in ("invoice", "invoice_uid", "reference_invoice_id", "invoice[is]", "invoice_id[in]"):
        assert ids(api("GET", f"credit-notes?{name}={note.invoice_id}")) == [note.pk]
    assert len(ids(api("GET", f"credit-notes?invoice[is_not]={note.invoice_id}"))) == 6
    assert ids(api("GET", f"credit-notes?invoice_number={note.invoice.number}")) == [note.pk]
    assert ids(api("GET", f"credit-notes?allocated_to={note.invoice_id}")) == [note.pk]


def test_a_note_over_two_invoices_is_listed_once(platform, api):
    one, other = a_final_invoice(platform), a_final_invoice(platform)
    made = api("POST", "credit-notes", {"invoices": [{"invoice": one.pk}, {"invoice": other.pk}]})

    answer = api("GET", f"credit-notes?invoice[in]=[{one.pk},{other.pk}]&include=total")

    assert ids(answer) == [made.body["id"]]
    assert answer.body["total"] == 1


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("colour=red", "parameter_unknown", "colour"),
        ("total[like]=3", "filter_invalid", "total[like]"),
        ("total=cheap", "filter_invalid", "total"),
        ("total=NaN", "filter_invalid", "total"),
        ("total=1e3", "filter_invalid", "total"),
        ("total[between]=[1]", "filter_invalid", "total[between]"),
        ("total[gte]=9999999999999999999", "filter_invalid", "total[gte]"),
        ("status=draft", "filter_invalid", "status"),
        ("status[in]=[]", "filter_invalid", "status[in]"),
        ("status[in]=[[DRAFT]]", "filter_invalid", "status[in]"),
        ("date=31.01.2026", "filter_invalid", "date"),
        ("date=2026-02-30", "filter_invalid", "date"),
        ("created_at=yesterday", "filter_invalid", "created_at"),
        ("created_at=9999-12-31T23:59:59-12:00", "filter_invalid", "created_at"),
        ("on_hold=maybe", "filter_invalid", "on_hold"),
        ("on_hold[in]=[true]", "filter_invalid", "on_hold[in]"),
        ("number=%00", "filter_invalid", "number"),
        (f"number={'x' * 301}", "filter_invalid", "number"),
        ("order_by=colour", "filter_invalid", "order_by"),
        ("order_direction=up", "filter_invalid", "order_direction"),
        ("cursor=nonsense", "cursor_invalid", "cursor"),
        ("cursor=bm90IGpzb24", "cursor_invalid", "cursor"),
        (f"cursor={forged('created_at', 'desc', chr(0xD800))}", "cursor_invalid", "cursor"),
        (f"order_by=total&cursor={forged('total', 'desc', '1e999999', 'cn_x')}", "cursor_invalid", "cursor"),
        (f"order_by=total&cursor={forged('total', 'desc', '9' * 30, 'cn_x')}", "cursor_invalid", "cursor"),
        (f"order_by=number&cursor={forged('number', 'desc', '9' * 30, '', 'x')}", "cursor_invalid", "cursor"),
        ("expand=secrets", "filter_invalid", "expand"),
        ("limit=0", "invalid_request", "limit"),
        ("limit=101", "invalid_request", "limit"),
        ("limit=ten", "invalid_request", "limit"),
        ("skip=-1", "invalid_request", "skip"),
        ("skip=100001", "invalid_request", "skip"),
        ("take=5&limit=5", "invalid_request", "limit"),
        ("include=everything", "invalid_request", "include"),
        ("format=pdf", "invalid_request", "format"),
        ("format=csv&limit=3", "invalid_request", "format"),
        ("status=DRAFT&status=VOID", "invalid_request", "status"),
    ],
)
def test_what_a_list_cannot_be_asked_for_is_refused_by_name(platform, api, query, code, field):
    problem = refused(api("GET", f"credit-notes?{query}"), 400, code)

    assert problem["field"] == field


def test_a_cursor_of_one_order_is_refused_in_another(api, notes):
    cursor = api("GET", "credit-notes?limit=1&order_by=total").body["next_cursor"]

    refused(api("GET", f"credit-notes?limit=1&order_by=date&cursor={cursor}"), 400, "cursor_invalid")
    refused(
        api("GET", f"credit-notes?limit=1&order_by=total&order_direction=asc&cursor={cursor}"),
        400,
        "cursor_invalid",
    )


def test_another_platforms_rows_are_in_no_list_and_behind_no_cursor(platform, api, caller, notes):
    elsewhere = a_platform("Elsewhere")
    theirs = a_final_note(a_final_invoice(elsewhere))
    cursor = caller(elsewhere)("GET", "credit-notes?limit=1").body["next_cursor"]

    assert cursor is None
    assert theirs.pk not in ids(api("GET", "credit-notes?limit=100"))
    assert ids(api("GET", f"credit-notes?id={theirs.pk}")) == []
    assert ids(api("GET", f"credit-notes?invoice={theirs.invoice_id}")) == []


def test_what_is_asked_for_is_shown_along_in_the_list_and_for_one(api, notes):
    row = api("GET", "credit-notes?limit=1&expand=customer,lines,invoice,billing_entity").body["data"][0]
    plain = api("GET", "credit-notes?limit=1").body["data"][0]

    assert row["customer"]["object"] == "customer"
    assert row["customer"]["id"] == plain["customer"]
    assert row["billing_entity"]["object"] == "billing_entity"
    assert row["invoice"]["object"] == "invoice"
    assert row["invoice"]["creditable"] == "70.00"
    assert [line["net_amount"] for line in row["lines"]] == ["70.00"]
    assert set(plain["invoice"]) == {"id", "number", "date"}
    assert "lines" not in plain
    one = api("GET", f"credit-notes/{row['id']}?expand=customer,invoice").body
    assert one["customer"] == row["customer"]
    assert one["invoice"] == row["invoice"]
    invoice = api("GET", f"invoices/{row['invoice']['id']}?expand=customer").body
    assert invoice["customer"] == row["customer"]


def queries_of(api, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert api("GET", path).status == 200
    return len(captured)


def test_a_page_costs_the_same_queries_whatever_its_length_its_place_and_its_filters(platform, api):
    for _ in range(12):
        a_final_note(a_paid_invoice(platform, buyer=a_customer(platform, vat_number="")))
    api("GET", "credit-notes")  # the key's last use is noted once a minute
    cursor = api("GET", "credit-notes?limit=5").body["next_cursor"]
    everything = "expand=customer,invoice,lines,allocations,refunds,allowances_charges,billing_entity"

    bare = {
        queries_of(api, f"credit-notes?{query}")
        for query in (
            "limit=1",
            "limit=12",
            f"limit=5&cursor={cursor}",
            "total[gte]=1&status=FINAL&order_by=date",
        )
    }
    shown = {queries_of(api, f"credit-notes?{everything}&limit={limit}") for limit in (2, 12)}
    invoices = {queries_of(api, f"invoices?expand=customer,payments&limit={limit}") for limit in (2, 12)}

    assert len(bare) == 1
    assert len(shown) == 1
    assert len(invoices) == 1
    assert max(bare) <= 3


def test_a_whole_list_comes_as_csv(api, notes):
    answer = api("GET", "credit-notes?format=csv&order_by=total&order_direction=asc&status=FINAL")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="credit-notes-')
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["total"], row["currency"], row["status"]) for row in rows] == [
        ("20.00", "EUR", "FINAL"),
        ("30.00", "EUR", "FINAL"),
        ("40.00", "EUR", "FINAL"),
        ("50.00", "EUR", "FINAL"),
    ]
    assert rows[0]["amount_available"] == "0.00"
    assert rows[0]["customer_name"] == "Bières du Nord SA"
    assert rows[0]["invoice_number"] == notes[3].invoice.number
    assert rows[0]["created_at"] == "2026-11-20T12:00:00Z"


def test_a_whole_list_comes_as_a_spreadsheet_that_others_can_read(api, notes):
    answer = api("GET", "credit-notes?format=xlsx&order_by=total&order_direction=asc")

    sheet = load_workbook(io.BytesIO(answer.content)).active
    heading, *rows = sheet.iter_rows(values_only=True)
    first = dict(zip(heading, rows[0], strict=True))
    assert len(rows) == 7
    assert (first["total"], first["status"]) == (10, "VOID")
    assert first["date"].date() == date(2026, 11, 20)
    assert first["note"] is None


def test_an_export_reads_long_lists_in_portions_and_leaves_nothing_out(platform, api, monkeypatch):
    monkeypatch.setattr("billing.api.exports.ROWS_AT_ONCE", 3)
    made = [a_final_invoice(platform) for _ in range(10)]

    answer = api("GET", "invoices?format=csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == [invoice.pk for invoice in reversed(made)]


def test_a_text_that_a_spreadsheet_would_calculate_stays_a_text(platform, api):
    customer = a_customer(platform, name='=HYPERLINK("http://evil.example")', vat_number="")
    a_final_invoice(platform, buyer=customer)

    row = next(csv.DictReader(io.StringIO(api("GET", "invoices?format=csv").content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(api("GET", "invoices?format=xlsx").content)).active
    cells = {sheet.cell(1, place).value: sheet.cell(2, place) for place in range(1, sheet.max_column + 1)}

    assert row["customer_name"] == """'=HYPERLINK("http://evil.example")"""
    assert cells["customer_name"].data_type == "s"
    assert cells["customer_name"].value == '=HYPERLINK("http://evil.example")'


def test_what_no_xml_can_hold_is_left_out_of_a_spreadsheet():
    parts = b"".join(workbook(["name"], [["a\ufffeb\uffffc\x00d\x1be\ud800\tf\n🧾"]]))

    sheet = load_workbook(io.BytesIO(parts)).active

    assert sheet.cell(2, 1).value == "abcde\tf\n🧾"


LISTS = ("credit-notes", "invoices", "payments", "refunds", "sequences", "reason-codes")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_can_be_exported(platform, api, path, form):
    note = a_final_note(a_paid_invoice(platform))
    api(
        "POST", f"credit-notes/{note.pk}/record-refund", {"amount": 1, "date": "2026-11-20", "method": "cash"}
    )
    api("POST", "reason-codes", {"code": "late", "name": "Too late"})

    answer = api("GET", f"{path}?format={form}")

    assert answer.status == 200, answer.body
    if form == "csv":
        assert len(answer.content.decode().splitlines()) >= 2
    else:
        assert load_workbook(io.BytesIO(answer.content)).active.max_row >= 2


def test_a_customers_notes_are_a_list_like_any_other(platform, api, notes):
    other = a_customer(platform, name="Somebody else", vat_number="")
    theirs = a_final_note(a_final_invoice(platform, buyer=other))

    answer = api("GET", f"customers/{other.pk}/credit-notes?status=FINAL")

    assert ids(answer) == [theirs.pk]
    assert len(ids(api("GET", f"customers/{notes[0].customer_id}/credit-notes"))) == 7
    refused(api("GET", "customers/cus_unknown/credit-notes"), 404, "not_found")
    assert CreditNote.objects.count() == 8


@pytest.mark.parametrize(
    ("path", "own", "asked", "needed"),
    [
        ("credit-notes", "CREDIT_NOTE.VIEW", "lines,customer", "CUSTOMER.VIEW"),
        ("credit-notes", "CREDIT_NOTE.VIEW", "invoice", "INVOICE.VIEW"),
        ("credit-notes", "CREDIT_NOTE.VIEW", "billing_entity", "SETTINGS.VIEW"),
        ("invoices", "INVOICE.VIEW", "payments", "PAYMENT.VIEW"),
    ],
)
def test_what_is_shown_along_needs_the_permission_to_see_it(platform, caller, path, own, asked, needed):
    answer = caller(platform, [own])("GET", f"{path}?expand={asked}")

    assert (answer.status, answer.body["code"], answer.body["permission"]) == (
        403,
        "permission_denied",
        needed,
    )
    assert caller(platform, [own])("GET", f"{path}?expand=lines,allocations").status == 200
    assert caller(platform, [own, needed])("GET", f"{path}?expand={asked}").status == 200
