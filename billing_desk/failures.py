"""What is seen where nothing is, or when we failed: a problem for machines, a page for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from billing.api.problems import MEDIA_TYPE, problem


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/v1/")


@csrf_exempt
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if not is_api(request):
        return defaults.page_not_found(request, exception)
    body = problem("not_found", 404, "There is no such thing here", f"There is nothing at {request.path}.")
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_api(request):
        return defaults.server_error(request)
    body = problem("internal_error", 500, "We have failed", "This is our mistake, and it has been logged.")
    return JsonResponse(body, status=500, content_type=MEDIA_TYPE)
