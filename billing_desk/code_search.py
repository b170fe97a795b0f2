"""What a field for codes finds while one types."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from billing.einvoice.codes import LONGEST_SEARCH, MOST_FOUND, NAMES, ListName

from .code_fields import found_among

MOST_LISTS = 3
A_DAY = 86_400


@require_safe
@cache_control(private=True, max_age=A_DAY)
def code_search(request: HttpRequest) -> HttpResponse:
    """Answer the codes that `q` finds in the lists `of`, with their names: for anybody who signed in.

    The lists are nobody's secret and the same for every platform.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"choices": []}, status=401)
    lists = tuple(request.GET.get("of", "").split()[: MOST_LISTS + 1])
    if not lists or len(lists) > MOST_LISTS or not set(lists) <= set(NAMES):
        raise Http404
    text = request.GET.get("q", "")[:LONGEST_SEARCH]
    return JsonResponse({"choices": found_among(cast(tuple[ListName, ...], lists), text, MOST_FOUND)})
