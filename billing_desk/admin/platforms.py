"""Platforms: the tenants. Only a superuser adds one."""

from django.contrib import admin
from django.http import HttpRequest

from billing.platforms.models import Platform

from .correcting import MasterDataAdmin


@admin.register(Platform)
class PlatformAdmin(MasterDataAdmin):
    platform_path = "pk"
    list_display = ("name", "id", "created_at")
    ordering = ("name", "id")
    search_fields = ("name", "=id")
    sections = ((None, {"fields": ("name",)}),)
    fixed = ()
    made = ("id", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser
