"""The OpenAPI document as it is served: made once a process, compact, compressed, known by its digest."""

import gzip
import hashlib
import json
from functools import cache
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator


class Served(NamedTuple):
    plain: bytes
    compressed: bytes
    etag: str


@cache
def served() -> Served:
    found = SchemaGenerator().get_schema(request=None, public=True)
    plain = json.dumps(found, default=str, ensure_ascii=False, separators=(",", ":")).encode()
    return Served(plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


@require_safe
@condition(etag_func=lambda _: served().etag)
def openapi(request: HttpRequest) -> HttpResponse:
    is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    body = served().compressed if is_compressed else served().plain
    response = HttpResponse(body, content_type="application/json")
    response["Cache-Control"] = "no-cache"  # kept, but asked for anew each time: 304 if it is the same
    patch_vary_headers(response, ["Accept-Encoding"])
    if is_compressed:
        response["Content-Encoding"] = "gzip"
    return response
