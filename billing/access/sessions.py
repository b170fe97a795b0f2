"""People over the API: signing in, staying in, signing out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate

from billing.errors import BillingError, NotFound
from billing.ids import new_id
from billing.platforms.models import Member, Reach, Session, User
from billing.platforms.permissions import OF_ROLE, of_client
from billing.transactions import entrance, step

from .credential import Credential, CredentialRefused, Place, choose
from .tokens import mark_of, read_access_token, write_access_token

SESSION_IS_VALID_FOR = timedelta(days=30)
FORGOTTEN_AFTER = timedelta(days=30)
"""An ended session is kept for so long, for those who ask what happened."""
MOST_REMEMBERED = 200
"""Replaced refresh tokens that a session knows again."""
LONGEST_AGENT = 300


class SignInRefused(CredentialRefused):
    code = "sign_in_refused"
    title = "User name and password do not belong together"


class NoPlatform(BillingError):
    code = "no_platform"
    status = 403
    title = "This person has no place on any platform"


class SessionEnded(CredentialRefused):
    code = "session_ended"
    title = "This session has ended: sign in again"


class RefreshTokenReused(CredentialRefused):
    code = "refresh_token_reused"
    title = "This refresh token was used before"


@dataclass(frozen=True)
class SignedIn:
    """A session with the two tokens of the moment, and where they let in. The refresh token is not kept."""

    session: Session
    access_token: str
    refresh_token: str
    places: tuple[Place, ...]


def sign_in(
    *, username: str, password: str, platform_id: str = "", user_agent: str = "", at: datetime
) -> SignedIn:
    """Return a new session for whoever knows the password, for one platform, or for all of theirs.

    :raises SignInRefused: they do not; or there is no such person, or the account is closed: it is not said.
    :raises NoPlatform: they have no place anywhere.
    :raises PlatformNotAllowed: they have none on that platform.
    """
    user = authenticate(username=username, password=password)
    if user is None:
        raise SignInRefused("Capital letters count in both.")
    places = places_of(user)
    if not places:
        raise NoPlatform("Ask an administrator to add you to a platform.")
    return open_session(
        user=user, place=choose(places, platform_id), places=places, user_agent=user_agent, at=at
    )


@entrance
def open_session(
    *, user: User, place: Place | None, places: tuple[Place, ...], user_agent: str, at: datetime
) -> SignedIn:
    """Return a new session of a person, at one place or at all."""
    Session.objects.filter(user=user, expires_at__lt=at - FORGOTTEN_AFTER).delete()
    session_id, user_id = new_id("ses"), user.pk
    refresh_token = new_refresh_token(session_id)
    session = Session.objects.create(
        id=session_id,
        user_id=user_id,
        platform=place.platform if place else None,
        reach=reach_of(place),
        refresh_digest=digest_of(refresh_token, user),
        user_agent=user_agent[:LONGEST_AGENT],
        created_at=at,
        last_used_at=at,
        expires_at=at + SESSION_IS_VALID_FOR,
    )
    return SignedIn(session, write_access_token(session, at=at), refresh_token, (place,) if place else places)


def refresh(*, refresh_token: str, at: datetime) -> SignedIn:
    """Return the session with fresh tokens; the refresh token that was given is worth nothing from now on.

    :raises CredentialRefused: there is no such token. A new password makes all of them void.
    :raises SessionEnded: it was revoked, has run out, or its person may no longer come in.
    :raises RefreshTokenReused: it was replaced before. Somebody else has it, so the session has ended.
    """
    signed_in = replace_or_end(refresh_token, at=at)
    if signed_in is None:
        raise RefreshTokenReused("Somebody else may have it. The session has ended: sign in again.")
    return signed_in


@entrance
def replace_or_end(refresh_token: str, *, at: datetime) -> SignedIn | None:
    """Replace a refresh token; None if it was replaced before: then the session is ended, and stays so."""
    session = held(refresh_token.partition(".")[0])
    digest = digest_of(refresh_token, session.user) if session else ""
    if session is None or digest not in (session.refresh_digest, *session.replaced_digests):
        raise CredentialRefused("This is not a refresh token of ours, or the password was changed.")
    places = require_living(session, at=at)
    if digest != session.refresh_digest:
        session.revoked_at = at
        session.save(update_fields=["revoked_at"])
        return None
    fresh = new_refresh_token(session.pk)
    session.replaced_digests = [*session.replaced_digests, digest][-MOST_REMEMBERED:]
    session.refresh_digest = digest_of(fresh, session.user)
    session.last_used_at = at
    session.save(update_fields=["replaced_digests", "refresh_digest", "last_used_at"])
    return SignedIn(session, write_access_token(session, at=at), fresh, places)


@entrance
def end_session(*, user_id: str, session_id: str, at: datetime) -> Session:
    """End a person's session at once. One that has ended already stays as it is.

    :raises NotFound: the person has no such session.
    """
    session = held(session_id)
    if session is None or session.user_id != user_id:
        raise NotFound(f"There is no session {session_id!r} of yours.", id=session_id)
    if session.revoked_at is None:
        session.revoked_at = at
        session.save(update_fields=["revoked_at"])
    return session


def recognise(token: str, *, platform_id: str, at: datetime) -> tuple[User, Credential]:
    """Return the person whose access token it is, and what it lets them do.

    Session, account, password and places are looked at anew each time, so that what was taken away is gone.

    :raises CredentialRefused: the token, its session, or its password is no longer good.
    :raises PlatformNotAllowed: they have no place on the platform.
    """
    claims = read_access_token(token, at=at)
    session = Session.objects.select_related("user").filter(pk=claims.session_id, user=claims.user_id).first()
    if session is None or claims.mark != mark_of(session.user):
        raise SessionEnded("It is known no more, or the password was changed.")
    places = require_living(session, at=at)
    place = choose(places, platform_id or session.platform_id or "")
    return session.user, Credential(
        pk=session.user_id,
        actor=session.user.known_as,
        reach=Reach.CLIENT if place and place.customer_id else Reach(session.reach),
        places=places,
        place=place,
        session_id=session.pk,
    )


@step
def held(session_id: str) -> Session | None:
    """Return a session, locked."""
    rows = Session.objects.select_related("user").select_for_update(of=("self",))
    return None if "\0" in session_id else rows.filter(pk=session_id).first()


def require_living(session: Session, *, at: datetime) -> tuple[Place, ...]:
    """Return where a session lets its person in.

    :raises SessionEnded: it was revoked or has run out, or the account was closed.
    """
    if not session.is_valid_at(at) or not session.user.is_active:
        raise SessionEnded("It was ended, or has run out.")
    places = places_of(session.user)
    if session.platform_id:
        places = tuple(place for place in places if place.platform.pk == session.platform_id)
    return places


def places_of(user: User) -> tuple[Place, ...]:
    """Return where a person may act: what the role allows, and for a client as one customer."""
    members = Member.objects.filter(user=user).select_related("platform").order_by("platform__name", "pk")
    return tuple(place_of(member) for member in members)


def place_of(member: Member) -> Place:
    granted = OF_ROLE[member.role]
    if member.role == Member.Role.CLIENT:
        return Place(member.platform, of_client(granted), str(member.customer_id))
    return Place(member.platform, granted)


def reach_of(place: Place | None) -> Reach:
    if place is None:
        return Reach.DIRECTORY
    return Reach.CLIENT if place.customer_id else Reach.STAFF


def new_refresh_token(session_id: str) -> str:
    return f"{session_id}.{secrets.token_urlsafe(32)}"


def digest_of(refresh_token: str, user: User) -> str:
    """Return what is kept of a refresh token. A new password changes it, so that no token fits any more."""
    return hashlib.sha256(f"{mark_of(user)}.{refresh_token}".encode()).hexdigest()
