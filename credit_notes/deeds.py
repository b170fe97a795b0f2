"""What a job does with credit notes, and with invoices that are credited. Each is one call of a service."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing.events.record import actor_id
from billing.platforms.models import Platform

from . import services

RENAMED = {"credit_details_source": "details_source"}
DAYS = {"date", "delivery_date"}


def credit_invoice(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    """Credit all that is left of an invoice; return the note's id."""
    wish = {
        RENAMED.get(name, name): date.fromisoformat(value) if name in DAYS else value
        for name, value in options.items()
    }
    return services.credit_invoice(platform=platform, invoice_id=object_id, **wish, **who).pk


def finalize_credit_note(
    *, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any
) -> str:
    services.finalize_credit_note(platform=platform, credit_note_id=object_id, **options, **who)
    return object_id


def void_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    services.void_credit_note(platform=platform, credit_note_id=object_id, **options, **who)
    return object_id


def send_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    """Ask for an e-mail to the note's customer; another worker sends it."""
    services.request_email(platform=platform, credit_note_id=object_id, **options, **who)
    return object_id


def delete_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    """Delete a draft; nothing is left of it that had an id."""
    services.delete_draft(platform=platform, credit_note_id=object_id, **who)
    return ""


def hold_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    services.hold_credit_note(platform=platform, credit_note_id=object_id, **who)
    return object_id


def release_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    services.release_credit_note(platform=platform, credit_note_id=object_id, **who)
    return object_id


def approve_credit_note(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    approver_id = actor_id.get()
    services.approve_credit_note(platform=platform, credit_note_id=object_id, approver_id=approver_id, **who)
    return object_id
