"""E-mail a credit note, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.mailing import MessageOut, SendIn
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes import services

from .notes import CreditNoteView


class Send(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_SEND_EMAIL}

    @operation(
        "send_credit_note",
        "E-mail a final credit note with its PDF and its e-invoice; a worker does it soon",
        permission=permissions.CREDIT_NOTE_SEND_EMAIL,
        answers=MessageOut,
        status=202,
        body=SendIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        message = services.request_email(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **SendIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(MessageOut(message).data, status=202)
