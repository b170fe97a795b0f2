"""Return tax that a customer withheld, and take that return away again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote, TaxWithheldRefund
from invoices.models import TaxWithheld
from invoices.settlement import total

from .allocate import locked_notes
from .amounts import require_amount
from .available import change_of, require_available
from .limits import money_of, plain
from .live import require_live
from .paid_out import require_day, require_paid_out
from .summary import summary_of


class TaxWithheldMismatch(BillingError):
    code = "tax_withheld_mismatch"
    title = "The tax was withheld from an invoice that the credit note does not correct"


class NothingWithheld(BillingError):
    code = "nothing_withheld"
    title = "No withheld tax is left to return"


class AmountExceedsWithheld(BillingError):
    code = "amount_exceeds_withheld"
    title = "More would be returned than was withheld"


class ReturnAlreadyRemoved(BillingError):
    code = "return_already_removed"
    title = "This return of withheld tax has been removed already"


@entrance
def return_tax_withheld(
    *,
    platform: Platform,
    credit_note_id: str,
    tax_withheld_id: str = "",
    amount: Decimal | None = None,
    date: date,
    reference: str = "",
    actor: str,
    at: datetime,
) -> TaxWithheldRefund:
    """Record that a note returned withheld tax: `amount`, or else as much as there is of both.

    Without `tax_withheld_id` it is what was withheld last from the invoices that the note corrects, of which
    something is left.

    :raises BillingError: the note is not live, is store credit or has too little; the tax was withheld
        elsewhere, or less of it is left; the day is before the note's or in the future.
    """
    note = locked_notes(platform).select_related("billing_entity").find(credit_note_id)
    require_live(note)
    require_paid_out(note)
    require_available(note)
    require_day(note, date, at=at)
    row = choose(platform, tax_withheld_id, note, withheld_of(note))
    if amount is None:
        amount = min(left_of(row), note.left)
    require_amount(amount, note.currency)
    require_available(note, amount)
    require_left(row, note, amount)
    return return_withheld_locked(note, row, amount, date=date, reference=reference, actor=actor, at=at)


@entrance
def remove_tax_withheld_refund(
    *, platform: Platform, refund_id: str, actor: str, at: datetime
) -> TaxWithheldRefund:
    """Take a return of withheld tax away, and return the row that does it: the note has its amount again.

    :raises ReturnAlreadyRemoved: it has been removed, or is itself such a row.
    :raises BillingError: the note is not live.
    """
    seen = TaxWithheldRefund.objects.for_platform(platform).select_related("tax_withheld").find(refund_id)
    note = locked_notes(platform).select_related("billing_entity").find(seen.credit_note_id)
    require_live(note)
    by = TaxWithheldRefund.objects.filter(reverses=seen).first()
    if seen.reverses_id or by:
        other = seen.reverses_id or by.pk
        raise ReturnAlreadyRemoved(f"{seen.pk} and {other} are a return and its removal.", other=other)
    return return_withheld_locked(
        note,
        seen.tax_withheld,
        -seen.amount,
        date=note.day(at),
        reference=seen.reference,
        reverses=seen,
        actor=actor,
        at=at,
    )


@step
def return_withheld_locked(
    note: CreditNote,
    row: TaxWithheld,
    amount: Decimal,
    *,
    date: date,
    reference: str = "",
    reverses: TaxWithheldRefund | None = None,
    actor: str,
    at: datetime,
) -> TaxWithheldRefund:
    """Return an amount of withheld tax; a negative one, which `reverses` a return, takes it away.

    The caller holds the note and the row, and has made sure that it fits.
    """
    refund = TaxWithheldRefund.objects.create(
        platform=note.platform,
        credit_note=note,
        tax_withheld=row,
        amount=amount,
        date=date,
        reference=reference,
        reverses=reverses,
        created_at=at,
    )
    before = summary_of(note)
    note.amount_refunded += amount
    note.updated_at = at
    note.save(update_fields=["amount_refunded", "updated_at"])
    data = change_of(note, before) | {
        "tax_withheld_refund": refund.pk,
        "tax_withheld": row.pk,
        "amount": plain(note, abs(amount)),
    }
    event = (
        names.CREDIT_NOTE_TAX_WITHHELD_REFUND_REMOVED if reverses else names.CREDIT_NOTE_TAX_WITHHELD_REFUNDED
    )
    record(event, platform=note.platform, about=note, actor=actor, at=at, data=data)
    return refund


@step
def withheld_of(note: CreditNote) -> list[TaxWithheld]:
    """Return what was withheld from a note's invoices, locked, newest first. The caller holds the note."""
    own = note.references.values("invoice")
    rows = TaxWithheld.objects.for_platform(note.platform).filter(invoice__in=own).locked()
    return sorted(rows.prefetch_related("refunds"), key=lambda row: (row.date, row.pk), reverse=True)


def left_of(row: TaxWithheld) -> Decimal:
    """Return what of withheld tax has not been returned. Hold its lock if you mean to act on it."""
    return row.amount - total(row.refunds.all())


def choose(
    platform: Platform, tax_withheld_id: str, note: CreditNote, rows: list[TaxWithheld]
) -> TaxWithheld:
    """Return the row of an id, or the first of which something is left.

    :raises NotFound: there is no such row on the platform.
    :raises TaxWithheldMismatch: it is not among `rows`.
    :raises NothingWithheld: nothing is left of it, or of any.
    """
    found = [row for row in rows if row.pk == tax_withheld_id] if tax_withheld_id else rows
    if tax_withheld_id and not found:
        stranger = TaxWithheld.objects.for_platform(platform).find(tax_withheld_id)
        raise TaxWithheldMismatch(
            f"{stranger.pk} was withheld from {stranger.invoice}, which {note} does not correct.",
            field="tax_withheld",
            invoice=stranger.invoice_id,
        )
    left = [row for row in found if left_of(row) > ZERO]
    if not left:
        raise NothingWithheld(
            f"No tax withheld from an invoice of {note} is left to return.", field="tax_withheld"
        )
    return left[0]


def require_left(row: TaxWithheld, note: CreditNote, amount: Decimal) -> None:
    """Refuse to return more of a row than is left.

    :raises AmountExceedsWithheld: with the limit, its terms and the notes that returned the rest.
    """
    left, money = left_of(row), money_of(note)
    if amount <= left:
        return
    raise AmountExceedsWithheld(
        f"{money(amount)} is more than the {money(left)} that is left of the tax withheld on {row.date}.",
        field="amount",
        requested=plain(note, amount),
        limit=plain(note, left),
        currency=note.currency,
        terms={"withheld": plain(note, row.amount), "returned": plain(note, row.amount - left)},
        used_by=returned_by(row, note),
    )


def returned_by(row: TaxWithheld, note: CreditNote) -> list[dict[str, Any]]:
    """Return the live returns of withheld tax, with the notes that made them."""
    rows = row.refunds.filter(reverses=None, reversed_by=None).select_related("credit_note")
    return [
        {
            "object": "tax_withheld_refund",
            "id": each.pk,
            "credit_note": {"id": each.credit_note_id, "number": each.credit_note.number},
            "amount": plain(note, each.amount),
        }
        for each in rows
    ]
