"""Tell listeners outside of new and changed master data: what it says now, and what was otherwise before.

Why it was corrected stays in the house, with the correction.
"""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.db import models

from billing.platforms.models import BillingEntity, Customer, Platform
from billing.platforms.shapes import shape_of
from billing.transactions import step

from . import names
from .record import record

CREATED = {Customer: names.CUSTOMER_CREATED, BillingEntity: names.BILLING_ENTITY_CREATED}
UPDATED = {
    Customer: names.CUSTOMER_UPDATED,
    BillingEntity: names.BILLING_ENTITY_UPDATED,
    Platform: names.PLATFORM_UPDATED,
}


@step
def announce(row: models.Model, *, before: Mapping[str, Any] | None = None, actor: str, at: datetime) -> None:
    """Record that a row was made, or changed; `before` holds the columns that were otherwise.

    Only customers, billing entities and platforms are announced.
    """
    type_ = (CREATED if before is None else UPDATED).get(type(row))
    if type_ is None:
        return
    now = shape_of(row)
    previous: dict[str, Any] = {}
    if before is not None:
        old = shape_of(as_it_was(row, before))
        previous = {name: old[name] for name in now if old[name] != now[name]}
    data = {"object": now, "previous": previous}
    platform = row if isinstance(row, Platform) else row.platform
    record(type_, platform=platform, about=row, actor=actor, at=at, data=data)


def as_it_was(row: models.Model, before: Mapping[str, Any]) -> models.Model:
    old = copy(row)
    for name, value in before.items():
        setattr(old, name, row._meta.get_field(name).to_python(value))
    return old
