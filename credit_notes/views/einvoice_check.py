"""What the rules would say of a credit note's e-invoice, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.einvoice_checks import EInvoiceCheckOut, check_shown
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.platforms import permissions
from credit_notes import services


class EInvoiceCheck(BillingView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "check_einvoice",
        "Check a draft as the e-invoice it would be if it were final now, or a final one; nothing changes",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=EInvoiceCheckOut,
        refusals=(404, 409, 503),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        found = services.check_draft(platform=self.platform, credit_note_id=credit_note_id, at=clock.now())
        return Response(check_shown(*found))
