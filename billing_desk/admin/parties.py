"""Billing entities and customers: every code checked, the logo seen."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html

from billing.documents import files, snapshot
from billing.einvoice.codes import ListName
from billing.einvoice.preflight.parties import vat_number
from billing.parties.customers import customer_referred_to
from billing.platforms.admin import OwnChoices, link
from billing.platforms.models import BillingEntity, Customer

from . import codes, logos, place
from .correcting import CorrectionForm, MasterDataAdmin
from .values import ObjectField, ValueField

NAME = ("Name", {"fields": ("platform", "name", "trading_name")})
IDENTIFIERS = {
    "fields": (
        "vat_number",
        "vat_number_prefix",
        ("legal_id", "legal_id_scheme"),
        ("endpoint_id", "endpoint_scheme"),
        "ids",
    )
}
ADDRESS = (
    "Address",
    {"fields": ("line1", "line2", "line3", ("postal_code", "city"), "region", "country")},
)
CONTACT = ("Contact", {"fields": ("contact_name", "phone", "email")})
TOGETHER = (("endpoint_id", "endpoint_scheme"), ("legal_id", "legal_id_scheme"))


class PartyForm(codes.Checked, CorrectionForm):
    """What EN 16931 asks of a party."""

    ids = ValueField(
        tuple[snapshot.Identifier, ...],
        empty=list,
        label="Other identifiers",
        help_text="The scheme is an ISO 6523 code.",
        example='[{"id": "4012345000009", "scheme": "0088"}]',
    )
    checks = {
        "country": codes.country,
        "endpoint_scheme": codes.endpoint_scheme,
        "legal_id_scheme": codes.identifier_scheme,
    }
    code_lists: ClassVar[dict[str, ListName]] = {
        "country": "countries",
        "endpoint_scheme": "endpoint_schemes",
        "legal_id_scheme": "identifier_schemes",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("language", codes.languages())
        self.offer("einvoice_profile", codes.PROFILES)
        for name, codes_of in self.code_lists.items():
            if name in self.fields:
                self.fields[name] = codes.code_field(self.fields[name], codes_of)

    def offer(self, name: str, choices: Any) -> None:
        if name in self.fields:  # they are gone where the person may only look
            current = getattr(self.instance, name)
            self.fields[name] = codes.choose(self.fields[name], choices, current)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_identifiers(data)
        for finding in self.vat_findings():
            if finding.flag == "fatal":
                self.add_error("vat_number", f"{finding.message}.")
        return data

    def check_identifiers(self, data: dict[str, Any]) -> None:
        """Check what only means something together."""
        changed, refused = set(self.changed_data), set(self.errors)
        for number, scheme in TOGETHER:
            if not {number, scheme} & changed or {number, scheme} & refused:
                continue
            if data[scheme] and not data[number]:
                self.add_error(number, "There is a scheme, but no number.")
            elif number == "endpoint_id" and data[number] and not data[scheme]:
                self.add_error(scheme, "An electronic address needs its scheme, such as 0088.")
            elif data[number]:
                self.check(number, codes.identifier, data[number], data[scheme])

    def vat_findings(self) -> list[Any]:
        number = self.cleaned_data.get("vat_number", "")
        return list(vat_number(number, "party", "vat_number")) if "vat_number" in self.changed_data else []

    @property
    def advice(self) -> list[str]:
        return [f"{finding.message}." for finding in self.vat_findings()]


class BillingEntityForm(PartyForm):
    payee = ValueField(
        snapshot.Payee,
        help_text="Who is paid, when somebody else is (BG-10).",
        example='{"name": "Factor Bank", "id": {"id": "4012345000009", "scheme": "0088"}}',
    )
    tax_representative = ValueField(
        snapshot.TaxRepresentative,
        help_text="BG-11.",
        example='{"name": "Fiscaal B.V.", "vat_number": "NL…B01", "address": {"country": "NL"}}',
    )
    new_logo = logos.LogoField()
    remove_logo = forms.BooleanField(required=False, label="Remove the logo")
    checks = PartyForm.checks | {
        "time_zone": codes.time_zone,
        "accounting_currency": codes.currency,
        "bank_account": codes.account,
        "bic": codes.bank,
    }
    code_lists = PartyForm.code_lists | {"accounting_currency": "currencies"}

    class Meta:
        widgets = {"time_zone": codes.TimeZoneInput}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        platform_id = data["platform"].pk if data.get("platform") else self.instance.platform_id
        same = BillingEntity.objects.filter(platform=platform_id, vat_number=data.get("vat_number") or None)
        twin = same.exclude(pk=self.instance.pk).first()
        if twin:
            self.add_error("vat_number", f"{twin} has this VAT number.")
        return data


class CustomerForm(place.PlaceForm, PartyForm):
    metadata = ObjectField(required=False)
    checks = PartyForm.checks | {
        "currency": codes.currency,
        "debited_account": codes.account,
        "delivery_country": codes.country,
    }
    code_lists = PartyForm.code_lists | {"currency": "currencies", "delivery_country": "countries"}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        platform = data.get("platform") or (self.instance.platform if self.instance.platform_id else None)
        reference = data.get("external_reference", "")
        is_new = platform is not None and "external_reference" in self.changed_data
        twin = is_new and customer_referred_to(reference, platform=platform, besides=self.instance.pk)
        if twin:
            self.add_error("external_reference", f"{twin} has this reference.")
        return data


class PartyAdmin(MasterDataAdmin):
    list_filter = (("platform", OwnChoices), "country")
    list_select_related = ("platform",)
    ordering = ("name", "id")
    search_fields = ("name", "trading_name", "vat_number", "=id", "email")
    search_help_text = "The name, the VAT number, the e-mail address or the id."
    made = ("id", "created_at", "updated_at")


@admin.register(BillingEntity)
class BillingEntityAdmin(PartyAdmin):
    form = BillingEntityForm
    list_display = ("name", "country", "vat_number", "language", "time_zone", link("platform"))
    sections = (
        NAME,
        ("Identifiers", {"fields": ("tax_number", *IDENTIFIERS["fields"])}),
        ADDRESS,
        CONTACT,
        ("Documents", {"fields": ("language", "time_zone", "accounting_currency", "einvoice_profile")}),
        ("Printed", {"fields": ("legal_info", "logo_as_printed")}),
        ("Payment", {"fields": ("bank_account", "bic", "account_name", "creditor_id", "payee")}),
        ("Tax", {"fields": ("tax_representative",)}),
    )
    for_writers = (("Change the logo", {"fields": ("new_logo", "remove_logo")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        return (*super().get_readonly_fields(request, obj), "logo_as_printed")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.logo_view)
        name = "platforms_billingentity_logo"
        return [path("<str:entity_id>/logo/", view, name=name), *super().get_urls()]

    @admin.display(description="Logo")
    def logo_as_printed(self, entity: BillingEntity) -> str:
        if not entity.logo:
            return "None."
        address = reverse("admin:platforms_billingentity_logo", args=[entity.pk])
        return format_html('<img src="{}" alt="Logo of {}" height="60">', address, entity)

    def logo_view(self, request: HttpRequest, entity_id: str) -> HttpResponse:
        entity = self.get_object(request, entity_id)
        if entity is None or not entity.logo:
            raise Http404
        try:
            content = files.read_key(entity.logo)
        except FileNotFoundError as error:
            raise Http404 from error
        return HttpResponse(content, content_type=logos.type_of(content))

    def save_form(self, request: HttpRequest, form: BillingEntityForm, change: bool) -> BillingEntity:
        entity: BillingEntity = super().save_form(request, form, change)
        if form.cleaned_data["new_logo"]:
            entity.logo = logos.store(form.cleaned_data["new_logo"], entity=entity)
        elif form.cleaned_data["remove_logo"]:
            entity.logo = ""
        return entity


@admin.register(Customer)
class CustomerAdmin(PartyAdmin):
    form = CustomerForm
    list_display = ("name", "country", "vat_number", "email", "language", link("platform"))
    sections = (
        NAME,
        ("Identifiers", IDENTIFIERS),
        ADDRESS,
        CONTACT,
        (
            "Documents",
            {
                "fields": (
                    "language",
                    "currency",
                    ("einvoice_profile", "is_einvoice_enabled"),
                    "buyer_reference",
                )
            },
        ),
        ("Payment", {"fields": ("mandate", "debited_account")}),
        ("Notes", {"fields": ("is_business", "external_reference", "metadata")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        is_reader = obj and not self.has_change_permission(request, obj)
        parts = ("delivered_to",) if is_reader else tuple(place.PARTS)
        told = "" if is_reader else "Where goods go, when that is elsewhere."
        sections = super().get_fieldsets(request, obj)
        at = sections.index(CONTACT) + 1
        return [*sections[:at], ("Delivery address", {"fields": parts, "description": told}), *sections[at:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> tuple[Any, ...]:
        return (*super().get_readonly_fields(request, obj), "delivered_to")

    @admin.display(description="Delivered to")
    def delivered_to(self, customer: Customer) -> str:
        return place.in_words(customer.delivery_address)

    def save_form(self, request: HttpRequest, form: CustomerForm, change: bool) -> Customer:
        customer: Customer = super().save_form(request, form, change)
        customer.delivery_address = form.place
        return customer
