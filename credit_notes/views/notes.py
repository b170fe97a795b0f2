"""Credit notes over the API."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.downloads import DownloadIn, file_response, redirect_to_file
from billing.api.idempotency import idempotent
from billing.api.schema import BYTES, operation
from billing.api.views import BillingView
from billing.errors import Invalid
from billing.platforms import permissions
from billing.platforms.models import Platform
from credit_notes import services
from credit_notes.by_period import Node
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.serializers.notes import (
    EInvoiceOut,
    WholeCreditNoteOut,
    einvoice_of,
)
from credit_notes.serializers.wishes import FinalizeIn, UpdateCreditNoteIn, bonus_of, said_in, selection_in

SELECTING = frozenset({"lines", "amount", "periods", "groups"})


def found(platform: Platform, invoice_id: str, asked: Selection | list[Node]) -> Selection:
    """Return what is to be credited of an invoice, its periods looked up."""
    if isinstance(asked, Selection):
        return asked
    return services.selection_by_period(platform=platform, invoice_id=invoice_id, periods=asked)


class CreditNoteView(BillingView):
    """A view of one platform's credit notes."""

    def find(self, credit_note_id: str) -> CreditNote:
        return CreditNote.objects.for_platform(self.platform).find(credit_note_id)

    def show(self, credit_note_id: str, status: int = 200) -> Response:
        notes: QuerySet[CreditNote] = CreditNote.objects.for_platform(self.platform).prefetch_related(
            "lines", "allowances_charges", "references", "allocations", "refunds", "tax_withheld_refunds"
        )
        return Response(WholeCreditNoteOut(notes.find(credit_note_id)).data, status=status)


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
        "Edit a draft; of a final note only the internal comment and the metadata",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=UpdateCreditNoteIn,
        refusals=(404, 409, 415, 422),
    )
    def patch(self, request: Request, credit_note_id: str) -> Response:
        wish = UpdateCreditNoteIn.read(request)
        services.update_draft(
            platform=self.platform,
            credit_note_id=credit_note_id,
            changes=self.changes(credit_note_id, wish),
            version=wish.get("version"),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)

    def changes(self, credit_note_id: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Return what is to change, by the names that `update_draft` takes."""
        changes = said_in(wish)
        if "invoices" in wish:
            parts = [(part["invoice"], selection_in(part)) for part in wish["invoices"]]
        elif SELECTING.isdisjoint(wish):
            return changes
        else:
            note = self.find(credit_note_id)
            if note.invoice_id is None and "lines" in wish and not note.references.exists():
                return changes | {"free": bonus_of(wish["lines"])}
            parts = [(note.invoice_id, selection_in(wish))]
            if note.invoice_id is None:
                raise Invalid(
                    "It corrects several invoices: give `invoices`, each with its lines.", field="lines"
                )
        return changes | {
            "selections": tuple((one, found(self.platform, one, asked)) for one, asked in parts)
        }

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
