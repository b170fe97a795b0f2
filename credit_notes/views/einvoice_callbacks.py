"""Where access points tell us what became of an e-invoice. docs/api/einvoices.md has the contract."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing import clock
from billing.api.bodies import BodyTooLarge, require_plain
from billing.api.einvoices import ToldIn, news_in
from billing.api.parsers import require_keepable, understood, whole_body
from billing.api.schema import operation
from billing.api.throttling import limit, limit_request
from billing.errors import Invalid
from billing.exchange.callback import hear_invoice_response, hear_status, signed_channel
from billing.exchange.hear import TOLD
from billing.exchange.invoice_response import read_invoice_response
from billing.exchange.models import Channel, EInvoice
from billing.exchange.refusals import CallbackNotSigned
from credit_notes.services.einvoice import ROUTE as OF_NOTES
from invoices.services.einvoice import ROUTE as OF_INVOICES

MOST_BYTES = 1_000_000
MOST_A_MINUTE = 1200
"""Messages of one channel; a stranger's count for the address that they come from."""
SIGNED = (
    "Needs no permission and no key: it is signed with the secret of the billing entity's channel, "
    "as Standard Webhooks define it. A Peppol Invoice Response (UBL, `application/xml`) is taken as it is."
)
SIGNATURE = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=meaning)
    for name, meaning in (
        ("webhook-id", "The message's key: told twice, it is taken once."),
        ("webhook-timestamp", "Seconds since 1970, at most five minutes off."),
        ("webhook-signature", "`v1,` and base64 of the HMAC-SHA256 of `{id}.{timestamp}.{body}`."),
    )
]
XML_TYPES = {"application/xml", "text/xml"}
ROUTES = (OF_NOTES, OF_INVOICES)


class AsSigned(BaseParser):
    """Hand a body on as the bytes that were signed, whatever it calls itself."""

    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        body = whole_body(stream, parser_context, most=MOST_BYTES)
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(f"At most {MOST_BYTES} bytes are read.", limit=MOST_BYTES)
        return body


class CallbackIn(ToldIn):
    """What an access point says of one e-invoice, by our message id or by its own reference."""

    message_id = serializers.CharField(max_length=100, required=False)
    status = serializers.ChoiceField(choices=TOLD, required=False)


class HeardOut(serializers.Serializer):
    """How the e-invoice stands now."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=EInvoice.Status.choices)
    response = serializers.ChoiceField(choices=EInvoice.Response.choices, allow_blank=True)


class CallbackOut(serializers.Serializer):
    received = serializers.BooleanField()
    einvoice = HeardOut()


class EInvoiceCallback(APIView):
    """Takes an access point's word, which carries a signature in place of an API key."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    parser_classes = (AsSigned,)
    counts_requests = True  # strangers only, and channels by themselves

    @extend_schema(parameters=SIGNATURE, description=SIGNED, auth=[{}])
    @operation(
        "tell_einvoice",
        "Tell what became of an e-invoice, as the access point that has it",
        permission="",
        answers=CallbackOut,
        body={"application/json": CallbackIn},
        refusals=(404, 413),
    )
    def post(self, request: Request, channel_id: str) -> Response:
        require_plain(request)
        body, at = request.data or b"", clock.now()
        try:
            channel = signed_channel(channel_id, headers=request.headers, body=body, at=at)
        except CallbackNotSigned:
            limit_request(request)
            raise
        limit("einvoice-callback", channel.pk, per_minute=MOST_A_MINUTE)
        einvoice = self.hear(request, channel, body)
        known = {"id": einvoice.pk, "status": einvoice.status, "response": einvoice.response}
        return Response({"received": True, "einvoice": known})

    def hear(self, request: Request, channel: Channel, body: bytes) -> EInvoice:
        """Take a message: JSON of ours, or an Invoice Response of Peppol."""
        key, at = request.headers["webhook-id"], clock.now()
        if request.content_type.partition(";")[0].strip().lower() in XML_TYPES:
            return hear_invoice_response(ROUTES, channel, read_invoice_response(body), key=key, at=at)
        said = callback_in(body)
        by = {"message_id": said.pop("message_id", ""), "reference": said.get("reference", "")}
        return hear_status(ROUTES, channel, **by, news=news_in(said, key=key), at=at)


def callback_in(body: bytes) -> dict[str, Any]:
    """Return what a JSON message says.

    :raises Invalid: it does not say of which e-invoice, or says nothing of it.
    """
    value = understood(body)
    require_keepable(value)
    reading = CallbackIn(data=value)
    reading.is_valid(raise_exception=True)
    said: dict[str, Any] = dict(reading.validated_data)
    if not (said.get("message_id") or said.get("reference")):
        raise Invalid("Say which e-invoice: `message_id`, or your `reference`.", field="message_id")
    if not (said.get("status") or said.get("response")):
        raise Invalid("Say a status or a response.", field="status")
    return said
