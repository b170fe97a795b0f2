"""An invoice's files, over the API."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from billing import clock
from billing.api.downloads import (
    DownloadIn,
    EInvoiceXmlIn,
    einvoice_response,
    file_response,
    preview_response,
    redirect_to_file,
)
from billing.api.permissions import require
from billing.api.schema import BYTES, operation
from billing.api.views import BillingView
from billing.documents.files import HTML, PDF, XML
from billing.platforms import permissions
from invoices import services
from invoices.models import Invoice


class InvoiceFileView(BillingView):
    """A view that answers an invoice's files: of a draft, how its paper would be."""

    needs: ClassVar = {"GET": permissions.INVOICE_PDF_DOWNLOAD}

    def find(self, invoice_id: str) -> Invoice:
        return Invoice.objects.for_platform(self.platform).find(invoice_id)

    def paper(self, invoice_id: str, kind: str) -> HttpResponse:
        invoice = self.find(invoice_id)
        if not invoice.is_draft:
            return file_response(invoice, kind)
        drawn = services.preview(platform=self.platform, invoice_id=invoice_id, kind=kind, at=clock.now())
        return preview_response(drawn)


class InvoiceXml(InvoiceFileView):
    needs: ClassVar = {"GET": permissions.INVOICE_UBL_DOWNLOAD}

    @operation(
        "read_invoice_xml",
        "Read the e-invoice: as it was issued, or the XML that an invoice was imported from",
        permission=permissions.INVOICE_UBL_DOWNLOAD,
        answers=BYTES,
        media_type="application/xml",
        query=EInvoiceXmlIn,
        refusals=(404, 422, 503),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        wish = EInvoiceXmlIn.read_query(request)
        invoice = Invoice.objects.for_platform(self.platform).with_snapshot().find(invoice_id)
        return einvoice_response(invoice, services.xml_kind(invoice), wish.get("syntax"))


class InvoicePdf(InvoiceFileView):
    @operation(
        "read_invoice_pdf",
        "Read an invoice's PDF; of a draft, how it would be printed now",
        permission=permissions.INVOICE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/pdf",
        refusals=(404, 409),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        return self.paper(invoice_id, PDF)


class InvoiceHtml(InvoiceFileView):
    @operation(
        "read_invoice_html",
        "Read an invoice's HTML, which fetches and runs nothing; of a draft, how it would be printed now",
        permission=permissions.INVOICE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="text/html",
        refusals=(404, 409),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        return self.paper(invoice_id, HTML)


class InvoiceDownload(InvoiceFileView):
    @operation(
        "download_invoice",
        "Be sent to a signed link, valid for five minutes; `xml` also needs `INVOICE.UBL.DOWNLOAD`",
        permission=permissions.INVOICE_PDF_DOWNLOAD,
        answers=None,
        status=302,
        query=DownloadIn,
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        kind = DownloadIn.read_query(request)["format"]
        if kind == XML:
            require(request, permissions.INVOICE_UBL_DOWNLOAD)
        invoice = self.find(invoice_id)
        return redirect_to_file(invoice, services.xml_kind(invoice) if kind == XML else kind)
