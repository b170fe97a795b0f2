"""Void and reverse final credit notes, hold and release drafts, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import NothingIn
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes import services
from credit_notes.serializers.life import ReasonIn
from credit_notes.serializers.notes import WholeCreditNoteOut
from invoices.serializers import WholeInvoiceOut
from invoices.views import whole_invoices

from .notes import CreditNoteView


class Void(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_VOID}

    @operation(
        "void_credit_note",
        "Void a final credit note whose money has gone nowhere else",
        permission=permissions.CREDIT_NOTE_VOID,
        answers=WholeCreditNoteOut,
        body=ReasonIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        services.void_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **ReasonIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)


class Reverse(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_VOID}

    @operation(
        "reverse_credit_note",
        "Reverse a credit note that can no longer be voided: issue an invoice over its amounts",
        permission=permissions.CREDIT_NOTE_VOID,
        answers=WholeInvoiceOut,
        status=201,
        body=ReasonIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        invoice = services.reverse_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **ReasonIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(WholeInvoiceOut(whole_invoices(self).find(invoice.pk)).data, status=201)


class Hold(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_UPDATE}

    @operation(
        "hold_credit_note",
        "Keep a draft from being finalised automatically",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        NothingIn.read(request)
        services.hold_credit_note(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return self.show(credit_note_id)


class Release(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_UPDATE}

    @operation(
        "release_credit_note",
        "Take a draft off hold; its time until it is finalised automatically begins anew",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        NothingIn.read(request)
        services.release_credit_note(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return self.show(credit_note_id)
