"""E-invoices that need a person: on the overview, as a tab of the lists, as a badge of a document in them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.exchange.lists import with_outlook
from billing.exchange.models import Channel, EInvoice
from billing.exchange.shapes import FOR_GOOD, SILENT_AFTER, what_follows
from billing.platforms.models import Member, Platform
from credit_notes.models import CreditNote
from credit_notes.services.einvoice import ROUTE as OF_NOTES
from invoices.models import Invoice
from invoices.services.einvoice import ROUTE as OF_INVOICES

from .badges import Badge
from .einvoice_words import ADVICE, headline, listed
from .plain_words import in_plain_words

Status, Response = EInvoice.Status, EInvoice.Response

FEW = 5
STATE = "einvoice"
"""The tab of a list."""
TAB = "E-invoice to see to"
MEANT = {*FOR_GOOD, "customer_not_enabled"}
"""Why an e-invoice was skipped where nobody wants it otherwise."""
WORDS = {"invoice": ("invoice", "invoices"), "credit_note": ("credit note", "credit notes")}
LISTS = {"invoice": "desk:invoices", "credit_note": "desk:credit_notes"}
PAGES = {"invoice": "desk:invoice", "credit_note": "desk:credit_note"}


@dataclass(frozen=True)
class WaitingEInvoice:
    id: str  # of the document
    page: str  # the URL name of the document's page
    label: str
    customer: str
    badge: Badge
    why: str


@dataclass(frozen=True)
class HowMany:
    label: str
    list_name: str  # the URL name of the list that shows them, in the state `einvoice`


@dataclass(frozen=True)
class WaitingEInvoices:
    counts: list[HowMany]
    newest: list[WaitingEInvoice]


def needing_a_person(platform: Platform, *, at: datetime) -> QuerySet[EInvoice]:
    """Return the e-invoices that stay as they are until somebody does something.

    They failed or were skipped although they could go; they were rejected or asked about, and nothing
    followed; or whoever carries them has said nothing for a day.
    """
    is_stuck = Q(status=Status.FAILED) | Q(status=Status.SKIPPED) & ~Q(reason_code__in=MEANT)
    is_answered = Q(response__in=[Response.REJECTED, Response.UNDER_QUERY])
    is_silent = Q(status=Status.IN_PROGRESS, sent_at__isnull=False, updated_at__lte=at - SILENT_AFTER)
    rows = with_outlook(EInvoice.objects.for_platform(platform), [OF_INVOICES, OF_NOTES])
    void = CreditNote.objects.filter(pk=OuterRef("document_id"), status="VOID")
    found: QuerySet[EInvoice] = rows.filter(is_stuck | is_answered | is_silent, is_undone=False)
    return found.filter(~Exists(void))


def is_waited_for(platform: Platform, *, at: datetime) -> Exists:
    """Return the condition that the e-invoice of a paper needs a person."""
    return Exists(needing_a_person(platform, at=at).filter(document_id=OuterRef("pk")))


def sends_einvoices(platform: Platform) -> bool:
    """Tell whether the e-invoices of any seller leave the house."""
    return Channel.objects.for_platform(platform).exclude(method=Channel.Method.OFF).exists()


def waiting_einvoices_of(member: Member, *, at: datetime) -> WaitingEInvoices | None:
    """Return what waits, newest first; None if nothing does."""
    found = needing_a_person(member.platform, at=at)
    kinds = Counter(found.order_by().values_list("document_kind", flat=True))
    if not kinds:
        return None
    rows = list(found.select_related("customer").order_by("-id")[:FEW])
    labels = labels_of([row.document_id for row in rows])
    return WaitingEInvoices(
        counts=[HowMany(counted(kind, kinds[kind]), LISTS[kind]) for kind in WORDS if kinds[kind]],
        newest=[
            WaitingEInvoice(
                id=row.document_id,
                page=PAGES[row.document_kind],
                label=labels.get(row.document_id, row.document_id),
                customer=row.customer.name,
                badge=headline(row.status, row.response, row.transport),
                why=in_plain_words(row.message) or ADVICE.get(what_follows(row, at=at), ""),
            )
            for row in rows
        ],
    )


def counted(kind: str, number: int) -> str:
    one, more = WORDS[kind]
    return f"{number} {one if number == 1 else more}"


def labels_of(document_ids: list[str]) -> dict[str, str]:
    """Return the numbers of papers, by their ids."""
    papers: Any = (Invoice, CreditNote)
    rows = [model.objects.filter(pk__in=document_ids).values_list("pk", "number") for model in papers]
    return {pk: number for found in rows for pk, number in found}


def with_einvoices(rows: Iterable[Any]) -> list[Any]:
    """Return rows of a list with what became of the e-invoice of each, where it was ever sent."""
    rows = list(rows)
    known = EInvoice.objects.filter(document_id__in=[row.id for row in rows])
    columns = known.values_list("document_id", "status", "response", "transport")
    badges = {document_id: listed(*standing) for document_id, *standing in columns}
    return [replace(row, badges=[*row.badges, badges[row.id]]) if row.id in badges else row for row in rows]
