"""What of an invoice can still be credited and why, in sums that a clerk can add up again."""

from dataclasses import dataclass
from decimal import Decimal

from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.services.limits import Standing, require_claim, require_creditable, require_fits
from invoices.models import Invoice


@dataclass(frozen=True)
class Term:
    label: str
    amount: Decimal  # with its sign: the terms add up to the limit
    notes: list[tuple[str, str]]  # id and number of the credit notes that make it up


@dataclass(frozen=True)
class Limit:
    name: str
    meaning: str
    terms: list[Term]
    result: str  # what the terms come to is called
    amount: Decimal


@dataclass(frozen=True)
class Split:
    """What becomes of the money of a credit note."""

    cleared: Decimal
    owed: Decimal


def limits_of(standing: Standing) -> list[Limit]:
    """Return the three limits, each with the terms that make it up."""
    settled, limits = standing.settlement, standing.limits
    notes = [(row.credit_note_id, row.credit_note.number) for row in standing.used_by]
    owed_already = settled.credited - settled.cleared_by_notes
    return [
        limit(
            "Creditable",
            "All that credit notes may take off this invoice.",
            [Term("Total", settled.total, []), Term("Credited", -settled.credited, notes)],
            "Left to credit",
            limits.creditable,
        ),
        limit(
            "Clears debt",
            "A credit note first clears what is still due.",
            [Term("Due", settled.amount_due, []), Term("Payments on their way", -settled.in_progress, [])],
            "Can clear",
            limits.adjustable,
        ),
        limit(
            "Owed to the customer",
            "The rest goes back: it was paid before.",
            [
                Term("Received", settled.received, []),
                Term("Owed already", -owed_already, notes),
            ],
            "Can be owed",
            limits.refundable,
        ),
    ]


def limit(name: str, meaning: str, terms: list[Term], result: str, amount: Decimal) -> Limit:
    """Return a limit; terms of zero are left out, but for the first."""
    first, *others = terms
    return Limit(name, meaning, [first, *(term for term in others if term.amount)], result, amount)


def refusal_of(invoice: Invoice) -> str:
    """Return why what is left of an invoice cannot be credited now; "" if it can.

    Fetch it `with_settlement`.
    """
    try:
        require_claim(invoice)
        standing = require_creditable(invoice)
        require_fits(standing.limits.creditable, invoice, standing)
    except BillingError as refusal:
        return refusal.detail
    return ""


def split_of(invoice: Invoice, standing: Standing) -> Split:
    """Return how much of a full credit clears debt, and how much is owed to the customer."""
    return shared_out(invoice.total, standing)


def shared_out(total: Decimal, standing: Standing) -> Split:
    """Return how much of a note of this total clears debt, and how much is owed to the customer."""
    cleared = max(min(total, standing.limits.adjustable), ZERO)
    return Split(cleared=cleared, owed=total - cleared)
