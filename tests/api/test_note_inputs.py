"""What a credit note can be told: its day's time zone, its look, its number; and how each is unsaid again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.snapshot import Delivery
from billing.platforms.models import BillingEntity
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit, update_draft
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.credits import refused
from tests.credit_notes.stories import line_id
from tests.factories import CLERK, a_final_invoice, a_final_note, a_line, a_payment, a_platform


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
def draft(api, invoice) -> dict[str, Any]:
    return api("POST", f"invoices/{invoice.pk}/credit").body


# Time zones and looks


LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def issued(invoice: Invoice, **said: Any) -> CreditNote:
    """A note of 1.00, issued half an hour before midnight in UTC."""
    selections = ((invoice.pk, Selection(amount=Decimal(1))),)
    wish = Wish(selections=selections, **said)
    return credit(platform=invoice.platform, wish=wish, finalize=True, actor=CLERK, at=LATE)


def test_a_note_is_dated_by_the_time_zone_it_names(invoice):
    zones = {"A": "Pacific/Honolulu", "B": "Europe/Amsterdam", "C": "UTC", "D": ""}

    days = [issued(invoice, time_zone=zone, series=series).date.day for series, zone in zones.items()]

    assert days == [20, 21, 20, 21]


def test_no_note_is_dated_after_its_sellers_today_and_so_keeps_others_out_of_the_series(invoice):
    today, tomorrow = date(2026, 11, 20), date(2026, 11, 21)
    BillingEntity.objects.update(time_zone="UTC")  # where it is tomorrow in half an hour

    first, second = issued(invoice, time_zone="Pacific/Kiritimati"), issued(invoice)
    refusal = refused(lambda: issued(invoice, date=tomorrow, time_zone="Pacific/Kiritimati"))

    assert (first.date, second.date) == (today, today)
    assert (refusal.code, refusal.field) == ("date_in_future", "date")


def test_a_date_that_has_not_come_in_the_notes_own_time_zone_is_in_the_future(invoice):
    today = date(2026, 11, 21)

    refusal = refused(lambda: issued(invoice, date=today, time_zone="UTC"))

    assert (refusal.code, refusal.field) == ("date_in_future", "date")
    assert issued(invoice, date=today).date == today


def test_a_date_does_not_come_to_lie_in_the_future_by_another_time_zone(invoice):
    selections = ((invoice.pk, Selection(amount=Decimal(1))),)
    wish = Wish(selections=selections, date=date(2026, 11, 21))
    by = {"platform": invoice.platform, "actor": CLERK, "at": LATE}
    draft = credit(wish=wish, **by)

    refusal = refused(lambda: update_draft(credit_note_id=draft.pk, changes={"time_zone": "UTC"}, **by))

    assert refusal.code == "date_in_future"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "europe/amsterdam", "../etc/passwd", "UTC\u0000"])
def test_an_unknown_time_zone_is_refused(api, invoice, draft, zone):
    created = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, "timezone": zone})
    edited = untouched(api, "PATCH", f"credit-notes/{draft['id']}", {"timezone": zone})

    for answer in (created, edited):
        assert (answer.status, answer.body["field"]) == (400, "timezone")
        assert answer.body["code"] in ("timezone_unknown", "invalid_request")


def test_a_template_is_named_by_id_by_name_or_as_a_built_in_look(api, invoice, draft):
    mine = api("POST", "templates", {"name": "Blue", "accent": "#0b5fff"}).body
    path = f"credit-notes/{draft['id']}"

    shown = [
        api("PATCH", path, {"template": name}).body["template"]
        for name in (mine["id"], "Blue", "compact", None)
    ]

    assert shown == [mine["id"], mine["id"], "compact", None]
    answer = untouched(api, "PATCH", path, {"template": "Green"})
    assert (answer.status, answer.body["code"]) == (400, "template_unknown")


def test_another_platforms_template_and_sequence_do_not_exist(api, caller, draft):
    stranger = caller(a_platform("Others"))
    theirs = stranger("POST", "templates", {"name": "Theirs"}).body

    answer = untouched(api, "PATCH", f"credit-notes/{draft['id']}", {"template": theirs["id"]})

    assert (answer.status, answer.body["code"]) == (400, "template_unknown")
    answer = untouched(api, "PATCH", f"credit-notes/{draft['id']}", {"sequence": "ser_nowhere"})
    assert (answer.status, answer.body["code"]) == (404, "not_found")


# What is said and unsaid


SAID = {
    "note": "Wrong price",
    "reason_code": "waiver",
    "type": "store",
    "credit_details_source": "CURRENT",
    "delivery_date": "2026-11-02",
    "date": "2026-11-19",
    "sequence": "GS",
    "number": "GS-2026-000004",
    "template": "compact",
    "timezone": "Europe/Lisbon",
    "internal_comment": "Asked by phone",
    "metadata": {"ticket": "7"},
    "custom_fields": {"project": "A"},
}
UNSAID = {
    "note": "",
    "reason_code": "",
    "type": "adjustment",
    "credit_details_source": "ORIGINAL",
    "date": None,
    "sequence": None,
    "wanted_number": "",
    "template": None,
    "timezone": "",
    "internal_comment": "",
    "metadata": {},
    "custom_fields": {},
}


def test_null_takes_back_what_was_said(api, platform):
    # given a draft that says everything
    invoice = a_final_invoice(platform)
    draft = api("POST", f"invoices/{invoice.pk}/credit", {"note": "First"}).body
    path = f"credit-notes/{draft['id']}"
    said = api("PATCH", path, SAID)
    assert said.status == 200, said.body
    assert (said.body["wanted_number"], said.body["type"]) == ("GS-2026-000004", "store")

    # when
    unsaid = api("PATCH", path, dict.fromkeys(SAID))

    # then it says what a new note would
    assert unsaid.status == 200, unsaid.body
    assert {name: unsaid.body[name] for name in UNSAID} == UNSAID
    note = CreditNote.objects.get(pk=draft["id"])
    assert (note.is_type_automatic, note.leaves_counter) == (True, False)
    assert api("POST", f"{path}/finalize").body["number"] == "CR-2026-000001"


def test_without_a_delivery_date_the_invoices_counts_again(api, platform):
    invoice = a_final_invoice(platform, delivery=Delivery(date=date(2026, 11, 1)))
    path = f"credit-notes/{api('POST', f'invoices/{invoice.pk}/credit').body['id']}"

    days = [
        api("PATCH", path, {"delivery_date": day}).body["delivery"]["date"]
        for day in ("2026-11-05", "2026-11-06T22:00:00+02:00", None)
    ]

    assert days == ["2026-11-05", "2026-11-06", "2026-11-01"]


@pytest.mark.parametrize("day", ["2026-11-06T", "2026-13-01T00:00:00Z", "06.11.2026", "20261106", 1517501405])
def test_what_is_no_day_is_refused(api, draft, day):
    answer = untouched(api, "PATCH", f"credit-notes/{draft['id']}", {"delivery_date": day})

    assert (answer.status, answer.body["field"]) == (400, "delivery_date")


def test_null_with_a_new_note_is_as_if_it_were_not_there(api, invoice):
    names = (set(SAID) | {"force_init_on_hold", "notify", "source_payment", "periods", "groups"}) - {
        "finalize"
    }

    answer = api("POST", "credit-notes", {"invoice": invoice.pk} | dict.fromkeys(names))

    assert answer.status == 201, answer.body
    assert (answer.body["number"], answer.body["total"]) == ("CR-2026-000001", "181.50")


@pytest.mark.parametrize("name", ["lines", "line_items", "amount", "total"])
def test_null_is_no_amount_and_no_line(api, invoice, name):
    answer = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, name: None})

    assert (answer.status, answer.body["field"]) == (400, name)


def test_the_currency_must_be_the_invoices(api, invoice):
    answer = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, "currency": "USD"})

    assert (answer.status, answer.body["code"], answer.body["invoice_currency"]) == (
        409,
        "currency_mismatch",
        "EUR",
    )
    assert api("POST", "credit-notes", {"invoice": invoice.pk, "currency": "EUR"}).status == 201


def test_sums_that_are_sent_are_read_and_worked_out_anew(api, invoice):
    line = {
        "name": "Goodwill",
        "quantity": 2,
        "unit_price": 10,
        "total_amount": 999,
        "tax_total": 7,
        "taxes": [{"name": "VAT", "rate": 21, "tax_total": 3}],
    }

    note = api("POST", "credit-notes", {"invoice": invoice.pk, "lines": [line]}).body

    assert (note["net_total"], note["tax_total"], note["total"]) == ("20.00", "4.20", "24.20")


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ({"net_amount": 1, "quantity": 1}, "quantity_and_amount_given", "lines.0.net_amount"),
        ({"net_amount": "1.001"}, "amount_too_fine", "lines.0.net_amount"),
        ({"tax_rate": 9}, "wrong_tax_rate", "lines.0.tax_rate"),
        ({"quantity": -1}, "wrong_sign", "lines.0.quantity"),
        ({"taxes": [{"rate": 21}, {"rate": 9}]}, "several_tax_rates", "lines.0.taxes"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_by_a_code(api, invoice, line, code, field):
    body = {"invoice": invoice.pk, "lines": [{"invoice_line": line_id(invoice, 1)} | line]}

    answer = untouched(api, "POST", "credit-notes", body)

    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, code, field), answer.body


def test_a_free_line_may_not_come_to_more_than_can_be_kept(api, invoice):
    line = {"name": "A", "quantity": "9999999999", "unit_price": "9999999999"}

    answer = untouched(api, "POST", "credit-notes", {"invoice": invoice.pk, "lines": [line]})

    assert (answer.status, answer.body["code"]) == (400, "amount_too_large")


# Numbers, as vcita writes them


def test_a_number_needs_a_series_that_writes_it(api, platform, invoice):
    wish = {"invoice": invoice.pk, "amount": 10, "unique_number": "2025-0001"}
    answer = untouched(api, "POST", "credit-notes", wish)
    assert (answer.status, answer.body["code"]) == (400, "number_does_not_fit")
    possible = answer.body["possible_sequence"]

    # when the series that was told is made
    made = api("POST", "sequences", possible | {"kind": "CREDIT_NOTE"}).body

    # then it is named as the one that writes it; and a year that is over is no number of today
    again = untouched(api, "POST", "credit-notes", wish | {"unique_number": "2026-0001"})
    assert again.body["sequence"] == made["id"]
    note = api("POST", "credit-notes", wish | {"unique_number": "2026-0001", "sequence": made["id"]}).body
    assert note["number"] == "2026-0001"
    over = untouched(api, "POST", "credit-notes", wish | {"sequence": made["id"]})
    assert (over.body["code"], over.body["example"]) == ("number_does_not_fit", "2026-0001")


def test_a_paid_invoice_is_credited_with_an_edited_number_and_the_gap_report_is_clean(api, invoice):
    a_payment(invoice, "181.50")
    draft = api("POST", f"invoices/{invoice.pk}/credit", {"amount": 10}).body
    edited = api("PATCH", f"credit-notes/{draft['id']}", {"doc_number": "CR-2026-000003"}).body
    assert (edited["number"], edited["wanted_number"]) == (None, "CR-2026-000003")

    final = api("POST", f"credit-notes/{draft['id']}/finalize").body

    assert (final["number"], final["wanted_number"]) == ("CR-2026-000003", "CR-2026-000003")
    (report,) = api("GET", f"sequences/{final['sequence']}/gaps").body["periods"]
    assert (report["is_clean"], report["last"], report["ahead"]) == (True, 0, ["CR-2026-000003"])


@pytest.mark.parametrize("flag", ["true", "no", 1, 0, "yes", []])
def test_what_cannot_be_taken_back_is_not_guessed_from_words_or_numbers(api, platform, flag):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    answer = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": flag})

    assert (answer.status, answer.body["field"]) == (400, "finalize")
    assert digest_of_rows() == before


def test_a_note_is_on_hold_or_final_but_not_both(api, platform):
    invoice = a_final_invoice(platform)

    at_once = api("POST", "credit-notes", {"invoice": invoice.pk, "forceInitOnHold": True})
    held = api("POST", "credit-notes", {"invoice": invoice.pk, "forceInitOnHold": True, "finalize": False})

    assert (at_once.status, at_once.body["field"]) == (400, "forceInitOnHold")
    assert (held.status, held.body["status"], held.body["on_hold"]) == (201, "DRAFT", True)


@pytest.mark.parametrize("path", ["credit-notes", "credit-notes/import"])
def test_a_slip_of_the_finger_does_not_use_a_series_up(api, platform, path):
    invoice = a_final_invoice(platform)
    wish = {"invoice": invoice.pk, "amount": "1.00", "date": "2026-11-20"}

    far = api("POST", path, wish | {"number": "CR-2026-999999999999"})
    near = api("POST", path, wish | {"number": "CR-2026-001000"})

    assert (far.status, far.body["code"]) == (409, "number_out_of_sequence")
    assert far.body["limit"] == "CR-2026-1000001"
    assert (near.status, near.body["number"]) == (201, "CR-2026-001000")


def test_whoever_wants_to_delete_a_final_note_is_told_what_to_do(api, platform):
    note = a_final_note(a_final_invoice(platform))

    answer = api("DELETE", f"credit-notes/{note.pk}")

    assert (answer.status, answer.body["code"]) == (409, "note_not_draft")
    assert "Void it, or reverse it" in answer.body["detail"]
