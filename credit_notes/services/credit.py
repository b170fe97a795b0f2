"""Draft a credit note: of an entire invoice, of parts of one or several, or of none."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from billing.documents.models import Series
from billing.documents.numbering import require_possible_number
from billing.documents.series import series_named
from billing.einvoice.findings import Report
from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.record import record
from billing.issuing import checked
from billing.mailing import require_recipient
from billing.platforms.models import BillingEntity, Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.wish import Wish
from invoices.models import Invoice

from .finalize import finalize_locked, lock_invoices
from .new_draft import draft_for
from .plan import Plan, plan_bonus, plan_correction, require_type
from .refund import reserve
from .source_payment import leg_to
from .store import store_plan
from .summary import summary_of


class FullCreditIsDrafted(BillingError):
    code = "full_credit_is_drafted"
    title = "A draft already credits the entire invoice"


class NotOneNote(BillingError):
    code = "invoices_differ"
    title = "One note credits invoices of one customer, seller and currency"


class InvoiceTwice(Invalid):
    code = "invoice_twice"
    title = "An invoice is given more than once"


class NoteSaysNothing(Invalid):
    code = "note_required"
    title = "A note over nothing says what it corrects"


def credit_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    selection: Selection = Selection(),  # noqa: B008 - a frozen value
    finalize: bool = False,
    notify: bool = False,
    actor: str,
    at: datetime,
    **wish: Any,
) -> CreditNote:
    """Return a note on one invoice, by default on all that is left of it; `wish` as in `Wish`."""
    return credit(
        platform=platform,
        wish=Wish(selections=((invoice_id, selection),), **wish),
        finalize=finalize,
        notify=notify,
        actor=actor,
        at=at,
    )


@entrance
def credit(
    *,
    platform: Platform,
    wish: Wish,
    finalize: bool = False,
    notify: bool = False,
    source_payment: str = "",
    actor: str,
    at: datetime,
) -> CreditNote:
    """Return the note that was wished for: a DRAFT, or with `finalize` a FINAL one.

    `notify` e-mails a final one; what it has available is refunded to `source_payment`, a payment's id.

    :raises BillingError: an invoice is a draft; less of it is left; a payment in progress stands in the way;
        a draft credits it already; or the note would not be a valid e-invoice. Nothing is stored.
    """
    seen = invoices_of(platform, wish.invoice_ids)
    draft = draft_for(platform, wish, seen, at=at)
    on = draft.date or draft.day(at)
    if finalize:
        require_recipient(draft, notify=notify)
    plan, report = looked_ahead(draft, wish, seen, on=on, finalize=finalize)

    invoices = lock_invoices(platform, seen)
    fresh = plan_of(draft, wish, invoices, on=on, known=plan)
    if finalize and not (report and plan and fresh.same_as(plan)):
        report = checked(fresh.document)
    require_type(wish.type, fresh)
    draft.type = wish.type or choose_type(fresh.total, fresh.cleared, is_standalone=not fresh.parts)
    draft.is_type_automatic = not wish.type
    leg = leg_to(source_payment, draft, fresh) if source_payment else None
    refuse_second_draft(draft)
    draft.series = series_of(draft.billing_entity, wish.series, actor=actor, at=at)
    if draft.wanted_number:
        require_possible_number(draft, Series.Kind.CREDIT_NOTE, on=on)
    store_plan(draft, fresh)
    if finalize:
        assert report
        finalize_locked(draft, fresh, report, notify=notify, actor=actor, at=at)
        if leg:
            reserve(draft, leg, reason_code="", actor=actor, at=at)
    else:
        data = {"object": summary_of(draft)}
        record(names.CREDIT_NOTE_DRAFTED, platform=platform, about=draft, actor=actor, at=at, data=data)
    return draft


def looked_ahead(
    draft: CreditNote, wish: Wish, seen: Sequence[Invoice], *, on: date, finalize: bool
) -> tuple[Plan | None, Report | None]:
    """Return what a note would come to and, if it is to be final, the report on it, before any lock is held.

    What is refused here is decided again under the lock, for rows that were read while another note became
    final may not fit together.
    """
    try:
        plan = plan_of(draft, wish, seen, on=on)
        return plan, checked(plan.document) if finalize else None
    except BillingError:
        return None, None


def plan_of(
    draft: CreditNote, wish: Wish, invoices: Sequence[Invoice], *, on: date, known: Plan | None = None
) -> Plan:
    """Return what a wished note comes to; one over nothing must say why it is written."""
    if wish.selections:
        plan = plan_correction(draft, invoices, wish.selections, on=on, known=known)
    else:
        plan = plan_bonus(draft, wish.free, on=on)
    require_words(plan, draft)
    return plan


def require_words(plan: Plan, draft: CreditNote) -> None:
    if not plan.total and not draft.reason:
        raise NoteSaysNothing("A note over nothing corrects data: write what it corrects.", field="note")


def invoices_of(platform: Platform, invoice_ids: Sequence[str]) -> list[Invoice]:
    """Return invoices for one note; all are of one customer, seller and currency.

    :raises NotOneNote: they are not.
    """
    rows = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity", "customer")
    rows = rows.with_snapshot().with_settlement()
    if len(set(invoice_ids)) < len(invoice_ids):
        raise InvoiceTwice("Give each invoice once, with all its lines.", field="invoices")
    found = [rows.find(invoice_id) for invoice_id in invoice_ids]
    for name in ("customer_id", "billing_entity_id", "currency", "accounting_currency"):
        values = {getattr(invoice, name) for invoice in found}
        if len(values) > 1:
            what = name.removesuffix("_id").replace("_", " ")
            raise NotOneNote(
                f"The invoices differ in their {what}; write a note for each.",
                field="invoices",
                differs=name.removesuffix("_id"),
            )
    return found


def series_of(entity: BillingEntity, name: str, *, actor: str, at: datetime) -> Series | None:
    """Return the series of that name, made if it is unknown; without a name the default one counts."""
    return series_named(entity, Series.Kind.CREDIT_NOTE, name, actor=actor, at=at) if name else None


@step
def refuse_second_draft(draft: CreditNote) -> None:
    """Refuse a second full credit while one waits. The caller holds the invoice."""
    if not draft.is_full:
        return
    drafts = CreditNote.objects.drafts().filter(invoice=draft.invoice, is_full=True)
    waiting = drafts.exclude(pk=draft.pk).first()
    if waiting:
        raise FullCreditIsDrafted(
            f"{waiting.display_number} credits all of {draft.invoice}: finalise it, or delete it first.",
            used_by=[{"id": waiting.pk, "number": waiting.display_number, "status": waiting.status}],
        )
