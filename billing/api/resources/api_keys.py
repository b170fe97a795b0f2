"""API keys over the API."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.access.keys import (
    LONGEST_OVERLAP,
    USUAL_OVERLAP,
    create_key,
    keys_acting_on,
    platform_ids_of,
    revoke_key,
    rotate_key,
)
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.secret_answers import SecretAnswer
from billing.api.throttling import rate_of
from billing.api.views import BillingView
from billing.lists import Choice, Id, Listing, Moment, Text
from billing.platforms.models import ApiKey, Reach
from billing.platforms.permissions import ACCESS_GRANT

HOUR = timedelta(hours=1)
MOST_A_MINUTE = 100_000
MOST_NAMES = 100
MOST_PLATFORMS = 1000
LONGEST_ID = 40

API_KEYS = Listing(
    filters={
        "name": Text("name"),
        "prefix": Text("prefix"),
        "reach": Choice("reach", Reach.choices),
        "customer": Id("customer_id"),
        "created_at": Moment("created_at"),
        "expires_at": Moment("expires_at"),
        "revoked_at": Moment("revoked_at"),
        "last_used_at": Moment("last_used_at"),
    },
    orders={"created_at": (), "name": (F("name"),)},
)


class ApiKeyIn(Reading):
    name = serializers.CharField(max_length=100, help_text="For people: what it is for.")
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=50),
        allow_empty=False,
        max_length=MOST_NAMES,
        help_text="Names of permissions, only such as you have yourself; `*` for all; of a client, to read.",
    )
    reach = serializers.ChoiceField(
        choices=Reach.choices,
        default=Reach.STAFF,
        help_text="`staff`: this platform. `directory`: also `platforms`. `client`: one customer's papers.",
    )
    customer = serializers.CharField(max_length=LONGEST_ID, default="", help_text="For a client's key.")
    platforms = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ID),
        default=list,
        max_length=MOST_PLATFORMS,
        help_text="For a directory's key: the other platforms that it acts for.",
    )
    requests_per_minute = serializers.IntegerField(
        min_value=1,
        max_value=MOST_A_MINUTE,
        allow_null=True,
        default=None,
        help_text="Default: as all keys. A key grants no more than it has.",
    )
    expires_at = serializers.DateTimeField(allow_null=True, default=None, help_text="Default: never.")


class RotateIn(Reading):
    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP // HOUR,
        default=USUAL_OVERLAP // HOUR,
        help_text="For so long the key that is replaced stays valid; 0: it ends at once.",
    )
    expires_at = serializers.DateTimeField(
        allow_null=True, default=None, help_text="Default: when the replaced key would have expired."
    )


class ApiKeyOut(serializers.Serializer):
    """A key without its secret, which nobody can read again. `platforms` is where it acts."""

    object = ObjectOut("api_key")
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The secret's first letters, to tell keys apart.")
    reach = serializers.ChoiceField(choices=Reach.choices)
    permissions = serializers.ListField(child=serializers.CharField())
    platform = serializers.CharField(source="platform_id")
    platforms = serializers.SerializerMethodField()
    customer = serializers.CharField(source="customer_id", allow_null=True)
    requests_per_minute = serializers.IntegerField(allow_null=True)
    replaces = serializers.CharField(source="replaces_id", allow_null=True)
    replaced_by = serializers.SerializerMethodField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)

    def get_platforms(self, key: ApiKey) -> list[str]:
        return platform_ids_of(key)

    def get_replaced_by(self, key: ApiKey) -> str | None:
        successor: ApiKey | None = getattr(key, "replaced_by", None)
        return successor.pk if successor else None


class NewApiKeyOut(ApiKeyOut):
    """A key with its secret, which is told this once; null where the answer is a replay."""

    secret = serializers.CharField(allow_null=True)
    secret_note = serializers.CharField()


class ApiKeyView(BillingView):
    def keys(self) -> QuerySet[ApiKey]:
        rows: QuerySet[ApiKey] = keys_acting_on(self.platform)
        return rows.select_related("replaced_by").prefetch_related("more_platforms")

    @property
    def most_requests(self) -> int | None:
        """How many requests a minute the caller's key may make; None for no limit, and for people."""
        return None if self.request.auth.session_id else rate_of(self.request.auth) or None

    def tell(self, key: ApiKey, secret: str) -> Response:
        return SecretAnswer(ApiKeyOut(self.keys().find(key.pk)).data, secret=secret, status=201)


class ApiKeys(ApiKeyView):
    needs: ClassVar = {"GET": ACCESS_GRANT, "POST": ACCESS_GRANT}

    @operation(
        "list_api_keys",
        "List the API keys that act for a platform",
        permission=ACCESS_GRANT,
        answers=list_of(ApiKeyOut),
        listing=API_KEYS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, API_KEYS, self.keys(), ApiKeyOut)

    @operation(
        "create_api_key",
        "Make an API key; its secret is told in this answer only",
        permission=ACCESS_GRANT,
        answers=NewApiKeyOut,
        status=201,
        body=ApiKeyIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = ApiKeyIn.read(request)
        key, secret = create_key(
            platform=self.platform,
            customer_id=wish.pop("customer"),
            more_platform_ids=wish.pop("platforms"),
            **wish,
            granted=request.auth.granted,
            most_requests=self.most_requests,
            actor=self.actor,
            at=clock.now(),
        )
        return self.tell(key, secret)


class OneApiKey(ApiKeyView):
    needs: ClassVar = {"GET": ACCESS_GRANT, "DELETE": ACCESS_GRANT}

    @operation(
        "retrieve_api_key",
        "Retrieve an API key, without its secret",
        permission=ACCESS_GRANT,
        answers=ApiKeyOut,
        refusals=(404,),
    )
    def get(self, request: Request, key_id: str) -> Response:
        return Response(ApiKeyOut(self.keys().find(key_id)).data)

    @operation(
        "revoke_api_key",
        "Revoke an API key: it is refused from this moment on; another platform's, only here",
        permission=ACCESS_GRANT,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, key_id: str) -> Response:
        revoke_key(platform=self.platform, key_id=key_id, actor=self.actor, at=clock.now())
        return Response(status=204)


class RotateApiKey(ApiKeyView):
    needs: ClassVar = {"POST": ACCESS_GRANT}

    @operation(
        "rotate_api_key",
        "Replace an API key by another with the same rights; for a while both are valid",
        permission=ACCESS_GRANT,
        answers=NewApiKeyOut,
        status=201,
        body=RotateIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, key_id: str) -> Response:
        wish: dict[str, Any] = RotateIn.read(request)
        key, secret = rotate_key(
            platform=self.platform,
            key_id=key_id,
            overlap=wish["overlap_hours"] * HOUR,
            expires_at=wish["expires_at"],
            granted=request.auth.granted,
            most_requests=self.most_requests,
            actor=self.actor,
            at=clock.now(),
        )
        return self.tell(key, secret)
