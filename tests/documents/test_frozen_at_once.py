"""A part that is added in the very moment in which its paper becomes final is refused."""

import threading

import pytest
from django.db import Error, transaction

from credit_notes.models import CreditNote, CreditNoteLine
from credit_notes.services import finalize_credit_note
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_platform
from tests.threads import PATIENCE, at_once, is_somebody_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("deed", ["add", "change", "remove"])
def test_a_line_cannot_slip_into_a_note_that_is_being_finalised(deed):
    # given
    draft = a_draft_note(a_final_invoice(a_platform()))
    before = CreditNoteLine.objects.get()
    finalized, done = threading.Event(), threading.Event()

    def finalize() -> None:
        with transaction.atomic():
            finalize_credit_note(platform=draft.platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)
            finalized.set()
            while not (is_somebody_waiting() or done.wait(0.01)):
                pass

    def slip() -> None:
        finalized.wait(PATIENCE)
        lines = CreditNoteLine.objects.filter(credit_note=draft)
        try:
            if deed == "add":
                before.pk, before.position = "cnl_slipped", 99
                CreditNoteLine.objects.bulk_create([before])
            elif deed == "change":
                lines.update(name="Something else")
            else:
                lines.delete()
        finally:
            done.set()

    # when
    _, slipped = at_once([finalize, slip])

    # then
    assert isinstance(slipped, Error)
    assert "a part of a FINAL document cannot be changed" in str(slipped)
    note = CreditNote.objects.get()
    assert [line.name for line in note.lines.all()] == [line.name for line in note.snapshot.lines]
