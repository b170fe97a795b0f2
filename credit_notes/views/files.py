"""A credit note's files, over the API."""

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
from billing.api.schema import BYTES, operation
from billing.documents.files import HTML, PDF, XML
from billing.platforms import permissions
from credit_notes import services
from credit_notes.models import CreditNote

from .notes import CreditNoteView


class PaperView(CreditNoteView):
    """A view that answers a note's paper: of a final note the stored one, of a draft how it would be."""

    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_PDF_DOWNLOAD}

    def paper(self, credit_note_id: str, kind: str) -> HttpResponse:
        note = self.find(credit_note_id)
        if not note.is_draft:
            return file_response(note, kind)
        drawn = services.preview(
            platform=self.platform, credit_note_id=credit_note_id, kind=kind, at=clock.now()
        )
        return preview_response(drawn)


class Pdf(PaperView):
    @operation(
        "read_credit_note_pdf",
        "Read the PDF; of a draft, how it would be printed now",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/pdf",
        refusals=(404, 409),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        return self.paper(credit_note_id, PDF)


class Html(PaperView):
    @operation(
        "read_credit_note_html",
        "Read the HTML, which fetches and runs nothing; of a draft, how it would be printed now",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="text/html",
        refusals=(404, 409),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        return self.paper(credit_note_id, HTML)


class EInvoiceXml(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_PDF_DOWNLOAD}

    @operation(
        "read_einvoice_xml",
        "Read the e-invoice: UBL or CII with the PDF inside, or the CII of a hybrid PDF",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/xml",
        query=EInvoiceXmlIn,
        refusals=(404, 422, 503),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        wish = EInvoiceXmlIn.read_query(request)
        note = CreditNote.objects.for_platform(self.platform).with_snapshot().find(credit_note_id)
        return einvoice_response(note, XML, wish.get("syntax"))


class Download(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_PDF_DOWNLOAD}

    @operation(
        "download_credit_note",
        "Be sent to a signed link, valid for five minutes",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=None,
        status=302,
        query=DownloadIn,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        wish = DownloadIn.read_query(request)
        return redirect_to_file(self.find(credit_note_id), wish["format"])


class DownloadByItsOtherAddress(Download):
    """InvoiceAhoy writes `/download/{id}` too."""

    @operation(
        "download_credit_note_by_other_address",
        "Be sent to a signed link: the same as `/v1/credit-notes/{id}/download`",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=None,
        status=302,
        query=DownloadIn,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        return super().get(request, credit_note_id)
