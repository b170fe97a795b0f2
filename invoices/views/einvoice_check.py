"""What the rules would say of an invoice's e-invoice, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.einvoice_checks import EInvoiceCheckOut, check_shown
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.platforms import permissions
from invoices import services


class EInvoiceCheck(BillingView):
    needs: ClassVar = {"GET": permissions.INVOICE_VIEW}

    @operation(
        "check_invoice_einvoice",
        "Check a draft as the e-invoice it would be if it were final now, or a final one; nothing changes",
        permission=permissions.INVOICE_VIEW,
        answers=EInvoiceCheckOut,
        refusals=(404, 503),
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        found = services.check_draft(platform=self.platform, invoice_id=invoice_id, at=clock.now())
        return Response(check_shown(*found))
