"""Many at the same moment: numbers without a hole, also when some of them are given back."""

from collections import Counter
from functools import partial

import pytest
from django.db import transaction

from billing.documents.models import Series
from billing.documents.numbering import default_series, take_number
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import finalize_credit_note
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
            return take_number(default_series(entity, Series.Kind.CREDIT_NOTE), on=NOON.date())

    numbers = at_once([take] * CROWD)

    assert sorted(numbers) == [f"CR-2026-{number:06}" for number in range(1, CROWD + 1)]
    assert Series.objects.count() == 1
