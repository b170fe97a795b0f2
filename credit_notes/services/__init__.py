"""What can be done with a credit note."""

from .credit import credit_invoice
from .draft import delete_draft, update_draft
from .finalize import finalize_credit_note

__all__ = ["credit_invoice", "delete_draft", "finalize_credit_note", "update_draft"]
