"""The same for up to a thousand invoices, over the API: a job does it. They are credited elsewhere."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.bulk import BulkView, one_of
from billing.api.idempotency import idempotent
from billing.api.resources.jobs import JobOut
from billing.api.schema import operation
from billing.platforms import permissions
from invoices.serializers.bulk import ACTIONS


class BulkInvoices(BulkView):
    needs: ClassVar = {"POST": permissions.INVOICE_VIEW}
    actions = ACTIONS

    @operation(
        "bulk_invoices",
        "Finalise or send up to 1000 invoices, as a job; needs the action's own permission too",
        permission=permissions.INVOICE_VIEW,
        answers=JobOut,
        status=202,
        body=one_of("BulkInvoices", ACTIONS),
        refusals=(415,),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        return self.ask(request)
