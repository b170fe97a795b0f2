"""What a credit note will say, worked out from its invoices as they stand: the one calculator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.snapshot import Document
from billing.documents.values import party_of
from billing.einvoice.choice import with_profile
from billing.einvoice.profiles import PEPPOL
from billing.errors import BillingError, Invalid, within
from billing.money import LARGEST_AMOUNT, ZERO, round_amount
from credit_notes.correction import Heading, bonus, correction
from credit_notes.free_lines import free_line
from credit_notes.models import CreditNote
from credit_notes.portion import Portion
from credit_notes.selecting import portion_of
from credit_notes.selection import FreeLine, Selection, Selections
from credit_notes.shapes import Source
from invoices.composition import account_of, delivery_to
from invoices.models import Invoice
from invoices.parts import AmountTooLarge, reasons_of

from .limits import (
    Standing,
    facts_of,
    require_claim,
    require_creditable,
    require_fits,
    require_type_fits,
    standing_of,
)
from .taken import sources_of


class TotalNegative(BillingError):
    code = "total_must_be_positive"
    title = "A credit note never comes to less than nothing"


class DateNotPossible(Invalid):
    code = "date_not_possible"
    title = "A credit note cannot have this date"


@dataclass(frozen=True)
class Part:
    """What the note takes of one invoice, and where the invoice stood."""

    invoice: Invoice
    source: Source
    standing: Standing
    selection: Selection
    portion: Portion

    @property
    def total(self) -> Decimal:
        return self.portion.totals.total

    @property
    def cleared(self) -> Decimal:
        """How much of it clears the invoice's own debt."""
        return max(min(self.total, self.standing.limits.adjustable), ZERO)


@dataclass(frozen=True)
class Plan:
    """A note's Document and its parts by invoice; a bonus has none."""

    document: Document
    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        return self.document.totals.total

    @property
    def cleared(self) -> Decimal:
        return sum((part.cleared for part in self.parts), round_amount(ZERO, self.document.currency))

    def same_as(self, other: "Plan") -> bool:
        """Tell whether two plans make the same paper out of the same rows."""
        return self.document == other.document


def plan_correction(
    note: CreditNote,
    invoices: Sequence[Invoice],
    selections: Selections,
    *,
    on: date,
    known: Plan | None = None,
) -> Plan:
    """Return what a note on these invoices will say on a day.

    Fetch them `with_snapshot` and `with_settlement`; hold their locks if you mean to act on it. A `known`
    plan from before the locks is used again if no other note has come between: only limits are checked anew.

    :raises BillingError: an invoice is a draft, has nothing left, or less than was asked for.
    """
    by_id = {invoice.pk: invoice for invoice in invoices}
    asked = [(by_id[invoice_id], selection) for invoice_id, selection in selections]
    paths = [f"invoices.{place}" * (len(asked) > 1) for place in range(len(asked))]
    standings = [standing_for(*one, path) for one, path in zip(asked, paths, strict=True)]
    if known and [taken_by(part.standing) for part in known.parts] == [taken_by(one) for one in standings]:
        sources = [part.source for part in known.parts]
        portions = [part.portion for part in known.parts]
    else:
        sources = sources_of([invoice for invoice, _ in asked])
        portions = [
            taken_from(source, invoice, standing, selection, path)
            for source, (invoice, selection), standing, path in zip(
                sources, asked, standings, paths, strict=True
            )
        ]
    parts = tuple(
        fitting(Part(invoice, source, standing, selection, portion), path)
        for (invoice, selection), source, standing, portion, path in zip(
            asked, sources, standings, portions, paths, strict=True
        )
    )
    require_date(on, invoices)
    pairs = [(part.source.document, part.portion) for part in parts]
    was_peppol = all(invoice.profile == PEPPOL for invoice in invoices)
    return Plan(profiled(correction(pairs, heading_of(note, on)), note, was_peppol=was_peppol), parts)


def standing_for(invoice: Invoice, selection: Selection, path: str) -> Standing:
    """Return where an invoice stands, if what is selected may be credited of it at all.

    A refusal names its field below `path`, which is "" where the note is on one invoice only.
    """
    with within(path):
        require_claim(invoice, data_only=is_data_only(selection))
        if is_data_only(selection):
            return standing_of(invoice)
        standing = require_creditable(invoice)
        if selection.amount is not None:
            require_fits(selection.amount, invoice, standing)
        return standing


def is_data_only(selection: Selection) -> bool:
    """Tell whether nothing but data is to be corrected: a sum of zero, or free lines over nothing."""
    free = bool(selection.free) and all(not line.unit_price or not line.quantity for line in selection.free)
    return selection.amount == ZERO or (free and not selection.picks)


def taken_from(
    source: Source, invoice: Invoice, standing: Standing, selection: Selection, path: str
) -> Portion:
    """Return what a selection takes of an invoice.

    :raises BillingError: less is left; beside the limit it tells which notes used the rest up.
    """
    try:
        with within(path):
            return portion_of(source, selection)
    except BillingError as refusal:
        if "limit" in refusal.facts:
            refusal.facts.setdefault("used_by", facts_of(invoice, standing)["used_by"])
        raise


def taken_by(standing: Standing) -> list[int]:
    """Return which references of live notes have taken something of an invoice; they never change."""
    return [row.pk for row in standing.used_by]


def fitting(part: Part, path: str) -> Part:
    """Return a part that the invoice allows.

    :raises BillingError: it is negative, or more than the invoice allows now.
    """
    if part.total < ZERO:
        raise TotalNegative(
            f"The note would come to {part.total} {part.invoice.currency}: credit other lines too.",
            field=".".join(filter(None, (path, "lines"))),
            requested=str(part.total),
        )
    with within(path):
        require_fits(part.total, part.invoice, part.standing)
    return part


def require_type(type: str, plan: Plan) -> None:
    """Refuse a chosen type that does not suit what the invoices owe.

    :raises AmountExceedsAdjustable: an adjustment would leave something over.
    """
    for part in plan.parts:
        require_type_fits(type, part.total, part.invoice, part.standing)


def require_date(on: date, invoices: Sequence[Invoice]) -> None:
    """Refuse a note dated before an invoice that it corrects; an invoice dated ahead may be corrected today.

    :raises DateNotPossible: with the invoice's date.
    """
    for invoice in invoices:
        issued = invoice.finalized_at.date() if invoice.finalized_at else on
        if invoice.date and on < min(invoice.date, issued):
            raise DateNotPossible(
                f"{on} is before {invoice.date}, the date of {invoice}.",
                field="date",
                limit=str(invoice.date),
            )


def plan_bonus(note: CreditNote, lines: Sequence[FreeLine], *, on: date) -> Plan:
    """Return what a note without an invoice will say on a day."""
    numbered = [free_line(line, note.currency, id=str(place)) for place, line in enumerate(lines, start=1)]
    document = bonus(
        numbered,
        heading_of(note, on, current=True),
        currency=note.currency,
        reasons=reasons_of(lines),
    )
    if document.totals.total > LARGEST_AMOUNT:
        raise AmountTooLarge(f"A credit note comes to at most {LARGEST_AMOUNT}.", field="lines")
    return Plan(profiled(document, note), ())


def profiled(document: Document, note: CreditNote, *, was_peppol: bool = False) -> Document:
    """Return a note with the profile that its customer asks for, or its seller's usual one.

    What corrects a Peppol invoice is for Peppol too: where that went, its correction has to come.
    """
    usual = note.billing_entity.einvoice_profile
    wanted = note.customer.einvoice_profile or (PEPPOL if was_peppol and usual == PEPPOL else "")
    return with_profile(document, wanted=wanted, usual=usual)


def heading_of(note: CreditNote, on: date, *, current: bool = False) -> Heading:
    """Return what a note says beyond its amounts. `current` takes the parties as they are today.

    With them come the buyer's reference, and where it is delivered to if the invoice does not say.
    """
    customer, entity = note.customer, note.billing_entity
    heading = Heading(
        number=note.display_number,
        on=on,
        reason=note.reason,
        language=note.language,
        logo=note.logo,
        delivery_date=note.delivery.date if note.delivery else None,
        profile=customer.einvoice_profile or entity.einvoice_profile,
    )
    if not current and note.details_source != CreditNote.Details.CURRENT:
        return heading
    place = delivery_to(customer)
    return heading._replace(
        seller=party_of(entity),
        buyer=party_of(customer),
        buyer_reference=customer.buyer_reference,
        deliver_to=place and place.address,
        payment_means=account_of(entity),
    )
