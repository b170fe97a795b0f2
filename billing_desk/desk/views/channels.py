"""How sellers' e-invoices leave the house: everybody reads it, managers change it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from billing import clock
from billing.exchange.channels import configure_channel, rotate_secret
from billing.platforms.permissions import SETTINGS_UPDATE, SETTINGS_VIEW
from billing_desk.desk import queries
from billing_desk.desk.forms import ChannelForm, NothingForm

from .api_keys import TellsSecret
from .asking import Asking
from .base import DeskView


class Channels(DeskView):
    permissions = {"GET": SETTINGS_VIEW}
    section = "settings"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = queries.channel_list(member=self.member)
        return self.render("desk/settings/channels.html", page=page, heading="E-invoicing")


class ChangeChannel(Asking):
    permissions = {"GET": SETTINGS_UPDATE, "POST": SETTINGS_UPDATE}
    section = "settings"
    template = "desk/settings/channel.html"
    heading = "How e-invoices leave"

    def look(self, *, billing_entity_id: str) -> Any:
        return queries.channel_page(member=self.member, billing_entity_id=billing_entity_id)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return ChannelForm(data, initial=page.values | {"seen": page.seen})

    def do(self, page: Any, said: dict[str, Any], *, billing_entity_id: str) -> str:
        configure_channel(
            platform=self.platform,
            billing_entity_id=billing_entity_id,
            **said,
            actor=self.actor,
            at=clock.now(),
        )
        return f"The e-invoices of {page.row.seller} leave as you said, from now on."

    def back(self, **ids: str) -> str:
        return resolve_url("desk:channels")


class RotateChannelSecret(TellsSecret):
    permissions = {"GET": SETTINGS_UPDATE, "POST": SETTINGS_UPDATE}
    template = "desk/settings/rotate_channel_secret.html"
    tells = "desk/settings/channel_secret.html"
    made_before = "The secret was made already. Is it lost? Then make another."
    heading = "New secret for the access point"

    def look(self, *, billing_entity_id: str) -> Any:
        return queries.channel_page(member=self.member, billing_entity_id=billing_entity_id)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NothingForm(data)

    def make(self, page: Any, form: Any, *, billing_entity_id: str) -> tuple[Any, str]:
        channel = rotate_secret(
            platform=self.platform,
            billing_entity_id=billing_entity_id,
            actor=self.actor,
            at=clock.now(),
        )
        return queries.channel_row(channel), channel.secret

    def back(self, **ids: str) -> str:
        return resolve_url("desk:channels")
