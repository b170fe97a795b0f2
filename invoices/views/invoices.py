"""Invoices over the API."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list, answer_one
from billing.api.parsers import PDFBytesParser, XMLBytesParser
from billing.api.permissions import require
from billing.api.schema import BYTES, list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from invoices import services
from invoices.lists import INVOICES
from invoices.models import Invoice
from invoices.serializers.invoices import ListedInvoiceOut, WholeInvoiceOut
from invoices.serializers.wishes import CreateInvoiceIn, ReplaceInvoiceIn, UpdateInvoiceIn, said_in
from invoices.wish import InvoiceWish


def whole_invoices(view: BillingView) -> QuerySet[Invoice]:
    """Return the platform's invoices with all that `WholeInvoiceOut` reads."""
    invoices = Invoice.objects.for_platform(view.platform).select_related("billing_entity").with_settlement()
    parts = ("lines", "allowances_charges", "payments__excess", "taxes_withheld", "allocations__credit_note")
    return invoices.prefetch_related(*parts)


class InvoiceView(BillingView):
    """A view of one platform's invoices."""

    def show(self, invoice_id: str, status: int = 200) -> Response:
        invoice = whole_invoices(self).find(invoice_id)
        return answer_one(self.request, INVOICES, invoice, WholeInvoiceOut, status)


class Invoices(InvoiceView):
    needs: ClassVar = {"GET": permissions.INVOICE_VIEW, "POST": permissions.INVOICE_CREATE}

    @operation(
        "list_invoices",
        "List invoices",
        permission=permissions.INVOICE_VIEW,
        answers=list_of(ListedInvoiceOut),
        listing=INVOICES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = Invoice.objects.for_platform(self.platform).select_related("billing_entity").with_settlement()
        return answer_list(request, INVOICES, rows, ListedInvoiceOut)

    @operation(
        "create_invoice",
        "Create a one-off invoice: a draft, or with `finalize` a final one",
        permission=permissions.INVOICE_CREATE,
        also={"finalize": permissions.INVOICE_FINALIZE, "notify": permissions.INVOICE_SEND_EMAIL},
        answers=WholeInvoiceOut,
        status=201,
        body=CreateInvoiceIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = CreateInvoiceIn.read(request)
        finalize, notify = wish.pop("finalize"), wish.pop("notify")
        if finalize:
            require(request, permissions.INVOICE_FINALIZE)
        if notify:
            require(request, permissions.INVOICE_SEND_EMAIL)
        invoice = services.create_invoice(
            platform=self.platform,
            wish=InvoiceWish(**said_in(wish)),
            finalize=finalize,
            notify=notify,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice.pk, status=201)


class ImportInvoice(InvoiceView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREATE}
    parser_classes = (XMLBytesParser, PDFBytesParser)

    @operation(
        "import_invoice",
        "Import a FINAL invoice from its XML (UBL 2.1 or CII), or from a Factur-X or ZUGFeRD PDF",
        permission=permissions.INVOICE_CREATE,
        answers=WholeInvoiceOut,
        status=201,
        body={"application/xml": BYTES, "application/pdf": BYTES},
        refusals=(409, 413, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        invoice = services.import_file(
            platform=self.platform, content=request.data or b"", actor=self.actor, at=clock.now()
        )
        return self.show(invoice.pk, status=201)


class OneInvoice(InvoiceView):
    needs: ClassVar = {
        "GET": permissions.INVOICE_VIEW,
        "PATCH": permissions.INVOICE_UPDATE,
        "PUT": permissions.INVOICE_UPDATE,
        "DELETE": permissions.INVOICE_UPDATE,
    }

    @operation(
        "retrieve_invoice",
        "Retrieve an invoice",
        permission=permissions.INVOICE_VIEW,
        answers=WholeInvoiceOut,
        expands=INVOICES,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return self.show(invoice_id)

    @operation(
        "update_invoice",
        "Edit a draft; of a final invoice only the internal comment and the metadata",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        body=UpdateInvoiceIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, invoice_id: str) -> Response:
        wish = UpdateInvoiceIn.read(request)
        version = wish.pop("version", None)
        services.update_invoice(
            platform=self.platform,
            invoice_id=invoice_id,
            changes=said_in(wish),
            version=version,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)

    @operation(
        "replace_invoice",
        "Replace all that a draft says; of a final invoice the internal comment and the metadata",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        body=ReplaceInvoiceIn,
        refusals=(404, 409, 415),
    )
    def put(self, request: Request, invoice_id: str) -> Response:
        wish = ReplaceInvoiceIn.read(request)
        version = wish.pop("version", None)
        services.rewrite_invoice(
            platform=self.platform,
            invoice_id=invoice_id,
            says=said_in(wish),
            version=version,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)

    @operation(
        "delete_invoice",
        "Delete a draft",
        permission=permissions.INVOICE_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, invoice_id: str) -> Response:
        services.delete_invoice_draft(
            platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
        )
        return Response(status=204)
