"""The orders in which papers are listed, each with an index, so that every page costs the same."""

from datetime import date

from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Length

DAY = Coalesce("date", Value(date.max, models.DateField()))
"""A paper's day; a draft, which has none yet, comes after every other."""

ORDERS: dict[str, tuple[Combinable, ...]] = {
    "created_at": (),  # ids sort by time
    "updated_at": (F("updated_at"),),
    "date": (DAY,),
    "number": (Length("number"), F("number")),  # 10 after 9
    "total": (F("total"),),
}
"""What papers are ordered by, before their ids; the name is that of the API."""


def list_indexes(table: str) -> list[models.Index]:
    """Return the indexes that a table of papers needs for its lists: one an order, and one by status."""
    return [
        models.Index(F("platform"), *by, F("id"), name=f"{table}_by_{name}")
        for name, by in ORDERS.items()
        if by
    ] + [models.Index(fields=["platform", "status", "-id"], name=f"{table}_by_status")]
