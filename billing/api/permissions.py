"""May this credential do this? Every view names the permission each of its methods needs."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from billing.errors import BillingError
from billing.platforms.permissions import allows


class PermissionMissing(BillingError):
    code = "permission_denied"
    status = 403
    title = "This credential may not do that"


class PeopleOnly(BillingError):
    code = "people_only"
    status = 403
    title = "This is for people who signed in"


class NotForClients(BillingError):
    code = "not_for_clients"
    status = 403
    title = "This is not for clients"


class HasPermission(BasePermission):
    """Asks the view for `needs[method]`; a method without one is refused to everybody.

    `instead` is another permission that does as well, where the view has one.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        require_credential(request)
        if request.method not in view.allowed_methods:
            return True  # there is nothing to permit: the view answers 405
        needed = view.needs.get("GET" if request.method == "HEAD" else request.method)
        if needed is None:
            return request.method == "OPTIONS"
        is_elsewhere = getattr(view, "over_platforms", False) and request.auth.places_where(needed)
        if not is_elsewhere and not allows(request.auth.permissions, getattr(view, "instead", "")):
            require(request, needed)
        return True


class IsPerson(BasePermission):
    """Lets in people who signed in, whatever their role allows: it is about their own sessions."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require_credential(request)
        if not request.auth.session_id:
            raise PeopleOnly("An API key has no session; it is rotated or revoked.")
        return True


def require_credential(request: Request) -> None:
    if request.auth is None:
        raise NotAuthenticated("Send an API key as X-API-KEY, or a key or a token as Authorization: Bearer.")


def require(request: Request, permission: str) -> None:
    """Refuse a request whose credential lacks a permission.

    :raises PermissionMissing: naming it.
    """
    if not allows(request.auth.permissions, permission):
        raise PermissionMissing(f"This credential lacks {permission}.", permission=permission)


def refuse_clients(request: Request, sentence: str) -> None:
    """Refuse a client, whatever it was granted.

    :raises NotForClients: with this sentence.
    """
    if request.auth.is_client:
        raise NotForClients(sentence)
