"""The same for up to a thousand invoices or credit notes, over the API: a job does it."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.bulk import BulkView, one_of
from billing.api.idempotency import idempotent
from billing.api.resources.jobs import JobOut
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes.serializers.bulk import ACTIONS
from credit_notes.services.reason_codes import require_reason


class BulkCreditNotes(BulkView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_VIEW}
    actions = ACTIONS

    @operation(
        "bulk_credit_notes",
        "Credit up to 1000 invoices, or finalise, void, send … up to 1000 credit notes, as a job; needs the "
        "action's own permissions too",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=JobOut,
        status=202,
        body=one_of("BulkCreditNotes", ACTIONS),
        refusals=(415,),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        return self.ask(request)

    def require_possible(self, deed: str, options: dict[str, Any]) -> None:
        if deed == "credit_invoice":
            code = options.get("reason_code", "")
            require_reason(platform=self.platform, kind="CREDIT", code=code)
