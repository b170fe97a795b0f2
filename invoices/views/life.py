"""Finalise, hold and release drafts of invoices, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import NothingIn
from billing.api.idempotency import idempotent
from billing.api.permissions import require
from billing.api.schema import operation
from billing.platforms import permissions
from invoices import services
from invoices.serializers.invoices import WholeInvoiceOut
from invoices.serializers.wishes import FinalizeInvoiceIn

from .invoices import InvoiceView


class Finalize(InvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_FINALIZE}

    @operation(
        "finalize_invoice",
        "Finalise a draft: number it and freeze it",
        permission=permissions.INVOICE_FINALIZE,
        also={"notify": permissions.INVOICE_SEND_EMAIL},
        answers=WholeInvoiceOut,
        body=FinalizeInvoiceIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish = FinalizeInvoiceIn.read(request)
        if wish["notify"]:
            require(request, permissions.INVOICE_SEND_EMAIL)
        services.finalize_invoice(
            platform=self.platform,
            invoice_id=invoice_id,
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)


class Hold(InvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_UPDATE}

    @operation(
        "hold_invoice",
        "Keep a draft from being finalised automatically",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        NothingIn.read(request)
        services.hold_invoice(platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now())
        return self.show(invoice_id)


class Release(InvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_UPDATE}

    @operation(
        "release_invoice",
        "Take a draft off hold; its time until it is finalised automatically begins anew",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        NothingIn.read(request)
        services.release_invoice(
            platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
        )
        return self.show(invoice_id)
