"""What the lists of credit notes, refunds and reason codes can be asked for."""

from django.db.models import F, Q

from billing.documents.ordering import ORDERS
from billing.exchange.lists import OF_PAPERS, OF_PAPERS_ALIASES
from billing.lists import Amount, Choice, Day, Expansion, Flag, Id, Listing, Moment, Present, Text
from billing.lists.filters import NEGATED, parts_of
from billing.platforms.permissions import CUSTOMER_VIEW, INVOICE_VIEW, SETTINGS_VIEW
from invoices.models import Invoice, Payment

from .models import Allocation, CreditNote, CreditNoteReference, ReasonCode, Refund

STATUSES = CreditNote.Status.values
SETTLEMENTS = ("adjusted", "refund_due", "refunded", "voided")


class Status(Choice):
    """DRAFT, FINAL or VOID; or, as Chargebee says it, where a final note's money stands."""

    def __init__(self) -> None:
        super().__init__("status", [*STATUSES, *SETTLEMENTS])

    def condition(self, operator: str, text: str) -> Q:
        if operator in NEGATED:
            return ~self.condition(NEGATED[operator], text)
        words = {self.read(part) for part in (parts_of(text) if operator == "in" else [text])}
        return Q(status__in=words & {*STATUSES}) | Q(settlement__in=words & {*SETTLEMENTS})


REFERENCE = (CreditNoteReference, "credit_note")

CREDIT_NOTES = Listing(
    filters={
        "id": Id("id"),
        "number": Text("number"),
        "status": Status(),
        "settlement": Choice("settlement", SETTLEMENTS),
        "type": Choice("type", CreditNote.Type.choices),
        "on_hold": Flag("on_hold"),
        "reason_code": Text("reason_code"),
        "customer": Id("customer_id"),
        "customer_name": Text("customer__name"),
        "customer_email": Text("customer__email"),
        "billing_entity": Id("billing_entity_id"),
        "sequence": Id("series_id"),
        "invoice": Id("invoice_id", through=REFERENCE),
        "invoice_number": Text("number", through=REFERENCE),
        "price_type": Choice("invoice__price_type", Invoice.PriceType.choices),
        "allocated_to": Id("invoice_id", through=(Allocation, "credit_note")),
        "purchase_order_reference": Text("purchase_order_reference"),
        "currency": Text("currency"),
        "date": Day("date"),
        "net_total": Amount("net_total"),
        "tax_total": Amount("tax_total"),
        "total": Amount("total"),
        "amount_allocated": Amount("amount_allocated"),
        "amount_refunded": Amount("amount_refunded"),
        "amount_available": Amount("amount_available"),
        "is_reversed": Present("reversed_by"),
        "created_at": Moment("created_at"),
        "updated_at": Moment("updated_at"),
        "finalized_at": Moment("finalized_at"),
        "voided_at": Moment("voided_at"),
        **OF_PAPERS,
    },
    orders=ORDERS,
    expands={
        "customer": Expansion(("customer",), CUSTOMER_VIEW),
        "billing_entity": Expansion(("billing_entity",), SETTINGS_VIEW),
        "invoice": Expansion(
            (
                "invoice__billing_entity",
                "invoice__credit_note_references__credit_note",
                "invoice__allocations",
                "invoice__payments",
            ),
            INVOICE_VIEW,
        ),
        "lines": Expansion(("lines",)),
        "allowances_charges": Expansion(("allowances_charges",)),
        "allocations": Expansion(("allocations",)),
        "refunds": Expansion(("refunds",)),
        "tax_withheld_refunds": Expansion(("tax_withheld_refunds",)),
    },
    columns={
        "id": "id",
        "number": "number",
        "status": "status",
        "settlement": "settlement",
        "type": "type",
        "date": "date",
        "billing_entity": "billing_entity_id",
        "billing_entity_name": "billing_entity__name",
        "customer": "customer_id",
        "customer_name": "customer__name",
        "customer_vat_number": "customer__vat_number",
        "invoice": "invoice_id",
        "invoice_number": "invoice__number",
        "reason_code": "reason_code",
        "note": "note",
        "currency": "currency",
        "net_total": "net_total",
        "tax_total": "tax_total",
        "rounding_amount": "rounding_amount",
        "total": "total",
        "amount_allocated": "amount_allocated",
        "amount_refunded": "amount_refunded",
        "amount_available": "amount_available",
        "created_at": "created_at",
        "finalized_at": "finalized_at",
        "voided_at": "voided_at",
    },
    aliases={
        "doc_number": "number",
        "invoice_uid": "invoice",
        "reference_invoice_id": "invoice",
        "invoice_id": "invoice",
        "customer_id": "customer",
        "create_reason_code": "reason_code",
        "currency_code": "currency",
        "billing_entity_id": "billing_entity",
        "business_entity_id": "billing_entity",
        "sequence_id": "sequence",
        **OF_PAPERS_ALIASES,
    },
)

REFUNDS = Listing(
    filters={
        "id": Id("id"),
        "credit_note": Id("credit_note_id"),
        "customer": Id("credit_note__customer_id"),
        "payment": Id("payment_id"),
        "status": Choice("status", Refund.Status.choices),
        "gateway": Choice("gateway", Refund.Gateway.choices),
        "method": Choice("method", Payment.Method.choices),
        "reason_code": Text("reason_code"),
        "amount": Amount("amount"),
        "date": Day("date"),
        "created_at": Moment("created_at"),
        "refunded_at": Moment("refunded_at"),
    },
    orders={"created_at": (), "amount": (F("amount"),)},
    columns={
        "id": "id",
        "credit_note": "credit_note_id",
        "credit_note_number": "credit_note__number",
        "customer_name": "credit_note__customer__name",
        "payment": "payment_id",
        "date": "date",
        "amount": "amount",
        "currency": "credit_note__currency",
        "status": "status",
        "gateway": "gateway",
        "method": "method",
        "reference": "reference",
        "reason_code": "reason_code",
        "failure": "failure",
        "created_at": "created_at",
        "refunded_at": "refunded_at",
    },
    aliases={"credit_note_id": "credit_note", "customer_id": "customer"},
)

REASON_CODES = Listing(
    filters={
        "kind": Choice("kind", ReasonCode.Kind.choices),
        "code": Text("code"),
        "name": Text("name"),
        "is_active": Flag("is_active"),
    },
)
