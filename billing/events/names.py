"""The catalogue of event names. An event that is not here cannot be recorded."""

INVOICE_IMPORTED = "billing.invoice.imported"
INVOICE_PAYMENT_RECORDED = "billing.invoice.payment_recorded"
INVOICE_PAYMENT_SETTLED = "billing.invoice.payment_settled"
INVOICE_CREDITED = "billing.invoice.credited"
INVOICE_PDF_GENERATED = "billing.invoice.pdf_generated"

CREDIT_NOTE_DRAFTED = "billing.credit_note.drafted"
CREDIT_NOTE_UPDATED = "billing.credit_note.updated"
CREDIT_NOTE_DELETED = "billing.credit_note.deleted"
CREDIT_NOTE_FINALIZED = "billing.credit_note.finalized"
CREDIT_NOTE_CREATED = "billing.credit_note.created"
CREDIT_NOTE_ALLOCATED = "billing.credit_note.allocated"
CREDIT_NOTE_PDF_GENERATED = "billing.credit_note.pdf_generated"
CREDIT_NOTE_XML_GENERATED = "billing.credit_note.xml_generated"
CREDIT_NOTE_EMAILED = "billing.credit_note.emailed"

BILLING_ENTITY_CREATED = "billing.billing_entity.created"
CUSTOMER_CREATED = "billing.customer.created"
MASTER_DATA_CORRECTED = "billing.master_data.corrected"
WORK_TRIED_AGAIN = "billing.work.tried_again"

ALL = frozenset(value for name, value in globals().items() if name.isupper())
