"""What can be done with a credit note."""

from .allocate import allocate, allocate_oldest_first
from .apply import apply_credits, apply_credits_when_finalized
from .approve import approve_credit_note
from .check_draft import check_draft
from .copy import credit_and_copy
from .credit import credit, credit_invoice
from .customer_balance import balance_of
from .deallocate import deallocate, remove_credit_note
from .draft import delete_draft, update_draft
from .einvoice import record_response, resend_einvoice, send_einvoice
from .estimate import estimate
from .files import preview
from .finalize import finalize_credit_note
from .hold import hold_credit_note, release_credit_note
from .import_ import import_credit_note
from .periods import selection_by_period
from .reason_codes import add_reason_code, change_reason_code, reasons_of, retire_reason_code
from .record_refund import record_refund
from .refund import plan_refund, refund
from .reverse import reverse_credit_note
from .rewrite import rewrite_draft
from .send import request_email
from .settle_refund import settle_refund
from .void import void_credit_note
from .withheld import remove_tax_withheld_refund, return_tax_withheld
from .write_off import write_off_invoice

__all__ = [
    "add_reason_code",
    "allocate",
    "allocate_oldest_first",
    "apply_credits",
    "apply_credits_when_finalized",
    "approve_credit_note",
    "balance_of",
    "change_reason_code",
    "check_draft",
    "credit",
    "credit_and_copy",
    "credit_invoice",
    "deallocate",
    "delete_draft",
    "estimate",
    "finalize_credit_note",
    "hold_credit_note",
    "import_credit_note",
    "plan_refund",
    "preview",
    "reasons_of",
    "record_refund",
    "record_response",
    "refund",
    "release_credit_note",
    "remove_credit_note",
    "remove_tax_withheld_refund",
    "request_email",
    "resend_einvoice",
    "retire_reason_code",
    "return_tax_withheld",
    "reverse_credit_note",
    "rewrite_draft",
    "selection_by_period",
    "send_einvoice",
    "settle_refund",
    "update_draft",
    "void_credit_note",
    "write_off_invoice",
]
