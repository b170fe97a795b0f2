"""What every API view starts from."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from billing.errors import BillingError
from billing.events.record import actor_id
from billing.platforms.models import Platform


class LengthRequired(BillingError):
    code = "length_required"
    status = 411
    title = "The request does not say how long its body is"


class BillingView(APIView):
    """A view that finds out who and what, calls one service, and answers.

    `needs` names the permission of each method. `self.platform` is whose data the caller may see.
    """

    needs: ClassVar[dict[str, str]] = {}
    request: Request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say who asks; refuse a chunked body, which WSGI would read as empty: that is a wish of its own."""
        super().initial(request, *args, **kwargs)
        actor_id.set(request.auth.pk if request.auth else "")
        if request.headers.get("Transfer-Encoding") and not request.headers.get("Content-Length"):
            raise LengthRequired("Send the body with a Content-Length, not in chunks.")

    @property
    def platform(self) -> Platform:
        return self.request.auth.platform

    @property
    def actor(self) -> str:
        """Who did it, as events record it."""
        return f"API key {self.request.auth.name} ({self.request.auth.prefix}…)"
