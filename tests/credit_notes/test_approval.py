"""Above an amount somebody else must say yes before a note is final, and it is known who did, and when."""

from decimal import Decimal

import pytest

from billing.errors import BillingError, NotFound
from billing.events.models import Event
from billing.events.record import actor_id
from billing.issuing import ChangedMeanwhile
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import approve_credit_note, finalize_credit_note, update_draft
from credit_notes.services.approval import ApprovalRequired, needs_approval
from credit_notes.services.approve import AlreadyApproved, ApproverUnknown, OwnDraftNotApproved
from credit_notes.services.finalize import NoteNotDraft
from tests.books import digest_of_rows
from tests.credit_notes.stories import credit, refusal
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_final_note, a_platform

CLARA, MONA = "usr_clara", "usr_mona"


@pytest.fixture
def platform(db) -> Platform:
    """A platform on which notes above 100.00 need an approval."""
    platform = a_platform()
    Platform.objects.update(approval_above=Decimal(100))
    return Platform.objects.get(pk=platform.pk)


@pytest.fixture
def draft(platform) -> CreditNote:
    """A note of 121.00 that Clara drafted."""
    return a_draft_by(CLARA, platform)


def a_draft_by(who: str, platform: Platform) -> CreditNote:
    token = actor_id.set(who)
    try:
        return a_draft_note(a_final_invoice(platform))
    finally:
        actor_id.reset(token)


def approve(note: CreditNote, by: str = MONA, **wish) -> CreditNote:
    defaults = {"platform": note.platform, "credit_note_id": note.pk, "actor": "Mona Manager", "at": NOON}
    approve_credit_note(approver_id=by, **defaults | wish)
    return CreditNote.objects.get(pk=note.pk)


def finalize(note: CreditNote) -> CreditNote:
    finalize_credit_note(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    return CreditNote.objects.get(pk=note.pk)


def refused(error: type[BillingError], call, *args, **wish) -> BillingError:
    before = digest_of_rows()
    with pytest.raises(error) as caught:
        call(*args, **wish)
    assert digest_of_rows() == before
    return caught.value


def test_a_large_note_is_not_final_before_somebody_else_has_approved_it(draft):
    # given
    caught = refused(ApprovalRequired, finalize, draft)
    assert caught.facts == {"limit": "100", "requested": "121.00", "currency": "EUR"}

    # when
    approved = approve(draft)

    # then
    assert (approved.approved_by, approved.approved_by_name, approved.approved_at) == (
        MONA,
        "Mona Manager",
        NOON,
    )
    event = Event.objects.get(object_id=draft.pk, type="billing.credit_note.approved")
    assert event.actor == "Mona Manager"
    assert event.data["object"]["approved_by"] == MONA
    assert event.data["previous"] == {"approved_by": "", "approved_by_name": ""}
    assert finalize(draft).number == "CR-2026-000001"


def test_crediting_at_once_is_refused_as_well(platform):
    caught = refusal(a_final_invoice(platform), finalize=True)

    assert caught.code == "approval_required"


@pytest.mark.parametrize(("limit", "needs"), [(None, False), (0, True), ("120.99", True), (121, False)])
def test_only_what_is_above_the_limit_needs_it(draft, limit, needs):
    platform = draft.platform
    platform.approval_above = None if limit is None else Decimal(limit)

    assert needs_approval(draft, platform) is needs


def test_the_limit_is_an_amount_in_the_notes_own_currency(platform):
    draft = a_draft_note(a_final_invoice(platform, currency="JPY", lines=[]))

    assert draft.total == Decimal(121)
    assert refused(ApprovalRequired, finalize, draft).facts["requested"] == "121"


def test_nobody_approves_what_they_drafted(draft):
    caught = refused(OwnDraftNotApproved, approve, draft, by=CLARA)

    assert caught.code == "own_draft_not_approved"


def test_nobody_approves_what_they_were_the_last_to_change(draft):
    token = actor_id.set(MONA)
    update_draft(
        platform=draft.platform,
        credit_note_id=draft.pk,
        changes={"note": "As agreed."},
        actor="Mona Manager",
        at=NOON,
    )
    actor_id.reset(token)

    refused(OwnDraftNotApproved, approve, draft, by=MONA)
    assert approve(draft, by="usr_otto").approved_by == "usr_otto"


def test_an_approval_says_yes_to_what_was_there_and_not_to_what_it_becomes(draft):
    approve(draft)

    update_draft(
        platform=draft.platform,
        credit_note_id=draft.pk,
        changes={"note": "As agreed."},
        actor=CLERK,
        at=NOON,
    )

    draft = CreditNote.objects.get(pk=draft.pk)
    assert (draft.approved_by, draft.approved_by_name, draft.approved_at) == ("", "", None)
    refused(ApprovalRequired, finalize, draft)


def test_what_was_looked_at_is_what_is_approved(draft):
    refused(ChangedMeanwhile, approve, draft, version=draft.version + 1)

    assert approve(draft, version=draft.version).approved_by == MONA


def test_an_unknown_person_approves_nothing(draft):
    assert refused(ApproverUnknown, approve, draft, by="").code == "approver_unknown"


def test_a_draft_that_nobody_known_wrote_may_be_approved_by_anybody_known(platform):
    assert approve(a_draft_by("", platform)).approved_by == MONA


def test_one_yes_is_enough(draft):
    approve(draft)

    caught = refused(AlreadyApproved, approve, draft, by="usr_otto")

    assert caught.detail == f"Mona Manager has approved {draft}."


def test_what_is_final_is_not_approved(platform):
    Platform.objects.update(approval_above=None)
    note = a_final_note(a_final_invoice(Platform.objects.get()))

    refused(NoteNotDraft, approve, note)


def test_another_platforms_draft_does_not_exist(draft):
    refused(NotFound, approve, draft, platform=a_platform("Zebra Holding"))


def test_a_small_note_goes_as_ever(platform):
    invoice = a_final_invoice(platform)
    Platform.objects.update(approval_above=Decimal(121))

    assert credit(invoice, platform=Platform.objects.get(), finalize=True).number == "CR-2026-000001"


def test_who_wrote_the_amount_cannot_approve_it_after_somebody_else_remarked_on_it(platform):
    # given: Clara drafts, Carl writes the amount, Vera leaves a remark that is not printed
    draft = a_draft_by(CLARA, platform)
    for who, changes in (("usr_carl", {"note": "All of it"}), ("usr_vera", {"internal_comment": "Asked"})):
        token = actor_id.set(who)
        try:
            update_draft(
                platform=platform, credit_note_id=draft.pk, changes=changes, actor="Somebody", at=NOON
            )
        finally:
            actor_id.reset(token)

    # then
    refused(OwnDraftNotApproved, approve, draft, by="usr_carl")
    refused(OwnDraftNotApproved, approve, draft, by=CLARA)
    assert approve(draft, by="usr_vera").approved_by == "usr_vera"
