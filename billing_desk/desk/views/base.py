"""What every page of the desk starts from: a person, the place they act from, and what they may do there."""

from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.views import View
from django_htmx.http import HttpResponseClientRedirect

from billing.errors import BillingError, NotFound
from billing.events.record import actor_id
from billing.platforms.models import Member, Platform
from billing_desk.desk.access import may, member_of, memberships_of


class DeskView(View):
    """A page or a deed for a signed-in person with a place on a platform.

    `permissions` names what each method needs; a method without one is refused to everybody. `section` is the
    entry of the navigation it belongs to.
    """

    permissions: ClassVar[dict[str, str]] = {}
    section: ClassVar[str] = ""
    member: Member

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self.answer(request, *args, **kwargs)
        # One address answers a page or, to htmx, a part of it; neither is for the next person at this screen.
        patch_vary_headers(response, ["HX-Request"])
        add_never_cache_headers(response)
        return response

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        actor_id.set(request.user.pk)
        request.memberships = memberships_of(request.user)
        member = member_of(request, request.memberships)
        if member is None:
            return render(request, "desk/no_platform.html", status=403)
        self.member = request.member = member
        self.require_permission(request)
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404(missing.detail) from missing
        except BillingError as refusal:
            return self.render("desk/refused.html", refusal=refusal, status=refusal.status)

    def require_permission(self, request: HttpRequest) -> None:
        """Refuse what the person's role does not cover. A method that the page lacks is a matter of HTTP."""
        method = "GET" if request.method == "HEAD" else request.method
        needed = self.permissions.get(method)
        is_answered = hasattr(self, method.lower()) and method != "OPTIONS"
        if is_answered and (needed is None or not may(self.member, needed)):
            raise PermissionDenied(needed)

    def render(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template, {"section": self.section} | context, status=status)

    @property
    def platform(self) -> Platform:
        return self.member.platform

    @property
    def actor(self) -> str:
        """Who did it, as events record it."""
        name: str = self.member.user.known_as
        return name

    @property
    def wants_part(self) -> bool:
        """Whether htmx asks for a part of the page. To restore a page of the past it wants all of it."""
        return bool(self.request.htmx) and not self.request.htmx.history_restore_request


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a person to the sign-in page, and back afterwards."""
    if request.htmx:
        back = request.htmx.current_url_abs_path or request.path
        return HttpResponseClientRedirect(redirect_to_login(back).url)
    return redirect_to_login(request.get_full_path())
