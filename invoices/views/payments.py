"""Payments and withheld tax over the API."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import NothingIn
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.errors import NotFound
from billing.platforms import permissions
from invoices import services
from invoices.lists import PAYMENTS, TAXES_WITHHELD
from invoices.models import Invoice, Payment, TaxWithheld
from invoices.serializers.payments import (
    FailIn,
    PaymentOfInvoiceIn,
    PaymentOut,
    RecordPaymentIn,
    TaxWithheldIn,
    TaxWithheldOut,
)


class PaymentView(BillingView):
    """A view of one platform's payments."""

    def payments(self) -> QuerySet[Payment]:
        return Payment.objects.for_platform(self.platform).select_related("invoice", "excess")

    def show(self, payment_id: str, status: int = 200) -> Response:
        return Response(PaymentOut(self.payments().find(payment_id)).data, status=status)

    def record(self, invoice: Invoice, wish: dict[str, Any]) -> Response:
        """Record a payment as `RecordPaymentIn` asks for it."""
        at = clock.now()
        payment = services.record_payment(
            platform=self.platform,
            invoice_id=invoice.pk,
            **dated(wish, invoice, at),
            actor=self.actor,
            at=at,
        )
        return self.show(payment.pk, status=201)

    def invoice(self, invoice_id: str) -> Invoice:
        return Invoice.objects.for_platform(self.platform).select_related("billing_entity").find(invoice_id)


def dated(wish: dict[str, Any], invoice: Invoice, at: datetime) -> dict[str, Any]:
    """Return a wish with a date: the one it names, or today's."""
    today: date = invoice.day(at)
    return {"date": today} | wish


class InvoicePayments(PaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW, "POST": permissions.PAYMENT_CREATE}

    @operation(
        "list_invoice_payments",
        "List an invoice's payments",
        permission=permissions.PAYMENT_VIEW,
        answers=list_of(PaymentOut),
        listing=PAYMENTS,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponseBase:
        rows = self.payments().filter(invoice=self.invoice(invoice_id))
        return answer_list(request, PAYMENTS, rows, PaymentOut)

    @operation(
        "record_payment",
        "Record a payment that has come, or is on its way",
        permission=permissions.PAYMENT_CREATE,
        answers=PaymentOut,
        status=201,
        body=RecordPaymentIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.record(self.invoice(invoice_id), RecordPaymentIn.read(request))


class Payments(PaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW, "POST": permissions.PAYMENT_CREATE}

    @operation(
        "list_payments",
        "List payments",
        permission=permissions.PAYMENT_VIEW,
        answers=list_of(PaymentOut),
        listing=PAYMENTS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, PAYMENTS, self.payments(), PaymentOut)

    @operation(
        "create_payment",
        "Record a payment of an invoice that has come, or is on its way",
        permission=permissions.PAYMENT_CREATE,
        answers=PaymentOut,
        status=201,
        body=PaymentOfInvoiceIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = PaymentOfInvoiceIn.read(request)
        try:
            invoice = self.invoice(wish.pop("invoice"))
        except NotFound as refusal:
            refusal.field = "invoice"
            raise
        return self.record(invoice, wish)


class OnePayment(PaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW}

    @operation(
        "retrieve_payment",
        "Retrieve a payment",
        permission=permissions.PAYMENT_VIEW,
        answers=PaymentOut,
        refusals=(404,),
    )
    def get(self, request: Request, payment_id: str) -> Response:
        return self.show(payment_id)


class Succeed(PaymentView):
    needs: ClassVar = {"POST": permissions.PAYMENT_UPDATE}

    @operation(
        "succeed_payment",
        "Say of a payment in progress that the money has come",
        permission=permissions.PAYMENT_UPDATE,
        answers=PaymentOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, payment_id: str) -> Response:
        NothingIn.read(request)
        services.settle_payment(
            platform=self.platform,
            payment_id=payment_id,
            succeeded=True,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(payment_id)


class Fail(PaymentView):
    needs: ClassVar = {"POST": permissions.PAYMENT_UPDATE}

    @operation(
        "fail_payment",
        "Say of a payment in progress that the money will not come",
        permission=permissions.PAYMENT_UPDATE,
        answers=PaymentOut,
        body=FailIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, payment_id: str) -> Response:
        services.settle_payment(
            platform=self.platform,
            payment_id=payment_id,
            succeeded=False,
            failure=FailIn.read(request)["reason"],
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(payment_id)


class TaxesWithheld(PaymentView):
    needs: ClassVar = {"GET": permissions.PAYMENT_VIEW, "POST": permissions.PAYMENT_CREATE}

    def rows(self) -> QuerySet[TaxWithheld]:
        return TaxWithheld.objects.for_platform(self.platform).select_related("invoice")

    @operation(
        "list_taxes_withheld",
        "List the tax withheld from an invoice",
        permission=permissions.PAYMENT_VIEW,
        answers=list_of(TaxWithheldOut),
        listing=TAXES_WITHHELD,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponseBase:
        rows = self.rows().filter(invoice=self.invoice(invoice_id))
        return answer_list(request, TAXES_WITHHELD, rows, TaxWithheldOut)

    @operation(
        "record_tax_withheld",
        "Record tax that the customer withheld from an invoice",
        permission=permissions.PAYMENT_CREATE,
        answers=TaxWithheldOut,
        status=201,
        body=TaxWithheldIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish, at = TaxWithheldIn.read(request), clock.now()
        row = services.record_tax_withheld(
            platform=self.platform,
            invoice_id=invoice_id,
            **dated(wish, self.invoice(invoice_id), at),
            actor=self.actor,
            at=at,
        )
        return Response(TaxWithheldOut(self.rows().find(row.pk)).data, status=201)
