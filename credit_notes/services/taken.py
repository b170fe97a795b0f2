"""What live notes have taken of invoices, read from their rows."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from billing.documents.values import plain, whole
from billing.money import ZERO
from credit_notes.models import CreditNoteAllowanceCharge, CreditNoteLine
from credit_notes.portion import Group, Taken, group_key
from credit_notes.shapes import Source
from invoices.models import Invoice, InvoiceAllowanceCharge, InvoiceLine
from invoices.snapshot import document_of

LIVE = Q(credit_note__status="FINAL", credit_note__reversed_by=None)


def sources_of(invoices: Sequence[Invoice]) -> list[Source]:
    """Return invoices as values, with what is taken of each.

    Fetch them `with_snapshot` and `with_settlement`. The number of queries is the same for any number of
    invoices, lines and earlier notes.
    """
    ids = [invoice.pk for invoice in invoices]
    lines = in_order(InvoiceLine, ids)
    items = in_order(InvoiceAllowanceCharge, ids)
    nets = {row["invoice_line_id"]: row for row in taken_lines(ids)}
    shares = {row["invoice_allowance_charge_id"]: row["amount"] for row in taken_allowances(ids)}
    free = taken_free(ids)
    return [
        Source(
            document_of(invoice),
            tuple(lines[invoice.pk]),
            taken_of(invoice, lines[invoice.pk], items[invoice.pk], nets, shares, free[invoice.pk]),
        )
        for invoice in invoices
    ]


def in_order(model: Any, invoice_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the invoices' lines, or allowances and charges, in their order."""
    rows = model.objects.filter(invoice__in=invoice_ids).order_by("invoice_id", "position")
    found: dict[str, list[str]] = defaultdict(list)
    for invoice_id, row_id in rows.values_list("invoice_id", "id"):
        found[invoice_id].append(row_id)
    return found


def taken_lines(invoice_ids: Sequence[str]) -> Any:
    rows = CreditNoteLine.objects.filter(LIVE, invoice_line__invoice__in=invoice_ids)
    return (
        rows.order_by()
        .values("invoice_line_id")
        .annotate(
            net=Sum("net_amount"),
            pieces=Sum("quantity_taken", default=ZERO),
            by_amount=Sum("net_amount", filter=Q(quantity_taken=None), default=ZERO),
        )
    )


def taken_allowances(invoice_ids: Sequence[str]) -> Any:
    rows = CreditNoteAllowanceCharge.objects.filter(LIVE, invoice_allowance_charge__invoice__in=invoice_ids)
    return rows.order_by().values("invoice_allowance_charge_id").annotate(amount=Sum("amount"))


def taken_free(invoice_ids: Sequence[str]) -> dict[str, dict[Group, Decimal]]:
    rows = CreditNoteLine.objects.filter(LIVE, reference__invoice__in=invoice_ids, invoice_line=None)
    names = ("reference__invoice_id", "tax_category", "tax_rate")
    found: dict[str, dict[Group, Decimal]] = defaultdict(dict)
    for invoice_id, category, rate, net in (
        rows.order_by().values_list(*names).annotate(net=Sum("net_amount"))
    ):
        group = group_key(category, rate)
        found[invoice_id][group] = found[invoice_id].get(group, ZERO) + net
    return found


def taken_of(
    invoice: Invoice,
    line_ids: Sequence[str],
    item_ids: Sequence[str],
    nets: dict[str, Any],
    shares: dict[str, Decimal],
    free: dict[Group, Decimal],
) -> Taken:
    currency = invoice.currency
    rows = [(place, nets[line_id]) for place, line_id in enumerate(line_ids) if line_id in nets]
    references = [row for row in invoice.credit_note_references.all() if row.credit_note.is_live]
    bases: dict[Group, Decimal] = {}
    taxes: dict[Group, Decimal] = {}
    for tax in (tax for row in references for tax in row.taxes):
        group = group_key(tax.category, tax.rate)
        bases[group] = bases.get(group, ZERO) + tax.base
        taxes[group] = taxes.get(group, ZERO) + tax.amount
    return Taken(
        lines={place: whole(row["net"], currency) for place, row in rows},
        quantities={place: plain(row["pieces"]) for place, row in rows},
        by_amount={place: whole(row["by_amount"], currency) for place, row in rows},
        free={group: whole(net, currency) for group, net in free.items()},
        allowances={
            place: whole(shares[item], currency) for place, item in enumerate(item_ids) if item in shares
        },
        bases=bases,
        taxes=taxes,
        rounding=whole(sum((row.rounding_amount for row in references), ZERO), currency),
        accounting_tax=sum((row.accounting_tax_total or ZERO for row in references), ZERO),
    )
