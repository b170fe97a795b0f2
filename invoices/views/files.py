"""An invoice's files, over the API."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from billing.api.downloads import file_response
from billing.api.schema import BYTES, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from invoices import services
from invoices.models import Invoice


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
