"""The desk's addresses, and one that fails as it is told to."""

from typing import Any, ClassVar

from django.db import connection
from django.http import HttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.views import BillingView
from billing.platforms import permissions
from billing.transactions import entrance
from billing_desk.failures import not_found, server_error

SECRET = "the-password-of-the-database"


class Failing(BillingView):
    """Fails in the database's words, `sqlstate`, or by a mistake of ours."""

    needs: ClassVar = {"GET": permissions.INVOICE_VIEW}

    def get(self, request: Request, sqlstate: str) -> Response:
        if sqlstate == "bug":
            raise KeyError(SECRET)
        return Response(fail(sqlstate))


@entrance
def fail(sqlstate: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION '{SECRET}' USING ERRCODE = '{sqlstate}'; END $$")


class FailingMiddleware:
    """Asks the database before any view does."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return self.get_response(request)


urlpatterns = [
    path("v1/failing/<str:sqlstate>", Failing.as_view()),
    path("", include("billing_desk.urls")),
]
handler404 = not_found
handler500 = server_error
