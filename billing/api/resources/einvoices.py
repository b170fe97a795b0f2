"""All e-invoices that were sent, or were to be, over the API."""

from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request

from billing.api.einvoices import ListedEInvoiceOut
from billing.api.lists import answer_list
from billing.api.permissions import require
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.exchange.lists import EINVOICES
from billing.exchange.models import EInvoice
from billing.platforms import permissions


class EInvoices(BillingView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_einvoices",
        "List the e-invoices of invoices and credit notes",
        permission=permissions.CREDIT_NOTE_VIEW,
        also={"document_kind": permissions.INVOICE_VIEW},
        answers=list_of(ListedEInvoiceOut),
        listing=EINVOICES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        if request.query_params.get("document_kind") != "credit_note":
            require(request, permissions.INVOICE_VIEW)
        rows = EInvoice.objects.for_platform(self.platform)
        return answer_list(request, EINVOICES, rows, ListedEInvoiceOut)
