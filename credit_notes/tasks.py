"""What follows a credit note's events. Each is one call and may run twice."""

from datetime import datetime

from celery import shared_task

from billing import clock
from billing.documents.files import PDF
from billing.events.models import Event
from billing.platforms.models import Platform

from .services import apply, auto_finalize, einvoice, files, send
from .services import send_refund as refunds


def render_credit_note_pdf(*, event: Event, at: datetime) -> None:
    files.attach_papers(credit_note_id=event.object_id, notify=event.data["notify"], at=at)


def write_credit_note_xml(*, event: Event, at: datetime) -> None:
    if event.data["file"]["kind"] == PDF:
        files.attach_xml(credit_note_id=event.object_id, notify=event.data["notify"], at=at)


def render_void_pdf(*, event: Event, at: datetime) -> None:
    files.attach_void_papers(credit_note_id=event.object_id, at=at)


def apply_available_credits(*, event: Event, at: datetime) -> None:
    apply.apply_credits_when_finalized(platform=event.platform, invoice_id=event.object_id, at=at)


def schedule_credit_note_einvoice(*, event: Event, at: datetime) -> None:
    einvoice.schedule_einvoice(platform=event.platform, credit_note_id=event.object_id, at=at)


def send_credit_note_einvoice(*, event: Event, at: datetime) -> None:
    einvoice.deliver_einvoice(event=event, at=at)


def email_credit_note(*, event: Event, at: datetime) -> None:
    if event.data["notify"]:
        send.send_by_email(credit_note_id=event.object_id, event=event, at=at)


def email_credit_note_on_paper(*, event: Event, at: datetime) -> None:
    """Send a note that has no e-invoice to wait for."""
    if event.data["complete"]:
        email_credit_note(event=event, at=at)


def send_refund(*, event: Event, at: datetime) -> None:
    refunds.send_refund(refund_id=event.data["refund"]["id"], at=at)


@shared_task
def follow_refunds(**_: object) -> None:
    for refund_id in refunds.refunds_to_follow(at=clock.now()):
        follow_refund.delay(refund_id=refund_id)


@shared_task
def follow_refund(*, refund_id: str, **_: object) -> None:
    refunds.follow_refund(refund_id=refund_id, at=clock.now())


@shared_task
def finalize_due_drafts(**_: object) -> None:
    for draft in auto_finalize.due_drafts(at=clock.now()):
        finalize_due_draft.delay(platform_id=draft.platform_id, kind=draft.KIND, draft_id=draft.pk)


@shared_task
def finalize_due_draft(*, platform_id: str, kind: str, draft_id: str, **_: object) -> None:
    platform = Platform.objects.get(pk=platform_id)
    auto_finalize.finalize_due_draft(platform=platform, kind=kind, draft_id=draft_id, at=clock.now())
