"""A credit note as somebody asks for it."""

from dataclasses import MISSING, dataclass, field, fields
from datetime import date as Day  # noqa: N812 - a field is called `date`
from typing import Any

from .selection import FreeLine, Selection


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a new credit note is to correct, and what it is to say.

    `selections` pairs the ids of invoices with what to credit of each. Without any it is a bonus for
    `customer_id` over `free` lines. What is empty is decided for the caller: the type by what is unpaid, the
    date when it is finalised, the number by the billing entity's default series, the look by the platform's
    default template, the time zone by the billing entity.
    """

    selections: tuple[tuple[str, Selection], ...] = ()
    customer_id: str = ""
    billing_entity_id: str = ""
    currency: str = ""
    free: tuple[FreeLine, ...] = ()
    note: str = ""
    reason_code: str = ""
    type: str = ""
    details_source: str = "ORIGINAL"
    delivery_date: Day | None = None
    date: Day | None = None
    series: str = ""
    number: str = ""
    template: str = ""
    time_zone: str = ""
    on_hold: bool = False
    internal_comment: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)

    @property
    def invoice_ids(self) -> tuple[str, ...]:
        return tuple(invoice_id for invoice_id, _ in self.selections)


SAYING = frozenset(
    {
        "note",
        "reason_code",
        "type",
        "details_source",
        "delivery_date",
        "date",
        "series",
        "number",
        "template",
        "time_zone",
        "internal_comment",
        "metadata",
        "custom_fields",
    }
)
"""What a note says beside its amounts, as a draft may be told to say otherwise."""


def blank() -> dict[str, Any]:
    """Return what a note says of which nothing was said."""
    return {
        one.name: one.default if one.default_factory is MISSING else one.default_factory()
        for one in fields(Wish)
        if one.name in SAYING
    }
