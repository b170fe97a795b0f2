"""Stripe: refunds of its charges and payment intents, and what its webhooks say of them."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import stripe

from billing.errors import Invalid
from billing.money import minor_unit

from .port import FAILED, PENDING, SUCCEEDED, GatewayUnavailable, Outcome

SECONDS_TO_ANSWER = 10
RETRIES = 1
KEYS_LIVE_FOR = timedelta(hours=23)
"""Stripe forgets idempotency keys after 24 hours."""
OURS = "billing_desk_refund"
"""The name in a refund's metadata under which our id travels."""

NOT_AS_ISO = {"ISK": Decimal("0.01"), "UGX": Decimal("0.01"), "MGA": Decimal(1)}
"""Units in which Stripe counts other than ISO 4217. Source: docs.stripe.com/currencies, special cases."""
IN_TENS = {"BHD", "JOD", "KWD", "OMR", "TND"}
"""Three-decimal currencies, whose last digit must be 0. Source: the same page."""

STATUS = {
    "pending": PENDING,
    "requires_action": PENDING,
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "canceled": FAILED,
}
FAILURES = {
    "charge_for_pending_refund_disputed": "The customer disputed the charge while the refund was pending.",
    "declined": "The customer's bank declined the refund.",
    "expired_or_canceled_card": "The card has expired or was cancelled.",
    "insufficient_funds": "The Stripe account has too little money for the refund.",
    "lost_or_stolen_card": "The card was reported lost or stolen.",
    "merchant_request": "The refund was stopped at the seller's request.",
}
NEWS = {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}


class SignatureInvalid(Invalid):
    code = "signature_invalid"
    title = "The message is not signed with this account's secret"


class News(NamedTuple):
    """What a webhook says of one of our refunds."""

    refund_id: str
    outcome: Outcome


class StripeGateway:
    """One Stripe account. `base` is another address than Stripe's own, for tests."""

    def __init__(self, *, secret_key: str, base: str = "") -> None:
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base} if base else None,
            http_client=stripe.RequestsClient(timeout=SECONDS_TO_ANSWER),
            max_network_retries=RETRIES,
        )

    def refund(
        self, *, refund_id: str, amount: Decimal, currency: str, payment_reference: str, age: timedelta
    ) -> Outcome:
        """Refund a part of a charge (`ch_…`, `py_…`) or of a payment intent (`pi_…`).

        Our id is the idempotency key. When the key may have been forgotten, a refund with our id in its
        metadata is looked for first.
        """
        units = amount / NOT_AS_ISO.get(currency, minor_unit(currency))
        if units % (10 if currency in IN_TENS else 1):
            return Outcome(FAILED, failure=f"Stripe does not refund {amount} {currency}: it is too fine.")
        kind = "charge" if payment_reference.startswith(("ch_", "py_")) else "payment_intent"
        of: Any = {kind: payment_reference}
        wish = {**of, "amount": int(units), "metadata": {OURS: refund_id}}
        refunds = self.client.v1.refunds

        def send() -> Any:
            sent = refunds.list({**of, "limit": 100}).auto_paging_iter() if age > KEYS_LIVE_FOR else ()
            found = next((refund for refund in sent if id_of_ours(refund.to_dict()) == refund_id), None)
            return found or refunds.create(wish, {"idempotency_key": refund_id})

        try:
            return outcome_of(answer_to(send))
        except (stripe.InvalidRequestError, stripe.CardError) as refused:
            return Outcome(FAILED, failure=f"Stripe refused it: {refused.user_message or refused.code}")

    def look_up(self, *, reference: str) -> Outcome:
        try:
            return outcome_of(answer_to(lambda: self.client.v1.refunds.retrieve(reference)))
        except stripe.InvalidRequestError as error:
            raise GatewayUnavailable(f"Stripe does not know {reference} in this account.") from error


def answer_to(call: Callable[[], Any]) -> dict[str, Any]:
    """Return the refund object that Stripe answers with.

    :raises GatewayUnavailable: there was none, or none about the refund itself.
    :raises stripe.InvalidRequestError: Stripe will not do that.
    """
    try:
        return dict(call().to_dict())
    except (stripe.InvalidRequestError, stripe.CardError):
        raise
    except stripe.StripeError as error:
        raise GatewayUnavailable(f"Stripe could not be asked: {error.user_message or error}") from error


def outcome_of(refund: dict[str, Any]) -> Outcome:
    """Return what a refund object of Stripe's says. A status that is new to us is waited for."""
    status = STATUS.get(refund.get("status") or "", PENDING)
    failure = why_failed(refund) if status == FAILED else ""
    return Outcome(status, reference=refund["id"], failure=failure)


def why_failed(refund: dict[str, Any]) -> str:
    if refund["status"] == "canceled":
        return "The refund was cancelled at Stripe."
    reason = refund.get("failure_reason") or "unknown"
    return FAILURES.get(reason, f"Stripe could not return the money (reason: {reason}).")


def id_of_ours(refund: dict[str, Any]) -> str:
    return (refund.get("metadata") or {}).get(OURS, "")


def news_from(body: bytes, *, signature: str, secret: str) -> News | None:
    """Return what a webhook says of a refund of ours; None when it speaks of something else.

    :raises SignatureInvalid: it is not signed with the secret, or was signed more than five minutes ago.
    """
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, secret, tolerance=stripe.Webhook.DEFAULT_TOLERANCE
        )
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise SignatureInvalid("The signature does not fit the body and the account's secret.") from error
    if not isinstance(event, dict) or event.get("type") not in NEWS:
        return None
    refund = event["data"]["object"]
    refund_id = id_of_ours(refund)
    return News(refund_id, outcome_of(refund)) if refund_id else None
