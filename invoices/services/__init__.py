"""What can be done with an invoice."""

from .attach import MOST_BYTES, attach_file, attachment_of, detach_file
from .check_draft import check_draft
from .create import create_invoice
from .einvoice import record_response, resend_einvoice, send_einvoice
from .files import preview, xml_kind
from .finalize import finalize_invoice
from .hold import hold_invoice, release_invoice
from .import_ import SOURCE, SOURCE_PDF, import_document, import_file
from .overpay import apply_overpayment, apply_overpayments
from .pay import record_payment, settle_payment
from .rewrite import rewrite_invoice
from .send import request_email
from .update import delete_invoice_draft, update_invoice
from .withhold import record_tax_withheld

__all__ = [
    "MOST_BYTES",
    "SOURCE",
    "SOURCE_PDF",
    "apply_overpayment",
    "apply_overpayments",
    "attach_file",
    "attachment_of",
    "check_draft",
    "create_invoice",
    "delete_invoice_draft",
    "detach_file",
    "finalize_invoice",
    "hold_invoice",
    "import_document",
    "import_file",
    "preview",
    "record_payment",
    "record_response",
    "record_tax_withheld",
    "release_invoice",
    "request_email",
    "resend_einvoice",
    "rewrite_invoice",
    "send_einvoice",
    "settle_payment",
    "update_invoice",
    "xml_kind",
]
