"""Approving drafts over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes import services
from credit_notes.serializers.approval import ApproveIn
from credit_notes.serializers.notes import WholeCreditNoteOut

from .notes import CreditNoteView


class Approve(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_APPROVE}

    @operation(
        "approve_credit_note",
        "Approve a draft that somebody else wrote",
        permission=permissions.CREDIT_NOTE_APPROVE,
        answers=WholeCreditNoteOut,
        body=ApproveIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        services.approve_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **ApproveIn.read(request),
            approver_id=request.auth.pk,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)
