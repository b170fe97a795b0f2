"""How sellers' e-invoices leave: set here as in the API; the secret is made by us and shown once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from billing import clock
from billing.errors import BillingError
from billing.events.addresses import LONGEST_URL
from billing.events.admin import events_panel
from billing.events.record import because
from billing.exchange import channels
from billing.exchange.models import Channel
from billing.platforms.admin import OwnChoices, Panel, actor_of, asks_reason, link
from billing.platforms.permissions import SETTINGS_UPDATE

from .api_keys import show_once
from .correcting import CorrectionForm, MasterDataAdmin

OVERLAP = "the one before counts too for 24 hours"


class ChannelForm(CorrectionForm):
    address = forms.CharField(required=False, max_length=LONGEST_URL, help_text="Of the HTTP access point.")
    lookup_address = forms.CharField(
        required=False, max_length=LONGEST_URL, help_text="Of the HTTP directory."
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        said = {name: data.get(name, "") for name in channels.CHANGEABLE}
        try:
            channels.require_sound(Channel(**said), changed=set(self.changed_data))
        except BillingError as refusal:
            self.add_error(refusal.field, refusal.detail)
        return data


@admin.register(Channel)
class ChannelAdmin(MasterDataAdmin):
    form = ChannelForm
    needs = SETTINGS_UPDATE
    list_display = ("billing_entity", "method", "transport", "address", "lookup", link("platform"))
    list_filter = ("method", "transport", ("platform", OwnChoices))
    list_select_related = ("platform", "billing_entity")
    ordering = ("-id",)
    search_fields = ("billing_entity__name", "address", "=id", "=billing_entity__id")
    sections = (
        (None, {"fields": ("billing_entity", "method", "transport")}),
        ("Where to", {"fields": ("address", "folder")}),
        ("Whom to ask", {"fields": ("lookup", "lookup_address")}),
    )
    fixed = ("billing_entity",)
    made = ("id", "callback", "previous_secret_until", "created_at", "updated_at")
    actions = ("change_secret",)

    @admin.display(description="callback")
    def callback(self, channel: Channel) -> str:
        return channels.channel_shape(channel)["callback_url"] or ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def panels(self, channel: Channel) -> list[Panel]:
        return [events_panel(channel.billing_entity_id)]

    def add(self, request: HttpRequest, obj: Channel, form: Any, *, reason: str, **why: Any) -> None:
        obj.pk = self.configure(obj, form, reason, **why).pk

    def correct(self, request: HttpRequest, obj: Channel, form: Any, *, reason: str, **why: Any) -> None:
        self.configure(obj, form, reason, **why)

    def configure(self, obj: Channel, form: Any, reason: str, **why: Any) -> Channel:
        said = {name: form.cleaned_data[name] for name in channels.CHANGEABLE}
        with because(reason):
            return channels.configure_channel(
                platform=obj.billing_entity.platform,
                billing_entity_id=obj.billing_entity_id,
                **said,
                **why,
            )

    @asks_reason("Change the secret", needs=SETTINGS_UPDATE)
    def change_secret(self, request: HttpRequest, channel: Channel, reason: str) -> str:
        with because(reason):
            changed = channels.rotate_secret(
                platform=channel.platform,
                billing_entity_id=channel.billing_entity_id,
                actor=actor_of(request),
                at=clock.now(),
            )
        show_once(self, request, "new secret", changed.secret)
        return f"{channel} has a new secret from now on; {OVERLAP}."
