"""E-mail an invoice, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.mailing import MessageOut, SendIn
from billing.api.schema import operation
from billing.platforms import permissions
from invoices import services

from .invoices import InvoiceView


class Send(InvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_SEND_EMAIL}

    @operation(
        "send_invoice",
        "E-mail a final invoice with its PDF; a worker does it soon",
        permission=permissions.INVOICE_SEND_EMAIL,
        answers=MessageOut,
        status=202,
        body=SendIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        message = services.request_email(
            platform=self.platform,
            invoice_id=invoice_id,
            **SendIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(MessageOut(message).data, status=202)
