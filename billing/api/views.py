"""What every API view starts from."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from billing.platforms.models import Platform


class BillingView(APIView):
    """A view that finds out who and what, calls one service, and answers.

    `needs` names the permission of each method. `self.platform` is whose data the caller may see.
    """

    needs: ClassVar[dict[str, str]] = {}
    request: Request

    @property
    def platform(self) -> Platform:
        return self.request.auth.platform

    @property
    def actor(self) -> str:
        """Who did it, as events record it."""
        return f"API key {self.request.auth.name} ({self.request.auth.prefix}…)"
