"""All e-invoices that were sent, or were to be, over the API: those of invoices and of credit notes."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.einvoices import ListedEInvoiceOut
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.exchange.lists import EINVOICES, EINVOICES_FOR_CLIENTS, with_outlook
from billing.exchange.models import EInvoice
from billing.platforms.permissions import CREDIT_NOTE_VIEW, INVOICE_VIEW, allows

from .einvoice_callbacks import ROUTES

SEES = {"credit_note": CREDIT_NOTE_VIEW, "invoice": INVOICE_VIEW}
"""Which permission shows the e-invoices of a kind of document."""


class AllEInvoicesView(BillingView):
    """Answers whoever sees credit notes or invoices, with those of what they see."""

    needs: ClassVar = {"GET": CREDIT_NOTE_VIEW}
    instead = INVOICE_VIEW

    def einvoices(self, request: Request) -> QuerySet[EInvoice]:
        """Return those of the kinds of documents that a credential sees."""
        kinds = [kind for kind, permission in SEES.items() if allows(request.auth.permissions, permission)]
        rows = EInvoice.objects.for_platform(self.platform).filter(document_kind__in=kinds)
        return with_outlook(rows, ROUTES)


class EInvoices(AllEInvoicesView):
    @operation(
        "list_einvoices",
        "List the e-invoices of invoices and credit notes",
        permission=CREDIT_NOTE_VIEW,
        instead=INVOICE_VIEW,
        answers=list_of(ListedEInvoiceOut),
        listing=EINVOICES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        listing = EINVOICES_FOR_CLIENTS if self.platform.seen_by else EINVOICES
        return answer_list(request, listing, self.einvoices(request), ListedEInvoiceOut)


class OneEInvoice(AllEInvoicesView):
    @operation(
        "retrieve_einvoice_by_id",
        "Retrieve an e-invoice by its own id",
        permission=CREDIT_NOTE_VIEW,
        instead=INVOICE_VIEW,
        answers=ListedEInvoiceOut,
        refusals=(404,),
    )
    def get(self, request: Request, einvoice_id: str) -> Response:
        return Response(ListedEInvoiceOut(self.einvoices(request).find(einvoice_id)).data)
