"""A credit note's e-invoice over the API: how it stands, sending it, what became of it."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.einvoices import EInvoiceOut, UpdateEInvoiceIn, einvoice_shown, news_in
from billing.api.fields import NothingIn
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes import services
from credit_notes.services.einvoice import ROUTE

from .notes import CreditNoteView


class EInvoiceView(CreditNoteView):
    def show_einvoice(self, credit_note_id: str) -> Response:
        return Response(einvoice_shown(ROUTE, self.find(credit_note_id)))


class EInvoice(EInvoiceView):
    needs: ClassVar = {
        "GET": permissions.CREDIT_NOTE_VIEW,
        "PATCH": permissions.CREDIT_NOTE_EINVOICE_SEND,
    }

    @operation(
        "retrieve_einvoice",
        "Retrieve the state of the e-invoice",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=EInvoiceOut,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        return self.show_einvoice(credit_note_id)

    @operation(
        "update_einvoice",
        "Record what became of an e-invoice that was sent, or what its receiver answered",
        permission=permissions.CREDIT_NOTE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=UpdateEInvoiceIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, credit_note_id: str) -> Response:
        services.record_response(
            platform=self.platform,
            credit_note_id=credit_note_id,
            news=news_in(UpdateEInvoiceIn.read(request)),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show_einvoice(credit_note_id)


class SendEInvoice(EInvoiceView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_EINVOICE_SEND}

    @operation(
        "send_einvoice",
        "Send the e-invoice of a final credit note to its receiver, for the first time",
        permission=permissions.CREDIT_NOTE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        NothingIn.read(request)
        services.send_einvoice(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return self.show_einvoice(credit_note_id)


class ResendEInvoice(EInvoiceView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_EINVOICE_SEND}

    @operation(
        "resend_einvoice",
        "Send an e-invoice again that failed or was skipped",
        permission=permissions.CREDIT_NOTE_EINVOICE_SEND,
        answers=EInvoiceOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        NothingIn.read(request)
        services.resend_einvoice(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return self.show_einvoice(credit_note_id)
