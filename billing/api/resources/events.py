"""Events over the API: what happened, as webhooks tell it, and which kinds there are."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.fields import ObjectOut
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.events.meanings import MEANINGS
from billing.events.models import Event
from billing.events.payload import payload_of
from billing.lists import Id, Listing, Moment, Text
from billing.platforms import permissions

EVENTS = Listing(
    filters={
        "type": Text("type"),
        "object_id": Id("object_id"),
        "created_at": Moment("created_at"),
        "actor_id": Id("actor_id"),
        "request_id": Id("request_id"),
    },
    aliases={"object": "object_id"},
    columns={
        "id": "id",
        "type": "type",
        "created_at": "created_at",
        "object_id": "object_id",
        "actor": "actor",
        "actor_id": "actor_id",
        "request_id": "request_id",
    },
)


class EventDataOut(serializers.Serializer):
    """What the event tells; some kinds tell more beside these."""

    object = serializers.DictField(help_text="What it is about, as it was right after.")
    previous = serializers.DictField(help_text="What of it was otherwise before.")


class EventOut(serializers.Serializer):
    """What happened, in the very form in which webhooks tell it."""

    id = serializers.CharField()
    object = ObjectOut("event")
    type = serializers.CharField(help_text="One of `GET /v1/event-types`.")
    api_version = serializers.CharField(help_text="The version of this form.")
    created_at = serializers.DateTimeField()
    platform = serializers.CharField()
    object_id = serializers.CharField(help_text="What it is about.")
    actor = serializers.CharField(help_text="Who did it; empty: Billing Desk by itself.")
    actor_id = serializers.CharField()
    request_id = serializers.CharField()
    data = EventDataOut()

    def to_representation(self, instance: Event) -> dict[str, Any]:
        return payload_of(instance)


class EventTypeOut(serializers.Serializer):
    type = serializers.CharField()
    meaning = serializers.CharField()


class EventTypeListOut(serializers.Serializer):
    """All of them at once."""

    object = ObjectOut("list")
    data = EventTypeOut(many=True)
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class EventView(BillingView):
    needs: ClassVar = {"GET": permissions.EVENT_VIEW}

    def events(self) -> QuerySet[Event]:
        rows: QuerySet[Event] = Event.objects.for_platform(self.platform)
        return rows


class Events(EventView):
    @operation(
        "list_events",
        "List what happened, newest first",
        permission=permissions.EVENT_VIEW,
        answers=list_of(EventOut),
        listing=EVENTS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, EVENTS, self.events(), EventOut)


class OneEvent(EventView):
    @operation(
        "retrieve_event",
        "Retrieve an event, as webhooks tell it",
        permission=permissions.EVENT_VIEW,
        answers=EventOut,
        refusals=(404,),
    )
    def get(self, request: Request, event_id: str) -> Response:
        return Response(EventOut(self.events().find(event_id)).data)


class EventTypes(EventView):
    @operation(
        "list_event_types",
        "List the kinds of events, with a line on each",
        permission=permissions.EVENT_VIEW,
        answers=EventTypeListOut,
    )
    def get(self, request: Request) -> Response:
        found = [{"type": type_, "meaning": meaning} for type_, meaning in MEANINGS.items()]
        return Response({"object": "list", "data": found, "has_more": False, "next_cursor": None})
