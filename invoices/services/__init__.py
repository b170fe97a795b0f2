"""What can be done with an invoice."""

from .import_ import SOURCE, import_document, import_ubl
from .pay import record_payment, settle_payment

__all__ = ["SOURCE", "import_document", "import_ubl", "record_payment", "settle_payment"]
