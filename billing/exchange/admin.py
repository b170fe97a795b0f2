"""Windows on e-invoices and on what happened to each on its way."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from billing.events.admin import events_panel
from billing.platforms.admin import (
    OwnChoices,
    Panel,
    Window,
    link,
    link_to,
    link_to_id,
    models_by_prefix,
    moment,
    panel,
)

from .models import Channel, EInvoice, EInvoiceChange

NOTHING = "–"
STATUSES, RESPONSES = dict(EInvoice.Status.choices), dict(EInvoice.Response.choices)
TRANSPORTS = dict(Channel.Transport.choices)


def in_words(name: str, words: Mapping[str, str], label: str = "") -> Any:
    """Return a column that shows a code in words."""

    @admin.display(description=label or name, ordering=name)
    def column(row: Any) -> str:
        return words.get(getattr(row, name), NOTHING)

    column.__name__ = name
    return column


def by(name: str, words: Mapping[str, str]) -> type[admin.SimpleListFilter]:
    """Return a filter by a code, in words."""

    class ByWord(admin.SimpleListFilter):
        title = parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return list(words.items())

        def queryset(self, request: HttpRequest, rows: Any) -> Any:
            return rows.filter(**{name: self.value()}) if self.value() in words else rows

    return ByWord


@admin.display(description="why", ordering="reason_code")
def why(row: EInvoice | EInvoiceChange) -> str:
    return row.reason_code.replace("_", " ") or NOTHING


STANDING = (in_words("status", STATUSES), in_words("response", RESPONSES, "answer"))

CHANGE_COLUMNS = {
    "When (UTC)": lambda row: moment(row.at),
    "Status": STANDING[0],
    "Answer": STANDING[1],
    "Why": why,
    "Message": lambda row: row.message or NOTHING,
    "Reference": lambda row: row.reference or NOTHING,
    "Who": lambda row: row.actor or "Billing Desk",
}


def number_of(prefix: str) -> Subquery:
    """Return the number of the paper that an e-invoice is of, if it is one of this kind."""
    papers: Any = models_by_prefix()[prefix]
    return Subquery(papers.objects.filter(pk=OuterRef("document_id")).values("number")[:1])


@admin.register(EInvoice)
class EInvoiceAdmin(Window):
    list_display = (
        "number",
        link("customer"),
        *STANDING,
        in_words("transport", TRANSPORTS, "by"),
        "created_at",
        link("platform"),
    )
    list_filter = (
        by("status", STATUSES),
        by("response", RESPONSES),
        by("transport", TRANSPORTS),
        ("platform", OwnChoices),
        "created_at",
    )
    list_select_related = ("platform", "customer")
    ordering = ("-id",)
    search_fields = ("=document_id", "=id", "=reference", "receiver", "customer__name")
    search_help_text = (
        "The customer, the id of the document or of the e-invoice, the reference, the receiver."
    )
    fieldsets = (
        (None, {"fields": ("about", *STANDING, why, "message")}),
        (
            "Way",
            {
                "fields": (
                    in_words("transport", TRANSPORTS, "by"),
                    "receiver",
                    "reference",
                    "round",
                    "attempts",
                    "may_have_left",
                )
            },
        ),
        ("Parties", {"fields": (link("billing_entity"), link("customer"))}),
        ("Record", {"fields": ("id", "created_at", "updated_at", "sent_at", "answered_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("platform", "billing_entity", "customer")
        return rows.annotate(document_number=Coalesce(number_of("inv"), number_of("cn"), F("document_id")))

    @admin.display(description="document", ordering="document_number")
    def number(self, einvoice: Any) -> str:
        return einvoice.document_number or einvoice.document_id

    @admin.display(description="document")
    def about(self, einvoice: Any) -> str:
        return link_to_id(einvoice.document_id, einvoice.document_number)

    def panels(self, einvoice: EInvoice) -> list[Panel]:
        return [
            panel("Steps", einvoice.changes.order_by("-position"), CHANGE_COLUMNS),
            events_panel(einvoice.document_id),
        ]


@admin.register(EInvoiceChange)
class EInvoiceChangeAdmin(Window):
    platform_path = "einvoice__platform"
    list_display = ("at", "of", *STANDING, why, "actor")
    list_filter = (
        by("status", STATUSES),
        by("response", RESPONSES),
        ("einvoice__platform", OwnChoices),
    )
    list_select_related = ("einvoice__platform",)
    ordering = ("-id",)
    search_fields = ("=einvoice__document_id", "=einvoice__id", "=reference")
    search_help_text = "The id of the document or of the e-invoice, or the reference."
    fieldsets = (
        (None, {"fields": ("at", "of", *STANDING, why, "message")}),
        ("Record", {"fields": ("id", "reference", "key", "actor")}),
    )

    @admin.display(description="e-invoice")
    def of(self, change: EInvoiceChange) -> str:
        return link_to(change.einvoice, change.einvoice.document_id)
