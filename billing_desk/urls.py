"""Every address of the desk: people's pages, the API, the admin, health."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from billing.api.document import openapi

from . import failures, health
from .code_search import code_search

docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="openapi", title="Billing Desk API", template_name="api/docs.html"
    )
)

urlpatterns = [
    path("", include("billing_desk.desk.urls")),
    path("codes/", code_search, name="codes"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("v1/openapi.json", openapi, name="openapi"),
    path("v1/docs", docs, name="docs"),
    path("v1/", include("billing.api.urls")),
    path("v1/", include("invoices.urls")),
    path("v1/", include("credit_notes.urls")),
    re_path(r"^v1(/|$)", failures.not_found),
    path("admin/", admin.site.urls),
]
handler404 = failures.not_found
handler500 = failures.server_error
