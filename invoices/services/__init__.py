"""What can be done with an invoice."""

from .import_ import import_document, import_ubl
from .pay import record_payment

__all__ = ["import_document", "import_ubl", "record_payment"]
