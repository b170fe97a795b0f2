"""Access tokens: short-lived JWTs that name a session. They are signed and checked here, nothing is stored.

The signing key is derived from SECRET_KEY for this purpose alone; `kid` says from which, so that a SECRET_KEY
may be changed while older ones stand in SECRET_KEY_FALLBACKS. HS256 is the only algorithm.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from billing.platforms.models import Session, User

from .credential import CredentialRefused

ISSUER = "billing-desk"
ALGORITHM = "HS256"
VALID_FOR = timedelta(minutes=10)
PURPOSE = "billing.access.tokens"
CLAIMS = ["iss", "sub", "sid", "iat", "exp", "reach", "pwd"]


class TokenExpired(CredentialRefused):
    code = "token_expired"
    title = "This access token has expired"


class Claims(NamedTuple):
    """What a token says: whose it is, of which session, and a mark of the password it was given for."""

    user_id: str
    session_id: str
    mark: str


def write_access_token(session: Session, *, at: datetime) -> str:
    """Return a token for the session's person, valid for ten minutes."""
    kid, key = next(iter(signing_keys().items()))
    claims = {
        "iss": ISSUER,
        "sub": session.user_id,
        "sid": session.pk,
        "iat": at,
        "exp": at + VALID_FOR,
        "reach": session.reach,
        "pwd": mark_of(session.user),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})


def read_access_token(token: str, *, at: datetime) -> Claims:
    """Return what a token of ours says. Whether its session still lives is for the caller to see.

    :raises CredentialRefused: it is not a token of ours.
    :raises TokenExpired: it was one.
    """
    try:
        key = signing_keys()[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise CredentialRefused("This is not an access token of ours.") from error
    if at >= expires_at:
        raise TokenExpired("Get another one with the refresh token: POST /v1/tokens/refresh.")
    return Claims(claims["sub"], claims["sid"], claims["pwd"])


def mark_of(user: User) -> str:
    """Return what changes when the password does. It tells nothing: what is stored is salted."""
    return hashlib.sha256(f"{PURPOSE}:{user.password}".encode()).hexdigest()[:16]


def signing_keys() -> dict[str, bytes]:
    """Return the keys by their `kid`; the first one signs."""
    found = {}
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = salted_hmac(PURPOSE, "signing", secret=secret, algorithm="sha256").digest()
        found[hashlib.sha256(key).hexdigest()[:16]] = key
    return found
