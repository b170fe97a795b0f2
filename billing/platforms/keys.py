"""The secrets of API keys: how they look, their digests, and which columns are never shown.

A secret is `bd_` and 43 random characters; its SHA-256 is stored. Keys are made in billing/access/keys.py.
"""

import hashlib
import secrets

from .models import ApiKey

PREFIX_LENGTH = 10
SECRET_COLUMNS = frozenset(
    {
        "password",
        "digest",
        "secret",
        "previous_secret",
        "secret_key",
        "webhook_secret",
        "refresh_digest",
        "replaced_digests",
    }
)
"""Columns of any table that no event, page or search may show."""


def new_secret() -> str:
    return f"bd_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_key(secret: str) -> ApiKey | None:
    """Return the key with this secret, be it valid or not; None when there is none."""
    return ApiKey.objects.select_related("platform").filter(digest=digest_of(secret)).first()
