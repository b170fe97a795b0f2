"""The desk's lists are narrowed by the filters of the API, in a panel or in the address, and had as files."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from openpyxl import load_workbook

from billing.platforms.models import Customer, Platform
from credit_notes.lists import CREDIT_NOTES
from credit_notes.services import send_einvoice
from invoices.lists import INVOICES
from tests.books import digest_of_rows
from tests.desk.conftest import follow_up, text_of
from tests.desk.einvoicing import answered, sending_by_hand
from tests.factories import (
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_platform,
    an_api_key,
    an_entity,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
BLANK = {
    "q": "",
    "state": "all",
    "date[gte]": "",
    "date[lte]": "",
    "total[gte]": "",
    "total[lte]": "",
    "currency": "",
    "customer_name[starts_with]": "",
    "einvoice_status": "",
    "einvoice_response": "",
}
"""What the panel sends where nothing was filled in."""


def a_zulu(platform: Platform) -> Customer:
    """A customer that is not the usual one."""
    return a_customer(platform, name="Zulu SA", vat_number="", endpoint_id="0203201340")


@pytest.fixture
def invoices(platform) -> None:
    """Four invoices that differ in total, customer, day and currency."""
    a_final_invoice(platform, number="A", lines=[a_line("50.00")], date=date(2026, 1, 15))
    lines = [a_line("200.00")]
    a_final_invoice(platform, number="B", lines=lines, buyer=a_zulu(platform), date=date(2026, 2, 15))
    a_paid_invoice(platform, number="C", lines=[a_line("300.00")], date=date(2026, 3, 15))
    yen = [a_line("1000", currency="JPY")]
    a_final_invoice(platform, number="D", currency="JPY", lines=yen, date=date(2026, 4, 15))


def asked(path: str, filters: dict[str, str]) -> str:
    return f"{path}?{urlencode(filters)}"


def listed(answer: Any) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)<', answer.content.decode())


def chips_on(answer: Any) -> dict[str, str]:
    """Return the address behind each chip."""
    found = re.findall(r'class="chip" href="([^"]*)">.*?</span><span>([^<]*)<', answer.content.decode())
    return {words: address.replace("&amp;", "&") for address, words in found}


def said_in(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


@pytest.mark.parametrize(
    ("filters", "found", "chip"),
    [
        ({"total[gte]": "100"}, ["D", "C", "B"], "Total ≥ 100"),
        ({"date[between]": "[2026-02-01,2026-03-31]"}, ["C", "B"], "Date 1 Feb 2026 to 31 Mar 2026"),
        ({"date[lte]": "2026-01-31"}, ["A"], "Date ≤ 31 Jan 2026"),
        ({"customer_name[starts_with]": "Zu"}, ["B"], "Customer name begins with Zu"),
        ({"currency": "JPY"}, ["D"], "Currency JPY"),
        ({"number[in]": "[A,C]"}, ["C", "A"], "Number A, C"),
        ({"number[not_in]": "[A,C]"}, ["D", "B"], "Number is not A, C"),
        ({"amount_due": "0"}, ["C"], "Amount due 0"),
        ({"on_hold": "false"}, ["D", "C", "B", "A"], "Not on hold"),
        ({"purchase_order_reference[is_present]": "true"}, [], "Purchase order reference given"),
        ({"total[gte]": "100", "state": "paid"}, ["C"], "Total ≥ 100"),
        ({"total[gte]": "100", "q": "zulu"}, ["B"], "Total ≥ 100"),
    ],
)
def test_any_filter_of_the_api_narrows_the_list_and_can_be_taken_away(clerk, invoices, filters, found, chip):
    answer = clerk.get(asked("/invoices/", filters))

    assert answer.status_code == 200
    assert listed(answer) == found
    without = said_in(chips_on(answer)[chip])
    assert without == {name: text for name, text in filters.items() if name in {"q", "state"}}


def test_what_the_desk_lists_the_api_lists_too(clerk, client, platform, invoices):
    filters = {"total[gte]": "100", "customer_name[is_not]": "Zulu SA", "currency": "EUR"}
    key = an_api_key(platform)

    answer = client.get(asked("/v1/invoices", filters), headers={"Authorization": f"Bearer {key}"})

    numbers = [row["number"] for row in answer.json()["data"]]
    assert numbers == listed(clerk.get(asked("/invoices/", filters))) == ["C"]


def test_credit_notes_are_narrowed_by_type_reason_and_customer(clerk, platform):
    cleared = a_final_note(a_final_invoice(platform))
    owed = a_final_note(a_paid_invoice(platform, buyer=a_zulu(platform)))
    draft = a_draft_note(a_final_invoice(platform), reason_code="waiver")

    def shown(**filters: str) -> tuple[list[str], list[str]]:
        answer = clerk.get(asked("/credit-notes/", filters))
        return listed(answer), [*chips_on(answer)]

    assert shown(type="refundable") == ([owed.number], ["Type Refundable"])
    assert shown(type="adjustment", state="final") == ([cleared.number], ["Type Adjustment"])
    assert shown(reason_code="waiver") == ([draft.display_number], ["Reason code Waiver"])
    assert shown(customer=owed.customer_id) == ([owed.number], ["Customer Zulu SA"])
    assert shown(is_reversed="true") == ([], ["Reversed"])


def test_the_panel_has_the_usual_filters_and_keeps_what_was_asked(clerk, platform, invoices):
    fields = r'<(?:input|select) [^>]*name="([^"]+)"'
    filters = {"total[gte]": "100", "number[in]": "[A,C]", "q": "c", "state": "paid"}

    page = clerk.get(asked("/invoices/", filters)).content.decode()

    panel = page.split('class="filter-panel"')[1].split("</form>")[0]
    assert re.findall(fields, panel) == [name for name in BLANK if name not in {"q", "state"}]
    assert '<input type="text" name="total[gte]" value="100"' in panel
    assert '<input type="hidden" name="number[in]" value="[A,C]" form="search">' in page
    assert '<input type="hidden" name="state" value="paid" form="search">' in page
    notes = clerk.get("/credit-notes/").content.decode().split('class="filter-panel"')[1]
    assert re.findall(fields, notes.split("</form>")[0])[-4:] == [
        "type",
        "reason_code",
        "einvoice_status",
        "einvoice_response",
    ]


def test_a_billing_entity_is_asked_for_where_there_are_several(clerk, platform):
    first = an_entity(platform, name="Acme BV")
    assert 'name="billing_entity"' not in clerk.get("/invoices/").content.decode()
    a_final_invoice(platform, number="A", seller=first)
    other = an_entity(platform, name="Acme GmbH", vat_number="DE123456789", legal_id="2")

    answer = clerk.get(asked("/invoices/", {"billing_entity": other.pk}))

    assert f'<option value="{other.pk}" selected>Acme GmbH</option>' in answer.content.decode()
    assert listed(answer) == []
    assert [*chips_on(answer)] == ["Billing entity Acme GmbH"]


def test_empty_fields_and_other_writings_lead_to_an_address_that_can_be_handed_on(clerk, invoices):
    said = BLANK | {"total[gte]": "1.050,50", "currency": "jpy", "invoice_date[after]": " 2026-01-01"}

    answer = clerk.get(asked("/invoices/", said))

    assert answer.status_code == 302
    assert answer.url == "/invoices/?" + urlencode(
        {"total[gte]": "1050.50", "currency": "JPY", "date[after]": "2026-01-01"}
    )
    assert listed(clerk.get(answer.url)) == ["D"]
    assert clerk.get(asked("/invoices/", BLANK)).url == "/invoices/"
    odd = clerk.get("/invoices/?limit=5&format=pdf&currency_code=JPY&customer=a&name=&customer_id=b")
    assert odd.url == "/invoices/?currency=JPY&customer=a&customer=b"
    assert clerk.get(odd.url).status_code == 200


def test_to_htmx_the_list_alone_is_answered_with_the_address_to_remember(clerk, invoices):
    answer = clerk.get(asked("/invoices/", BLANK | {"total[gte]": "300,5", "q": "C"}), headers=HTMX)

    assert answer.content.decode().strip().startswith('<section class="card" id="list"')
    assert answer.headers["HX-Push-Url"] == "/invoices/?q=C&total%5Bgte%5D=300.5"
    assert listed(answer) == ["C"]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("path", "filters", "sentence"),
    [
        ("/invoices/", {"total[gte]": "abc"}, "Total from: 'abc' is not an amount such as 12.50."),
        ("/invoices/", {"date[lte]": "2026-13-01"}, "Date to: '2026-13-01' is not a day such as 2026-01-31."),
        ("/invoices/", {"total[like]": "1"}, "total knows no 'like'; its operators are: is, is_not,"),
        ("/invoices/", {"colour": "red"}, "There is no parameter 'colour' here; the filters are: amount_"),
        (
            "/invoices/",
            {"customer_name[starts_with]": "a\0"},
            "Customer begins with: a value has at most 300",
        ),
        ("/invoices/", {"number": "9" * 400}, "number: a value has at most 300 plain characters."),
        ("/credit-notes/", {"type": "gift"}, "Type: 'gift' is not one of: adjustment, refundable, store."),
        ("/credit-notes/", {"is_reversed": "maybe"}, "is_reversed: 'maybe' is neither true nor false."),
        (
            "/credit-notes/",
            {"date[between]": "2026-01-01"},
            "date[between]: between takes two values: [low,high].",
        ),
        ("/credit-notes/", {"total[gte]": "NaN"}, "Total from: 'NaN' is not an amount"),
        ("/credit-notes/", {"customer[in]": "[[1]]"}, "customer[in]: a list holds texts and numbers"),
        ("/credit-notes/", {"created_at[on]": "0001-01-01"}, "created_at[on]: '0001-01-01' is out of range."),
    ],
)
def test_a_value_that_is_none_is_refused_in_a_sentence_and_nothing_is_listed(
    clerk, platform, headers, path, filters, sentence
):
    a_draft_note(a_final_invoice(platform, number="A"))
    before = digest_of_rows()

    answer = clerk.get(asked(path, filters), headers=headers)
    file = clerk.get(asked(path, filters | {"format": "csv"}), headers=headers)

    assert answer.status_code == file.status_code == 400
    assert sentence in text_of(answer)
    assert sentence in text_of(file)
    assert listed(answer) == []
    assert 'name="id"' not in answer.content.decode()
    assert [said_in(address) for address in chips_on(answer).values()] == [{}]
    assert digest_of_rows() == before


def test_the_field_that_is_wrong_is_marked_in_the_open_panel(clerk, platform):
    page = clerk.get(asked("/invoices/", {"total[gte]": "abc", "total[lte]": "5"})).content.decode()

    assert '<details class="filter" open>' in page
    (field,) = re.findall(r"<input[^>]*aria-invalid[^>]*>", page)
    assert 'name="total[gte]" value="abc"' in field
    assert 'aria-describedby="filter-wrong"' in field
    assert "Total ≤ 5" in page


def test_tabs_and_pages_keep_the_filters(clerk, platform):
    for number in range(30):
        a_final_invoice(platform, number=f"N-{number:02}", lines=[a_line(f"{number + 1}.00")])
    a_final_invoice(platform, number="X", lines=[a_line("9000.00")])
    filters = {"total[lte]": "1000", "currency": "EUR"}

    first = clerk.get(asked("/invoices/", filters))
    page = first.content.decode().replace("&amp;", "&")
    older = re.search(r'rel="next" href="([^"]+)"', page)[1]
    tab = re.search(r'<a href="(\?[^"]*state=unpaid[^"]*)"', page)[1]

    assert listed(first) == [f"N-{number:02}" for number in range(29, 4, -1)]
    second = clerk.get("/invoices/" + older)
    assert listed(second) == [f"N-{number:02}" for number in range(4, -1, -1)]
    assert chips_on(second) == chips_on(first)
    assert said_in(tab) == filters | {"state": "unpaid"}
    assert len(listed(clerk.get("/invoices/" + tab))) == 25


def test_all_that_match_means_all_that_match_the_filters(clerk, platform):
    for number in range(27):
        a_draft_note(a_final_invoice(platform, number=f"S-{number:02}", lines=[a_line("10.00")]))
    large = a_draft_note(a_final_invoice(platform, number="L", lines=[a_line("500.00")]))
    path = asked("/credit-notes/", {"total[lt]": "100", "state": "draft"})

    bar = clerk.get(path).content.decode().split('id="bulk"')[1]
    asks = re.search(r'name="list" value="([^"]*)"', bar)[1].replace("&amp;", "&")
    answer = clerk.get("/bulk/", {"deed": "hold_credit_note", "all": "1", "list": asks})

    assert "All that match, on every page" in bar
    assert "Put on hold 27 credit notes" in text_of(answer)
    assert large.pk not in answer.content.decode()
    cancel = re.search(r'href="([^"]*)">Cancel<', answer.content.decode())[1].replace("&amp;", "&")
    assert (urlsplit(cancel).path, said_in(cancel)) == ("/credit-notes/", said_in(path))


def test_a_bulk_deed_whose_list_was_asked_for_nonsense_leads_back_to_it(clerk, platform):
    a_draft_note(a_final_invoice(platform))

    wish = {"deed": "hold_credit_note", "all": "1", "list": "?total[gte]=abc"}
    answer = clerk.get("/bulk/", wish, follow=True)

    assert answer.redirect_chain == [("/credit-notes/?total%5Bgte%5D=abc", 302)]
    assert answer.status_code == 400
    assert "Total from: 'abc' is not an amount such as 12.50." in text_of(answer)


def test_a_list_is_had_as_csv_and_excel_exactly_as_it_is_listed(clerk, invoices, platform):
    a_final_invoice(platform, number="=1+1", lines=[a_line("500.00")])
    page = clerk.get(asked("/invoices/", {"total[gte]": "200", "currency": "EUR", "state": "unpaid"}))
    menu = page.content.decode().replace("&amp;", "&").split('class="list-head"')[1]
    addresses = dict(
        reversed(pair)
        for pair in re.findall(r'href="(\?[^"]*format=[a-z]+[^"]*)">.*?menu-label">(\w+)<', menu, re.S)
    )

    table = clerk.get("/invoices/" + addresses["CSV"])
    book = clerk.get("/invoices/" + addresses["Excel"])

    assert listed(page) == ["=1+1", "B"]
    rows = [*csv.DictReader(io.StringIO(table.getvalue().decode("utf-8-sig")))]
    assert [row["number"] for row in rows] == ["'=1+1", "B"]
    assert [row["total"] for row in rows] == ["605.00", "242.00"]
    assert re.fullmatch(
        r'attachment; filename="invoices-\d{4}-\d\d-\d\d.csv"', table.headers["Content-Disposition"]
    )
    heads, *body = load_workbook(io.BytesIO(book.getvalue())).active.values
    totals = [row[heads.index("total")] for row in body]
    assert [row[heads.index("number")] for row in body] == ["=1+1", "B"]
    assert [Decimal(str(total)) for total in totals] == [605, 242]


def test_a_file_has_every_page_and_no_other_platforms_rows(clerk, platform, sign_in):
    for _ in range(30):
        a_draft_note(a_final_invoice(platform))
    stranger = a_platform("Stranger")
    a_draft_note(a_final_invoice(stranger))
    held = a_draft_note(a_final_invoice(platform), on_hold=True)

    def exported(client: Any, **wish: str) -> list[str]:
        answer = client.get(asked("/credit-notes/", wish | {"format": "csv"}))
        return [row["id"] for row in csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))]

    everything = exported(clerk)
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 31
    assert exported(clerk, state="on_hold") == [held.pk]
    assert len(exported(sign_in(stranger, username="stan"))) == 1


def test_who_may_see_a_list_may_have_it_as_a_file(viewer, client, platform):
    a_final_invoice(platform)

    assert viewer.get("/invoices/?format=xlsx").status_code == 200
    assert "Export" in text_of(viewer.get("/invoices/"))
    assert client.get("/invoices/?format=xlsx").status_code == 302


@pytest.mark.parametrize(("path", "listing"), [("/invoices/", INVOICES), ("/credit-notes/", CREDIT_NOTES)])
def test_every_filter_of_the_api_has_words(clerk, platform, path, listing):
    values = {"Flag": "true", "Present": "true", "Amount": "1", "Day": "2026-01-31", "Moment": "2026-01-31"}
    for name, kind in listing.filters.items():
        text = values.get(type(kind).__name__) or (kind.words[0] if hasattr(kind, "words") else "X")
        answer = clerk.get(asked(path, {name: text}))

        assert answer.status_code == 200, name
        (words,) = chips_on(answer)
        assert re.fullmatch("[A-Z][a-z '-]+.*", words), name


def test_a_narrowed_list_costs_the_same_number_of_queries_however_long_it_is(
    clerk, platform, django_assert_num_queries
):
    customer = a_draft_note(a_final_invoice(platform)).customer_id
    path = asked(
        "/credit-notes/", {"customer": customer, "total[gte]": "1", "invoice_number[is_present]": "true"}
    )
    for length in (1, 29):
        for _ in range(length):
            a_draft_note(a_final_invoice(platform))
        with django_assert_num_queries(10):
            clerk.get(path)


def test_e_invoices_are_filtered_and_named(clerk, platform, outbox):
    an_entity(platform)
    sending_by_hand(platform)
    sent, other = (a_final_note(a_final_invoice(platform, number=name)) for name in ("INV-1", "INV-2"))
    follow_up()
    send_einvoice(platform=platform, credit_note_id=sent.pk, actor="Clara", at=NOON)
    follow_up()
    path = "/credit-notes/"

    assert listed(clerk.get(asked(path, {"einvoice_status": "SUCCESS"}))) == [sent.number]
    assert "E-invoice: delivered" in text_of(clerk.get(path))
    assert listed(clerk.get(asked(path, {"einvoice_status": "NONE"}))) == [other.number]
    assert [*chips_on(clerk.get(asked(path, {"einvoice_status": "NONE"})))] == ["E-invoice Not sent"]
    answered(sent, "REJECTED")
    page = clerk.get(asked(path, {"einvoice_response": "REJECTED"}))
    assert (listed(page), [*chips_on(page)]) == ([sent.number], ["Receiver&#x27;s answer Rejected"])
    assert "E-invoice: rejected" in text_of(page)
