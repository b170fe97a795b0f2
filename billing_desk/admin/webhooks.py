"""Webhook endpoints: the signing secret is made by us, shown once, and may be changed for a new one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from billing import clock
from billing.events import corrections, endpoints, names
from billing.events.addresses import AddressNotAllowed, require_possible
from billing.events.models import WebhookEndpoint
from billing.events.record import because
from billing.platforms.admin import OwnChoices, actor_of, asks_reason, link
from billing.platforms.permissions import ACCESS_GRANT

from .api_keys import show_once
from .correcting import CorrectionForm, MasterDataAdmin

OVERLAP = "the one before signs too for 24 hours"


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
        try:
            require_possible(url)
        except AddressNotAllowed as refusal:
            raise ValidationError(refusal.detail) from refusal
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MasterDataAdmin):
    form = WebhookEndpointForm
    needs = ACCESS_GRANT
    list_display = ("url", "is_enabled", "failing_since", "description", "created_at", link("platform"))
    list_filter = ("is_enabled", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("-created_at", "id")
    search_fields = ("url", "description", "=id")
    sections = ((None, {"fields": ("platform", "url", "description", "is_enabled", "event_types")}),)
    made = (
        "id",
        "api_version",
        "created_at",
        "failing_since",
        "disabled_at",
        "disabled_because",
        "previous_secret_until",
    )
    actions = ("change_secret",)

    def add(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, *, reason: str, **why: Any) -> None:
        with because(reason):
            made = endpoints.create_endpoint(
                platform=obj.platform,
                url=obj.url,
                event_types=obj.event_types,
                description=obj.description,
                is_enabled=obj.is_enabled,
                **why,
            )
        obj.pk = made.pk
        show_once(self, request, "signing secret", made.secret)

    def correct(
        self, request: HttpRequest, obj: WebhookEndpoint, form: Any, *, reason: str, **why: Any
    ) -> None:
        changes = {
            name: form.cleaned_data[name] for name in endpoints.CHANGEABLE if name in form.cleaned_data
        }
        with because(reason):
            endpoints.update_endpoint(platform=obj.platform, endpoint_id=obj.pk, changes=changes, **why)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        said = {"consequences": "Its deliveries and their log go with it; the events stay."}
        return super().delete_view(request, object_id, said | (extra_context or {}))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        (row,) = objs
        return [str(row)], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        with because(corrections.required(request.POST.get("reason", ""))):
            endpoints.delete_endpoint(
                platform=obj.platform, endpoint_id=obj.pk, actor=actor_of(request), at=clock.now()
            )

    @asks_reason("Change the signing secret", needs=ACCESS_GRANT)
    def change_secret(self, request: HttpRequest, endpoint: WebhookEndpoint, reason: str) -> str:
        with because(reason):
            changed = endpoints.rotate_secret(
                platform=endpoint.platform, endpoint_id=endpoint.pk, actor=actor_of(request), at=clock.now()
            )
        show_once(self, request, "new signing secret", changed.secret)
        return f"{endpoint} is signed with its new secret from now on; {OVERLAP}."
