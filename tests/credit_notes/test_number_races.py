"""Many at the same moment: numbers without a hole, also when some of them are given back."""

from collections import Counter
from functools import partial

import pytest
from django.db import transaction

from billing.documents.gaps import gap_report
from billing.documents.models import NumberGap, Series
from billing.documents.numbering import default_series, take_number
from billing.documents.series import SeriesWouldClash, add_series, series_named
from billing.documents.wanted import NumberInUse, NumberOutOfSequence
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import finalize_credit_note, import_credit_note
from credit_notes.wish import Wish
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_platform
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16


@pytest.fixture
def platform(transactional_db) -> Platform:
    return a_platform()


def test_sixteen_drafts_finalised_at_once_are_numbered_without_a_hole(platform):
    # given
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(CROWD)]
    wish = {"platform": platform, "actor": CLERK, "at": NOON}

    # when
    at_once([partial(finalize_credit_note, credit_note_id=draft.pk, **wish) for draft in drafts])

    # then
    numbers = sorted(CreditNote.objects.values_list("number", flat=True))
    assert numbers == [f"CR-2026-{number:06}" for number in range(1, CROWD + 1)]


class Regret(Exception):
    pass


def test_a_rolled_back_number_is_given_to_the_next(platform):
    # given
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(CROWD)]
    wish = {"platform": platform, "actor": CLERK, "at": NOON}

    def finalize(place: int) -> None:
        with transaction.atomic():
            finalize_credit_note(credit_note_id=drafts[place].pk, **wish)
            if place % 3 == 0:
                raise Regret

    # when
    outcomes = at_once([partial(finalize, place) for place in range(CROWD)])

    # then
    assert Counter(type(outcome) for outcome in outcomes) == {Regret: 6, type(None): 10}
    numbers = sorted(CreditNote.objects.live().values_list("number", flat=True))
    assert numbers == [f"CR-2026-{number:06}" for number in range(1, 11)]
    assert CreditNote.objects.drafts().count() == 6


def test_a_series_that_everybody_needs_first_is_made_once(platform):
    entity = a_final_invoice(platform).billing_entity

    def take() -> str:
        with transaction.atomic():
            return take_number(default_series(entity, Series.Kind.CREDIT_NOTE), on=NOON.date()).text

    numbers = at_once([take] * CROWD)

    assert sorted(numbers) == [f"CR-2026-{number:06}" for number in range(1, CROWD + 1)]
    assert Series.objects.count() == 1


def test_named_numbers_among_others_leave_only_the_gaps_that_are_written_down(platform):
    # given drafts of which every fifth names a number
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(CROWD)]
    for place in range(0, CROWD, 5):
        wanted = f"CR-2026-{(place + 1) * 10:06}"
        CreditNote.objects.filter(pk=drafts[place].pk).update(wanted_number=wanted)
    wish = {"platform": platform, "actor": CLERK, "at": NOON}

    # when
    outcomes = at_once([partial(finalize_credit_note, credit_note_id=draft.pk, **wish) for draft in drafts])

    # then a named number that came too late was refused, and nothing else
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in refused} <= {NumberOutOfSequence}
    assert CreditNote.objects.live().count() == CROWD - len(refused)
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean
    assert report.issued + sum(part.last - part.first + 1 for part in report.missing) == report.count


def test_the_same_number_named_sixteen_times_is_given_once(platform):
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(CROWD)]
    CreditNote.objects.update(wanted_number="CR-2026-000007")
    wish = {"platform": platform, "actor": CLERK, "at": NOON}

    outcomes = at_once([partial(finalize_credit_note, credit_note_id=draft.pk, **wish) for draft in drafts])

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert CreditNote.objects.live().get().number == "CR-2026-000007"
    assert NumberGap.objects.count() == 1


def test_a_series_that_everybody_names_first_is_made_once(platform):
    entity = a_final_invoice(platform).billing_entity

    def name() -> Series:
        with transaction.atomic():
            return series_named(entity, Series.Kind.CREDIT_NOTE, "GS", actor=CLERK, at=NOON)

    assert len({series.pk for series in at_once([name] * CROWD)}) == 1


def test_of_two_series_that_would_clash_only_one_is_made(platform):
    entity = a_final_invoice(platform).billing_entity

    def make(place: int) -> Series:
        format = {"prefix": "GS", "reset": "YEARLY"} if place % 2 else {"prefix": "GS-2026", "reset": "NEVER"}
        series = Series(
            platform=platform, billing_entity=entity, kind="CREDIT_NOTE", is_default=False, **format
        )
        with transaction.atomic():
            return add_series(series, actor=CLERK, at=NOON)

    outcomes = at_once([partial(make, place) for place in range(2)])

    assert sorted(type(outcome) for outcome in outcomes if isinstance(outcome, Exception)) == [
        SeriesWouldClash
    ]
    assert Series.objects.count() == 1


def test_history_comes_in_while_notes_are_finalised(platform):
    # given eight notes that were issued elsewhere, and eight drafts
    past = [a_final_invoice(platform) for _ in range(CROWD // 2)]
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(CROWD // 2)]
    by = {"platform": platform, "actor": CLERK, "at": NOON}

    def take_over(place: int) -> None:
        selections = ((past[place].pk, Selection()),)
        wish = Wish(selections=selections, number=f"CR-2026-{place * 3 + 1:06}", date=NOON.date())
        import_credit_note(wish=wish, **by)

    # when
    outcomes = at_once(
        [partial(take_over, place) for place in range(len(past))]
        + [partial(finalize_credit_note, credit_note_id=draft.pk, **by) for draft in drafts]
    )

    # then what came too late was refused, and every number is somebody's or is explained
    refused = {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}
    assert refused <= {NumberInUse, NumberOutOfSequence}
    assert CreditNote.objects.filter(pk__in=[draft.pk for draft in drafts]).exclude(number="").count() == 8
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean
