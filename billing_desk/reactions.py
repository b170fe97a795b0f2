"""What follows each event: the one table to read. Every deed may run twice and takes effect once."""

from billing.events import names
from billing.events.webhooks import deliver_webhooks
from credit_notes.tasks import (
    apply_available_credits,
    email_credit_note,
    render_credit_note_pdf,
    render_void_pdf,
    send_refund,
    write_credit_note_xml,
)
from invoices.tasks import render_invoice_pdf

REACTIONS = {
    names.INVOICE_IMPORTED: (render_invoice_pdf, deliver_webhooks),
    names.INVOICE_DRAFTED: (deliver_webhooks,),
    names.INVOICE_UPDATED: (deliver_webhooks,),
    names.INVOICE_DELETED: (deliver_webhooks,),
    names.INVOICE_FINALIZED: (apply_available_credits, render_invoice_pdf, deliver_webhooks),
    names.INVOICE_HELD: (deliver_webhooks,),
    names.INVOICE_RELEASED: (deliver_webhooks,),
    names.INVOICE_CREDIT_REMOVED: (deliver_webhooks,),
    names.INVOICE_TAX_WITHHELD: (deliver_webhooks,),
    names.INVOICE_OVERPAID: (deliver_webhooks,),
    names.INVOICE_PAYMENT_RECORDED: (deliver_webhooks,),
    names.INVOICE_PAYMENT_SETTLED: (deliver_webhooks,),
    names.INVOICE_CREDITED: (deliver_webhooks,),
    names.INVOICE_PDF_GENERATED: (deliver_webhooks,),
    names.CREDIT_NOTE_DRAFTED: (deliver_webhooks,),
    names.CREDIT_NOTE_UPDATED: (deliver_webhooks,),
    names.CREDIT_NOTE_DELETED: (deliver_webhooks,),
    names.CREDIT_NOTE_CREATED: (deliver_webhooks,),
    names.CREDIT_NOTE_FINALIZED: (render_credit_note_pdf, deliver_webhooks),
    names.CREDIT_NOTE_PDF_GENERATED: (write_credit_note_xml, deliver_webhooks),
    names.CREDIT_NOTE_XML_GENERATED: (email_credit_note, deliver_webhooks),
    names.CREDIT_NOTE_HELD: (deliver_webhooks,),
    names.CREDIT_NOTE_RELEASED: (deliver_webhooks,),
    names.CREDIT_NOTE_APPROVED: (deliver_webhooks,),
    names.CREDIT_NOTE_IMPORTED: (deliver_webhooks,),
    names.CREDIT_NOTE_ALLOCATED: (deliver_webhooks,),
    names.CREDIT_NOTE_DEALLOCATED: (deliver_webhooks,),
    names.CREDIT_NOTE_VOIDED: (render_void_pdf, deliver_webhooks),
    names.CREDIT_NOTE_REVERSED: (deliver_webhooks,),
    names.CREDIT_NOTE_REFUND_PENDING: (send_refund, deliver_webhooks),
    names.CREDIT_NOTE_REFUND_SUCCEEDED: (deliver_webhooks,),
    names.CREDIT_NOTE_REFUND_FAILED: (deliver_webhooks,),
    names.CREDIT_NOTE_TAX_WITHHELD_REFUNDED: (deliver_webhooks,),
    names.CREDIT_NOTE_TAX_WITHHELD_REFUND_REMOVED: (deliver_webhooks,),
    names.CREDIT_NOTE_EMAILED: (deliver_webhooks,),
    names.BILLING_ENTITY_CREATED: (deliver_webhooks,),
    names.SERIES_CREATED: (deliver_webhooks,),
    names.CUSTOMER_CREATED: (deliver_webhooks,),
}
