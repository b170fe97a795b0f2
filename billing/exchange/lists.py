"""What the list of e-invoices can be asked for, and those of papers about theirs."""

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from billing.events.models import Reaction
from billing.lists import Choice, Id, Listing, Moment, Text
from billing.lists.filters import NEGATED, parts_of

from .models import Channel, EInvoice
from .route import Route


class Word(Choice):
    """One of our words in capitals, which other products write small."""

    def read(self, text: str) -> str:
        return super().read(text.upper())


NONE = "NONE"


class Standing(Word):
    """Where the e-invoice of a paper stands; NONE: it has none, for nobody has had it sent."""

    def condition(self, operator: str, text: str) -> Q:
        found = super().condition(operator, text)
        asked = parts_of(text) if operator == "in" else [text]
        if operator in NEGATED or NONE not in {part.upper() for part in asked}:
            return found
        return found | self.related(Q(), is_not=True)


OF_PAPERS = {
    "einvoice_status": Standing("status", [*EInvoice.Status.values, NONE], through=(EInvoice, "document_id")),
    "einvoice_response": Word("response", EInvoice.Response.choices, through=(EInvoice, "document_id")),
}
"""By which lists of papers can be narrowed."""
OF_PAPERS_ALIASES = {"einvoice[status]": "einvoice_status", "einvoice[response]": "einvoice_response"}
"""As Chargebee writes them."""

EINVOICES = Listing(
    filters={
        "id": Id("id"),
        "status": Word("status", EInvoice.Status.choices),
        "response": Word("response", EInvoice.Response.choices),
        "document": Id("document_id"),
        "document_kind": Choice("document_kind", ["invoice", "credit_note"]),
        "customer": Id("customer_id"),
        "billing_entity": Id("billing_entity_id"),
        "transport": Choice("transport", Channel.Transport.choices),
        "reference": Text("reference"),
        "reason_code": Text("reason_code"),
        "created_at": Moment("created_at"),
        "updated_at": Moment("updated_at"),
        "sent_at": Moment("sent_at"),
        "answered_at": Moment("answered_at"),
    },
    orders={"created_at": (), "updated_at": (F("updated_at"),)},
    columns={
        "id": "id",
        "document_kind": "document_kind",
        "document": "document_id",
        "customer": "customer_id",
        "customer_name": "customer__name",
        "billing_entity": "billing_entity_id",
        "status": "status",
        "response": "response",
        "transport": "transport",
        "receiver": "receiver",
        "reference": "reference",
        "reason_code": "reason_code",
        "message": "message",
        "created_at": "created_at",
        "sent_at": "sent_at",
        "answered_at": "answered_at",
    },
    aliases={"customer_id": "customer", "billing_entity_id": "billing_entity"},
)

KEPT_FROM_CLIENTS = ("receiver", "reference", "message")
"""Words that may tell how the house is built, such as a path in the outbox."""
EINVOICES_FOR_CLIENTS = replace(
    EINVOICES,
    filters={name: each for name, each in EINVOICES.filters.items() if name not in KEPT_FROM_CLIENTS},
    columns={name: path for name, path in EINVOICES.columns.items() if name not in KEPT_FROM_CLIENTS},
)


def with_outlook(rows: QuerySet[EInvoice], routes: Iterable[Route]) -> QuerySet[EInvoice]:
    """Fetch along what is to come of e-invoices.

    `next_try_at` is when a worker sees to it next, None if none will; `is_undone`, whether the paper has been
    taken back whole.
    """
    sending = Reaction.objects.pending().filter(
        event__object_id=OuterRef("document_id"), name__startswith="send_", name__endswith="_einvoice"
    )
    undone = Q()
    for route in routes:
        undone |= Exists(route.undone().filter(pk=OuterRef("document_id")))
    next_try = Subquery(sending.order_by("due_at").values("due_at")[:1])
    return rows.annotate(next_try_at=next_try, is_undone=undone)
