"""Take over a credit note that was issued elsewhere, with its own number and date, as a FINAL note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Day  # noqa: N812 - a field is called `date`
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.columns import require_room
from billing.documents.models import Series
from billing.documents.numbering import claim_number
from billing.documents.templates import freeze_look
from billing.errors import Invalid, within
from billing.events import names
from billing.events.record import record
from billing.issuing import save_numbered
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.wish import Wish
from invoices.models import Invoice

from .allocate import clear_own_invoice, give, require_giver, require_taker
from .amounts import require_amount
from .approval import require_approved
from .available import require_available
from .credit import invoices_of, plan_of, refuse_second_draft
from .finalize import lock_invoices
from .new_draft import draft_for
from .owed import require_due
from .plan import Plan, require_type
from .record_refund import record_refund
from .store import store_plan
from .summary import summary_of
from .waterfall import payments_of
from .withheld import withheld_of


class OwnInvoiceAllocated(Invalid):
    code = "own_invoice_allocated"
    title = "A note clears the debt of its own invoice by itself"


@dataclass(frozen=True, kw_only=True)
class PastAllocation:
    """Credit that the note gave to another invoice than its own."""

    invoice: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class PastRefund:
    """Money that was returned for the note; `method` is one of `Payment.Method`."""

    amount: Decimal
    date: Day
    method: str
    reference: str = ""
    reason_code: str = ""


@entrance
def import_credit_note(
    *,
    platform: Platform,
    wish: Wish,
    allocations: Sequence[PastAllocation] = (),
    refunds: Sequence[PastRefund] = (),
    approved: bool = False,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Return a FINAL note with the number and date of `wish`, and with what became of its money.

    It is history: no rule of its e-invoice is asked, no paper is drawn and nobody gets a message. `approved`
    says that whoever asks may approve what is above the platform's limit. The limits hold as for every note.
    Its number keeps its place in the series that writes such numbers, which goes on behind it; one that no
    series can ever write is kept as it is.

    :raises NumberInUse, NumberOutOfSequence, DateBeforeLastIssued, DateOutOfSequence: it has no place.
    :raises BillingError: the invoice does not allow it, or the money cannot have gone there.
    """
    require_label(wish)
    seen = invoices_of(platform, wish.invoice_ids)
    others = others_of(platform, allocations, own=wish.invoice_ids)
    draft = draft_for(platform, wish, seen, at=at)
    plan = plan_of(draft, wish, seen, on=wish.date)

    held = {row.pk: row for row in lock_invoices(platform, [*seen, *others])}
    fresh = plan_of(draft, wish, [held[row.pk] for row in seen], on=wish.date, known=plan)
    require_type(wish.type, fresh)
    refuse_second_draft(draft)
    standalone = not fresh.parts
    draft.type = wish.type or choose_type(fresh.total, fresh.cleared, is_standalone=standalone)
    draft.is_type_automatic = not wish.type
    store_plan(draft, fresh)
    if not approved:
        require_approved(draft, platform)
    if refunds:  # what they may count against is held before the number is
        payments_of(draft, lock=True)
        withheld_of(draft)
    take_over(draft, fresh, wish.number, actor=actor, at=at)
    for place, row in enumerate(allocations):
        with within(f"allocations.{place}"):
            allocate_past(draft, held[row.invoice], row, actor=actor, at=at)
    for place, refund in enumerate(refunds):
        with within(f"refunds.{place}"):
            refund_past(draft, refund, actor=actor, at=at)
    return CreditNote.objects.get(pk=draft.pk)


def require_label(wish: Wish) -> None:
    """Refuse a note without a number that can be read, or without a date."""
    number = wish.number
    if not number.strip() or number != number.strip() or not number.isprintable():
        raise Invalid("An imported note keeps its number: one line, without blanks around.", field="number")
    require_room(CreditNote, {"number": number}, field="")
    if wish.date is None:
        raise Invalid("An imported note keeps its date.", field="date")


def others_of(
    platform: Platform, allocations: Sequence[PastAllocation], *, own: Sequence[str]
) -> list[Invoice]:
    """Return the invoices that the note's credit went to.

    :raises OwnInvoiceAllocated: one of them is the note's own.
    """
    rows = Invoice.objects.for_platform(platform).with_snapshot()
    found = {}
    for place, row in enumerate(allocations):
        if row.invoice in own:
            raise OwnInvoiceAllocated(
                "Leave out the invoice that the note corrects: its debt is cleared first, by itself.",
                field=f"allocations.{place}.invoice",
            )
        found[row.invoice] = rows.find(row.invoice)
    return list(found.values())


@step
def take_over(note: CreditNote, plan: Plan, text: str, *, actor: str, at: datetime) -> None:
    """Make the note FINAL under its own number. The caller holds the invoices."""
    cleared = sum(
        (clear_own_invoice(note, part.invoice, most=part.cleared, actor=actor, at=at) for part in plan.parts),
        ZERO,
    )
    freeze_look(note)
    number = claim_number(note, Series.Kind.CREDIT_NOTE, text, on=plan.document.date, at=at)
    note.series = None
    if number:
        note.take_place(series=number.series, period=number.period, number=number.number)
    note.finalize(replace(plan.document, number=text), type=note.type, allocated=cleared, at=at)
    note.version += 1
    save_numbered(note)
    record(
        *[names.CREDIT_NOTE_IMPORTED] + [names.CREDIT_NOTE_ALLOCATED] * bool(cleared),
        platform=note.platform,
        about=note,
        actor=actor,
        at=at,
        data={"object": summary_of(note), "previous": {"status": CreditNote.Status.DRAFT}},
    )


@step
def allocate_past(
    note: CreditNote, invoice: Invoice, row: PastAllocation, *, actor: str, at: datetime
) -> None:
    require_amount(row.amount, note.currency)
    require_giver(note)
    require_taker(invoice, note)
    require_available(note, row.amount)
    require_due(invoice, row.amount)
    give(note, invoice, row.amount, actor=actor, at=at)


@step
def refund_past(note: CreditNote, row: PastRefund, *, actor: str, at: datetime) -> None:
    require_amount(row.amount, note.currency)
    record_refund(
        platform=note.platform,
        credit_note_id=note.pk,
        amount=row.amount,
        date=row.date,
        method=row.method,
        reference=row.reference,
        reason_code=row.reason_code,
        actor=actor,
        at=at,
    )
