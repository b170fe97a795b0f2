"""What can be done with many invoices or credit notes at once, and the page that asks first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet

from billing.errors import Invalid
from billing.jobs.create import MOST_ITEMS
from billing.jobs.deeds import deed_named
from billing.jobs.progress import parts_of
from billing.platforms.models import Member
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from invoices.models import Invoice

from .invoice_list import Credits, credits_of

MOST_SHOWN = 20
COLUMNS = ("id", "number", "status", "currency", "total", "customer_id", "customer__name", "customer__email")
COLUMNS_OF_NOTES = (*COLUMNS, "on_hold", "approved_at", "reversed_by")

Row = dict[str, Any]


@dataclass(frozen=True)
class BulkDeed:
    """A deed with many, in a clerk's words. `fits` tells whether it can be done with a row."""

    name: str
    label: str
    doing: str  # as a job's title
    icon: str
    fits: Callable[[Row], bool]
    unfit: str  # why rows are left out
    tone: Literal["primary", "danger"] = "primary"

    @property
    def kind(self) -> str:
        """What it is done to: `invoice` or `credit_note`."""
        return parts_of(self.name)[1]

    def permits(self, member: Member) -> bool:
        return all(may(member, permission) for permission in deed_named(self.name).permissions({}))


def is_draft(row: Row) -> bool:
    return bool(row["status"] == "DRAFT")


def is_final(row: Row) -> bool:
    return bool(row["status"] == "FINAL")


def is_live(row: Row) -> bool:
    return row["status"] == "FINAL" and not row.get("reversed_by")


BULK_DEEDS = {
    deed.name: deed
    for deed in (
        BulkDeed(
            "credit_invoice",
            "Credit entirely",
            "Credit",
            "undo-2",
            lambda row: is_live(row) and row["left"] > 0,
            "drafts, or credited in full already",
        ),
        BulkDeed("finalize_invoice", "Finalise", "Finalise", "lock", is_draft, "final already"),
        BulkDeed("send_invoice", "E-mail", "E-mail", "send", is_final, "drafts"),
        BulkDeed("finalize_credit_note", "Finalise", "Finalise", "lock", is_draft, "final already"),
        BulkDeed("send_credit_note", "E-mail", "E-mail", "send", is_final, "drafts, or void"),
        BulkDeed(
            "approve_credit_note",
            "Approve",
            "Approve",
            "user-check",
            lambda row: is_draft(row) and not row["approved_at"],
            "final or approved already",
        ),
        BulkDeed(
            "hold_credit_note",
            "Put on hold",
            "Put on hold",
            "pause",
            lambda row: is_draft(row) and not row["on_hold"],
            "no drafts, or on hold already",
        ),
        BulkDeed(
            "release_credit_note",
            "Release",
            "Release",
            "play",
            lambda row: is_draft(row) and row["on_hold"],
            "not on hold",
        ),
        BulkDeed(
            "delete_credit_note",
            "Delete drafts",
            "Delete",
            "trash-2",
            is_draft,
            "final, and never deleted",
            "danger",
        ),
        BulkDeed(
            "void_credit_note",
            "Void",
            "Void",
            "ban",
            is_live,
            "drafts, or void or reversed already",
            "danger",
        ),
    )
}
"""In the order in which a list offers them."""


def bulk_deeds_of(member: Member, kind: str) -> list[BulkDeed]:
    """Return what a person may do with many rows of a list."""
    return [deed for deed in BULK_DEEDS.values() if deed.kind == kind and deed.permits(member)]


@dataclass(frozen=True)
class ChosenRow:
    id: str
    label: str
    customer: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class BulkPage:
    """What a deed would be done with. `left_out` rows do not fit it."""

    deed: BulkDeed
    rows: list[ChosenRow]
    left_out: int
    is_cut: bool  # the list had more than a job takes on
    sums: list[tuple[Decimal, str]]
    customers: int
    without_address: int
    can_finalize: bool

    @property
    def title(self) -> str:
        return f"{self.deed.doing} {said(len(self.rows), self.deed.kind)}"

    @property
    def shown(self) -> list[ChosenRow]:
        return self.rows[:MOST_SHOWN]

    @property
    def more(self) -> int:
        return len(self.rows) - len(self.shown)


class NothingChosen(Invalid):
    code = "nothing_chosen"
    title = "Nothing was chosen for which that can be done"


def bulk_page_of(*, member: Member, deed: BulkDeed, chosen: Sequence[str], is_cut: bool = False) -> BulkPage:
    """Return what a deed would be done with, of the ids that were chosen: the oldest first.

    :raises NothingChosen: it can be done with none of them.
    """
    papers = rows_of(member, deed, chosen)
    fitting = [row for row in papers if deed.fits(row)]
    if not fitting:
        left_out = f"What was chosen is {deed.unfit}." if papers else "Tick some rows of the list first."
        raise NothingChosen(left_out)
    sums: dict[str, Decimal] = {}
    for row in fitting:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row["left"]
    return BulkPage(
        deed=deed,
        rows=[chosen_row(row, deed) for row in fitting],
        left_out=len(papers) - len(fitting),
        is_cut=is_cut,
        sums=[(amount, currency) for currency, amount in sorted(sums.items())],
        customers=len({row["customer_id"] for row in fitting}),
        without_address=len({row["customer_id"] for row in fitting if not row["customer__email"]}),
        can_finalize=may(member, deed_named("finalize_credit_note").needs),
    )


def rows_of(member: Member, deed: BulkDeed, chosen: Sequence[str]) -> list[Row]:
    """Return the chosen rows that there are. `left` is what the deed is about."""
    ids = list(chosen)[:MOST_ITEMS]
    if deed.kind == "credit_note":
        notes = CreditNote.objects.for_platform(member.platform).filter(pk__in=ids).order_by("pk")
        return [row | {"left": row["total"]} for row in notes.values(*COLUMNS_OF_NOTES)]
    invoices = Invoice.objects.for_platform(member.platform).filter(pk__in=ids).order_by("pk")
    credits = credits_of(ids) if deed.name == "credit_invoice" else {}
    return [
        row | {"left": row["total"] - credits.get(row["id"], Credits()).credited}
        for row in invoices.values(*COLUMNS)
    ]


def chosen_row(row: Row, deed: BulkDeed) -> ChosenRow:
    return ChosenRow(
        id=row["id"],
        label=label_of(deed.kind, row["id"], row["number"]),
        customer=row["customer__name"],
        amount=row["left"],
        currency=row["currency"],
    )


def label_of(kind: str, object_id: str, number: str) -> str:
    model = Invoice if kind == "invoice" else CreditNote
    label: str = model(id=object_id, number=number).display_number
    return label


def said(count: int, kind: str) -> str:
    """Write how many there are: 1 invoice, 1,000 credit notes."""
    return f"{count:,} {kind.replace('_', ' ')}{'' if count == 1 else 's'}"


def all_of(found: QuerySet) -> tuple[list[str], bool]:
    """Return the ids of what a list shows, as many as a job takes on, and whether there are more."""
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: MOST_ITEMS + 1])
    return ids[:MOST_ITEMS], len(ids) > MOST_ITEMS
