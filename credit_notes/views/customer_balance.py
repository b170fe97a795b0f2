"""A customer's balance over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.schema import operation
from billing.api.views import BillingView
from billing.platforms import permissions
from credit_notes import services
from credit_notes.serializers.customer_balance import BalanceIn, BalanceOut


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
