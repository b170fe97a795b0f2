"""Change a draft, or throw it away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from billing.documents.inclusive import Parts
from billing.documents.snapshot import Document, Totals, to_json
from billing.einvoice.attachments import with_files
from billing.events import names
from billing.events.record import record
from billing.issuing import require_seen
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.models import Invoice
from invoices.reopening import PARTS, changed, require_all_parts, wish_of
from invoices.snapshot import document_of
from invoices.wish import InvoiceWish

from .draft import document_columns, require_draft, store_parts
from .plan import Plan, plan_for, wished_columns
from .summary import change_of, summary_of

SUMS = {*Totals.__struct_fields__, "total", "taxes"}
OF_FINAL = {"metadata", "internal_comment"}
"""What of a final invoice may change: nothing that is printed."""


@entrance
def update_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    changes: Mapping[str, Any],
    version: int | None = None,
    actor: str,
    at: datetime,
) -> Invoice:
    """Change a draft; of a final invoice only the metadata and the internal comment.

    `changes` are fields of an InvoiceWish. Lines, or allowances and charges, are replaced as a whole.
    `version` is the one that was looked at.

    :raises ChangedMeanwhile: it has been edited since.
    :raises InvoiceNotDraft: it is final, and something printed was to change.
    :raises PartsNeeded: lines, allowances and charges have to be given together.
    :raises BillingError: what it would come to makes no sense.
    """
    invoice = Invoice.objects.for_platform(platform).select_related("billing_entity", "customer").locked()
    invoice = invoice.find(invoice_id)
    require_seen(invoice, version)
    if not set(changes) <= OF_FINAL:
        require_draft(invoice)
        return redraft(invoice, changes, actor=actor, at=at)
    return keep(invoice, dict(changes), actor=actor, at=at)


@step
def redraft(invoice: Invoice, changes: Mapping[str, Any], *, actor: str, at: datetime) -> Invoice:
    """Make a draft anew from what it was asked for and what has changed. The caller holds it."""
    on = invoice.day(at)
    before = document_of(invoice, number=invoice.display_number, on=on)
    old = wish_of(invoice, before)
    if "attachments" in changes:
        changes = {**changes, "attachments": with_files(changes["attachments"], old.attachments)}
    require_all_parts(before, invoice.price_type, changes)
    wish = changed(old, changes)
    parts = None
    if not PARTS & set(changes):
        parts = Parts(before.lines, before.allowances_charges, before.taxes)
    plan = plan_for(wish, platform=invoice.platform, number=invoice.display_number, at=at, parts=parts)
    columns = columns_for(wish, plan, invoice=invoice, actor=actor, at=at)
    has_new_parts = parts_differ(old, wish, before, plan.document)
    if has_new_parts:
        invoice.lines.all().delete()
        invoice.allowances_charges.all().delete()
        store_parts(invoice, plan.document, plan.groups)
    return keep(invoice, columns, actor=actor, at=at, lines=has_new_parts * len(plan.document.lines))


def columns_for(
    wish: InvoiceWish, plan: Plan, *, invoice: Invoice, actor: str, at: datetime
) -> dict[str, Any]:
    """Return all columns of a draft that is made anew."""
    return {
        "billing_entity": plan.entity,
        "customer": plan.customer,
        **document_columns(plan.document),
        **wished_columns(wish, plan, invoice=invoice, actor=actor, at=at),
    }


def parts_differ(old: InvoiceWish, new: InvoiceWish, before: Document, after: Document) -> bool:
    groups_differ = [line.group for line in old.lines] != [line.group for line in new.lines]
    items_differ = before.allowances_charges != after.allowances_charges
    return before.lines != after.lines or items_differ or groups_differ


@step
def keep(
    invoice: Invoice, columns: Mapping[str, Any], *, actor: str, at: datetime, lines: int = 0
) -> Invoice:
    """Store what has changed of an invoice and record it. `lines` is how many new ones it has."""
    old = {name: getattr(invoice, name) for name in columns if getattr(invoice, name) != columns[name]}
    if not old and not lines:
        return invoice
    before = summary_of(invoice)
    for name in old:
        setattr(invoice, name, columns[name])
    invoice.version += 1
    invoice.updated_at = at
    invoice.save()
    data = change_of(invoice, before)
    data["previous"] |= told(old)
    data["object"] |= told({name: columns[name] for name in old}) | ({"lines": lines} if lines else {})
    record(names.INVOICE_UPDATED, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
    return invoice


def told(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as JSON, without the sums that follow from others."""
    return {
        name: value.pk if isinstance(value, Model) else to_json(value)
        for name, value in columns.items()
        if name not in SUMS
    }


@entrance
def delete_invoice_draft(*, platform: Platform, invoice_id: str, actor: str, at: datetime) -> None:
    """Delete a draft. Its events stay.

    :raises InvoiceNotDraft: it is final; credit it instead.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    require_draft(invoice)
    data = {"object": summary_of(invoice)}
    record(names.INVOICE_DELETED, platform=platform, about=invoice, actor=actor, at=at, data=data)
    invoice.delete()
