"""How money goes back: each gateway is a small object that speaks to one provider, and knows no table."""

from .manual import ManualGateway
from .port import FAILED, PENDING, SUCCEEDED, Gateway, GatewayUnavailable, Outcome
from .stripe_ import SignatureInvalid, StripeGateway, news_from

__all__ = [
    "FAILED",
    "PENDING",
    "SUCCEEDED",
    "Gateway",
    "GatewayUnavailable",
    "ManualGateway",
    "Outcome",
    "SignatureInvalid",
    "StripeGateway",
    "news_from",
]
