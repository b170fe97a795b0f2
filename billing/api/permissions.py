"""May this key do this? Every view names the permission each of its methods needs."""

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


class HasPermission(BasePermission):
    """Asks the view for `needs[method]`; a method without one is refused to everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated("Send an API key as X-API-KEY or as Authorization: Bearer.")
        if not hasattr(view, request.method.lower()):
            return True  # there is nothing to permit: the view answers 405
        needed = view.needs.get("GET" if request.method == "HEAD" else request.method)
        if needed is None:
            return request.method == "OPTIONS"
        require(request, needed)
        return True


def require(request: Request, permission: str) -> None:
    """Refuse a request whose key lacks a permission.

    :raises PermissionMissing: naming it.
    """
    if not allows(request.auth.permissions, permission):
        raise PermissionMissing(f"This API key lacks {permission}.", permission=permission)
