"""Make a draft final: check it before any lock, clear its invoices' debt with it, number it last."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django_fsm import can_proceed
from msgspec.structs import replace

from billing.documents.models import Series
from billing.documents.numbering import take_number_for
from billing.documents.snapshot import TaxGroup
from billing.documents.templates import freeze_look
from billing.documents.values import header_columns, plain, whole
from billing.einvoice.findings import Report
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.issuing import (
    ChangedMeanwhile,
    checked,
    require_same,
    require_seen,
    rules_of,
    save_numbered,
)
from billing.mailing import require_recipient
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote, CreditNoteLine
from credit_notes.selection import FreeLine
from invoices.models import Invoice

from .allocate import clear_own_invoice
from .approval import require_approved
from .available import change_of
from .plan import Plan, plan_bonus, plan_correction, require_type
from .reason_codes import require_reason
from .store import is_stored, store_plan
from .summary import summary_of


class NoteNotDraft(BillingError):
    code = "note_not_draft"
    title = "Only a draft can be changed; a final credit note never is"


class DraftOutdated(BillingError):
    code = "draft_outdated"
    title = "Less is left of the invoice than when the note was drafted"


@entrance
def finalize_credit_note(
    *,
    platform: Platform,
    credit_note_id: str,
    notify: bool = False,
    version: int | None = None,
    total: Decimal | None = None,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Number a draft, freeze it, and clear what its invoices still owe.

    `version` and `total` are what was looked at: a draft that has changed since, or that comes to another
    total because another note has become final, is not finalised.

    :raises NoteNotDraft: it is final already.
    :raises DraftOutdated: less is left of the invoice than was drafted.
    :raises NoRecipient: `notify` is asked for and the customer has no e-mail address.
    :raises EInvoiceInvalid: it would break a rule of its e-invoice; no number is used.
    :raises BillingError: the invoice no longer allows it.
    """
    notes = CreditNote.objects.for_platform(platform)
    seen = notes.select_related("platform", "billing_entity", "customer").with_snapshot().find(credit_note_id)
    require_draft(seen)
    require_seen(seen, version)
    require_recipient(seen, notify=notify)
    on = seen.date or seen.day(at)
    try:
        plan = plan_again(seen, papers_of(platform, seen), on=on)
        report = checked(plan.document)
    except BillingError:
        require_same(notes.find(credit_note_id), seen)  # its parts may have gone while we read them
        raise
    if total is not None and plan.total != total:
        raise ChangedMeanwhile(f"{seen} would come to {plan.total} now, and not to {total}. Look again.")

    invoices = lock_invoices(platform, [part.invoice for part in plan.parts])
    note = notes.select_related("platform", "billing_entity", "customer").locked().find(credit_note_id)
    require_draft(note)
    require_same(note, seen)
    fresh = plan_again(note, invoices, on=on, known=plan)
    if fresh.document != plan.document:
        report = checked(fresh.document)
    if not note.is_type_automatic:
        require_type(note.type, fresh)
    if not is_stored(note, fresh):
        store_plan(note, fresh)
    finalize_locked(note, fresh, report, notify=notify, actor=actor, at=at)
    return note


def plan_again(note: CreditNote, invoices: Sequence[Invoice], *, on: date, known: Plan | None = None) -> Plan:
    """Return what a draft comes to now: its net amounts stay, its VAT may move by a cent.

    :raises DraftOutdated: other amounts than the drafted ones would be credited now.
    """
    lines = list(note.lines.all())
    if not invoices:
        return plan_bonus(note, free_lines_of(note, lines), on=on)
    references = list(note.references.order_by("id"))
    if len(references) != len(invoices):
        raise ChangedMeanwhile(f"{note} was edited or deleted at the same moment. Look again.")
    selections = [(row.invoice_id, row.selection) for row in references]
    plan = plan_correction(note, invoices, selections, on=on, known=known)
    for row, part in zip(references, plan.parts, strict=True):
        drafted = [line.net_amount for line in lines if line.reference_id == row.pk]
        as_drafted = [pick.line.net_amount for pick in part.portion.lines] == drafted
        if part.total != row.total if row.selection.amount is not None else not as_drafted:
            raise outdated(note, row.number, part.total)
    return plan


def outdated(note: CreditNote, number: str, total: Decimal) -> DraftOutdated:
    return DraftOutdated(
        f"{note} was drafted over {plain(note.total)} {note.currency}, and other notes have taken something "
        f"of {number} since. Save its lines again to have it worked out anew, or delete it.",
        drafted=f"{whole(note.total, note.currency):f}",
        now=f"{total:f}",
    )


def free_lines_of(note: CreditNote, lines: Iterable[CreditNoteLine]) -> list[FreeLine]:
    """Return the lines of a note without an invoice as the free lines that it was drafted from."""
    taxes = {tax.category: tax for tax in note.taxes}
    return [free_of(line, taxes[line.tax_category]) for line in lines]


def free_of(line: CreditNoteLine, tax: TaxGroup) -> FreeLine:
    return FreeLine(
        name=line.name,
        description=line.description,
        quantity=plain(line.quantity),
        unit=line.unit,
        unit_price=plain(line.unit_price),
        tax_category=line.tax_category,
        tax_rate=plain(line.tax_rate),
        exemption_reason=tax.exemption_reason,
        exemption_code=tax.exemption_code,
        period=line.period,
    )


def papers_of(platform: Platform, note: CreditNote) -> list[Invoice]:
    """Return the invoices that a note is on, as they stand."""
    rows = Invoice.objects.for_platform(platform).with_snapshot().with_settlement()
    return list(rows.filter(credit_note_references__credit_note=note).order_by("pk"))


def lock_invoices(platform: Platform, seen: Sequence[Invoice]) -> list[Invoice]:
    """Return invoices anew, locked in the order of their ids."""
    if not seen:
        return []
    rows = Invoice.objects.for_platform(platform).locked().with_settlement()
    found = list(rows.filter(pk__in=[invoice.pk for invoice in seen]))
    papers = {invoice.pk: invoice.snapshot for invoice in seen}
    for invoice in found:
        invoice.snapshot = papers[invoice.pk]  # frozen: no need to fetch it again
    return found


@step
def finalize_locked(
    note: CreditNote, plan: Plan, report: Report, *, notify: bool, actor: str, at: datetime
) -> None:
    """Do it. The caller holds the invoices and the note; the plan was made under these locks and is valid.

    :raises ApprovalRequired: the note is above the platform's limit, and nobody has approved it.
    :raises ReasonCodeRequired: the platform has come to want one since it was drafted.
    """
    require_approved(note, note.platform)
    if not note.reason_code:
        require_reason(platform=note.platform, kind="CREDIT", code="")
    before = summary_of(note)
    for name, value in header_columns(plan.document).items():
        setattr(note, name, value)  # the row says what the paper says, whatever the parties are called by now
    is_automatic = note.is_type_automatic
    type = choose_type(plan.total, plan.cleared, is_standalone=not plan.parts) if is_automatic else note.type
    cleared = sum(
        (clear_own_invoice(note, part.invoice, most=part.cleared, actor=actor, at=at) for part in plan.parts),
        ZERO,
    )
    note.updated_at = at
    note.version += 1
    note.on_hold = False
    note.einvoice_rules = rules_of(report)
    freeze_look(note)
    number = take_number_for(
        note, Series.Kind.CREDIT_NOTE, on=plan.document.date, leaves_counter=note.leaves_counter
    )
    note.take_place(series=number.series, period=number.period, number=number.number)
    note.finalize(replace(plan.document, number=number.text), type=type, allocated=cleared, at=at)
    save_numbered(note)
    happened = [names.CREDIT_NOTE_CREATED, names.CREDIT_NOTE_FINALIZED]
    record(
        *happened + [names.CREDIT_NOTE_ALLOCATED] * bool(cleared),
        platform=note.platform,
        about=note,
        actor=actor,
        at=at,
        data={
            **change_of(note, before),
            "allocations": [
                {"invoice": part.invoice.pk, "amount": f"{part.cleared:f}"}
                for part in plan.parts
                if part.cleared
            ],
            "notify": notify,
        },
    )


def require_draft(note: CreditNote) -> None:
    if not can_proceed(note.finalize):
        way_out = " Void it, or reverse it where it has left the house." if note.is_live else ""
        raise NoteNotDraft(f"{note} is {note.status}.{way_out}", number=note.number, note_status=note.status)
