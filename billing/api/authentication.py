"""From the headers to who asks: `X-API-KEY: …`, or `Authorization: Bearer …` with a key or a token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from billing import clock
from billing.access import recognising, sessions
from billing.access.credential import Credential
from billing.errors import BillingError
from billing.platforms.models import User

POINTS_IN_A_TOKEN = 2
"""A JWT has three parts; an API key is one."""


class CredentialAuthentication(BaseAuthentication):
    """Sets `request.auth` to a Credential, and `request.user` to the person if it is one's."""

    def authenticate(self, request: Request) -> tuple[User | None, Credential] | None:
        try:
            return self.recognise(request)
        except BillingError:
            request._not_authenticated()  # or whoever asks for its user would be refused again
            raise

    def recognise(self, request: Request) -> tuple[User | None, Credential] | None:
        key, token = request.headers.get("X-API-KEY", ""), bearer_of(request)
        where_and_when = {"platform_id": request.headers.get("X-Platform-Id", ""), "at": clock.now()}
        if not key and token.count(".") == POINTS_IN_A_TOKEN:
            return sessions.recognise(token, **where_and_when)
        if secret := key or token:
            return None, recognising.recognise(secret, **where_and_when)
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def bearer_of(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class CredentialScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the two headers."""

    target_class = "billing.api.authentication.CredentialAuthentication"
    name = ["ApiKey", "Bearer"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"ApiKey": []}, {"Bearer": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
            {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, or the access token of a person: see POST /v1/tokens.",
            },
        ]
