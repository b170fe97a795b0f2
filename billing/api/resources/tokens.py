"""Tokens for people: signing in over the API, staying in, signing out; and the sessions they belong to."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.access.credential import Place
from billing.access.sessions import SignedIn, end_session, refresh, sign_in
from billing.access.tokens import VALID_FOR
from billing.api.edge import address_of
from billing.api.fields import ObjectOut, Reading
from billing.api.lists import answer_list
from billing.api.permissions import IsPerson
from billing.api.schema import list_of, operation
from billing.api.throttling import limit
from billing.api.views import BillingView
from billing.lists import Choice, Id, Listing, Moment
from billing.platforms.models import Reach, Session

ATTEMPTS_A_MINUTE = 10
"""For one user name from one address."""
LONGEST_NAME = 150
LONGEST_PASSWORD = 1000

SESSIONS = Listing(
    filters={
        "reach": Choice("reach", Reach.choices),
        "platform": Id("platform_id"),
        "created_at": Moment("created_at"),
        "expires_at": Moment("expires_at"),
        "revoked_at": Moment("revoked_at"),
    }
)


class SignInIn(Reading):
    username = serializers.CharField(max_length=LONGEST_NAME)
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    platform = serializers.CharField(
        max_length=40, default="", help_text="For this platform only. Default: for all of yours."
    )


class RefreshIn(Reading):
    refresh_token = serializers.CharField(max_length=200)


class PlaceOut(serializers.Serializer):
    """A platform where the tokens let in, and what they allow there."""

    id = serializers.CharField(source="platform.pk")
    name = serializers.CharField(source="platform.name")
    customer = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()

    def get_customer(self, place: Place) -> str | None:
        return place.customer_id or None

    def get_permissions(self, place: Place) -> list[str]:
        return sorted(place.permissions)


class TokenOut(serializers.Serializer):
    """Send `access_token` as `Authorization: Bearer …`; `refresh_token` gets the next one."""

    object = ObjectOut("token")
    access_token = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(default=int(VALID_FOR.total_seconds()), help_text="Seconds.")
    refresh_token = serializers.CharField(help_text="Good for one use.")
    session = serializers.CharField(source="session.pk")
    session_expires_at = serializers.DateTimeField(source="session.expires_at")
    reach = serializers.ChoiceField(choices=Reach.choices, source="session.reach")
    platforms = PlaceOut(many=True, source="places")


class SessionOut(serializers.Serializer):
    """A signing in. `platform` is null if it is for all of the person's platforms."""

    object = ObjectOut("session")
    id = serializers.CharField()
    reach = serializers.ChoiceField(choices=Reach.choices)
    platform = serializers.CharField(source="platform_id", allow_null=True)
    user_agent = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(help_text="When its tokens were last refreshed.")
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class PublicView(BillingView):
    """Who comes here has no credential yet; one that is sent along is not looked at."""

    authentication_classes: ClassVar = ()
    permission_classes = (AllowAny,)

    def tell(self, signed_in: SignedIn) -> Response:
        return Response(TokenOut(signed_in).data, status=201, headers={"Cache-Control": "no-store"})


class PersonView(BillingView):
    """For people who signed in, about their own sessions."""

    permission_classes = (IsPerson,)

    def sessions(self) -> QuerySet[Session]:
        return Session.objects.filter(user_id=self.request.auth.pk)


class Tokens(PublicView):
    @operation(
        "issue_token",
        "Sign a person in with user name and password",
        permission="",
        answers=TokenOut,
        status=201,
        body=SignInIn,
        refusals=(415, 429),
    )
    def post(self, request: Request) -> Response:
        wish = SignInIn.read(request)
        limit("sign-in", f"{address_of(request)} {wish['username']}", per_minute=ATTEMPTS_A_MINUTE)
        signed_in = sign_in(
            username=wish["username"],
            password=wish["password"],
            platform_id=wish["platform"],
            user_agent=request.headers.get("User-Agent", ""),
            at=clock.now(),
        )
        return self.tell(signed_in)


class RefreshToken(PublicView):
    @operation(
        "refresh_token",
        "Get fresh tokens for a refresh token, which is then worth nothing",
        permission="",
        answers=TokenOut,
        status=201,
        body=RefreshIn,
        refusals=(415, 429),
    )
    def post(self, request: Request) -> Response:
        return self.tell(refresh(**RefreshIn.read(request), at=clock.now()))


class RevokeToken(PersonView):
    @operation(
        "revoke_token",
        "Sign out: end the session of the access token that is sent",
        permission="",
        answers=None,
        status=204,
    )
    def post(self, request: Request) -> Response:
        end_session(user_id=request.auth.pk, session_id=request.auth.session_id, at=clock.now())
        return Response(status=204)


class Sessions(PersonView):
    @operation(
        "list_sessions",
        "List your own sessions",
        permission="",
        answers=list_of(SessionOut),
        listing=SESSIONS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, SESSIONS, self.sessions(), SessionOut)


class OneSession(PersonView):
    @operation(
        "end_session",
        "End a session of yours, wherever it is used",
        permission="",
        answers=None,
        status=204,
        refusals=(404,),
    )
    def delete(self, request: Request, session_id: str) -> Response:
        end_session(user_id=request.auth.pk, session_id=session_id, at=clock.now())
        return Response(status=204)
