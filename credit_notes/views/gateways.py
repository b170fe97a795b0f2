"""Where payment providers tell us what became of a refund."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing import clock
from credit_notes.services.gateway_news import hear_from_stripe

MOST_BYTES = 1_000_000


class AsSigned(BaseParser):
    """Hand a body on as the bytes that were signed, whatever it calls itself."""

    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        body: bytes = stream.read(MOST_BYTES)
        return body


class StripeWebhook(APIView):
    """Takes Stripe's word, which carries a signature in place of an API key.

    The API's document leaves it out: Stripe alone calls it.
    """

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    parser_classes = (AsSigned,)
    counts_requests = True  # none of them: a provider's word is never turned away

    @extend_schema(exclude=True)
    def post(self, request: Request, account_id: str) -> Response:
        hear_from_stripe(
            account_id=account_id,
            body=request.data or b"",
            signature=request.headers.get("Stripe-Signature", ""),
            at=clock.now(),
        )
        return Response({"received": True})
