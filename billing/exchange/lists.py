"""What the list of e-invoices can be asked for, and those of papers about theirs."""

from django.db.models import F

from billing.lists import Choice, Id, Listing, Moment, Text

from .models import Channel, EInvoice


class Word(Choice):
    """One of our words in capitals, which other products write small."""

    def read(self, text: str) -> str:
        return super().read(text.upper())


OF_PAPERS = {
    "einvoice_status": Word("status", EInvoice.Status.choices, through=(EInvoice, "document_id")),
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
