"""A window on invoices and payments."""

from typing import Any

from django.contrib import admin

from billing.documents.admin import (
    DocumentWindow,
    allowances_panel,
    files_panel,
    lines_panel,
    taxes_panel,
    without_empty,
)
from billing.events.admin import events_panel
from billing.platforms.admin import OwnChoices, Panel, Window, link, link_to, money, panel
from billing.platforms.admin.columns import amount

from .models import Invoice, Payment


@admin.register(Invoice)
class InvoiceAdmin(DocumentWindow):
    list_display = (
        "label",
        "status",
        link("customer"),
        "date",
        "due_date",
        money("total"),
        money("amount_due", "due"),
    )
    list_filter = ("status", ("platform", OwnChoices), ("billing_entity", OwnChoices), "date")
    fieldsets = (
        (None, {"fields": (("label", "status"), (link("customer"), link("billing_entity")))}),
        ("Dates", {"fields": (("date", "due_date"), ("tax_point_date", "finalized_at"))}),
        DocumentWindow.sums,
        (
            "Settlement",
            {
                "fields": (
                    (
                        money("amount_paid", "paid"),
                        money("amount_withheld", "withheld"),
                        money("amount_credited", "credited"),
                        money("amount_due", "due"),
                    ),
                )
            },
        ),
        DocumentWindow.parties,
        ("Words", {"fields": ("language", "payment_terms", "internal_comment")}),
        DocumentWindow.references,
        DocumentWindow.technical,
    )

    def panels(self, invoice: Invoice) -> list[Panel]:
        return [
            lines_panel(invoice),
            *without_empty([allowances_panel(invoice)]),
            taxes_panel(invoice),
            payments_panel(invoice),
            *self.credit_panels(invoice),
            files_panel(invoice),
            events_panel(invoice.pk),
        ]

    def credit_panels(self, invoice: Invoice) -> list[Panel]:
        """Return what the floor above knows of the invoice."""
        return []


def payments_panel(invoice: Invoice) -> Panel:
    columns = {
        "Date": lambda payment: link_to(payment, str(payment.date)),
        "Method": lambda payment: payment.get_method_display(),
        "Reference": lambda payment: payment.reference,
        "Status": lambda payment: payment.status,
        "Amount": lambda payment: amount(payment.amount, invoice.currency),
    }
    return panel("Payments", invoice.payments.all(), columns)


@admin.register(Payment)
class PaymentAdmin(Window):
    list_display = ("date", link("invoice"), money("amount"), "method", "status", "reference")
    list_filter = ("status", "method", ("platform", OwnChoices), "date")
    list_select_related = ("invoice", "platform")
    heavy = ("invoice__snapshot",)
    ordering = ("-date", "-id")
    search_fields = ("=id", "reference", "invoice__number")
    search_help_text = "The id, the reference or the invoice's number."
    fieldsets = (
        (None, {"fields": (link("invoice"), money("amount"), "date", "method", "status", "reference")}),
        ("Technical", {"fields": ("id", link("platform"), "created_at")}),
    )

    def panels(self, payment: Any) -> list[Panel]:
        return [events_panel(payment.pk)]
