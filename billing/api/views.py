"""What every API view starts from."""

from typing import Any, ClassVar

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.events.record import actor_id
from billing.platforms.models import Platform

from .bodies import require_plain
from .for_clients import is_client, without_internals
from .renaming import tell_as_sent
from .throttling import limit_request


class AlwaysFirst(DefaultContentNegotiation):
    """Answers as the view does, whatever `Accept` asks for: a caller would rather read that than a 406."""

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class BillingView(APIView):
    """A view that finds out who and what, calls one service, and answers.

    `needs` names the permission of each method, `instead` one that does as well. `self.platform` is whose
    data the caller may see. A view that is `over_platforms` answers also who has not said for which of
    several platforms they ask.
    """

    needs: ClassVar[dict[str, str]] = {}
    instead: ClassVar[str] = ""
    over_platforms: ClassVar[bool] = False
    counts_requests = True
    content_negotiation_class = AlwaysFirst
    request: Request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say who asks; refuse a body that would be read as another than was meant."""
        super().initial(request, *args, **kwargs)
        actor_id.set(request.auth.pk if request.auth else "")
        require_plain(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and is_client(request):
            response.data = without_internals(response.data)
        return super().finalize_response(request, response, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks, and count the request for them, or for the address of a stranger."""
        try:
            super().perform_authentication(request)
        except Exception:
            limit_request(request)
            raise
        limit_request(request, request.auth)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer the methods that there are, in `Allow`."""
        return Response(status=204)

    def handle_exception(self, exc: Exception) -> Response:
        tell_as_sent(exc, getattr(self.request, "sent_names", {}))
        return super().handle_exception(exc)

    @property
    def platform(self) -> Platform:
        return self.request.auth.platform

    @property
    def actor(self) -> str:
        """Who did it, as events record it."""
        return self.request.auth.actor
