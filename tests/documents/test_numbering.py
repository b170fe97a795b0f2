"""Numbers: a series of an entity and a kind, counted without a hole, and never back in time."""

from datetime import date

import pytest
from django.db import Error, connection, transaction

from billing.documents.models import Series, SeriesCounter
from billing.documents.numbering import DateBeforeLastIssued, default_series, format_number, take_number
from billing.platforms.models import Customer
from credit_notes.models import CreditNote
from credit_notes.services import finalize_credit_note
from tests.books import digest_of_rows
from tests.factories import NOON, a_customer, a_draft_note, a_final_invoice, a_final_note, an_entity

KIND = Series.Kind.CREDIT_NOTE


@pytest.fixture
def entity(platform):
    return an_entity(platform)


def a_series(entity, **fields) -> Series:
    defaults = {"platform": entity.platform, "kind": KIND, "prefix": "CR"}
    return Series.objects.create(billing_entity=entity, **defaults | fields)


def numbers(series: Series, *days: date) -> list[str]:
    return [take_number(series, on=day).text for day in days]


NEW_YEAR = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"reset": "YEARLY"},
            ["CR-2026-000001", "CR-2027-000001", "CR-2027-000002", "CR-2027-000003"],
            id="every year anew",
        ),
        pytest.param(
            {"reset": "MONTHLY"},
            ["CR-2026-12-000001", "CR-2027-01-000001", "CR-2027-01-000002", "CR-2027-02-000001"],
            id="every month anew",
        ),
        pytest.param(
            {"reset": "NEVER"}, ["CR-000001", "CR-000002", "CR-000003", "CR-000004"], id="never anew"
        ),
        pytest.param(
            {"reset": "NEVER", "prefix": "", "digits": 0}, ["1", "2", "3", "4"], id="nothing but a number"
        ),
        pytest.param(
            {"separator": "/", "digits": 4, "prefix": "RC"},
            ["RC/2026/0001", "RC/2027/0001", "RC/2027/0002", "RC/2027/0003"],
            id="of another shape",
        ),
        pytest.param(
            {"first_number": 500},
            ["CR-2026-000500", "CR-2027-000500", "CR-2027-000501", "CR-2027-000502"],
            id="from a first number",
        ),
    ],
)
def test_a_series_counts_as_it_is_set_up(entity, fields, expected):
    assert numbers(a_series(entity, **fields), *NEW_YEAR) == expected


def test_a_number_longer_than_its_padding_is_not_cut():
    series = Series(prefix="CR", separator="-", digits=3)

    assert format_number(series, period="2026", number=1234) == "CR-2026-1234"


def test_the_default_series_is_made_when_first_asked_for(entity):
    series = default_series(entity, KIND)

    assert default_series(entity, KIND) == series
    assert (series.prefix, series.reset, series.digits) == ("CR", "YEARLY", 6)
    assert default_series(entity, Series.Kind.INVOICE).prefix == "INV"


def test_each_entity_and_each_kind_counts_for_itself(platform, entity):
    other = an_entity(platform, name="Acme Services B.V.", vat_number="NL004495445B01")

    taken = [
        take_number(default_series(owner, kind), on=NOON.date()).text
        for owner in (entity, other)
        for kind in Series.Kind
        for _ in range(2)
    ]

    assert taken == ["INV-2026-000001", "INV-2026-000002", "CR-2026-000001", "CR-2026-000002"] * 2


def test_a_document_dated_before_the_last_one_gets_no_number(entity):
    series = a_series(entity)
    numbers(series, date(2026, 11, 20))

    with pytest.raises(DateBeforeLastIssued) as caught:
        take_number(series, on=date(2026, 11, 19))

    assert caught.value.code == "date_before_last_issued"
    assert caught.value.detail == "CR has already numbered a document dated after 2026-11-19."
    assert numbers(series, date(2026, 11, 20)) == ["CR-2026-000002"]


def test_finalising_as_of_yesterday_is_refused_and_takes_no_number(platform):
    # given
    a_final_note(a_final_invoice(platform))
    draft = a_draft_note(a_final_invoice(platform))
    before = digest_of_rows()

    # when
    with pytest.raises(DateBeforeLastIssued):
        a_final_note_of(draft, at=NOON.replace(day=NOON.day - 1))

    # then
    assert digest_of_rows() == before
    assert a_final_note_of(draft, at=NOON).number == "CR-2026-000002"


def a_final_note_of(draft: CreditNote, **wish) -> CreditNote:
    return finalize_credit_note(platform=draft.platform, credit_note_id=draft.pk, actor="Clara", **wish)


def test_a_paper_that_the_gate_refuses_takes_no_number(platform):
    # given
    an_entity(platform)
    broken = a_final_invoice(platform, buyer=a_customer(platform, endpoint_id="", endpoint_scheme=""))

    # when
    with pytest.raises(Exception, match="PEPPOL-EN16931-R010"):
        a_final_note(broken)

    # then
    assert not SeriesCounter.objects.exists()
    Customer.objects.update(endpoint_id="0123456749", endpoint_scheme="0208")
    assert a_final_note(a_final_invoice(platform)).number == "CR-2026-000001"


@pytest.mark.parametrize(
    "change", ["last_number = last_number - 1", "last_date = last_date - 1", "last_number = 0"]
)
def test_the_database_lets_no_counter_go_back(entity, change):
    numbers(a_series(entity), *[date(2026, 11, 20)] * 3)

    with pytest.raises(Error, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE documents_seriescounter SET {change}")

    assert SeriesCounter.objects.get().last_number == 3


def test_the_database_lets_no_counter_go(entity):
    numbers(a_series(entity), date(2026, 11, 20))

    with pytest.raises(Error, match="Cannot delete"), transaction.atomic():
        SeriesCounter.objects.all().delete()
