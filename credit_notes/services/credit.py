"""Draft a credit note: of an entire invoice, of parts of one or several, or of none."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing import clock
from billing.documents.models import Series
from billing.documents.numbering import require_possible_number
from billing.documents.series import series_named
from billing.documents.snapshot import Delivery
from billing.einvoice.findings import Report
from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.record import actor_id, record
from billing.ids import new_id
from billing.issuing import checked, require_recipient
from billing.money import has_minor_unit
from billing.platforms.models import BillingEntity, Customer, Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.wish import Wish
from invoices.models import Invoice

from .allocate import BillingEntityMismatch, CurrencyMismatch
from .finalize import finalize_locked, lock_invoices
from .plan import DateNotPossible, Plan, plan_bonus, plan_correction, require_type
from .reason_codes import require_reason
from .store import store_plan
from .summary import summary_of


class FullCreditIsDrafted(BillingError):
    code = "full_credit_is_drafted"
    title = "A draft already credits the entire invoice"


class NotOneNote(BillingError):
    code = "invoices_differ"
    title = "One note credits invoices of one customer, seller and currency"


class TypeNotPossible(Invalid):
    code = "type_not_possible"
    title = "A credit note without an invoice clears no debt"


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
    actor: str,
    at: datetime,
) -> CreditNote:
    """Return the note that was wished for: a DRAFT, or with `finalize` a FINAL one. `notify` e-mails it.

    :raises BillingError: an invoice is a draft; less of it is left; a payment in progress stands in the way;
        a draft credits it already; or the note would not be a valid e-invoice. Nothing is stored.
    """
    seen = invoices_of(platform, wish.invoice_ids)
    draft = draft_for(platform, wish, seen, at=at)
    on = draft.date or clock.day(at, draft.billing_entity.time_zone)
    if finalize:
        require_recipient(draft, notify=notify)
    plan, report = looked_ahead(draft, wish, seen, on=on, finalize=finalize)

    invoices = lock_invoices(platform, seen)
    fresh = plan_of(draft, wish, invoices, on=on, known=plan)
    if finalize and not (report and plan and fresh.same_as(plan)):
        report = checked(fresh.document, standalone=not fresh.parts)
    require_type(wish.type, fresh)
    refuse_second_draft(draft)
    draft.series = series_of(draft.billing_entity, wish.series, actor=actor, at=at)
    if draft.wanted_number:
        require_possible_number(draft, Series.Kind.CREDIT_NOTE, on=on)
    draft.type = wish.type or choose_type(fresh.total, fresh.cleared, is_standalone=not fresh.parts)
    draft.is_type_automatic = not wish.type
    store_plan(draft, fresh)
    if finalize:
        assert report
        finalize_locked(draft, fresh, report, notify=notify, actor=actor, at=at)
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
        return plan, checked(plan.document, standalone=not plan.parts) if finalize else None
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
        raise Invalid(
            "An invoice is given more than once; give it once, with all its lines.", field="invoices"
        )
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


def draft_for(platform: Platform, wish: Wish, invoices: Sequence[Invoice], *, at: datetime) -> CreditNote:
    """Return an unsaved DRAFT; what it takes comes from its plan."""
    first = invoices[0] if invoices else None
    entity = first.billing_entity if first else entity_of(platform, wish)
    customer = first.customer if first else Customer.objects.for_platform(platform).find(wish.customer_id)
    require_agreed(wish, first)
    require_possible_date(wish.date, entity, at)
    reason_name = require_reason(platform=platform, kind="CREDIT", code=wish.reason_code)
    require_not_standalone(wish.type, has_invoice=bool(invoices))
    if not invoices and not wish.free:
        raise Invalid("A note without an invoice needs at least one line.", field="line_items")
    who = actor_id.get()
    return CreditNote(
        id=new_id("cn"),
        platform=platform,
        billing_entity=entity,
        customer=customer,
        invoice=first if len(invoices) == 1 else None,
        currency=first.currency if first else currency_of(customer, wish),
        exchange_rate=rate_of(invoices),
        note=wish.note,
        reason_code=wish.reason_code,
        reason_name=reason_name,
        details_source=wish.details_source,
        delivery=Delivery(date=wish.delivery_date) if wish.delivery_date else delivery_of(first),
        date=wish.date,
        wanted_number=wish.number,
        on_hold=wish.on_hold,
        is_full=len(invoices) == 1 and wish.selections[0][1].is_everything,
        internal_comment=wish.internal_comment,
        metadata=wish.metadata,
        custom_fields=wish.custom_fields,
        language=customer.language,
        logo=entity.logo,
        drafted_by=who,
        edited_by=who,
        created_at=at,
        updated_at=at,
    )


def require_agreed(wish: Wish, invoice: Invoice | None) -> None:
    """Refuse a wish that says otherwise than the invoice that it is about.

    :raises CurrencyMismatch, BillingEntityMismatch: it names another currency or seller.
    """
    if invoice is None:
        return
    if wish.currency and wish.currency != invoice.currency:
        raise CurrencyMismatch(
            f"{invoice} is in {invoice.currency}, not in {wish.currency}.",
            field="currency",
            invoice_currency=invoice.currency,
        )
    if wish.billing_entity_id and wish.billing_entity_id != invoice.billing_entity_id:
        raise BillingEntityMismatch(
            f"{invoice} is from {invoice.billing_entity}.",
            field="billing_entity",
            invoice_billing_entity=invoice.billing_entity_id,
        )


def rate_of(invoices: Sequence[Invoice]) -> Decimal | None:
    """Return the exchange rate of the invoices, if they have one in common."""
    rates = {invoice.exchange_rate for invoice in invoices}
    return rates.pop() if len(rates) == 1 else None


def delivery_of(invoice: Invoice | None) -> Delivery | None:
    return invoice.delivery if invoice else None


def series_of(entity: BillingEntity, name: str, *, actor: str, at: datetime) -> Series | None:
    """Return the series of that name, made if it is unknown; without a name the default one counts."""
    return series_named(entity, Series.Kind.CREDIT_NOTE, name, actor=actor, at=at) if name else None


def require_not_standalone(type: str, *, has_invoice: bool) -> None:
    """Refuse an adjustment without an invoice.

    :raises TypeNotPossible: there is no debt that it could clear.
    """
    if type == CreditNote.Type.ADJUSTMENT and not has_invoice:
        raise TypeNotPossible("Without an invoice, choose refundable or store.", field="type")


def entity_of(platform: Platform, wish: Wish) -> BillingEntity:
    """Return the named billing entity, or the only one there is."""
    entities = BillingEntity.objects.for_platform(platform)
    if wish.billing_entity_id:
        return entities.find(wish.billing_entity_id)
    found = list(entities.order_by("pk")[:2])
    if len(found) != 1:
        raise Invalid("There is more than one billing entity, or none: say which.", field="billing_entity")
    return found[0]


def currency_of(customer: Customer, wish: Wish) -> str:
    currency = wish.currency or customer.currency
    if not currency or not has_minor_unit(currency):
        known = f"{currency!r} is no currency" if currency else f"{customer} has no currency of its own"
        raise Invalid(f"{known}: give one by its ISO 4217 code, such as EUR.", field="currency")
    return currency


def require_possible_date(on: date | None, entity: BillingEntity, at: datetime) -> None:
    """Refuse a date in the future, by the billing entity's calendar."""
    today = clock.day(at, entity.time_zone)
    if on and on > today:
        raise DateNotPossible(f"{on} is in the future; today is {today}.", field="date", limit=str(today))


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
