"""The overview, and trying again what workers gave up."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.events.endpoints import update_endpoint
from billing.events.models import Delivery, Reaction
from billing.events.retry import NothingToTryAgain, try_again
from billing.platforms.permissions import INVOICE_VIEW, SETTINGS_UPDATE, WORK_TRY_AGAIN
from billing_desk.desk import queries

from .base import DeskView

REASON = "Tried again from the overview"


class Home(DeskView):
    """What waits for a person."""

    permissions = {"GET": INVOICE_VIEW}
    section = "home"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("desk/home.html", page=queries.overview_of(member=self.member, at=clock.now()))


class TryAgain(DeskView):
    """Put work that was given up back in line."""

    permissions = {"POST": WORK_TRY_AGAIN}

    def post(self, request: HttpRequest, work_id: str) -> HttpResponse:
        kind = Reaction if work_id.isdecimal() else Delivery
        work = kind.objects.filter(pk=work_id, event__platform=self.platform).first()
        if work is None:
            raise Http404("There is no such work here.")
        try:
            try_again(work, reason=REASON, actor=self.actor, at=clock.now())
        except NothingToTryAgain as refusal:
            messages.info(request, refusal.detail)
        else:
            messages.success(request, "It is being tried again. Look at the document in a moment.")
        return redirect("desk:home")


class EnableWebhooks(DeskView):
    """Send webhooks to an endpoint again that was switched off."""

    permissions = {"POST": SETTINGS_UPDATE}

    def post(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = update_endpoint(
            platform=self.platform,
            endpoint_id=endpoint_id,
            changes={"is_enabled": True},
            actor=self.actor,
            at=clock.now(),
        )
        messages.success(request, f"Webhooks go to {endpoint.url} again; what waited is on its way.")
        return redirect("desk:home")
