"""What customers paid too much, over the API: seen, and used to pay other invoices."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from invoices import services
from invoices.lists import OVERPAYMENTS
from invoices.models import Overpayment
from invoices.serializers.invoices import WholeInvoiceOut
from invoices.serializers.overpayments import ApplyOverpaymentIn, OverpaymentOut

from .invoices import InvoiceView


class OverpaymentView(BillingView):
    def overpayments(self) -> QuerySet[Overpayment]:
        return Overpayment.objects.for_platform(self.platform).select_related("payment")


class Overpayments(OverpaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW}

    @operation(
        "list_overpayments",
        "List what customers paid too much, and what is left of it",
        permission=permissions.PAYMENT_VIEW,
        answers=list_of(OverpaymentOut),
        listing=OVERPAYMENTS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, OVERPAYMENTS, self.overpayments(), OverpaymentOut)


class OneOverpayment(OverpaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW}

    @operation(
        "retrieve_overpayment",
        "Retrieve an overpayment",
        permission=permissions.PAYMENT_VIEW,
        answers=OverpaymentOut,
        refusals=(404,),
    )
    def get(self, request: Request, overpayment_id: str) -> Response:
        return Response(OverpaymentOut(self.overpayments().find(overpayment_id)).data)


class ApplyOverpayment(InvoiceView):
    needs: ClassVar = {"POST": permissions.PAYMENT_CREATE}

    @operation(
        "apply_overpayment",
        "Pay an invoice with what its customer once paid too much",
        permission=permissions.PAYMENT_CREATE,
        answers=WholeInvoiceOut,
        body=ApplyOverpaymentIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish = ApplyOverpaymentIn.read(request)
        services.apply_overpayment(
            platform=self.platform,
            invoice_id=invoice_id,
            overpayment_id=wish.get("overpayment", ""),
            amount=wish.get("amount"),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)
