"""The pages on which a customer is credited beyond one invoice: a bonus, or several invoices at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer, Member
from credit_notes.models import CreditNote, CreditNoteReference
from credit_notes.selection import FreeLine, Selection
from credit_notes.services import estimate, reasons_of
from credit_notes.services.finalize import free_lines_of, require_draft
from credit_notes.services.limits import standing_of
from credit_notes.wish import Wish
from invoices.models import Invoice
from invoices.querysets import InvoiceQuerySet

from .credit_lines import TYPE_WORDS
from .invoice_list import LIVE
from .papers import Paper, paper_of

MOST_INVOICES = 100
EURO = "EUR"
TAKEN = CreditNoteReference.objects.filter(invoice=OuterRef("pk"), **LIVE).order_by()
CREDITED = TAKEN.values("invoice").annotate(credited=Sum("total")).values("credited")
"""What live notes took of an invoice: of most invoices of an old customer, all."""

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Draft:
    """The draft whose lines are chosen anew."""

    id: str
    label: str
    version: int


@dataclass(frozen=True)
class BonusPage:
    customer_id: str
    customer: str
    entities: Choices  # empty where there is only one, or it is chosen already
    billing_entity_id: str  # "" where it is still to be chosen
    currency: str
    reasons: Choices
    header: dict[str, object]
    lines: tuple[FreeLine, ...]
    draft: Draft | None


@dataclass(frozen=True)
class CreditableInvoice:
    id: str
    number: str
    date: date | None
    seller: str
    currency: str
    total: Decimal
    left: Decimal  # what a note may take of it now
    due: Decimal


@dataclass(frozen=True)
class SeveralPage:
    customer_id: str
    customer: str
    invoices: list[CreditableInvoice]
    reasons: Choices
    header: dict[str, object]
    wanted: dict[str, Selection]  # by the invoice's id
    draft: Draft | None


@dataclass(frozen=True)
class CustomerOutcome:
    """What such a note would come to."""

    paper: Paper
    currency: str
    total: Decimal
    type: str
    cleared: Decimal
    available: Decimal
    parts: list[tuple[str, Decimal, Decimal]]  # an invoice's number, what is credited, what of it clears debt


def new_bonus_of(*, member: Member, customer_id: str) -> BonusPage:
    """Return what a bonus can be made of.

    :raises NotFound: the platform has no such customer.
    """
    customer = Customer.objects.for_platform(member.platform).find(customer_id)
    last = Invoice.objects.for_platform(member.platform).filter(customer=customer).newest_first().first()
    entities = list(BillingEntity.objects.for_platform(member.platform).order_by("name", "pk"))
    return BonusPage(
        customer_id=customer.pk,
        customer=customer.name,
        entities=[(entity.pk, entity.name) for entity in entities] if len(entities) > 1 else [],
        billing_entity_id="",
        currency=customer.currency or (last.currency if last else EURO),
        reasons=reasons_of(member.platform, "CREDIT"),
        header={},
        lines=(),
        draft=None,
    )


def edit_bonus_of(*, member: Member, credit_note_id: str) -> BonusPage:
    """Return the lines of a draft that is on no invoice.

    :raises NotFound: the platform has no such note on no invoice.
    :raises NoteNotDraft: it is final.
    """
    notes = CreditNote.objects.for_platform(member.platform).filter(references=None)
    note = notes.select_related("customer").find(credit_note_id)
    require_draft(note)
    return BonusPage(
        customer_id=note.customer_id,
        customer=note.customer.name,
        entities=[],
        billing_entity_id=note.billing_entity_id,
        currency=note.currency,
        reasons=reasons_of(member.platform, "CREDIT"),
        header=header_of(note),
        lines=tuple(free_lines_of(note, note.lines.all())),
        draft=Draft(note.pk, note.display_number, note.version),
    )


def several_of(*, member: Member, customer_id: str) -> SeveralPage:
    """Return the invoices of a customer of which something can be credited, the newest first.

    :raises NotFound: the platform has no such customer.
    """
    customer = Customer.objects.for_platform(member.platform).find(customer_id)
    invoices = Invoice.objects.for_platform(member.platform).final().filter(customer=customer)
    return SeveralPage(
        customer_id=customer.pk,
        customer=customer.name,
        invoices=creditable(invoices),
        reasons=reasons_of(member.platform, "CREDIT"),
        header={},
        wanted={},
        draft=None,
    )


def edit_several_of(*, member: Member, credit_note_id: str) -> SeveralPage:
    """Return what a draft takes of its invoices, and what else it could.

    :raises NotFound: the platform has no such note on invoices.
    :raises NoteNotDraft: it is final.
    """
    notes = CreditNote.objects.for_platform(member.platform)
    note = notes.select_related("customer").find(credit_note_id)
    require_draft(note)
    same = {"billing_entity": note.billing_entity_id, "currency": note.currency}
    invoices = Invoice.objects.for_platform(member.platform).final().filter(customer=note.customer_id, **same)
    wanted = {row.invoice_id: row.selection for row in note.references.all()}
    return SeveralPage(
        customer_id=note.customer_id,
        customer=note.customer.name,
        invoices=creditable(invoices, also=set(wanted)),
        reasons=reasons_of(member.platform, "CREDIT"),
        header=header_of(note),
        wanted=wanted,
        draft=Draft(note.pk, note.display_number, note.version),
    )


def header_of(note: CreditNote) -> dict[str, object]:
    """Return what a draft says beside its lines, as a form begins with it."""
    return {
        "note": note.note,
        "reason_code": note.reason_code,
        "internal_comment": note.internal_comment,
        "details_source": note.details_source,
        "type": "" if note.is_type_automatic else note.type,
    }


def creditable(invoices: InvoiceQuerySet, *, also: Collection[str] = ()) -> list[CreditableInvoice]:
    """Return the newest invoices that a note may take something of, and all those of `also`."""
    rows = invoices.with_settlement().select_related("billing_entity").newest_first()
    others = rows.exclude(pk__in=also).filter(total__gt=Coalesce(Subquery(CREDITED), ZERO))
    looked_at = map(creditable_invoice, others.iterator(chunk_size=MOST_INVOICES))
    found = [creditable_invoice(invoice) for invoice in rows.filter(pk__in=also)]
    found += islice((row for row in looked_at if row.left > ZERO), MOST_INVOICES)
    return sorted(found, key=lambda row: row.id, reverse=True)


def creditable_invoice(invoice: Invoice) -> CreditableInvoice:
    return CreditableInvoice(
        id=invoice.pk,
        number=invoice.display_number,
        date=invoice.date,
        seller=invoice.billing_entity.name,
        currency=invoice.currency,
        total=invoice.total,
        left=standing_of(invoice).limits.most,
        due=invoice.amount_due,
    )


def customer_outcome_of(*, member: Member, wish: Wish, at: datetime) -> CustomerOutcome:
    """Return what a note would come to.

    :raises BillingError: it could not be drafted.
    """
    found = estimate(platform=member.platform, wish=wish, at=at)
    document = found.plan.document
    return CustomerOutcome(
        paper=paper_of(document),
        currency=document.currency,
        total=found.plan.total,
        type=TYPE_WORDS[found.type],
        cleared=found.cleared,
        available=found.available,
        parts=[(part.invoice.display_number, part.total, part.cleared) for part in found.plan.parts],
    )
