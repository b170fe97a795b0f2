from .papers import BillingDocument, DocumentAllowanceCharge, DocumentIsFinal, DocumentLine, DocumentPart
from .series import NumberGap, Series, SeriesCounter
from .stored_file import StoredFile
from .template import Template

__all__ = [
    "BillingDocument",
    "DocumentAllowanceCharge",
    "DocumentIsFinal",
    "DocumentLine",
    "DocumentPart",
    "NumberGap",
    "Series",
    "SeriesCounter",
    "StoredFile",
    "Template",
]
