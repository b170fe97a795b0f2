"""The code lists of EN 16931 over the API: which there are, and the codes with their names."""

from typing import ClassVar, cast

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.fields import ObjectOut, Reading
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.einvoice.codes import LONGEST_SEARCH, MOST_FOUND, NAMES, ListName, about, search
from billing.errors import NotFound
from billing.platforms.permissions import SETTINGS_VIEW

MOST_CODES = 3000


class CodeListOut(serializers.Serializer):
    """A list: which official one it is and where it is used, and where its codes and names are from."""

    object = ObjectOut("code_list")
    list = serializers.CharField(help_text="Its name in addresses.")
    title = serializers.CharField()
    of = serializers.CharField()
    source = serializers.CharField()
    version = serializers.CharField()
    names = serializers.CharField(help_text="Where the names are from.")
    count = serializers.IntegerField()


class CodeListListOut(serializers.Serializer):
    """All of them at once."""

    object = ObjectOut("list")
    data = CodeListOut(many=True)
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class CodeOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In English; the code itself where nobody publishes a name.")


class CodesFoundOut(serializers.Serializer):
    """What was found, the likeliest first; with `has_more`, ask for something narrower or a higher limit."""

    object = ObjectOut("list")
    data = CodeOut(many=True)
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class CodeSearchIn(Reading):
    q = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_SEARCH,
        help_text="The beginning of a code, or of words of its name. Without it, all codes are found.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_CODES, default=MOST_FOUND)


class CodeLists(BillingView):
    needs: ClassVar = {"GET": SETTINGS_VIEW}

    @operation(
        "list_code_lists",
        "List the code lists that there are",
        permission=SETTINGS_VIEW,
        answers=CodeListListOut,
    )
    def get(self, request: Request) -> Response:
        data = [shown(name) for name in NAMES]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})


class Codes(BillingView):
    needs: ClassVar = {"GET": SETTINGS_VIEW}

    @operation(
        "search_codes",
        "Search a code list by code and name",
        permission=SETTINGS_VIEW,
        answers=CodesFoundOut,
        query=CodeSearchIn,
        refusals=(404,),
    )
    def get(self, request: Request, list_name: str) -> Response:
        asked = CodeSearchIn.read_query(request)
        if list_name not in NAMES:
            raise NotFound(f"There is no code list {list_name!r}; GET /v1/codes has all.", id=list_name)
        found = search(cast(ListName, list_name), asked["q"], asked["limit"] + 1)
        data = [{"code": code, "name": name} for code, name in found[: asked["limit"]]]
        has_more = len(found) > len(data)
        return Response({"object": "list", "data": data, "has_more": has_more, "next_cursor": None})


def shown(name: ListName) -> dict[str, object]:
    """Return a list as `CodeListOut` shows it."""
    known = about(name)
    facts = {fact: getattr(known, fact) for fact in ("title", "of", "source", "version", "names")}
    return {"object": "code_list", "list": name, **facts, "count": len(known.codes)}
