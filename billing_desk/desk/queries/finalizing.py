"""The page that asks before a draft is finalised."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing import clock
from billing.documents.models import Series
from billing.documents.numbering import peek_number
from billing.platforms.models import Member

from .credit_note_page import find_note, split_of_draft
from .delivery import PROFILES
from .standing import Split


@dataclass(frozen=True)
class Finalizing:
    id: str
    label: str
    invoice: str
    invoice_id: str
    customer: str
    email: str
    currency: str
    total: Decimal
    reason: str
    split: Split | None
    number: str  # the one it would get now; somebody quicker may take it
    profile: str
    version: int


def finalizing_of(*, member: Member, credit_note_id: str, at: datetime) -> Finalizing | None:
    """Return what finalising a draft would do; None if it is final already.

    :raises NotFound: the platform has no such credit note.
    """
    note = find_note(member, credit_note_id)
    if not note.is_draft:
        return None
    return Finalizing(
        id=note.pk,
        label=note.display_number,
        invoice=", ".join(reference.number for reference in note.references.all()),
        invoice_id=note.invoice_id or "",
        customer=note.buyer.name,
        email=note.customer.email,
        currency=note.currency,
        total=note.total,
        reason=note.reason,
        split=split_of_draft(note),
        number=note.wanted_number
        or peek_number(
            note.billing_entity,
            Series.Kind.CREDIT_NOTE,
            series=note.series,
            on=note.date or clock.day(at, note.billing_entity.time_zone),
        ),
        profile=PROFILES.get(note.profile, note.profile),
        version=note.version,
    )
