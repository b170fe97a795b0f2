"""Accounts at payment providers: their secrets go in, and are never shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from billing.platforms.admin import OwnChoices, link
from billing.platforms.permissions import ACCESS_GRANT
from credit_notes.models import GatewayAccount

from .correcting import CorrectionForm, MasterDataAdmin


class GatewayAccountForm(CorrectionForm):
    """A secret that is left empty stays as it is."""

    secret_key = forms.CharField(
        max_length=255,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="As Stripe shows it once: sk_… or rk_…. Empty: as it is.",
    )
    webhook_secret = forms.CharField(
        max_length=255,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text="Of the endpoint that Stripe has for the address below: whsec_…. Empty: as it is.",
    )

    def clean_secret_key(self) -> str:
        key: str = self.cleaned_data["secret_key"] or self.instance.secret_key
        if not key:
            raise ValidationError("Without its secret key, nothing can be refunded through the account.")
        return key

    def clean_webhook_secret(self) -> str:
        return self.cleaned_data["webhook_secret"] or self.instance.webhook_secret


@admin.register(GatewayAccount)
class GatewayAccountAdmin(MasterDataAdmin):
    form = GatewayAccountForm
    needs = ACCESS_GRANT
    list_display = ("kind", link("platform"), "created_at")
    list_filter = ("kind", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("-created_at", "id")
    search_fields = ("=id",)
    sections = ((None, {"fields": ("platform", "kind")}),)
    for_writers = (("Secrets", {"fields": ("secret_key", "webhook_secret")}),)
    fixed = ("platform", "kind")
    made = ("id", "created_at", "webhook_address")

    @admin.display(description="address for its webhooks")
    def webhook_address(self, account: GatewayAccount) -> Any:
        return f"/v1/gateways/{account.kind}/{account.pk}"
