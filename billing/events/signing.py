"""Sign what is sent as Standard Webhooks define it."""

import base64
import secrets
from datetime import datetime

from standardwebhooks.webhooks import Webhook

from .models import WebhookEndpoint


def new_secret() -> str:
    """Return a fresh signing secret in the form Standard Webhooks defines: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_headers(
    endpoint: WebhookEndpoint, *, message_id: str, body: str, at: datetime
) -> dict[str, str]:
    """Return the three headers of Standard Webhooks. The id is the event's, the same on every attempt.

    While a rotation's overlap lasts there is a signature of either secret, with a space between them.
    """
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets_of(endpoint, at=at)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secrets_of(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """Return the secrets that sign at a moment: the newest first."""
    until = endpoint.previous_secret_until
    previous = [endpoint.previous_secret] if endpoint.previous_secret and until and at < until else []
    return [endpoint.secret, *previous]
