"""Sellers whose e-invoices leave the house, and what is heard of them."""

from datetime import datetime

from billing.exchange.channels import configure_channel
from billing.exchange.hear import News
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import record_response
from tests.factories import CLERK, NOON


def sending_by_hand(platform: Platform, *, method: str = "manual") -> None:
    """Let the seller's e-invoices go to its customers' e-mail addresses."""
    entity = platform.billing_entities.get()
    configure_channel(
        platform=platform, billing_entity_id=entity.pk, method=method, transport="email", actor=CLERK, at=NOON
    )


def answered(note: CreditNote, response: str, *, message: str = "", at: datetime = NOON) -> None:
    news = News(response=response, message=message)
    record_response(platform=note.platform, credit_note_id=note.pk, news=news, actor=CLERK, at=at)
