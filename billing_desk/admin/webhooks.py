"""Webhook endpoints: the signing secret is made by us, shown once, and may be changed for a new one."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from billing import clock
from billing.events import corrections, names
from billing.events.addresses import AddressNotAllowed, require_public
from billing.events.models import WebhookEndpoint
from billing.events.webhooks import new_secret
from billing.platforms.admin import OwnChoices, actor_of, asks_reason, link
from billing.platforms.permissions import ACCESS_GRANT

from .api_keys import show_once
from .correcting import CorrectionForm, MasterDataAdmin


class WebhookEndpointForm(CorrectionForm):
    url = forms.URLField(max_length=500, assume_scheme="https", widget=admin.widgets.AdminURLFieldWidget)
    event_types = forms.MultipleChoiceField(
        choices=[(name, name) for name in sorted(names.ALL)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None for all of them, also those to come.",
    )

    def clean_url(self) -> str:
        """Refuse an address that is private by its own words; where a name leads is checked on sending."""
        url: str = self.cleaned_data["url"]
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValidationError("A webhook goes to an http or https address.")
        is_plain = host.replace(".", "").isdigit() or ":" in host or host == "localhost"
        if is_plain and not settings.WEBHOOKS_MAY_BE_PRIVATE:
            try:
                require_public(url)
            except (AddressNotAllowed, OSError) as error:
                raise ValidationError(f"{url} is not a public address.") from error
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MasterDataAdmin):
    form = WebhookEndpointForm
    needs = ACCESS_GRANT
    list_display = ("url", "is_enabled", "description", "created_at", link("platform"))
    list_filter = ("is_enabled", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("-created_at", "id")
    search_fields = ("url", "description", "=id")
    sections = ((None, {"fields": ("platform", "url", "description", "is_enabled", "event_types")}),)
    made = ("id", "created_at")
    actions = ("change_secret",)

    def add(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, **why: Any) -> None:
        obj.secret = new_secret()
        super().add(request, obj, form, **why)
        show_once(self, request, "signing secret", obj.secret)

    @asks_reason("Change the signing secret", needs=ACCESS_GRANT)
    def change_secret(self, request: HttpRequest, endpoint: WebhookEndpoint, reason: str) -> str:
        endpoint.secret = new_secret()
        corrections.correct(endpoint, reason=reason, actor=actor_of(request), at=clock.now())
        show_once(self, request, "new signing secret", endpoint.secret)
        return f"{endpoint} is signed with its new secret from now on."
