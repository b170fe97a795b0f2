"""What other products call our fields: the one list, for requests, the OpenAPI document and the docs.

A name is here only if it means the same there. Answers use our own names.
"""

from typing import NamedTuple

SOLVIMON, VCITA, INVOICEAHOY = "Solvimon", "vcita", "InvoiceAhoy"
CHARGEBEE, STRIPE, LAGO = "Chargebee", "Stripe", "Lago"
BESIDE = ""
"""What a wrapper means: the fields of this object are read as if they stood beside it."""


class Alias(NamedTuple):
    """A name of theirs, our name for the same, and whose it is."""

    theirs: str
    ours: str
    of: tuple[str, ...]
    most: int = 0  # characters that are taken under this name; 0: as many as under ours


NOTE = (
    Alias("forceInitOnHold", "force_init_on_hold", (SOLVIMON,)),
    Alias("creditDetailsSource", "credit_details_source", (SOLVIMON,)),
    Alias("deliveryDate", "delivery_date", (SOLVIMON,)),
    Alias("invoice_uid", "invoice", (VCITA,)),
    Alias("notes", "note", (VCITA, INVOICEAHOY), most=200),
    Alias("unique_number", "number", (VCITA,)),
    Alias("source_payment_uid", "source_payment", (VCITA,)),
    Alias("notify_recipient", "notify", (VCITA,)),
    Alias("line_items", "lines", (VCITA, CHARGEBEE)),
    Alias("data", BESIDE, (INVOICEAHOY,)),
    Alias("items", "lines", (INVOICEAHOY,)),
    Alias("doc_number", "number", (INVOICEAHOY,)),
    Alias("sequence_id", "sequence", (INVOICEAHOY,)),
    Alias("template_id", "template", (INVOICEAHOY,)),
    Alias("issue_date", "date", (INVOICEAHOY,)),
    Alias("reference_invoice_id", "invoice", (CHARGEBEE,)),
    Alias("customer_id", "customer", (CHARGEBEE,)),
    Alias("total", "amount", (CHARGEBEE,)),
    Alias("currency_code", "currency", (CHARGEBEE,)),
    Alias("create_reason_code", "reason_code", (CHARGEBEE,)),
    Alias("customer_notes", "note", (CHARGEBEE,)),
    Alias("comment", "internal_comment", (CHARGEBEE,)),
    Alias("memo", "note", (STRIPE,)),
    Alias("invoice_id", "invoice", (LAGO,)),
)
"""A credit note: how it is asked for, and how a draft is changed."""

NOTE_LINE = (
    Alias("unit_amount", "unit_price", (VCITA,)),
    Alias("total", "total_amount", (INVOICEAHOY,)),
    Alias("reference_line_item_id", "invoice_line", (CHARGEBEE,)),
    Alias("unit_amount_in_decimal", "unit_price", (CHARGEBEE,)),
    Alias("quantity_in_decimal", "quantity", (CHARGEBEE,)),
    Alias("amount", "net_amount", (CHARGEBEE,)),
    Alias("invoice_line_item", "invoice_line", (STRIPE,)),
)
"""A line of a credit note."""

NOTE_PART = (
    Alias("invoice_uid", "invoice", (VCITA,)),
    Alias("line_items", "lines", (VCITA, CHARGEBEE)),
    Alias("reference_invoice_id", "invoice", (CHARGEBEE,)),
    Alias("total", "amount", (CHARGEBEE,)),
    Alias("invoice_id", "invoice", (LAGO,)),
)
"""What a note credits of one of several invoices."""

COPY = (Alias("creditDetailsSource", "credit_details_source", (SOLVIMON,)),)
"""Crediting an invoice to draft it anew."""

FINALIZE = (Alias("notify_recipient", "notify", (VCITA,)),)
"""Finalising."""

REASON = (Alias("comment", "reason", (CHARGEBEE,)),)
"""Voiding and reversing."""

REFUND = (
    Alias("refund_amount", "amount", (CHARGEBEE,)),
    Alias("refund_reason_code", "reason_code", (CHARGEBEE,)),
)
"""A refund through the gateway."""

MONEY = (
    Alias("transaction", BESIDE, (CHARGEBEE,)),
    Alias("payment_method", "method", (CHARGEBEE,)),
    Alias("reference_number", "reference", (CHARGEBEE,)),
    Alias("refund_reason_code", "reason_code", (CHARGEBEE,)),
)
"""Money that moved elsewhere: a refund or a payment that is recorded."""

ALLOCATION = (
    Alias("invoice_id", "invoice", (CHARGEBEE,)),
    Alias("allocated_amount", "amount", (CHARGEBEE,)),
)
"""Credit that is given to an invoice."""

ISSUED_ELSEWHERE = (
    Alias("id", "number", (CHARGEBEE,)),
    Alias("linked_refunds", "refunds", (CHARGEBEE,)),
)
IMPORT = (*NOTE, *ISSUED_ELSEWHERE)
"""A credit note that was issued elsewhere: the names of a credit note, and these."""

INVOICE = (
    Alias("billing_entity_id", "billing_entity", (SOLVIMON,)),
    Alias("billing_currency", "currency", (SOLVIMON,)),
    Alias("invoice_date", "date", (SOLVIMON,)),
    Alias("line_items", "lines", (VCITA, CHARGEBEE)),
    Alias("data", BESIDE, (INVOICEAHOY,)),
    Alias("items", "lines", (INVOICEAHOY,)),
    Alias("doc_number", "number", (INVOICEAHOY,)),
    Alias("sequence_id", "series", (INVOICEAHOY,)),
    Alias("template_id", "template", (INVOICEAHOY,)),
    Alias("issue_date", "date", (INVOICEAHOY, VCITA)),
    Alias("customer_id", "customer", (CHARGEBEE, SOLVIMON)),
    Alias("currency_code", "currency", (CHARGEBEE,)),
    Alias("po_number", "purchase_order_number", (CHARGEBEE,)),
)
"""A one-off invoice."""

INVOICE_LINE = (Alias("unit_amount", "unit_price", (VCITA,)),)
"""A line of an invoice."""

EINVOICE = (Alias("external_reference", "reference", (SOLVIMON,)),)
"""What became of an e-invoice."""

INPUTS: dict[str, tuple[Alias, ...]] = {
    "A credit note": NOTE,
    "A line of a credit note": NOTE_LINE,
    "One of several invoices": NOTE_PART,
    "Credit and copy": COPY,
    "Finalise": FINALIZE,
    "Void, reverse": REASON,
    "What became of an e-invoice": EINVOICE,
    "Refund": REFUND,
    "Record a refund, record a payment": MONEY,
    "Allocate": ALLOCATION,
    "Import a credit note": ISSUED_ELSEWHERE,
    "An invoice": INVOICE,
    "A line of an invoice": INVOICE_LINE,
}
"""Every table, by the name that the documentation gives its input."""
