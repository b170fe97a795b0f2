"""Who is signed in over the API. People end their own sessions; closing an account ends them all."""

from django.contrib import admin
from django.db.models import QuerySet

from billing.platforms.admin import Window, link
from billing.platforms.models import Member, Session


@admin.register(Session)
class SessionAdmin(Window):
    list_display = ("id", link("user"), link("platform"), "reach", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("reach", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "platform")
    ordering = ("-id",)
    search_fields = ("=id", "user__username")
    fields = (
        "id",
        "user",
        "platform",
        "reach",
        "user_agent",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )

    def own(self, rows: QuerySet, platform_ids: list[str]) -> QuerySet:
        """Keep those of the people who have a place on these platforms."""
        return rows.filter(user__in=Member.objects.filter(platform__in=platform_ids).values("user"))
