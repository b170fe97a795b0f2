"""The page on which parts of an invoice are chosen to be credited: what is left, and what it comes to."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from billing.documents.models import Series
from billing.documents.snapshot import TaxGroup
from billing.money import ZERO
from billing.paper.formats import Formats, formats_of
from billing.paper.sums import tax_label
from billing.platforms.models import Member
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Selection
from credit_notes.services import estimate, reasons_of
from credit_notes.services.finalize import require_draft
from credit_notes.services.limits import require_claim, standing_of
from credit_notes.services.taken import sources_of
from credit_notes.shapes import Source
from credit_notes.wish import Wish
from invoices.models import Invoice

from .crediting import Reasons
from .invoice_page import find_invoice
from .papers import Paper, paper_of
from .standing import Limit, limits_of

MINUS = "−"
TYPE_WORDS = {
    "adjustment": "Adjustment: all of it clears debt",
    "refundable": "Refundable: the rest can be paid back",
    "store": "Store credit: the rest is for other invoices",
}


@dataclass(frozen=True)
class LineLeft:
    """A line of the invoice, and what of it can still be credited."""

    id: str
    name: str
    quantity: str
    unit_price: Decimal
    tax: str
    net: Decimal
    quantity_left: str
    net_left: Decimal
    is_negative: bool

    @property
    def is_gone(self) -> bool:
        return not self.net_left and bool(self.net)


@dataclass(frozen=True)
class Draft:
    """A draft note whose lines are chosen anew."""

    id: str
    label: str
    version: int
    selection: Selection
    header: dict[str, object]


@dataclass(frozen=True)
class CreditLines:
    invoice_id: str
    number: str
    customer: str
    currency: str
    creditable: Decimal
    adjustable: Decimal
    refundable: Decimal
    most: Decimal
    in_progress: Decimal
    lines: list[LineLeft]
    groups: list[tuple[str, str]]  # `category:rate` and how it is written
    limits: list[Limit]
    reasons: Reasons
    series: list[tuple[str, str]]
    today: date
    draft: Draft | None = None
    free: tuple[FreeLine, ...] = field(default=())


@dataclass(frozen=True)
class Outcome:
    """What a note would come to, and where its invoice would stand afterwards."""

    paper: Paper
    total: Decimal
    type: str
    rest_words: str
    cleared: Decimal
    available: Decimal
    creditable_after: Decimal
    due_after: Decimal


def credit_lines_of(*, member: Member, invoice_id: str, at: datetime) -> CreditLines:
    """Return what of an invoice can be chosen.

    :raises NotFound: the platform has no such invoice.
    :raises InvoiceNotFinal: it is a draft.
    """
    invoice = find_invoice(member, invoice_id)
    require_claim(invoice, data_only=True)
    return page_of(member, invoice, at=at)


def edit_lines_of(*, member: Member, credit_note_id: str, at: datetime) -> CreditLines:
    """Return what of its invoice can be chosen for a draft note.

    :raises NotFound: the platform has no such note, or it is not of one invoice.
    :raises NoteNotDraft: it is final.
    """
    notes = CreditNote.objects.for_platform(member.platform).exclude(invoice=None)
    note: CreditNote = notes.find(credit_note_id)
    require_draft(note)
    draft = Draft(
        id=note.pk,
        label=note.display_number,
        version=note.version,
        selection=note.references.get().selection,
        header={
            "note": note.note,
            "reason_code": note.reason_code,
            "type": "" if note.is_type_automatic else note.type,
            "details_source": note.details_source,
            "date": note.date,
            "series": note.series_id or "",
            "number": note.wanted_number,
            "internal_comment": note.internal_comment,
        },
    )
    return page_of(member, find_invoice(member, note.invoice_id), at=at, draft=draft)


def page_of(member: Member, invoice: Invoice, *, at: datetime, draft: Draft | None = None) -> CreditLines:
    standing, source = standing_of(invoice), sources_of([invoice])[0]
    formats = formats_of("en", invoice.currency)
    limits = standing.limits
    return CreditLines(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        customer=invoice.buyer.name,
        currency=invoice.currency,
        creditable=limits.creditable,
        adjustable=limits.adjustable,
        refundable=limits.refundable,
        most=limits.most,
        in_progress=standing.settlement.in_progress,
        lines=lines_left(source, formats),
        groups=[group_choice(group, formats) for group in source.document.taxes],
        limits=limits_of(standing),
        reasons=known_reasons(member, draft),
        series=series_of(invoice),
        today=invoice.day(at),
        draft=draft,
        free=draft.selection.free if draft else (),
    )


def lines_left(source: Source, formats: Formats) -> list[LineLeft]:
    taken = source.taken
    taxes = {(group.category, group.rate): tax_label(group, formats) for group in source.document.taxes}
    return [
        LineLeft(
            id=line_id,
            name=line.name,
            quantity=formats.quantity(line.quantity, line.unit).replace("-", MINUS),
            unit_price=line.unit_price,
            tax=taxes.get((line.tax_category, line.tax_rate), ""),
            net=line.net_amount,
            quantity_left=formats.quantity(
                line.quantity - taken.quantities.get(place, ZERO), line.unit
            ).replace("-", MINUS),
            net_left=line.net_amount - taken.of_line(place),
            is_negative=line.net_amount < ZERO,
        )
        for place, (line_id, line) in enumerate(zip(source.line_ids, source.document.lines, strict=True))
    ]


def group_choice(group: TaxGroup, formats: Formats) -> tuple[str, str]:
    rate = "" if group.rate is None else f"{group.rate:f}"
    return f"{group.category}:{rate}", tax_label(group, formats)


def known_reasons(member: Member, draft: Draft | None) -> Reasons:
    """Return the reasons to choose from; a draft keeps one that has left the list meanwhile."""
    reasons = reasons_of(member.platform, "CREDIT")
    code = str(draft.header["reason_code"]) if draft else ""
    return reasons if not code or code in dict(reasons) else [*reasons, (code, code)]


def series_of(invoice: Invoice) -> list[tuple[str, str]]:
    """Return the seller's series of credit notes beside the default one, by id and prefix."""
    rows = Series.objects.filter(billing_entity=invoice.billing_entity_id, kind=Series.Kind.CREDIT_NOTE)
    return list(rows.filter(is_default=False).order_by("prefix").values_list("id", "prefix"))


def outcome_of(*, member: Member, wish: Wish, at: datetime) -> Outcome:
    """Return what a note on one invoice would come to.

    :raises BillingError: it could not be drafted.
    """
    found = estimate(platform=member.platform, wish=wish, at=at)
    (part,) = found.plan.parts
    return Outcome(
        paper=paper_of(found.plan.document),
        total=found.plan.total,
        type=TYPE_WORDS[found.type],
        rest_words="Kept for other invoices" if found.type == "store" else "Owed to the customer",
        cleared=found.cleared,
        available=found.available,
        creditable_after=part.standing.limits.creditable - part.total,
        due_after=part.standing.settlement.amount_due - part.cleared,
    )
