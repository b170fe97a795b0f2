"""A customer's balance and credit notes over the API."""

from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from billing.platforms.models import Customer
from credit_notes import services
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote
from credit_notes.serializers.customer_balance import BalanceIn, BalanceOut
from credit_notes.serializers.notes import ListedCreditNoteOut


class CustomerBalance(BillingView):
    needs: ClassVar = {"GET": permissions.CUSTOMER_VIEW}

    @operation(
        "retrieve_customer_balance",
        "Retrieve what a customer owes, what credit they have, and what moved",
        permission=permissions.CUSTOMER_VIEW,
        answers=BalanceOut,
        query=BalanceIn,
        refusals=(404,),
    )
    def get(self, request: Request, customer_id: str) -> Response:
        most = BalanceIn.read_query(request)["limit"]
        balance = services.balance_of(platform=self.platform, customer_id=customer_id, most=most)
        return Response(BalanceOut(balance).data)


class CustomerCreditNotes(BillingView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_customer_credit_notes",
        "List a customer's credit notes",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(ListedCreditNoteOut),
        listing=CREDIT_NOTES,
        refusals=(404,),
    )
    def get(self, request: Request, customer_id: str) -> HttpResponseBase:
        customer = Customer.objects.for_platform(self.platform).find(customer_id)
        rows = CreditNote.objects.for_platform(self.platform).filter(customer=customer)
        rows = rows.prefetch_related("references")
        return answer_list(request, CREDIT_NOTES, rows, ListedCreditNoteOut)
