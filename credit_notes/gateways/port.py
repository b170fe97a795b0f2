"""What every gateway does."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from billing.errors import BillingError

PENDING, SUCCEEDED, FAILED = "PENDING", "SUCCEEDED", "FAILED"


class GatewayUnavailable(BillingError):
    """The provider could not be asked, or its answer was lost. To ask again does no harm."""

    code = "gateway_unavailable"
    status = 503
    title = "The payment provider does not answer"


class Outcome(NamedTuple):
    """What a provider says of a refund: how it stands, its own id for it, and why it failed."""

    status: str
    reference: str = ""
    failure: str = ""


class Gateway(Protocol):
    """Sends money back. Each call may be made again, and then has the same effect as once.

    :raises GatewayUnavailable: nobody knows whether it was done; ask again.
    """

    def refund(
        self, *, refund_id: str, amount: Decimal, currency: str, payment_reference: str, age: timedelta
    ) -> Outcome:
        """Return `amount` of a payment that the provider knows by its reference.

        `refund_id` is ours and travels along, so that the provider knows the second call for the first;
        `age` is how long ago the refund was asked for.
        """
        ...

    def look_up(self, *, reference: str) -> Outcome:
        """Return how a refund stands that the provider knows by this id."""
        ...
