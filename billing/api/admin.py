"""A window on the answers that were given under an Idempotency-Key."""

import json

from django.contrib import admin
from django.utils.html import format_html

from billing.platforms.admin import OwnChoices, Window, link

from .models import IdempotencyKey


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(Window):
    list_display = ("key", "status", "created_at", link("platform"))
    list_filter = (("platform", OwnChoices), "created_at")
    list_select_related = ("platform",)
    ordering = ("-id",)
    heavy = ("body",)
    search_fields = ("=key",)
    search_help_text = "The whole key."
    fieldsets = (
        (None, {"fields": ("key", "status", "created_at", link("platform"), "customer_id")}),
        (None, {"fields": ("request_digest", "answer")}),
    )

    @admin.display(description="answer")
    def answer(self, key: IdempotencyKey) -> str:
        body = json.loads(key.body.get("text") or "null")
        return format_html("<pre>{}</pre>", json.dumps(body, indent=2, ensure_ascii=False))
