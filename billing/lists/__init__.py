"""Lists: how they are narrowed and ordered, for the API, the exports and the desk alike."""

from .filters import Amount, Choice, Day, Filter, FilterInvalid, Flag, Id, Moment, Present, Text
from .keyset import CursorInvalid, Keyset
from .listing import Expansion, Listing, ParameterUnknown

__all__ = [
    "Amount",
    "Choice",
    "CursorInvalid",
    "Day",
    "Expansion",
    "Filter",
    "FilterInvalid",
    "Flag",
    "Id",
    "Keyset",
    "Listing",
    "Moment",
    "ParameterUnknown",
    "Present",
    "Text",
]
