"""API keys: the secret is shown once, the key is revoked and never deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from billing import clock
from billing.events import corrections
from billing.platforms.admin import OwnChoices, actor_of, asks_reason, link
from billing.platforms.keys import create_key
from billing.platforms.models import ApiKey
from billing.platforms.permissions import ACCESS_GRANT, ALL, EVERYTHING

from .correcting import CorrectionForm, MasterDataAdmin


class ApiKeyForm(CorrectionForm):
    permissions = forms.MultipleChoiceField(
        choices=[(EVERYTHING, "Everything"), *((name, name) for name in sorted(ALL))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "A key that may do nothing is of no use."},
    )


@admin.register(ApiKey)
class ApiKeyAdmin(MasterDataAdmin):
    form = ApiKeyForm
    needs = ACCESS_GRANT
    list_display = ("name", "prefix", "last_used_at", "expires_at", "revoked_at", link("platform"))
    list_filter = (("platform", OwnChoices), ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("platform",)
    ordering = ("-created_at", "id")
    search_fields = ("name", "=prefix", "=id")
    sections = ((None, {"fields": ("platform", "name", "permissions", "expires_at")}),)
    made = ("id", "prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def add(self, request: HttpRequest, obj: ApiKey, form: ApiKeyForm, **why: Any) -> None:
        key, secret = create_key(
            platform=obj.platform, name=obj.name, permissions=obj.permissions, expires_at=obj.expires_at
        )
        corrections.added(key, **why)
        obj.pk, obj.prefix = key.pk, key.prefix
        show_once(self, request, "key", secret)

    @asks_reason("Revoke", needs=ACCESS_GRANT)
    def revoke(self, request: HttpRequest, key: ApiKey, reason: str) -> str:
        at = clock.now()
        if key.revoked_at:
            raise corrections.NothingToCorrect(f"It was revoked at {key.revoked_at:%Y-%m-%d %H:%M:%S}.")
        key.revoked_at = at
        corrections.correct(key, reason=reason, actor=actor_of(request), at=at)
        return f"{key} is revoked."


def show_once(self: MasterDataAdmin, request: HttpRequest, what: str, secret: str) -> None:
    """Tell a secret that cannot be read again."""
    self.message_user(request, f"Copy the {what} now, it is not shown again: {secret}", messages.WARNING)
