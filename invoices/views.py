"""Invoices over the API."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.downloads import file_response
from billing.api.idempotency import idempotent
from billing.api.pagination import page
from billing.api.parsers import XMLBytesParser
from billing.api.schema import BYTES, list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions

from . import services
from .models import Invoice
from .serializers import InvoiceListIn, InvoiceOut, WholeInvoiceOut

FILTERS = {"number": "number", "customer": "customer_id", "status": "status"}


def whole_invoices(view: BillingView) -> QuerySet[Invoice]:
    """Return the platform's invoices with all that `WholeInvoiceOut` reads."""
    invoices = Invoice.objects.for_platform(view.platform).with_settlement()
    return invoices.prefetch_related("lines", "allowances_charges")


class Invoices(BillingView):
    needs: ClassVar = {"GET": permissions.INVOICE_VIEW}

    @operation(
        "list_invoices",
        "List invoices",
        permission=permissions.INVOICE_VIEW,
        answers=list_of(InvoiceOut),
        query=InvoiceListIn,
    )
    def get(self, request: Request) -> Response:
        wish = InvoiceListIn.read_query(request)
        rows = Invoice.objects.for_platform(self.platform).with_settlement()
        rows = rows.filter(**{column: wish[name] for name, column in FILTERS.items() if name in wish})
        return page(request, rows, lambda row: InvoiceOut(row).data, wish)


class ImportInvoice(BillingView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREATE}
    parser_classes = (XMLBytesParser,)

    @operation(
        "import_invoice",
        "Import a FINAL invoice from its UBL 2.1 XML",
        permission=permissions.INVOICE_CREATE,
        answers=WholeInvoiceOut,
        status=201,
        body={"application/xml": BYTES},
        refusals=(409, 413, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        invoice = services.import_ubl(
            platform=self.platform, xml=request.data or b"", actor=self.actor, at=clock.now()
        )
        return Response(WholeInvoiceOut(whole_invoices(self).find(invoice.pk)).data, status=201)


class OneInvoice(BillingView):
    needs: ClassVar = {"GET": permissions.INVOICE_VIEW}

    @operation(
        "retrieve_invoice",
        "Retrieve an invoice",
        permission=permissions.INVOICE_VIEW,
        answers=WholeInvoiceOut,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return Response(WholeInvoiceOut(whole_invoices(self).find(invoice_id)).data)


class InvoiceXml(BillingView):
    needs: ClassVar = {"GET": permissions.INVOICE_UBL_DOWNLOAD}

    @operation(
        "read_invoice_xml",
        "Read the XML that an invoice was imported from",
        permission=permissions.INVOICE_UBL_DOWNLOAD,
        answers=BYTES,
        media_type="application/xml",
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        invoice = Invoice.objects.for_platform(self.platform).find(invoice_id)
        return file_response(invoice, services.SOURCE)


class InvoicePdf(BillingView):
    needs: ClassVar = {"GET": permissions.INVOICE_PDF_DOWNLOAD}

    @operation(
        "read_invoice_pdf",
        "Read an invoice's PDF",
        permission=permissions.INVOICE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/pdf",
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        return file_response(Invoice.objects.for_platform(self.platform).find(invoice_id), "pdf")
