"""Coming in, going out, and choosing where to act."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing.platforms.permissions import INVOICE_VIEW
from billing_desk.desk.access import CHOSEN
from billing_desk.desk.forms import SignInForm

from .base import DeskView


class SignIn(LoginView):
    """The one page for strangers."""

    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"is_demo": settings.DEBUG}


class SwitchPlatform(DeskView):
    """Act for another of one's platforms from now on."""

    permissions = {"POST": INVOICE_VIEW}

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("platform", "")
        chosen = next((member for member in request.memberships if member.platform_id == wanted), None)
        if chosen is None:
            raise Http404("There is no such platform here.")
        request.session[CHOSEN] = chosen.platform_id
        messages.info(request, f"You now act for {chosen.platform.name}.")
        return redirect("desk:home")
