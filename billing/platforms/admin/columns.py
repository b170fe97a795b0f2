"""Cells: money with its currency, links to other rows, moments. Each costs no query of its own."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.money import minor_unit

NOTHING = "–"
Column = Callable[[Any], Any]


def amount(value: Decimal | None, currency: str) -> str:
    """Return money for reading: `1,234.50 EUR`."""
    if value is None:
        return NOTHING
    text = f"{value.quantize(minor_unit(currency)):,f} {currency}"
    return format_html('<span class="amount">{}</span>', text)


def money(name: str, label: str = "") -> Column:
    """Return a column that shows an amount of the row with its currency."""

    @admin.display(description=label or name.replace("_", " "), ordering=name)
    def column(row: Any) -> str:
        return amount(getattr(row, name), row.currency)

    column.__name__ = name  # the page names its cell by it
    return column


def link(name: str, label: str = "") -> Column:
    """Return a column that links to a related row. List it in `list_select_related`."""

    @admin.display(description=label or name.replace("_", " "), ordering=name)
    def column(row: Any) -> str:
        return link_to(getattr(row, name))

    column.__name__ = name
    return column


def link_to(row: models.Model | None, text: str = "") -> str:
    """Return a link to a row's page in the admin."""
    if row is None:
        return NOTHING
    return page_link(type(row), row.pk, text or str(row))


def link_to_id(object_id: str, text: str = "") -> str:
    """Return a link to the thing that an id such as `inv_01k9…` names; the bare id if no page shows it."""
    model = models_by_prefix().get(object_id.partition("_")[0])
    return page_link(model, object_id, text or object_id) if model else object_id


def page_link(model: type[models.Model], key: Any, text: str) -> SafeString:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[key]), text)


@cache
def models_by_prefix() -> dict[str, type[models.Model]]:
    """Return the models that the admin shows, by the prefix of their ids."""
    prefixed = {getattr(model._meta.pk.default, "args", (None,))[0]: model for model in admin.site._registry}
    prefixed.pop(None, None)
    return prefixed


def moment(at: datetime | None) -> str:
    """Return a moment for reading, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else NOTHING
