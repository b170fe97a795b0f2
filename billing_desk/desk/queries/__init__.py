"""Everything a screen shows, as plain values: what a template could query, it will."""

from .credit_note_list import credit_note_list
from .credit_note_page import credit_note_page
from .crediting import crediting_of
from .finalizing import finalizing_of
from .home import overview_of
from .invoice_list import invoice_list
from .invoice_page import invoice_page
from .shell import shell_of

__all__ = [
    "credit_note_list",
    "credit_note_page",
    "crediting_of",
    "finalizing_of",
    "invoice_list",
    "invoice_page",
    "overview_of",
    "shell_of",
]
