"""Credit notes over the API."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.downloads import DownloadIn, file_response, redirect_to_file
from billing.api.idempotency import idempotent
from billing.api.pagination import page
from billing.api.permissions import require
from billing.api.schema import BYTES, list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from credit_notes import services
from credit_notes.models import CreditNote
from credit_notes.serializers.notes import (
    CreditInvoiceIn,
    CreditNoteListIn,
    CreditNoteOut,
    EInvoiceOut,
    FinalizeIn,
    UpdateCreditNoteIn,
    WholeCreditNoteOut,
    einvoice_of,
)

FILTERS = {
    "number": "number",
    "customer": "customer_id",
    "invoice": "invoice_id",
    "status": "status",
    "type": "type",
}


class CreditNoteView(BillingView):
    """A view of one platform's credit notes."""

    def find(self, credit_note_id: str) -> CreditNote:
        return CreditNote.objects.for_platform(self.platform).find(credit_note_id)

    def show(self, credit_note_id: str, status: int = 200) -> Response:
        notes: QuerySet[CreditNote] = CreditNote.objects.for_platform(self.platform).prefetch_related(
            "lines", "allowances_charges", "references", "allocations"
        )
        return Response(WholeCreditNoteOut(notes.find(credit_note_id)).data, status=status)


class CreditInvoice(CreditNoteView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREDIT_CREATE}

    @operation(
        "credit_invoice",
        "Credit an entire invoice",
        permission=permissions.INVOICE_CREDIT_CREATE,
        answers=WholeCreditNoteOut,
        status=201,
        body=CreditInvoiceIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish = CreditInvoiceIn.read(request)
        if wish["finalize"]:
            require(request, permissions.CREDIT_NOTE_FINALIZE)
        note = services.credit_invoice(
            platform=self.platform,
            invoice_id=invoice_id,
            on_hold=wish.pop("force_init_on_hold"),
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(note.pk, status=201)


class CreditNotes(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_credit_notes",
        "List credit notes",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(CreditNoteOut),
        query=CreditNoteListIn,
    )
    def get(self, request: Request) -> Response:
        wish = CreditNoteListIn.read_query(request)
        rows = CreditNote.objects.for_platform(self.platform).prefetch_related("references")
        rows = rows.filter(**{column: wish[name] for name, column in FILTERS.items() if name in wish})
        return page(request, rows, lambda row: CreditNoteOut(row).data, wish)


class OneCreditNote(CreditNoteView):
    needs: ClassVar = {
        "GET": permissions.CREDIT_NOTE_VIEW,
        "PATCH": permissions.CREDIT_NOTE_UPDATE,
        "DELETE": permissions.CREDIT_NOTE_UPDATE,
    }

    @operation(
        "retrieve_credit_note",
        "Retrieve a credit note",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=WholeCreditNoteOut,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        return self.show(credit_note_id)

    @operation(
        "update_credit_note",
        "Edit a draft; of a final note only the internal comment",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=UpdateCreditNoteIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, credit_note_id: str) -> Response:
        changes: dict[str, Any] = UpdateCreditNoteIn.read(request)
        services.update_draft(
            platform=self.platform,
            credit_note_id=credit_note_id,
            changes=changes,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)

    @operation(
        "delete_credit_note",
        "Delete a draft",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, credit_note_id: str) -> Response:
        services.delete_draft(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return Response(status=204)


class Finalize(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_FINALIZE}

    @operation(
        "finalize_credit_note",
        "Finalise a draft: number it and freeze it",
        permission=permissions.CREDIT_NOTE_FINALIZE,
        answers=WholeCreditNoteOut,
        body=FinalizeIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        services.finalize_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **FinalizeIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)


class Pdf(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_PDF_DOWNLOAD}

    @operation(
        "read_credit_note_pdf",
        "Read the PDF",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/pdf",
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        return file_response(self.find(credit_note_id), "pdf")


class EInvoice(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "retrieve_einvoice",
        "Retrieve the state of the e-invoice",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=EInvoiceOut,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        return Response(einvoice_of(self.find(credit_note_id)))


class EInvoiceXml(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_PDF_DOWNLOAD}

    @operation(
        "read_einvoice_xml",
        "Read the e-invoice: UBL 2.1 with the PDF inside",
        permission=permissions.CREDIT_NOTE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/xml",
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> HttpResponse:
        return file_response(self.find(credit_note_id), "xml")


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
