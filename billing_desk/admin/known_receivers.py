"""The receivers that the look-up in a platform's own list finds."""

from typing import Any

from django import forms
from django.contrib import admin

from billing.einvoice.profiles import NONE, PROFILES
from billing.errors import BillingError
from billing.exchange.models import KnownReceiver
from billing.exchange.receivers import require_receiver
from billing.platforms.admin import OwnChoices, link
from billing.platforms.permissions import SETTINGS_UPDATE

from . import codes
from .correcting import CorrectionForm, MasterDataAdmin

EXPLAINED = (
    "Electronic addresses that can receive e-invoices. A channel whose look-up is “List of known receivers” "
    "sends to these alone; any other channel does not ask here."
)


class KnownReceiverForm(CorrectionForm):
    profiles = forms.MultipleChoiceField(
        choices=[(each.name, each.title) for each in PROFILES.values() if each.name != NONE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None for all of them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scheme" in self.fields:
            self.fields["scheme"] = codes.code_field(self.fields["scheme"], "endpoint_schemes")
            self.fields["scheme"].help_text = "Of electronic addresses (EAS), such as 0088 for a GLN."
            self.fields["identifier"].help_text = "As the customer's electronic address has it."

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        if not self.errors:
            try:
                require_receiver(
                    scheme=data["scheme"], identifier=data["identifier"], profiles=data["profiles"]
                )
            except BillingError as refusal:
                self.add_error(refusal.field.partition(".")[0], refusal.detail)
        return data


@admin.register(KnownReceiver)
class KnownReceiverAdmin(MasterDataAdmin):
    form = KnownReceiverForm
    needs = SETTINGS_UPDATE
    list_display = ("scheme", "identifier", "profiles", link("platform"))
    list_filter = ("scheme", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("scheme", "identifier")
    search_fields = ("identifier", "=id")
    sections = (
        (None, {"fields": ("platform", "scheme", "identifier", "profiles"), "description": EXPLAINED}),
    )
    made = ("id", "created_at")
