"""What can be done with an invoice."""

from .create import create_invoice
from .files import preview
from .finalize import finalize_invoice
from .hold import hold_invoice, release_invoice
from .import_ import SOURCE, import_document, import_ubl
from .overpay import apply_overpayment, apply_overpayments
from .pay import record_payment, settle_payment
from .rewrite import rewrite_invoice
from .send import request_email
from .update import delete_invoice_draft, update_invoice
from .withhold import record_tax_withheld

__all__ = [
    "SOURCE",
    "apply_overpayment",
    "apply_overpayments",
    "create_invoice",
    "delete_invoice_draft",
    "finalize_invoice",
    "hold_invoice",
    "import_document",
    "import_ubl",
    "preview",
    "record_payment",
    "record_tax_withheld",
    "release_invoice",
    "request_email",
    "rewrite_invoice",
    "settle_payment",
    "update_invoice",
]
