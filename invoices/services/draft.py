"""Store a draft: the row and its parts, from its Document."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.documents.columns import require_room
from billing.documents.snapshot import Document, to_json
from billing.documents.values import ALLOWANCE, LINE, columns_of, header_columns, totals_columns
from billing.errors import BillingError
from billing.platforms.models import BillingEntity
from billing.transactions import step
from invoices.models import Invoice, InvoiceAllowanceCharge, InvoiceLine


class InvoiceNotDraft(BillingError):
    code = "invoice_not_draft"
    title = "Only a draft can be changed; a final invoice is credited instead"


def require_draft(invoice: Invoice) -> None:
    if not invoice.is_draft:
        raise InvoiceNotDraft(
            f"{invoice} is {invoice.status}: credit it instead.",
            number=invoice.number,
            invoice_status=invoice.status,
        )


@step
def create_draft(
    *,
    invoice_id: str,
    billing_entity: BillingEntity,
    customer_id: str,
    document: Document,
    at: datetime,
    groups: Sequence[str] = (),
    **columns: Any,
) -> Invoice:
    """Store a Document as a DRAFT with its lines and document-level allowances and charges.

    `groups` names the group of each line; `columns` are those of which the Document says nothing, or
    something provisional.
    """
    invoice = Invoice.objects.create(
        id=invoice_id,
        platform=billing_entity.platform,
        billing_entity=billing_entity,
        customer_id=customer_id,
        **document_columns(document) | columns,
        created_at=at,
        updated_at=at,
    )
    store_parts(invoice, document, groups)
    return invoice


@step
def store_parts(invoice: Invoice, document: Document, groups: Sequence[str] = ()) -> None:
    """Store the lines, allowances and charges of a draft that has none."""
    groups = groups or [""] * len(document.lines)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice, position=position, line_id=line.id, group=group, **columns_of(line, LINE)
        )
        for position, (line, group) in enumerate(zip(document.lines, groups, strict=True), start=1)
    )
    InvoiceAllowanceCharge.objects.bulk_create(
        InvoiceAllowanceCharge(invoice=invoice, position=position, **columns_of(item, ALLOWANCE))
        for position, item in enumerate(document.allowances_charges, start=1)
    )


def document_columns(document: Document) -> dict[str, Any]:
    """Return what the row of an invoice keeps of its Document."""
    return {
        **header_columns(document),
        **totals_columns(document.totals),
        "due_date": document.due_date,
        "payment_terms": document.payment_terms,
        "preceding": list(to_json(document.references)),
        "prepaid_amount": document.totals.prepaid_amount,
    }


def require_room_for(document: Document, groups: Sequence[str] = ()) -> None:
    """Refuse a document before anything is stored: EN 16931 knows no longest text, and our columns do.

    :raises ValueTooLarge: with the path of the first text or number that is too long.
    """
    require_room(Invoice, document_columns(document), field="")
    for place, line in enumerate(document.lines):
        require_room(InvoiceLine, columns_of(line, LINE) | {"line_id": line.id}, field=f"lines.{place}")
    for place, group in enumerate(groups):
        require_room(InvoiceLine, {"group": group}, field=f"lines.{place}")
    for place, item in enumerate(document.allowances_charges):
        require_room(InvoiceAllowanceCharge, columns_of(item, ALLOWANCE), field=f"allowances_charges.{place}")
