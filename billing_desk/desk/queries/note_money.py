"""Where a credit note's money is: invoices, refunds, withheld tax that was returned."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_ALLOCATE, CREDIT_NOTE_REFUND
from billing_desk.desk.access import may
from credit_notes.models import CreditNote, GatewayAccount, Refund
from credit_notes.services.hindrances import live_legs

from .badges import REFUNDS, Badge


@dataclass(frozen=True)
class AllocationRow:
    id: str
    invoice_id: str
    invoice: str
    amount: Decimal
    at: datetime
    is_own: bool  # it cleared the debt of an invoice that the note corrects
    may_take_back: bool


@dataclass(frozen=True)
class RefundRow:
    id: str
    amount: Decimal
    badge: Badge
    how: str  # by which method, against what
    date: date | None
    reference: str
    failure: str
    may_settle: bool


@dataclass(frozen=True)
class TaxReturnRow:
    id: str
    amount: Decimal
    invoice_id: str
    invoice: str
    date: date
    reference: str
    may_remove: bool


@dataclass(frozen=True)
class PortionRow:
    """What the note takes of one of its invoices."""

    invoice_id: str
    invoice: str
    net: Decimal
    tax: Decimal
    total: Decimal


def allocations_of(note: CreditNote, own: set[str], member: Member) -> list[AllocationRow]:
    """Return what invoices have of a note; what was taken back is told by its history."""
    zone = ZoneInfo(note.billing_entity.time_zone)
    can = note.is_live and may(member, CREDIT_NOTE_ALLOCATE)
    return [
        AllocationRow(
            id=row.pk,
            invoice_id=row.invoice_id,
            invoice=row.invoice.display_number,
            amount=row.amount,
            at=row.allocated_at.astimezone(zone),
            is_own=row.invoice_id in own,
            may_take_back=can and row.invoice_id not in own,
        )
        for row in live_legs(note).select_related("invoice")
    ]


def refunds_of(note: CreditNote, member: Member) -> list[RefundRow]:
    """Return a note's refunds, newest first."""
    with_account = set(
        GatewayAccount.objects.for_platform(note.platform).values_list("kind", flat=True)
    )  # these say themselves what becomes of a refund
    can = may(member, CREDIT_NOTE_REFUND)
    return [
        RefundRow(
            id=row.pk,
            amount=row.amount,
            badge=REFUNDS[row.status],
            how=how(row),
            date=row.date,
            reference=row.reference or row.provider_reference,
            failure=row.failure,
            may_settle=can and row.status == Refund.Status.PENDING and row.gateway not in with_account,
        )
        for row in note.refunds.select_related("payment__invoice").order_by("-id")
    ]


def how(row: Refund) -> str:
    """Say which way the money goes: Bank transfer, of what was paid for INV-1."""
    method = row.get_method_display().capitalize()
    by = f"{method} by {row.get_gateway_display()}" if row.gateway == Refund.Gateway.STRIPE else method
    return f"{by}, from a payment of {row.payment.invoice}" if row.payment else by


def tax_returns_of(note: CreditNote, member: Member) -> list[TaxReturnRow]:
    """Return the withheld tax that a note has returned; a return that was removed is told by its history."""
    can = note.is_live and may(member, CREDIT_NOTE_REFUND)
    rows = note.tax_withheld_refunds.filter(reverses=None, reversed_by=None)
    return [
        TaxReturnRow(
            id=row.pk,
            amount=row.amount,
            invoice_id=row.tax_withheld.invoice_id,
            invoice=row.tax_withheld.invoice.display_number,
            date=row.date,
            reference=row.reference,
            may_remove=can,
        )
        for row in rows.select_related("tax_withheld__invoice").order_by("-id")
    ]


def portions_of(note: CreditNote) -> list[PortionRow]:
    """Return what a note takes of each of its invoices, in the order of its lines."""
    return [
        PortionRow(
            invoice_id=row.invoice_id or "",
            invoice=row.number,
            net=row.net_total,
            tax=row.tax_total + row.rounding_amount,
            total=row.total,
        )
        for row in note.references.order_by("id")
    ]
