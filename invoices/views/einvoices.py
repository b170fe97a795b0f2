"""An invoice's e-invoice over the API: how it stands, sending it, what became of it."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.einvoices import EInvoiceOut, UpdateEInvoiceIn, einvoice_shown, news_in
from billing.api.fields import NothingIn
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.platforms import permissions
from invoices import services
from invoices.models import Invoice
from invoices.services.einvoice import ROUTE

from .invoices import InvoiceView


class EInvoiceView(InvoiceView):
    def show_einvoice(self, invoice_id: str) -> Response:
        invoice = Invoice.objects.for_platform(self.platform).find(invoice_id)
        return Response(einvoice_shown(ROUTE, invoice))


class EInvoice(EInvoiceView):
    needs: ClassVar = {
        "GET": permissions.INVOICE_VIEW,
        "PATCH": permissions.INVOICE_EINVOICE_SEND,
    }

    @operation(
        "retrieve_invoice_einvoice",
        "Retrieve the state of the e-invoice",
        permission=permissions.INVOICE_VIEW,
        answers=EInvoiceOut,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return self.show_einvoice(invoice_id)

    @operation(
        "update_invoice_einvoice",
        "Record what became of an e-invoice that was sent, or what its receiver answered",
        permission=permissions.INVOICE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=UpdateEInvoiceIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, invoice_id: str) -> Response:
        services.record_response(
            platform=self.platform,
            invoice_id=invoice_id,
            news=news_in(UpdateEInvoiceIn.read(request)),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show_einvoice(invoice_id)


class SendEInvoice(EInvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_EINVOICE_SEND}

    @operation(
        "send_invoice_einvoice",
        "Send the e-invoice of a final invoice to its receiver, for the first time",
        permission=permissions.INVOICE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        NothingIn.read(request)
        services.send_einvoice(
            platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
        )
        return self.show_einvoice(invoice_id)


class ResendEInvoice(EInvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_EINVOICE_SEND}

    @operation(
        "resend_invoice_einvoice",
        "Send an e-invoice again that failed or was skipped",
        permission=permissions.INVOICE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        NothingIn.read(request)
        services.resend_einvoice(
            platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
        )
        return self.show_einvoice(invoice_id)
