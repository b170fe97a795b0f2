"""API keys: the secret is shown once, the key is revoked and never deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from billing import clock
from billing.access import keys
from billing.events import corrections
from billing.events.record import because
from billing.platforms.admin import OwnChoices, actor_of, asks_reason, link
from billing.platforms.admin.tenancy import platforms_where, roles_of
from billing.platforms.models import ApiKey, Platform, Reach
from billing.platforms.permissions import ACCESS_GRANT, ALL, EVERYTHING, OF_ROLE

from .correcting import CorrectionForm, MasterDataAdmin


class ApiKeyForm(CorrectionForm):
    permissions = forms.MultipleChoiceField(
        choices=[(EVERYTHING, "Everything"), *((name, name) for name in sorted(ALL))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "A key that may do nothing is of no use."},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a client's key without a customer, and any other with one."""
        data = super().clean() or self.cleaned_data
        is_client = data.get("reach") == Reach.CLIENT
        if "reach" in data and is_client != bool(data.get("customer")):
            words = "A client's key needs a customer." if is_client else "Only a client's key has a customer."
            self.add_error("customer", words)
        return data


@admin.register(ApiKey)
class ApiKeyAdmin(MasterDataAdmin):
    """What a key may do is decided when it is made; name, rate and expiry may be corrected."""

    form = ApiKeyForm
    needs = ACCESS_GRANT
    list_display = ("name", "prefix", "reach", "last_used_at", "expires_at", "revoked_at", link("platform"))
    list_filter = ("reach", ("platform", OwnChoices), ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("platform",)
    ordering = ("-created_at", "id")
    search_fields = ("name", "=prefix", "=id")
    autocomplete_fields = ("customer",)
    sections = (
        (
            None,
            {
                "fields": (
                    "platform",
                    "name",
                    "reach",
                    "customer",
                    "more_platforms",
                    "permissions",
                    "requests_per_minute",
                    "expires_at",
                )
            },
        ),
    )
    fixed = ("platform", "reach", "customer", "more_platforms", "permissions")
    made = ("id", "prefix", "replaces", "created_by", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def formfield_for_manytomany(self, field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer only the platforms on which the person may make keys."""
        rows = Platform.objects.order_by("name", "pk")
        if not request.user.is_superuser:
            rows = rows.filter(pk__in=platforms_where(request, self.needs))
        return super().formfield_for_manytomany(field, request, queryset=rows, **options)

    def add(self, request: HttpRequest, obj: ApiKey, form: ApiKeyForm, **why: Any) -> None:
        more = [platform.pk for platform in form.cleaned_data["more_platforms"]]
        key, secret = keys.create_key(
            platform=obj.platform,
            name=obj.name,
            permissions=obj.permissions,
            reach=obj.reach,
            customer_id=obj.customer_id or "",
            more_platform_ids=more,
            requests_per_minute=obj.requests_per_minute,
            expires_at=obj.expires_at,
            granted=granted_to(request, [obj.platform_id, *more]),
            actor=why["actor"],
            at=why["at"],
        )
        corrections.added(key, **why)
        obj.pk, obj.prefix = key.pk, key.prefix
        show_once(self, request, "key", secret)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave the platforms as the service has stored them."""

    @asks_reason("Revoke", needs=ACCESS_GRANT)
    def revoke(self, request: HttpRequest, key: ApiKey, reason: str) -> str:
        with because(reason):
            keys.revoke_key(platform=key.platform, key_id=key.pk, actor=actor_of(request), at=clock.now())
        return f"{key} is revoked."


def granted_to(request: HttpRequest, platform_ids: list[str]) -> keys.Granted:
    """Return what a person may grant on these platforms."""
    if request.user.is_superuser:
        return {platform_id: [EVERYTHING] for platform_id in platform_ids}
    return {platform_id: OF_ROLE[role] for platform_id, role in roles_of(request).items()}


def show_once(self: MasterDataAdmin, request: HttpRequest, what: str, secret: str) -> None:
    """Tell a secret that cannot be read again."""
    self.message_user(request, f"Copy the {what} now, it is not shown again: {secret}", messages.WARNING)
