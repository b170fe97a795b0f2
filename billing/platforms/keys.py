"""Make API keys and find them again. A key is `bd_` and 43 random characters; its SHA-256 is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from billing.transactions import entrance

from .models import ApiKey, Platform
from .permissions import EVERYTHING

PREFIX_LENGTH = 10
SECRET_COLUMNS = frozenset({"password", "digest", "secret", "secret_key", "webhook_secret"})
"""Columns of any table that no event, page or search may show."""

USE_IS_NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@entrance
def create_key(
    *,
    platform: Platform,
    name: str,
    permissions: Sequence[str] = (EVERYTHING,),
    expires_at: datetime | None = None,
    secret: str = "",
) -> tuple[ApiKey, str]:
    """Return a new key and its secret, which cannot be read again. `secret` may be given for a demo."""
    secret = secret or f"bd_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        platform=platform,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        permissions=list(permissions),
        expires_at=expires_at,
    )
    return key, secret


def find_key(secret: str, *, at: datetime) -> ApiKey | None:
    """Return the valid key with this secret, and note that it was used; None when there is none."""
    key = ApiKey.objects.select_related("platform").filter(digest=digest_of(secret)).first()
    if key is None or not key.is_valid_at(at):
        return None
    if key.last_used_at is None or at - key.last_used_at > USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
