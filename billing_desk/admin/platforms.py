"""Platforms: the tenants, and how each of them works. Only a superuser adds one."""

from django.contrib import admin
from django.http import HttpRequest

from billing.parties.platforms import LONGEST_WAIT
from billing.platforms.models import Platform
from billing.platforms.permissions import SETTINGS_UPDATE

from .correcting import CorrectionForm, MasterDataAdmin


class PlatformForm(CorrectionForm):
    def clean_approval_above(self) -> object:
        limit = self.cleaned_data["approval_above"]
        if limit is not None and limit < 0:
            self.add_error("approval_above", "An amount is not negative; 0 asks for it always.")
        return limit

    def clean_finalizes_drafts_after_hours(self) -> int | None:
        hours: int | None = self.cleaned_data["finalizes_drafts_after_hours"]
        if hours is not None and not 1 <= hours <= LONGEST_WAIT:
            self.add_error(
                "finalizes_drafts_after_hours", f"1 to {LONGEST_WAIT} hours; empty: a person finalises them."
            )
        return hours


@admin.register(Platform)
class PlatformAdmin(MasterDataAdmin):
    form = PlatformForm
    needs = SETTINGS_UPDATE
    platform_path = "pk"
    list_display = ("name", "id", "created_at")
    ordering = ("name", "id")
    search_fields = ("name", "=id")
    sections = (
        (None, {"fields": ("name",)}),
        ("Finalising", {"fields": ("finalizes_drafts_after_hours", "approval_above")}),
        ("Reasons", {"fields": ("requires_reason", "requires_refund_reason")}),
        ("Credit", {"fields": ("applies_credits", "keeps_overpayments")}),
    )
    fixed = ()
    made = ("id", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser
