"""Finalise drafts by themselves, invoices and credit notes, when a platform wants that after some hours."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models.functions import Coalesce

from billing.documents.models import BillingDocument
from billing.errors import BillingError, NotFound
from billing.issuing import ChangedMeanwhile
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote
from invoices.models import Invoice
from invoices.services.draft import InvoiceNotDraft
from invoices.services.finalize import finalize_invoice
from invoices.services.hold import hold_locked as hold_invoice_locked

from .approval import needs_approval
from .finalize import NoteNotDraft, finalize_credit_note
from .hold import hold_locked

ACTOR = "Automatic finalisation"

SOMEBODY_WAS_QUICKER = (NoteNotDraft, InvoiceNotDraft, ChangedMeanwhile, NotFound)


class Way(NamedTuple):
    """How one kind of paper is finalised and held."""

    model: type[BillingDocument]
    finalize: Callable[..., Any]
    hold: Callable[..., None]


WAYS = {
    "invoice": Way(Invoice, lambda pk, **wish: finalize_invoice(invoice_id=pk, **wish), hold_invoice_locked),
    "credit_note": Way(
        CreditNote, lambda pk, **wish: finalize_credit_note(credit_note_id=pk, **wish), hold_locked
    ),
}


def due_drafts(*, at: datetime) -> list[BillingDocument]:
    """Return the drafts whose time has come, oldest first. What waits for an approval is left out."""
    return [
        draft
        for platform in Platform.objects.filter(finalizes_drafts_after_hours__isnull=False)
        for kind in WAYS
        for draft in ripe(kind, platform, at=at).order_by("pk")
        if not waits_for_approval(draft, platform)
    ]


def ripe(kind: str, platform: Platform, *, at: datetime) -> Any:
    """Return a platform's drafts that were made, or released, long enough ago and are not on hold."""
    papers = WAYS[kind].model.objects.for_platform(platform)
    if platform.finalizes_drafts_after_hours is None:  # switched off since the work was handed out
        return papers.none()
    since = at - timedelta(hours=platform.finalizes_drafts_after_hours)
    drafts = papers.filter(status=BillingDocument.Status.DRAFT, on_hold=False)
    return drafts.annotate(waits_since=Coalesce("released_at", "created_at")).filter(waits_since__lte=since)


def waits_for_approval(draft: BillingDocument, platform: Platform) -> bool:
    return isinstance(draft, CreditNote) and not draft.approved_at and needs_approval(draft, platform)


def finalize_due_draft(*, platform: Platform, kind: str, draft_id: str, at: datetime) -> None:
    """Finalise a draft, or put it on hold with the refusal. Does nothing if somebody was quicker.

    A refusal that is not the draft's fault (the rules could not be run) leaves it for the next time.
    """
    seen = ripe(kind, platform, at=at).filter(pk=draft_id).first()
    if seen is None:
        return
    try:
        WAYS[kind].finalize(seen.pk, platform=platform, version=seen.version, actor=ACTOR, at=at)
    except SOMEBODY_WAS_QUICKER:
        return
    except BillingError as refusal:
        if refusal.status < 500:
            hold_refused(seen, refusal, at=at)


@entrance
def hold_refused(seen: BillingDocument, refusal: BillingError, *, at: datetime) -> None:
    """Put a draft that was refused on hold, so that it is not tried for ever; its event says why."""
    way = WAYS[seen.KIND]
    draft = way.model.objects.select_related("platform").locked().filter(pk=seen.pk).first()
    if draft is not None and draft.version == seen.version:
        way.hold(draft, actor=ACTOR, at=at, refusal={"code": refusal.code, "detail": refusal.detail})
