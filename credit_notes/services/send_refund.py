"""Ask a refund's gateway, with no transaction open: to send it, or how it stands."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from billing.platforms.models import Platform
from credit_notes.gateways import Gateway, GatewayUnavailable, ManualGateway, StripeGateway
from credit_notes.models import GatewayAccount, Refund

from .settle_refund import take_outcome

logger = logging.getLogger(__name__)

LEFT_TO_ITS_REACTION = timedelta(minutes=5)
"""For how long a fresh refund is not looked after by the clock: its own reaction sends it."""


class GatewayAccountMissing(GatewayUnavailable):
    code = "gateway_account_missing"
    title = "The platform has no account at this payment provider"


def send_refund(*, refund_id: str, at: datetime) -> None:
    """Ask the gateway of a pending refund, and note what it says. May be done again at any time.

    Should we die after the gateway's yes, it is asked again with the same id and says what it said before.

    :raises GatewayUnavailable: it could not be asked.
    """
    refund = (
        Refund.objects.select_related("platform", "payment", "credit_note")
        .defer("credit_note__snapshot")
        .get(pk=refund_id)
    )
    if refund.status != Refund.Status.PENDING:
        return
    gateway = gateway_of(refund)
    if refund.provider_reference:
        outcome = gateway.look_up(reference=refund.provider_reference)
    else:
        outcome = gateway.refund(
            refund_id=refund.pk,
            amount=refund.amount,
            currency=refund.currency,
            payment_reference=refund.payment.reference if refund.payment else "",
            age=at - refund.created_at,
        )
    take_outcome(
        platform=refund.platform,
        refund_id=refund.pk,
        outcome=outcome,
        actor=refund.get_gateway_display(),
        at=at,
    )


def gateway_of(refund: Refund) -> Gateway:
    """Return the gateway that sends a refund, with the platform's account.

    :raises GatewayAccountMissing: the platform has none any more.
    """
    if refund.gateway != Refund.Gateway.STRIPE:
        return ManualGateway()
    account = account_of(refund.platform)
    if account is None:
        raise GatewayAccountMissing(f"{refund.platform} has no Stripe account to send {refund.pk} through.")
    return StripeGateway(secret_key=account.secret_key, base=settings.STRIPE_API_BASE)


def account_of(platform: Platform) -> GatewayAccount | None:
    """Return a platform's account at Stripe."""
    accounts = GatewayAccount.objects.for_platform(platform)
    return accounts.filter(kind=GatewayAccount.Kind.STRIPE).first()


def refunds_to_follow(*, at: datetime) -> list[str]:
    """Return the refunds of every platform that wait for their provider and should be asked after."""
    rows = Refund.objects.filter(
        status=Refund.Status.PENDING,
        gateway=Refund.Gateway.STRIPE,
        created_at__lte=at - LEFT_TO_ITS_REACTION,
        platform__gateway_accounts__kind=GatewayAccount.Kind.STRIPE,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def follow_refund(*, refund_id: str, at: datetime) -> None:
    """Ask after a refund that waits. A provider that does not answer is asked again in the next round."""
    try:
        send_refund(refund_id=refund_id, at=at)
    except GatewayUnavailable as error:
        logger.warning("%s waits: %s", refund_id, error.detail)
