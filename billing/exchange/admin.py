"""Windows on e-invoices and on what happened to each on its way."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing.events.admin import events_panel
from billing.platforms.admin import OwnChoices, Panel, Window, link, link_to_id, moment, panel

from .models import EInvoice, EInvoiceChange

CHANGE_COLUMNS = {
    "When (UTC)": lambda row: moment(row.at),
    "Status": lambda row: row.status,
    "Answer": lambda row: row.response or "–",
    "Why": lambda row: row.reason_code or "–",
    "Message": lambda row: row.message or "–",
    "Reference": lambda row: row.reference or "–",
    "Who": lambda row: row.actor or "Billing Desk",
}


@admin.register(EInvoice)
class EInvoiceAdmin(Window):
    list_display = (
        "id",
        "about",
        "status",
        "response",
        "reason_code",
        "transport",
        "receiver",
        "created_at",
        link("platform"),
    )
    list_filter = ("status", "response", "transport", ("platform", OwnChoices), "created_at")
    list_select_related = ("platform",)
    ordering = ("-id",)
    search_fields = ("=document_id", "=id", "=reference", "receiver")
    search_help_text = "The id of the document or of the e-invoice, the reference, or the receiver."
    fieldsets = (
        (None, {"fields": ("about", "status", "response", "reason_code", "message")}),
        ("Way", {"fields": ("transport", "receiver", "reference", "round", "attempts", "may_have_left")}),
        ("Parties", {"fields": (link("billing_entity"), link("customer"))}),
        ("Record", {"fields": ("id", "created_at", "updated_at", "sent_at", "answered_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("platform", "billing_entity", "customer")

    @admin.display(description="document")
    def about(self, einvoice: EInvoice) -> str:
        return link_to_id(einvoice.document_id)

    def panels(self, einvoice: EInvoice) -> list[Panel]:
        return [
            panel("Steps", einvoice.changes.order_by("-id"), CHANGE_COLUMNS),
            events_panel(einvoice.document_id),
        ]


@admin.register(EInvoiceChange)
class EInvoiceChangeAdmin(Window):
    platform_path = "einvoice__platform"
    list_display = ("at", link("einvoice"), "status", "response", "reason_code", "actor")
    list_filter = ("status", "response", ("einvoice__platform", OwnChoices))
    list_select_related = ("einvoice__platform",)
    ordering = ("-id",)
    search_fields = ("=einvoice__document_id", "=einvoice__id", "=reference")
    search_help_text = "The id of the document or of the e-invoice, or the reference."
    fieldsets = (
        (None, {"fields": ("at", link("einvoice"), "status", "response", "reason_code", "message")}),
        ("Record", {"fields": ("id", "reference", "key", "actor")}),
    )
