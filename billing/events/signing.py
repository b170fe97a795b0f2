"""Sign what is sent as Standard Webhooks define it."""

import base64
import secrets
from datetime import datetime
from typing import Protocol

from standardwebhooks.webhooks import Webhook


class KeepsSecrets(Protocol):
    """A row with the secret that it shares with the other side, and the one before it."""

    secret: str
    previous_secret: str
    previous_secret_until: datetime | None


def new_secret() -> str:
    """Return a fresh signing secret in the form Standard Webhooks defines: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_headers(row: KeepsSecrets, *, message_id: str, body: str, at: datetime) -> dict[str, str]:
    """Return the three headers of Standard Webhooks. The id is the message's, the same on every attempt.

    While a rotation's overlap lasts there is a signature of either secret, with a space between them.
    """
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets_of(row, at=at)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secrets_of(row: KeepsSecrets, *, at: datetime) -> list[str]:
    """Return the secrets that sign at a moment: the newest first."""
    until = row.previous_secret_until
    previous = [row.previous_secret] if row.previous_secret and until and at < until else []
    return [row.secret, *previous]
