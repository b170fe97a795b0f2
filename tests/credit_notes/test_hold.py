"""Drafts on hold, and let go again."""

from datetime import timedelta

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from credit_notes.models import CreditNote
from credit_notes.services import finalize_credit_note, hold_credit_note, release_credit_note
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_final_note, a_platform

LATER = NOON + timedelta(hours=3)


def wish(note: CreditNote, **fields: object) -> dict[str, object]:
    return {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": LATER} | fields


def refused(service, note: CreditNote, **fields: object) -> str:
    """Return with which code a service refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        service(**wish(note, **fields))
    assert digest_of_rows() == before
    return caught.value.code


def test_a_draft_is_held_and_released(platform):
    # given
    draft = a_draft_note(a_final_invoice(platform))
    start = Event.objects.count()

    # when
    held = hold_credit_note(**wish(draft, at=NOON))
    released = release_credit_note(**wish(draft))

    # then
    assert (held.on_hold, held.released_at) == (True, None)
    assert (released.on_hold, released.released_at) == (False, LATER)
    assert CreditNote.objects.get(pk=draft.pk).version == draft.version + 2
    events = Event.objects.order_by("id")[start:]
    assert [(event.type, event.data["object"]["on_hold"], event.data["previous"]) for event in events] == [
        ("billing.credit_note.held", True, {"on_hold": False}),
        ("billing.credit_note.released", False, {"on_hold": True}),
    ]
    assert {(event.object_id, event.actor) for event in events} == {(draft.pk, CLERK)}


def test_a_draft_can_be_made_on_hold(platform):
    draft = a_draft_note(a_final_invoice(platform), on_hold=True)

    assert release_credit_note(**wish(draft)).on_hold is False


def test_holding_twice_and_releasing_what_is_not_held_are_refused_by_name(platform):
    draft = a_draft_note(a_final_invoice(platform))

    assert refused(release_credit_note, draft) == "not_on_hold"
    hold_credit_note(**wish(draft))
    assert refused(hold_credit_note, draft) == "already_on_hold"


@pytest.mark.parametrize("service", [hold_credit_note, release_credit_note])
def test_a_final_note_is_neither_held_nor_released(platform, service):
    note = a_final_note(a_final_invoice(platform))

    assert refused(service, note) == "note_not_draft"
    assert refused(service, note, platform=a_platform("Somebody else")) == "not_found"


def test_a_person_may_finalise_a_draft_that_is_on_hold(platform):
    draft = a_draft_note(a_final_invoice(platform))
    hold_credit_note(**wish(draft))

    assert finalize_credit_note(**wish(draft)).number == "CR-2026-000001"
