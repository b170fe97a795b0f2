"""A draft may be edited and thrown away; a final note only gets an internal comment."""

from decimal import Decimal

import pytest

from billing.errors import BillingError, NotFound
from billing.events.models import Event
from credit_notes.models import CreditNote, CreditNoteLine
from credit_notes.services import delete_draft, finalize_credit_note, update_draft
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_final_note, a_platform


def edit(note: CreditNote, /, **changes: str) -> CreditNote:
    update_draft(platform=note.platform, credit_note_id=note.pk, changes=changes, actor=CLERK, at=NOON)
    return CreditNote.objects.get(pk=note.pk)


def delete(note: CreditNote) -> None:
    delete_draft(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)


def finalize(note: CreditNote, **wish: object) -> CreditNote:
    defaults = {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    return CreditNote.objects.get(pk=finalize_credit_note(**defaults | wish).pk)


def test_a_drafts_note_and_reason_can_be_changed(platform):
    # given
    draft = a_draft_note(a_final_invoice(platform), note="Wrong customer")

    # when
    draft = edit(draft, note="Wrong price", reason_code="waiver", internal_comment="See ticket 7")

    # then
    assert (draft.note, draft.reason_code, draft.internal_comment) == (
        "Wrong price",
        "waiver",
        "See ticket 7",
    )
    assert (draft.version, draft.status) == (2, "DRAFT")
    event = Event.objects.latest("id")
    assert (event.type, event.object_id, event.actor) == ("billing.credit_note.updated", draft.pk, CLERK)
    assert event.data["previous"] == {"note": "Wrong customer", "reason_code": "", "internal_comment": ""}


def test_a_change_that_changes_nothing_says_nothing(platform):
    draft = a_draft_note(a_final_invoice(platform), note="Wrong customer")
    before = digest_of_rows()

    edit(draft, note="Wrong customer")

    assert digest_of_rows() == before


def test_the_edited_note_is_what_is_printed(platform):
    draft = edit(a_draft_note(a_final_invoice(platform)), note="Łódź paid twice, 10 € too much")

    assert finalize(draft).snapshot.reason == "Łódź paid twice, 10 € too much"


def test_of_a_final_note_only_the_internal_comment_changes(platform):
    # given
    note = a_final_note(a_final_invoice(platform))

    # when
    commented = edit(note, internal_comment="The customer called")

    # then
    assert commented.internal_comment == "The customer called"
    assert (commented.version, commented.snapshot_digest) == (note.version + 1, note.snapshot_digest)
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        edit(note, note="Another reason", internal_comment="Changed")
    assert caught.value.code == "note_not_draft"
    assert digest_of_rows() == before


def test_a_deleted_draft_leaves_only_its_events_and_frees_the_invoice(platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)

    # when
    delete(draft)

    # then
    assert not CreditNote.objects.exists()
    assert not CreditNoteLine.objects.exists()
    assert list(Event.objects.filter(object_id=draft.pk).values_list("type", flat=True)) == [
        "billing.credit_note.drafted",
        "billing.credit_note.deleted",
    ]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("121.00")
    assert a_final_note(invoice).number == "CR-2026-000001"


@pytest.mark.parametrize("deed", [delete, finalize])
def test_a_final_note_is_neither_deleted_nor_finalised_again(platform, deed):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        deed(note)

    assert (caught.value.code, caught.value.detail) == ("note_not_draft", "CR-2026-000001 is FINAL.")
    assert digest_of_rows() == before


@pytest.mark.parametrize("deed", [edit, delete, finalize])
def test_a_note_of_another_platform_does_not_exist(platform, deed):
    draft = a_draft_note(a_final_invoice(platform))
    draft.platform = a_platform("Other Group")
    before = digest_of_rows()

    with pytest.raises(NotFound):
        deed(draft)

    assert digest_of_rows() == before


def test_a_draft_on_hold_can_be_finalised_by_a_person(platform):
    draft = a_draft_note(a_final_invoice(platform), on_hold=True)

    assert finalize(draft).status == "FINAL"


def test_finalising_says_which_rules_the_paper_passed(platform):
    note = a_final_note(a_final_invoice(platform))

    assert set(note.einvoice_rules) == {"ruleset", "version", "sha256", "warnings"}
    assert note.einvoice_rules["version"]
    assert note.finalized_at == NOON
