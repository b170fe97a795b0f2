"""Windows on stored files, templates and the counters of number series; what all papers show in theirs."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from billing.platforms.admin import OwnChoices, Panel, Window, link, link_to, link_to_id, moment, money, panel
from billing.platforms.admin.columns import amount

from . import files
from .models import BillingDocument, SeriesCounter, StoredFile, Template
from .snapshot import Party
from .values import plain

REFERENCES = (
    ("buyer_reference", "purchase_order_reference", "sales_order_reference"),
    ("contract_reference", "project_reference", "tender_reference"),
    ("receiving_advice_reference", "despatch_advice_reference", "accounting_reference"),
)


@admin.register(StoredFile)
class StoredFileAdmin(Window):
    list_display = ("name", "kind", "document", "length", "created_at", "download", link("platform"))
    list_filter = (("platform", OwnChoices), "created_at")
    list_select_related = ("platform",)
    ordering = ("-id",)
    search_fields = ("=document_id", "=id", "=sha256", "=kind", "name")
    search_help_text = "The id of the document or of the file, the SHA-256, the kind, or the name."
    fieldsets = (
        (None, {"fields": ("name", "kind", "document", "download")}),
        ("In the store", {"fields": ("key", "content_type", "length", "sha256", "created_at", "id")}),
    )

    @admin.display(description="document")
    def document(self, file: StoredFile) -> str:
        return link_to_id(file.document_id)

    @admin.display(description="size", ordering="size")
    def length(self, file: StoredFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description="content")
    def download(self, file: StoredFile) -> str:
        return download_link(file)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download_view)
        return [
            path("<str:file_id>/download/", view, name="documents_storedfile_download"),
            *super().get_urls(),
        ]

    def download_view(self, request: HttpRequest, file_id: str) -> HttpResponse:
        file = self.get_object(request, file_id)
        if file is None:
            raise Http404
        return HttpResponseRedirect(files.signed_link(file))


@admin.register(Template)
class TemplateAdmin(Window):
    list_display = ("name", "style", "accent", "is_default", link("platform"))
    list_filter = ("style", "is_default", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("platform", "name")
    search_fields = ("name", "=id")
    search_help_text = "The name or the id."
    fieldsets = (
        (None, {"fields": ("name", ("style", "accent", "is_default"), "footer")}),
        ("Technical", {"fields": (("id", link("platform")), ("created_at", "updated_at"))}),
    )


@admin.register(SeriesCounter)
class SeriesCounterAdmin(Window):
    platform_path = "series__platform"
    list_display = ("period_or_all", link("series"), "last_number", "last_date")
    list_filter = (("series__platform", OwnChoices),)
    list_select_related = ("series__billing_entity", "series__platform")
    ordering = ("series", "-period")
    search_fields = ("series__prefix", "series__billing_entity__name", "=period")
    search_help_text = "The prefix, the billing entity's name or the period."
    fieldsets = ((None, {"fields": ("period_or_all", link("series"), "last_number", "last_date")}),)

    @admin.display(description="period", ordering="period")
    def period_or_all(self, counter: SeriesCounter) -> str:
        return counter.period or "for ever"


def download_link(file: StoredFile) -> str:
    return format_html(
        '<a href="{}">Download</a>', reverse("admin:documents_storedfile_download", args=[file.pk])
    )


class DocumentWindow(Window):
    """What the windows on invoices and on credit notes have in common."""

    ordering = ("-id",)
    list_display_links = ("label",)
    list_select_related = ("platform", "customer")
    search_fields = ("number", "customer__name", "=id")
    search_help_text = "The number, the customer's name or the id."

    parties = ("Parties, as printed", {"fields": (("seller_as_printed", "buyer_as_printed"),)})
    sums = (
        "Sums",
        {
            "fields": (
                (money("line_total"), money("allowance_total"), money("charge_total")),
                (money("net_total"), money("tax_total"), money("rounding_amount"), money("total")),
            )
        },
    )
    references = ("References", {"classes": ("collapse",), "fields": REFERENCES})
    technical = (
        "Technical",
        {
            "classes": ("collapse",),
            "fields": (
                ("id", link("platform")),
                ("type_code", "profile", "version"),
                "snapshot_digest",
                "einvoice_rules",
                "metadata",
                ("created_at", "updated_at"),
            ),
        },
    )

    @admin.display(description="number", ordering="number")
    def label(self, document: BillingDocument) -> str:
        return document.display_number

    @admin.display(description="seller")
    def seller_as_printed(self, document: BillingDocument) -> str:
        return printed(document.seller)

    @admin.display(description="buyer")
    def buyer_as_printed(self, document: BillingDocument) -> str:
        return printed(document.buyer)


def printed(party: Party) -> str:
    """Return a party as a block of lines."""
    address, endpoint = party.address, party.endpoint
    place = " ".join(part for part in (address.postal_code, address.city, address.country) if part)
    lines = (
        party.name,
        party.trading_name,
        address.line1,
        address.line2,
        address.line3,
        place,
        f"VAT {party.vat_number}" if party.vat_number else "",
        f"Electronic address {endpoint.scheme}:{endpoint.id}" if endpoint else "",
    )
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines if line))


def lines_panel(document: Any) -> Panel:
    columns = {
        "No.": lambda line: line.line_id,
        "Item": lambda line: line.name,
        "Quantity": lambda line: f"{plain(line.quantity)} {line.unit}",
        "Unit price": lambda line: plain(line.unit_price),
        "VAT": lambda line: tax(line.tax_category, line.tax_rate),
        "Net amount": lambda line: amount(line.net_amount, document.currency),
    }
    return panel("Lines", document.lines.all(), columns)


def allowances_panel(document: Any) -> Panel:
    columns = {
        "Kind": lambda item: "Charge" if item.is_charge else "Allowance",
        "Reason": lambda item: item.reason or item.reason_code,
        "VAT": lambda item: tax(item.tax_category, item.tax_rate),
        "Amount": lambda item: amount(item.amount, document.currency),
    }
    return panel("Allowances and charges", document.allowances_charges.all(), columns)


def taxes_panel(document: BillingDocument) -> Panel:
    columns = {
        "VAT": lambda group: tax(group.category, group.rate),
        "Exemption": lambda group: group.exemption_reason or group.exemption_code,
        "Base": lambda group: amount(group.base, document.currency),
        "Amount": lambda group: amount(group.amount, document.currency),
    }
    return panel("VAT", document.taxes, columns)


def files_panel(document: BillingDocument) -> Panel:
    columns = {
        "Name": link_to,
        "Kind": lambda file: file.kind,
        "Size": lambda file: filesizeformat(file.size),
        "SHA-256": lambda file: file.sha256,
        "Stored (UTC)": lambda file: moment(file.created_at),
        "Content": download_link,
    }
    return panel("Files", StoredFile.objects.filter(document_id=document.pk), columns)


def tax(category: str, rate: Any) -> str:
    return category if rate is None else f"{category} {plain(rate)} %"


def without_empty(panels: Iterable[Panel]) -> list[Panel]:
    """Return the panels that have something to show."""
    return [each for each in panels if each.rows]
