"""Series with names, numbers with wishes, and the report of what was left out."""

from datetime import date

import pytest
from django.db import transaction

from billing.documents.gaps import Missing, gap_report
from billing.documents.models import NumberGap, Series, SeriesCounter
from billing.documents.number_format import Place, may_meet, read_number
from billing.documents.numbering import (
    DateBeforeLastIssued,
    DateOutOfSequence,
    SeriesExhausted,
    claim_number,
    default_series,
    peek_number,
    require_possible_number,
    take_number,
    take_number_for,
)
from billing.documents.series import (
    SeriesExists,
    SeriesNotPossible,
    SeriesWouldClash,
    add_series,
    series_named,
)
from billing.documents.wanted import NumberDoesNotFit, NumberInUse, NumberOutOfSequence
from billing.errors import BillingError, NotFound
from billing.events.models import Event
from credit_notes.models import CreditNote
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_platform, an_entity

KIND = Series.Kind.CREDIT_NOTE
TODAY = NOON.date()


@pytest.fixture
def entity(platform):
    return an_entity(platform)


@pytest.fixture
def draft(platform):
    """A draft whose seller has no series yet."""
    return a_draft_note(a_final_invoice(platform))


def a_series(entity, **fields) -> Series:
    defaults = {"platform": entity.platform, "kind": KIND, "prefix": "CR", "is_default": False}
    return add_series(Series(billing_entity=entity, **defaults | fields), actor=CLERK, at=NOON)


def refused(error: type[BillingError], call, *args, **options) -> BillingError:
    """Return how a call was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(error) as caught, transaction.atomic():
        call(*args, **options)
    assert digest_of_rows() == before
    return caught.value


def take(draft: CreditNote, wanted: str = "", *, on: date = TODAY):
    draft.wanted_number = wanted
    return take_number_for(draft, KIND, on=on)


def issued(draft: CreditNote, number, on: date = TODAY) -> CreditNote:
    """Let the books say that a document with this number and place is there."""
    note = a_draft_note(a_final_invoice(draft.platform))
    note.take_place(series=number.series, period=number.period, number=number.number)
    CreditNote.objects.filter(pk=note.pk).update(
        status="FINAL",
        number=number.text,
        date=on,
        series=number.series,
        series_period=number.period,
        series_number=number.number,
        snapshot=a_final_invoice(draft.platform).snapshot,
        type="refundable",
        finalized_at=NOON,
    )
    return CreditNote.objects.get(pk=note.pk)


# What a number looks like


@pytest.mark.parametrize(
    ("fields", "text", "place"),
    [
        pytest.param({}, "CR-2026-000007", Place("2026", 7), id="yearly"),
        pytest.param({}, "CR-2026-1234567", Place("2026", 1234567), id="more digits than it is padded to"),
        pytest.param({}, "CR-2026-7", None, id="not padded"),
        pytest.param({}, "CR-2026-0000007", None, id="padded too far"),
        pytest.param({}, "CR-2026-000000", None, id="nothing"),
        pytest.param({}, "CR-26-000007", None, id="a year of two digits"),
        pytest.param({}, "cr-2026-000007", None, id="small letters"),
        pytest.param({}, "CR-2026-000007 ", None, id="a blank"),
        pytest.param({}, "CR-٢٠٢٦-000007", None, id="digits of another script"),
        pytest.param({}, f"CR-2026-{10**12}", None, id="thirteen digits"),
        pytest.param({}, "CR-2026-" + "9" * 400, None, id="four hundred digits"),
        pytest.param({"reset": "MONTHLY", "digits": 4}, "CR-2026-07-0001", Place("2026-07", 1), id="monthly"),
        pytest.param({"reset": "MONTHLY", "digits": 4}, "CR-2026-13-0001", None, id="a thirteenth month"),
        pytest.param({"reset": "NEVER", "prefix": "", "digits": 0}, "7", Place("", 7), id="a bare number"),
        pytest.param({"prefix": "", "digits": 4}, "2026-0007", Place("2026", 7), id="without a prefix"),
        pytest.param({"separator": ""}, "CR2026000007", Place("2026", 7), id="without a separator"),
        pytest.param({"prefix": "A.*"}, "AB-2026-000007", None, id="a prefix is no pattern"),
    ],
)
def test_a_number_is_read_as_its_series_writes_it(fields, text, place):
    series = Series(**{"prefix": "CR", "reset": "YEARLY"} | fields)

    assert read_number(series, text) == place


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({}, {}, True, id="the same"),
        pytest.param({}, {"digits": 4}, True, id="as soon as one outgrows its padding"),
        pytest.param({}, {"prefix": "GS"}, False, id="another prefix"),
        pytest.param({}, {"prefix": "CR-2026", "reset": "NEVER"}, True, id="a prefix with a year in it"),
        pytest.param({}, {"prefix": "CR-2026"}, False, id="a prefix and a year more"),
        pytest.param({}, {"separator": "/"}, False, id="another separator"),
        pytest.param(
            {"separator": ""}, {"prefix": "CR2", "separator": "", "reset": "NEVER"}, True, id="glued"
        ),
        pytest.param({"reset": "NEVER", "prefix": ""}, {"prefix": ""}, False, id="a separator in one only"),
        pytest.param({"reset": "MONTHLY"}, {"prefix": "CR-2026"}, False, id="no month has four digits"),
    ],
)
def test_two_series_may_meet_or_never_do(one, other, expected):
    first, second = (
        Series(**{"prefix": "CR", "reset": "YEARLY", "separator": "-", "digits": 6} | fields)
        for fields in (one, other)
    )

    assert may_meet(first, second) is may_meet(second, first) is expected


# Series by name


def test_an_unknown_name_makes_a_series_that_starts_at_one(entity):
    series = series_named(entity, KIND, "GS/Nord", actor=CLERK, at=NOON)

    assert series_named(entity, KIND, "GS/Nord", actor=CLERK, at=NOON) == series
    assert series_named(entity, KIND, series.pk, actor=CLERK, at=NOON) == series
    assert not series.is_default
    assert take_number(series, on=TODAY).text == "GS/Nord-2026-000001"
    assert take_number(default_series(entity, KIND), on=TODAY).text == "CR-2026-000001"
    event = Event.objects.get(object_id=series.pk)
    assert (event.type, event.actor) == ("billing.series.created", CLERK)
    assert event.data["object"]["example"] == "GS/Nord-2026-000001"


def test_the_default_series_called_by_its_name_is_the_default_one(entity):
    series = series_named(entity, KIND, "CR", actor=CLERK, at=NOON)

    assert series.is_default
    assert default_series(entity, KIND) == series


def test_a_name_belongs_to_an_entity_and_a_kind(platform, entity):
    other = an_entity(platform, name="Acme Services B.V.", vat_number="NL004495445B01")

    found = {
        series_named(owner, kind, "GS", actor=CLERK, at=NOON)
        for owner in (entity, other)
        for kind in Series.Kind
    }

    assert len(found) == 4


@pytest.mark.parametrize("name", ["", " ", "GS Nord", "Gutschrift-Ä", "x" * 31, "a\0b", "GS\n", "٣"])
def test_a_name_that_no_number_should_begin_with_is_refused(entity, name):
    refusal = refused(SeriesNotPossible, series_named, entity, KIND, name, actor=CLERK, at=NOON)

    assert (refusal.code, refusal.field) == ("series_not_possible", "series")


def test_an_id_of_somewhere_else_is_not_found(entity):
    theirs = default_series(an_entity(a_platform("Zebra Holding")), KIND)

    refused(NotFound, series_named, entity, KIND, theirs.pk, actor=CLERK, at=NOON)
    refused(NotFound, series_named, entity, KIND, "ser_unknown", actor=CLERK, at=NOON)


def test_a_series_that_could_write_anothers_numbers_is_refused(entity):
    default_series(entity, KIND)

    refusal = refused(SeriesWouldClash, a_series, entity, prefix="CR-2026", reset="NEVER")

    assert refusal.code == "series_would_clash"
    assert refusal.detail == (
        "This series could write the same numbers as CR-2026-000001: choose another prefix."
    )
    assert a_series(entity, prefix="CR-2026", reset="NEVER", kind="INVOICE").pk


def test_the_default_series_to_come_is_looked_at_too(entity):
    refused(SeriesWouldClash, a_series, entity, prefix="CR-2026", reset="NEVER")


def test_a_second_series_of_a_prefix_is_refused(entity):
    a_series(entity, prefix="GS")

    assert refused(SeriesExists, a_series, entity, prefix="GS").code == "series_exists"


def test_a_new_default_takes_the_place_of_the_old_one(entity):
    old = default_series(entity, KIND)

    new = a_series(entity, prefix="GS", is_default=True)

    assert default_series(entity, KIND) == new
    assert not Series.objects.get(pk=old.pk).is_default


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"separator": "a"}, "separator"),
        ({"separator": "----"}, "separator"),
        ({"digits": 13}, "digits"),
        ({"first_number": 0}, "first_number"),
        ({"prefix": "Ä"}, "prefix"),
    ],
)
def test_a_format_that_cannot_be_read_again_is_refused(entity, fields, field):
    assert refused(SeriesNotPossible, a_series, entity, **fields).field == field


# Numbers by name


def test_the_counter_goes_on_from_a_named_number(draft):
    assert take(draft).text == "CR-2026-000001"

    taken = take(draft, "CR-2026-000007")

    assert (taken.period, taken.number, taken.text) == ("2026", 7, "CR-2026-000007")
    assert take(draft).text == "CR-2026-000008"
    gap = NumberGap.objects.get()
    assert (gap.period, gap.first, gap.last, gap.left_by) == ("2026", 2, 6, "CR-2026-000007")
    assert gap.created_at == draft.updated_at


def test_the_next_number_by_name_leaves_no_gap(draft):
    assert take(draft, "CR-2026-000001").number == 1
    assert take(draft, "CR-2026-000002").number == 2

    assert not NumberGap.objects.exists()


def test_a_named_number_of_a_named_series_moves_that_one_only(draft):
    draft.series = series_named(draft.billing_entity, KIND, "GS", actor=CLERK, at=NOON)

    assert take(draft, "GS-2026-000040").text == "GS-2026-000040"
    assert take(draft).text == "GS-2026-000041"
    draft.series = None
    assert take(draft).text == "CR-2026-000001"


@pytest.mark.parametrize(
    "wanted",
    [
        "7",
        "CR-2026-7",
        "CR-2025-000007",
        "GS-2026-000007",
        f"CR-2026-{10**12}",
        f"CR-2026-{2**63}",
        "NaN",
        "\0",
        "CR-2026-000007\n",
        "\u202eCR-2026-000007",
        "CR-2026-\u0660\u0660\u0660\u0660\u0660\u0667",
    ],
)
def test_a_number_that_its_series_does_not_write_that_day_is_refused_with_one_that_it_does(draft, wanted):
    refusal = refused(NumberDoesNotFit, take, draft, wanted)

    assert (refusal.code, refusal.field) == ("number_does_not_fit", "number")
    assert refusal.facts["example"] == "CR-2026-000001"


@pytest.mark.parametrize("wanted", ["CR-2026-000003", "CR-2026-000002"])
def test_a_number_that_the_series_has_passed_is_refused(draft, wanted):
    take(draft, "CR-2026-000003")

    refusal = refused(NumberOutOfSequence, take, draft, wanted)

    assert (refusal.code, refusal.facts["last"]) == ("number_out_of_sequence", "CR-2026-000003")
    assert refusal.detail == f"{wanted} is too low: the series has come to CR-2026-000003."


def test_a_number_below_the_first_of_its_series_is_refused(draft):
    draft.series = a_series(draft.billing_entity, prefix="GS", first_number=500)

    refusal = refused(NumberOutOfSequence, take, draft, "GS-2026-000007")

    assert refusal.detail == "GS-2026-000007 is too low: the series starts at 500."


def test_a_number_that_a_document_has_is_refused(draft):
    other = issued(draft, take(draft))

    refusal = refused(NumberInUse, take, draft, "CR-2026-000001")

    assert (refusal.code, refusal.facts["used_by"]) == ("number_in_use", [{"id": other.pk}])


def test_a_named_number_is_not_dated_back(draft):
    take(draft)

    refused(DateBeforeLastIssued, take, draft, "CR-2026-000009", on=date(2026, 11, 19))


def test_a_series_without_numbers_left_says_so(draft):
    take(draft)
    SeriesCounter.objects.update(last_number=10**12 - 1)

    assert refused(SeriesExhausted, take, draft).code == "series_exhausted"


def test_a_wanted_number_can_be_judged_before_it_is_taken(draft):
    draft.wanted_number = "CR-2026-000007"
    before = digest_of_rows()
    require_possible_number(draft, KIND, on=TODAY)
    assert digest_of_rows() == before

    take(draft, "CR-2026-000007")

    refused(NumberOutOfSequence, require_possible_number, draft, KIND, on=TODAY)


def test_the_next_number_can_be_seen_without_taking_it(draft):
    entity = draft.billing_entity
    series = a_series(entity, prefix="GS", first_number=500)

    assert peek_number(entity, KIND, on=TODAY) == "CR-2026-000001"
    assert peek_number(entity, KIND, series=series, on=TODAY) == "GS-2026-000500"
    take(draft)
    assert peek_number(entity, KIND, on=TODAY) == "CR-2026-000002"


# Numbers that documents came with


def claim(draft: CreditNote, text: str, on: date):
    return claim_number(draft, KIND, text, on=on, at=NOON)


def test_history_in_any_order_finds_its_places_and_the_series_goes_on_behind_it(draft):
    for text, day in [
        ("CR-2026-000007", date(2026, 7, 1)),
        ("CR-2026-000003", date(2026, 3, 1)),
        ("CR-2025-000002", date(2025, 2, 1)),
        ("CR-2026-000008", date(2026, 7, 1)),
    ]:
        issued(draft, claim(draft, text, day), on=day)

    assert take(draft).text == "CR-2026-000009"
    latest, earliest = gap_report(default_series(draft.billing_entity, KIND))
    assert latest.missing == (
        Missing(1, 2, "CR-2026-000007", NOON),
        Missing(4, 6, "CR-2026-000007", NOON),
        Missing(9, 9),  # taken here by nobody
    )
    assert earliest.missing == (Missing(1, 1, "CR-2025-000002", NOON),)


def test_a_number_that_no_series_writes_has_no_place(draft):
    assert claim(draft, "Gutschrift 7/2019", date(2019, 7, 1)) is None
    assert take(draft).text == "CR-2026-000001"


def test_a_number_before_the_first_of_a_series_has_no_place(draft):
    a_series(draft.billing_entity, prefix="GS", first_number=500)

    assert claim(draft, "GS-2026-000007", date(2026, 1, 1)) is None


def test_a_number_that_was_issued_here_is_not_history(draft):
    take(draft)
    take(draft)

    refused(NumberOutOfSequence, claim, draft, "CR-2026-000001", TODAY)


def test_history_cannot_come_after_what_was_issued_here(draft):
    take(draft)

    refused(DateBeforeLastIssued, claim, draft, "CR-2026-000009", date(2026, 3, 1))


@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2026, 7, 2)])
def test_within_a_gap_the_dates_still_rise(draft, day):
    for text, on in [("CR-2026-000002", date(2026, 3, 1)), ("CR-2026-000007", date(2026, 7, 1))]:
        issued(draft, claim(draft, text, on), on=on)

    refusal = refused(DateOutOfSequence, claim, draft, "CR-2026-000004", day)

    assert refusal.detail == (
        f"A document of {day} does not fit here: CR-2026-000002 is of 2026-03-01 and "
        "CR-2026-000007 is of 2026-07-01."
    )
    assert claim(draft, "CR-2026-000004", date(2026, 5, 1)).number == 4


def test_a_new_series_starts_behind_the_numbers_that_documents_came_with(platform):
    # given invoices that were issued elsewhere
    for number, day in [("INV-2026-000017", date(2026, 3, 3)), ("INV-2026-000004", date(2026, 2, 2))]:
        invoice = a_final_invoice(platform, number=number, date=day)
    a_final_invoice(platform, number="2026/9")

    # when
    series = default_series(invoice.billing_entity, Series.Kind.INVOICE)

    # then
    assert take_number(series, on=TODAY).text == "INV-2026-000018"
    gap = NumberGap.objects.get()
    assert (gap.first, gap.last, gap.left_by, gap.created_at) == (1, 17, "INV-2026-000017", NOON)


def test_an_invoice_that_came_dated_ahead_does_not_stop_the_series(platform):
    invoice = a_final_invoice(platform, number="INV-2026-000017", date=date(2026, 12, 24))

    series = default_series(invoice.billing_entity, Series.Kind.INVOICE)

    assert SeriesCounter.objects.get().last_date == TODAY
    assert take_number(series, on=TODAY).number == 18


# The gap report


def test_a_series_without_holes_is_clean(draft):
    for _ in range(3):
        issued(draft, take(draft))

    (report,) = gap_report(default_series(draft.billing_entity, KIND))

    assert (report.period, report.first, report.last, report.count, report.issued) == ("2026", 1, 3, 3, 3)
    assert report.missing == ()
    assert report.is_clean


def test_a_named_gap_is_explained_and_a_lost_number_is_not(draft):
    issued(draft, take(draft))
    take(draft)  # taken, and by nobody
    issued(draft, take(draft, "CR-2026-000006"))

    (report,) = gap_report(default_series(draft.billing_entity, KIND))

    assert report.missing == (Missing(2, 2), Missing(3, 5, "CR-2026-000006", draft.updated_at))
    assert [part.is_explained for part in report.missing] == [False, True]
    assert not report.is_clean


def test_dates_that_go_back_are_seen(draft):
    issued(draft, take(draft))
    issued(draft, take(draft), on=date(2026, 11, 19))

    (report,) = gap_report(default_series(draft.billing_entity, KIND))

    assert not report.dates_rise
    assert not report.is_clean


def test_the_report_costs_three_queries_however_many_numbers_there_are(draft, django_assert_num_queries):
    for day in [date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]:
        issued(draft, take(draft, on=day), on=day)
    series = default_series(draft.billing_entity, KIND)

    with django_assert_num_queries(3):
        reports = gap_report(series)

    assert [(report.period, report.issued) for report in reports] == [("2026", 2), ("2025", 1)]


def test_the_year_of_a_named_number_is_that_of_its_date(draft):
    assert take(draft, "CR-2026-000002", on=date(2026, 12, 31)).period == "2026"
    assert refused(NumberDoesNotFit, take, draft, "CR-2026-000003", on=date(2027, 1, 1)).facts == {
        "example": "CR-2027-000001"
    }
