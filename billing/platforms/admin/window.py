"""Windows: pages on which everybody reads and nobody writes, and the panels under them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from .panels import Panel
from .tenancy import OwnPlatforms


class WithPanels(admin.ModelAdmin):
    """A page that shows tables under an object's own fields."""

    change_form_template = "admin/window.html"

    def panels(self, row: Any) -> list[Panel]:
        """Return the tables of a row; each costs one query at most."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        row = context["original"]
        return super().render_change_form(
            request, context | {"panels": self.panels(row) if row else []}, *args, **options
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the events about the object: they are its history."""
        query = urlencode({"object_id": unquote(object_id)})
        return HttpResponseRedirect(f"{reverse('admin:events_event_changelist')}?{query}")


class Window(WithPanels, OwnPlatforms):
    """A page for looking: superusers too can neither add, change nor delete here. Actions call services."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))
