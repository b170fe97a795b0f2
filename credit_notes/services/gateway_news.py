"""Hear what a payment provider says of its own accord."""

from datetime import datetime

from credit_notes.gateways import news_from
from credit_notes.models import GatewayAccount, Refund

from .settle_refund import take_outcome


def hear_from_stripe(*, account_id: str, body: bytes, signature: str, at: datetime) -> None:
    """Take what a webhook of Stripe says of one of our refunds; what it says of others is not for us.

    :raises NotFound: there is no such account.
    :raises SignatureInvalid: the account's secret did not sign it.
    """
    account = GatewayAccount.objects.select_related("platform").find(account_id)
    news = news_from(body, signature=signature, secret=account.webhook_secret)
    if news is None:
        return
    refunds = Refund.objects.for_platform(account.platform).filter(gateway=Refund.Gateway.STRIPE)
    if refunds.filter(pk=news.refund_id).exists():
        take_outcome(
            platform=account.platform,
            refund_id=news.refund_id,
            outcome=news.outcome,
            actor=account.get_kind_display(),
            at=at,
        )
