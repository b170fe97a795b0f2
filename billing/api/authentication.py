"""From the header to the platform: `X-API-KEY: …` or `Authorization: Bearer …`."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from billing import clock
from billing.platforms.keys import find_key
from billing.platforms.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the key; its platform is whose data the request may see."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        secret = secret_of(request)
        if not secret:
            return None
        key = find_key(secret, at=clock.now())
        if key is None:
            raise AuthenticationFailed("This API key is unknown, expired or revoked.")
        asked_for = request.headers.get("X-Platform-Id")
        if asked_for and asked_for != key.platform_id:
            raise AuthenticationFailed("This API key does not act for the platform named in X-Platform-Id.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def secret_of(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return request.headers.get("X-API-KEY") or (token.strip() if scheme.lower() == "bearer" else "")


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the two headers."""

    target_class = "billing.api.authentication.ApiKeyAuthentication"
    name = ["ApiKey", "Bearer"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"ApiKey": []}, {"Bearer": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
            {"type": "http", "scheme": "bearer"},
        ]
