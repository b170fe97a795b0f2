"""A number that a draft is given in an edit: used, without moving the series, which passes over it later."""

from datetime import date, timedelta
from functools import partial
from random import Random

import pytest

from billing.documents.gaps import gap_report
from billing.documents.models import NumberGap, Series, SeriesCounter
from billing.documents.numbering import DateBeforeLastIssued, peek_number
from billing.documents.series import add_series
from billing.documents.wanted import NumberDoesNotFit, NumberInUse, NumberOutOfSequence
from billing.errors import BillingError
from billing.platforms.models import Platform
from billing_desk.audit.books import Books
from billing_desk.audit.laws import numbers as number_laws
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit_invoice, finalize_credit_note, import_credit_note, update_draft
from credit_notes.wish import Wish
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_platform, an_entity
from tests.laws import all_laws
from tests.threads import at_once

from .credits import refused

BY = {"actor": CLERK, "at": NOON}
KIND = Series.Kind.CREDIT_NOTE


def number(place: int) -> str:
    return f"CR-2026-{place:06}"


def edited(platform: Platform, text: str, **changes: object) -> CreditNote:
    """A draft that was given a number in an edit."""
    draft = a_draft_note(a_final_invoice(platform))
    return update_draft(platform=platform, credit_note_id=draft.pk, changes={"number": text} | changes, **BY)


def finalized(note: CreditNote) -> CreditNote:
    return finalize_credit_note(platform=note.platform, credit_note_id=note.pk, **BY)


def counted(platform: Platform, **wish: object) -> str:
    """Issue a note, and return its number."""
    invoice = a_final_invoice(platform)
    return credit_invoice(platform=platform, invoice_id=invoice.pk, finalize=True, **BY | wish).number


def last_number() -> int:
    return SeriesCounter.objects.get().last_number


def test_the_number_is_used_and_the_counter_stays(platform):
    counted(platform)

    note = finalized(edited(platform, number(5)))

    assert (note.number, note.series_number, note.leaves_counter) == (number(5), 5, True)
    assert last_number() == 1
    assert not NumberGap.objects.exists()
    (report,) = gap_report(Series.objects.get())
    assert (report.is_clean, report.issued, report.count, report.ahead) == (True, 1, 1, (5,))
    all_laws()


def test_the_series_passes_over_it_without_a_gap(platform):
    finalized(edited(platform, number(2)))
    finalized(edited(platform, number(3)))

    assert [counted(platform) for _ in range(3)] == [number(1), number(4), number(5)]

    assert not NumberGap.objects.exists()
    (report,) = gap_report(Series.objects.get())
    assert (report.is_clean, report.issued, report.count, report.ahead) == (True, 5, 5, ())
    all_laws()


def test_what_comes_next_is_told_without_those_that_are_taken(platform):
    counted(platform)
    note = finalized(edited(platform, number(2)))

    assert peek_number(note.billing_entity, KIND, on=NOON.date()) == number(3)


def test_the_first_number_of_a_series_may_be_one(platform):
    finalized(edited(platform, number(3)))

    assert last_number() == 0
    assert [counted(platform) for _ in range(3)] == [number(1), number(2), number(4)]
    all_laws()


def test_a_number_named_at_creation_moves_the_series_and_leaves_a_gap_around_it(platform):
    finalized(edited(platform, number(4)))
    finalized(edited(platform, number(9)))

    assert counted(platform, number=number(7)) == number(7)

    assert [(gap.first, gap.last, gap.left_by) for gap in NumberGap.objects.all()] == [
        (1, 3, number(7)),
        (5, 6, number(7)),
    ]
    assert [counted(platform) for _ in range(2)] == [number(8), number(10)]
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean
    assert report.issued + sum(part.last - part.first + 1 for part in report.missing) == report.count == 10
    all_laws()


def test_dates_need_not_rise_along_it_but_it_is_not_dated_before_the_last(platform):
    # given a number far ahead, dated yesterday, and then one of today
    yesterday = NOON.date() - timedelta(days=1)
    ahead = finalized(edited(platform, number(3), date=yesterday))
    assert ahead.date == yesterday
    assert [counted(platform) for _ in range(3)] == [number(1), number(2), number(4)]
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean

    # when one is dated before what the series has numbered
    late = edited(platform, number(9), date=yesterday)

    # then
    refusal = refused(lambda: finalized(late))
    assert isinstance(refusal, DateBeforeLastIssued)
    all_laws()


def test_a_number_that_is_used_or_passed_or_of_another_shape_is_refused_with_the_edit(platform):
    counted(platform, number=number(5))
    used = finalized(edited(platform, number(8)))

    for text, error, field in (
        (used.number, NumberInUse, "number"),
        (number(5), NumberInUse, "number"),
        (number(4), NumberOutOfSequence, "number"),
        ("CR-2025-000009", NumberDoesNotFit, "number"),
        ("8", NumberDoesNotFit, "number"),
    ):
        draft = a_draft_note(a_final_invoice(platform))
        change = partial(
            update_draft, platform=platform, credit_note_id=draft.pk, changes={"number": text}, **BY
        )
        refusal = refused(change)
        assert (type(refusal), refusal.field) == (error, field), text


def test_it_is_looked_at_again_when_the_note_becomes_final(platform):
    passed = edited(platform, number(2))
    for _ in range(2):
        counted(platform)

    refusal = refused(lambda: finalized(passed))

    assert isinstance(refusal, NumberInUse)
    assert CreditNote.objects.get(pk=passed.pk).is_draft


def test_the_same_number_again_is_no_change_of_how_it_is_taken(platform):
    draft = a_draft_note(a_final_invoice(platform), number=number(5))

    update_draft(platform=platform, credit_note_id=draft.pk, changes={"number": number(5)}, **BY)

    assert finalized(draft).leaves_counter is False
    assert last_number() == 5


def test_it_can_be_taken_away_again(platform):
    draft = edited(platform, number(7))

    draft = update_draft(platform=platform, credit_note_id=draft.pk, changes={"number": ""}, **BY)

    assert (draft.wanted_number, draft.leaves_counter) == ("", False)
    assert finalized(draft).number == number(1)


def test_history_that_has_no_place_is_still_a_gap_and_a_place_is_not_taken_twice(platform):
    finalized(edited(platform, number(3)))
    past = a_final_invoice(platform)
    wish = Wish(selections=((past.pk, Selection()),), number=number(3), date=NOON.date())

    assert isinstance(refused(lambda: import_credit_note(platform=platform, wish=wish, **BY)), NumberInUse)

    import_credit_note(
        platform=platform,
        wish=Wish(selections=wish.selections, number=number(6), date=date(2026, 11, 10)),
        **BY,
    )
    assert counted(platform) == number(7)
    all_laws()


def test_a_refusal_says_how_a_bare_number_can_be_had(platform):
    seller = an_entity(platform)
    draft = a_draft_note(a_final_invoice(platform))

    def why(text: str) -> BillingError:
        change = {"number": text}
        return refused(lambda: update_draft(platform=platform, credit_note_id=draft.pk, changes=change, **BY))

    assert why("7").facts["possible_sequence"] == {
        "prefix": "",
        "reset": "NEVER",
        "separator": "-",
        "digits": 0,
    }
    assert why("2026-0001").facts["possible_sequence"]["digits"] == 4
    assert "possible_sequence" not in why("No. 7").facts
    series = Series(
        platform=platform, billing_entity=seller, kind=KIND, prefix="", digits=4, is_default=False
    )
    series = add_series(series, **BY)
    assert why("2026-0001").facts["sequence"] == series.pk
    update_draft(
        platform=platform,
        credit_note_id=draft.pk,
        changes={"number": "2026-0001", "series": series.pk},
        **BY,
    )
    assert finalized(draft).number == "2026-0001"


@pytest.mark.parametrize("seed", range(4))
def test_however_numbers_are_named_the_series_tells_the_truth(platform, seed):
    """Random numbers, named in edits, at creation, or not at all: each once, no hole, and the books hold."""
    random, books = Random(seed), Books()
    for _ in range(14):
        text = number(random.randint(1, 24))
        try:
            match random.choice(["counted", "counted", "edited", "edited", "named"]):
                case "counted":
                    counted(platform)
                case "edited":
                    finalized(edited(platform, text))
                case "named":
                    counted(platform, number=text)
        except (NumberInUse, NumberOutOfSequence):
            continue
        assert [wrong for law in number_laws.LAWS for wrong in law(books)] == []
        for report in gap_report(Series.objects.get()):
            missing = sum(part.last - part.first + 1 for part in report.missing)
            assert report.is_clean
            assert report.issued + missing == report.count
    all_laws()


# At once


@pytest.fixture
def shared(transactional_db) -> Platform:
    return a_platform()


@pytest.mark.django_db(transaction=True)
def test_of_two_notes_that_name_the_same_number_one_has_it(shared):
    drafts = [edited(shared, number(7)) for _ in range(2)]

    outcomes = at_once([partial(finalized, draft) for draft in drafts])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CreditNote", "NumberInUse"]
    assert CreditNote.objects.live().get().number == number(7)
    assert last_number() == 0
    all_laws()


@pytest.mark.django_db(transaction=True)
def test_named_and_counted_numbers_at_once_are_each_given_once(shared):
    # given sixteen drafts: eight take the next number, eight one that was named among the first sixteen
    plain = [a_draft_note(a_final_invoice(shared)) for _ in range(8)]
    named = [edited(shared, number(place)) for place in range(2, 18, 2)]

    # when
    outcomes = at_once(
        [partial(finalized, draft) for pair in zip(plain, named, strict=True) for draft in pair]
    )

    # then one that came too late was refused, and nothing else
    late = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in late} <= {NumberInUse, NumberOutOfSequence}
    assert CreditNote.objects.live().count() == 16 - len(late)
    assert CreditNote.objects.live().filter(pk__in=[draft.pk for draft in plain]).count() == 8
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean
    assert not report.missing
    all_laws()
