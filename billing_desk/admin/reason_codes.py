"""Reason codes: a platform's own list. A code is never deleted, for documents say it; it is retired."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing.platforms.admin import OwnChoices, link
from billing.platforms.permissions import SETTINGS_UPDATE
from credit_notes.models import ReasonCode

from .codes import Checked
from .correcting import CorrectionForm, MasterDataAdmin


class ReasonCodeForm(Checked, CorrectionForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        same = ReasonCode.objects.filter(
            platform=data.get("platform"), kind=data.get("kind"), code=data.get("code")
        )
        if self.instance._state.adding and same.exists():
            self.add_error("code", f"The list has the code {data['code']}.")
        return data


@admin.register(ReasonCode)
class ReasonCodeAdmin(MasterDataAdmin):
    form = ReasonCodeForm
    needs = SETTINGS_UPDATE
    list_display = ("code", "name", "kind", "position", "is_active", link("platform"))
    list_filter = ("kind", "is_active", ("platform", OwnChoices))
    list_select_related = ("platform",)
    ordering = ("platform", "kind", "position", "code")
    search_fields = ("code", "name", "=id")
    sections = (
        (
            None,
            {
                "fields": ("platform", "kind", "code", "name", "position", "is_active"),
                "description": "The first code of a kind replaces the default list of that kind.",
            },
        ),
    )
    fixed = ("platform", "kind", "code")
    made = ("id", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: ReasonCode | None = None) -> bool:
        return False
