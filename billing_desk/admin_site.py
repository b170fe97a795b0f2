"""The admin's entrance: its titles, and the latest corrections on its first page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse

MOST_CORRECTIONS = 10


class BillingDeskAdminSite(AdminSite):
    site_header = "Billing Desk administration"
    site_title = "Billing Desk administration"
    index_title = "Master data and documents"
    index_template = "admin/start.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # what is deleted is deleted one by one, for a reason

    def has_permission(self, request: HttpRequest) -> bool:
        """Let staff in, but nobody who is only a customer's client."""
        from billing.platforms.models import Member

        if not super().has_permission(request) or request.user.is_superuser:
            return super().has_permission(request)
        roles = set(Member.objects.filter(user_id=request.user.pk).values_list("role", flat=True))
        return roles != {Member.Role.CLIENT}

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        """Say who asks, for the events that a page or a deed records."""
        from billing.events.record import actor_id

        @wraps(view)
        def named(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor_id.set(request.user.pk)
            return view(request, *args, **kwargs)

        return super().admin_view(named, cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from billing.events import names
        from billing.events.models import Event

        events = self.get_model_admin(Event).get_queryset(request)
        latest = events.filter(type=names.MASTER_DATA_CORRECTED).order_by("-id")[:MOST_CORRECTIONS]
        return super().index(request, {"corrections": latest} | (extra_context or {}))
