"""The lists of invoices and of credit notes, and the API's filters in a clerk's words."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from billing import lists
from billing.errors import Invalid
from billing.exchange.lists import NONE
from billing.lists.filters import SEVERAL, Day, Flag, Moment, parts_of, read_flag
from billing.platforms.models import BillingEntity, Customer, Member
from billing_desk.desk.templatetags.desk import short_day
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote
from credit_notes.services import reasons_of
from invoices.lists import INVOICES

from .credit_note_list import credit_note_list, note_tabs, notes_found
from .einvoice_words import ANSWERS, BADGES
from .invoice_list import invoice_list, invoice_tabs, invoices_found
from .menus import Menu, MenuEntry
from .paging import Listing, Wish

LISTINGS: dict[str, lists.Listing] = {"invoice": INVOICES, "credit_note": CREDIT_NOTES}
OPERATORS = {
    "is_not": "is not",
    "not_in": "is not",
    "lt": "<",
    "lte": "≤",
    "gt": ">",
    "gte": "≥",
    "before": "before",
    "after": "after",
    "on": "on",
    "starts_with": "begins with",
}
CUSTOMER = re.compile(r"cus_\w{1,40}")
Names = dict[str, dict[str, str]]
"""Words for ids and codes, by the name of the filter."""

EINVOICE_NAMES: Names = {
    "einvoice_status": {status or NONE: badge.label for status, badge in BADGES.items()},
    "einvoice_response": {response: badge.label for response, badge in ANSWERS.items()},
}
EINVOICE_LABELS = {"einvoice_status": "e-invoice", "einvoice_response": "receiver's answer"}


def paper_list(kind: str, *, member: Member, wish: Wish, at: datetime) -> Listing:
    """Return a page of a list.

    :raises Invalid: there is no such filter, or its value is none.
    """
    if kind == "invoice":
        return invoice_list(member=member, wish=wish, at=at)
    return credit_note_list(member=member, wish=wish, at=at)


def nothing_listed(kind: str, *, member: Member, wish: Wish) -> Listing:
    """Return the page of a list that was asked for what it cannot be asked for."""
    tabs = invoice_tabs(member.platform, wish) if kind == "invoice" else note_tabs(member.platform, wish)
    return Listing([], wish, tabs, "", "")


def found_in_list(kind: str, *, member: Member, wish: Wish, at: datetime) -> QuerySet:
    """Return what a list shows, on all its pages.

    :raises Invalid: there is no such filter, or its value is none.
    """
    if kind == "invoice":
        return invoices_found(member.platform, wish, at=at)
    return notes_found(member.platform, wish, at=at)


def export_menu(wish: Wish) -> Menu:
    """Return the files that a list can be had as: all that it shows, on every page."""
    return [
        [
            MenuEntry("Excel", "All that is listed, as a workbook", "sheet", wish.address(format="xlsx")),
            MenuEntry("CSV", "The same for any other program", "file-text", wish.address(format="csv")),
        ]
    ]


def names_of(kind: str, *, member: Member, wish: Wish) -> Names:
    """Return what a list can be narrowed to, by name, and who the customers are that it is narrowed to."""
    platform = member.platform
    entities = BillingEntity.objects.for_platform(platform).order_by("name", "pk")
    names: Names = {"billing_entity": dict(entities.values_list("pk", "name")), **EINVOICE_NAMES}
    if kind == "credit_note":
        names["type"] = dict(CreditNote.Type.choices)
        names["reason_code"] = dict(reasons_of(platform, "CREDIT"))
    ids = [key for name, text in wish.filters if "customer" in name for key in CUSTOMER.findall(text)]
    if ids:
        customers = Customer.objects.for_platform(platform).filter(pk__in=ids)
        names["customer"] = dict(customers.values_list("pk", "name"))
    return names


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the address of the list without it."""

    label: str
    address: str


def chips_of(kind: str, wish: Wish, names: Names) -> list[Chip]:
    """Return what a list was narrowed by, also what it cannot be narrowed by: that must go."""
    return [
        Chip(words_of(LISTINGS[kind], *pair, names), wish.without(pair).address()) for pair in wish.filters
    ]


def words_of(listing: lists.Listing, written: str, text: str, names: Names) -> str:
    """Say a filter: `total[gte]`, `100` is “Total ≥ 100”. What makes no sense is said as it is written."""
    try:
        name, operator = listing.filter_in(written)
        kind = listing.filters[name]
        kind.where(name, operator, text)
    except Invalid:
        return f"{written} {text}"
    label = EINVOICE_LABELS.get(name, name.replace("_", " "))
    if isinstance(kind, Flag):
        return f"{'' if read_flag(text) else 'not '}{label.removeprefix('is ')}".capitalize()
    if operator == "is_present":
        return f"{label} {'given' if read_flag(text) else 'missing'}".capitalize()
    parts = parts_of(text) if operator in SEVERAL else [text]
    said = [names.get(name, {}).get(part, part) for part in parts]
    if isinstance(kind, Day) and not isinstance(kind, Moment):
        said = [short_day(kind.read(part)) for part in said]
    values = (" to " if operator == "between" else ", ").join(said)
    return " ".join(part for part in (label.capitalize(), OPERATORS.get(operator), values) if part)
