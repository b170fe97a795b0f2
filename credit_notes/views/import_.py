"""Importing credit notes over the API."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.permissions import require
from billing.api.schema import operation
from billing.platforms import permissions
from billing.platforms.permissions import allows
from credit_notes import services
from credit_notes.serializers.import_ import ImportCreditNoteIn
from credit_notes.serializers.notes import WholeCreditNoteOut
from credit_notes.services.import_ import PastAllocation, PastRefund

from .notes import CreditNoteView
from .wishes import wish_of


class ImportCreditNote(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_CREATE}

    @operation(
        "import_credit_note",
        "Import a FINAL credit note that was issued elsewhere",
        permission=permissions.CREDIT_NOTE_CREATE,
        also={
            "number": permissions.CREDIT_NOTE_FINALIZE,
            "allocations": permissions.CREDIT_NOTE_ALLOCATE,
            "refunds": permissions.CREDIT_NOTE_REFUND,
        },
        answers=WholeCreditNoteOut,
        status=201,
        body=ImportCreditNoteIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        body: dict[str, Any] = ImportCreditNoteIn.read(request)
        allocations, refunds = body.pop("allocations", ()), body.pop("refunds", ())
        require(request, permissions.CREDIT_NOTE_FINALIZE)
        for rows, permission in (
            (allocations, permissions.CREDIT_NOTE_ALLOCATE),
            (refunds, permissions.CREDIT_NOTE_REFUND),
        ):
            if rows:
                require(request, permission)
        note = services.import_credit_note(
            platform=self.platform,
            wish=wish_of(self.platform, body),
            allocations=[PastAllocation(**row) for row in allocations],
            refunds=[PastRefund(**row) for row in refunds],
            approved=allows(request.auth.permissions, permissions.CREDIT_NOTE_APPROVE),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(note.pk, status=201)
