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
    """Asks the view for `permissions[method]`; a method without one is refused to everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated("Send an API key as X-API-KEY or as Authorization: Bearer.")
        needed = view.permissions.get(request.method)
        if needed is None:
            return request.method == "OPTIONS" or request.method.lower() not in view.http_method_names
        if not allows(request.auth.permissions, needed):
            raise PermissionMissing(f"This API key lacks {needed}.", permission=needed)
        return True
