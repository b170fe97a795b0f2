"""What the codes of refusals mean: a page for people, the same as JSON for programs. No credential needed."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.catalogue import Entry, chapters, entries
from billing.api.fields import ObjectOut
from billing.api.problems import MEDIA_TYPE
from billing.api.schema import ProblemOut, list_of
from billing.api.views import AlwaysFirst
from billing.errors import NotFound

JSON = (200, "application/json")


class FactOut(serializers.Serializer):
    name = serializers.CharField()
    meaning = serializers.CharField()


class ProblemKindOut(serializers.Serializer):
    """A code: what it means, what to do about it, the facts that come with it, an answer as an example."""

    object = ObjectOut("problem")
    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    topic = serializers.CharField()
    type = serializers.CharField(help_text="The address of this page, as `type` of a problem has it.")
    meaning = serializers.CharField()
    remedy = serializers.CharField()
    facts = FactOut(many=True)
    example = serializers.DictField()


@method_decorator(vary_on_headers("Accept"), name="dispatch")
class OpenView(APIView):
    """Answers everybody: browsers with a page, others with JSON."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    content_negotiation_class = AlwaysFirst

    def wants_page(self, request: Request) -> bool:
        preferred = request.get_preferred_type(["application/json", "text/html"])
        return preferred == "text/html" and self.kwargs.get("format") != "json"


class Problems(OpenView):
    @extend_schema(
        operation_id="list_problems",
        summary="List the codes that a refusal can have",
        description="Needs no credential. A browser is shown a page.",
        responses={JSON: list_of(ProblemKindOut)},
    )
    def get(self, request: Request, format: str | None = None) -> HttpResponseBase:
        if self.wants_page(request):
            return render(request, "api/problems.html", {"chapters": chapters()})
        data = [kind_of(entry) for chapter in chapters() for entry in chapter.entries]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})


class OneProblem(OpenView):
    @extend_schema(
        operation_id="retrieve_problem",
        summary="Look up what a code means and what to do about it",
        description="Needs no credential. A browser is shown a page.",
        responses={
            JSON: ProblemKindOut,
            (404, MEDIA_TYPE): OpenApiResponse(ProblemOut, "There is no such code."),
        },
    )
    def get(self, request: Request, code: str, format: str | None = None) -> HttpResponseBase:
        entry = entries().get(code)
        if self.wants_page(request):
            status = 200 if entry else 404
            return render(request, "api/problem.html", {"entry": entry, "code": code}, status=status)
        if entry is None:
            raise NotFound(f"There is no code {code!r}.", id=code)
        return Response(kind_of(entry))


def kind_of(entry: Entry) -> dict[str, Any]:
    """Return a code as `ProblemKindOut` shows it."""
    facts = [fact._asdict() for fact in entry.facts]
    return {"object": "problem"} | entry._asdict() | {"type": entry.example["type"], "facts": facts}
