"""Write a draft's parts as its plan says."""

from collections.abc import Iterable
from typing import Any

from billing.documents.values import ALLOWANCE, LINE, columns_of, header_columns, totals_columns
from billing.transactions import step
from credit_notes.models import CreditNote, CreditNoteAllowanceCharge, CreditNoteLine, CreditNoteReference
from credit_notes.portion import Picked
from credit_notes.shapes import Source
from invoices.models import InvoiceAllowanceCharge

from .plan import Part, Plan


@step
def store_plan(draft: CreditNote, plan: Plan) -> None:
    """Save a draft with everything its plan says, in place of what it said before."""
    kept = draft.date
    for name, value in (header_columns(plan.document) | totals_columns(plan.document.totals)).items():
        setattr(draft, name, value)
    draft.number, draft.date = "", kept
    if draft._state.adding:
        draft.save(force_insert=True)
    else:
        clear(draft)
        draft.save()
    lines = iter(plan.document.lines)
    positions = iter(range(1, len(plan.document.lines) + 1))
    items = iter(range(1, len(plan.document.allowances_charges) + 1))
    for part in plan.parts:
        reference = CreditNoteReference.objects.create(credit_note=draft, **columns_of_part(part))
        keep_lines(draft, reference, part.source, part.portion.lines, lines, positions)
        keep_items(draft, reference, part, items)
    if not plan.parts:
        free = [Picked(None, line, line.quantity) for line in plan.document.lines]
        keep_lines(draft, None, None, free, lines, positions)


def is_stored(draft: CreditNote, plan: Plan) -> bool:
    """Tell whether a draft's rows say what its plan says, as far as amounts go."""
    nets = [line.net_amount for line in draft.lines.all()]
    return (draft.total, draft.taxes) == (plan.total, header_columns(plan.document)["taxes"]) and nets == [
        line.net_amount for line in plan.document.lines
    ]


def clear(draft: CreditNote) -> None:
    CreditNoteLine.objects.filter(credit_note=draft).delete()
    CreditNoteAllowanceCharge.objects.filter(credit_note=draft).delete()
    CreditNoteReference.objects.filter(credit_note=draft).delete()


def columns_of_part(part: Part) -> dict[str, Any]:
    """Return what a note takes of one invoice, as its reference keeps it."""
    totals = totals_columns(part.portion.totals)
    names = ("net_total", "tax_total", "rounding_amount", "total", "accounting_tax_total")
    return {
        "invoice": part.invoice,
        "number": part.source.document.number,
        "date": part.source.document.date,
        "selection": part.selection,
        "taxes": part.portion.taxes,
    } | {name: totals[name] for name in names}


def keep_lines(
    draft: CreditNote,
    reference: CreditNoteReference | None,
    source: Source | None,
    picked: Iterable[Picked],
    lines: Any,
    positions: Any,
) -> None:
    rows = []
    for pick in picked:
        line = next(lines)
        taken = None if pick.place is None else pick.quantity
        of = source.line_ids[pick.place] if source and pick.place is not None else None
        rows.append(
            CreditNoteLine(
                credit_note=draft,
                reference=reference,
                invoice_line_id=of,
                quantity_taken=taken,
                position=next(positions),
                line_id=line.id,
                **columns_of(line, LINE),
            )
        )
    CreditNoteLine.objects.bulk_create(rows)


def keep_items(draft: CreditNote, reference: CreditNoteReference, part: Part, positions: Any) -> None:
    of = InvoiceAllowanceCharge.objects.filter(invoice=part.invoice).order_by("position")
    ids = list(of.values_list("id", flat=True)) if part.portion.allowances_charges else []
    CreditNoteAllowanceCharge.objects.bulk_create(
        CreditNoteAllowanceCharge(
            credit_note=draft,
            reference=reference,
            invoice_allowance_charge_id=ids[place],
            position=next(positions),
            **columns_of(item, ALLOWANCE),
        )
        for place, item in part.portion.allowances_charges
    )
