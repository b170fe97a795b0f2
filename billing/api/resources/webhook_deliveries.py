"""What was sent to a webhook endpoint, attempt by attempt; testing one, sending again."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.fields import NothingIn, ObjectOut
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.events.models import Delivery, DeliveryAttempt
from billing.events.resending import find_delivery, ping_endpoint, resend_delivery
from billing.lists import Choice, Id, Listing, Moment, Text
from billing.platforms import permissions

from .webhook_endpoints import EndpointView

MOST_ATTEMPTS_SHOWN = 200

DELIVERIES = Listing(
    filters={
        "status": Choice("status", Delivery.Status.choices),
        "event": Id("event_id"),
        "event_type": Text("event__type"),
        "object_id": Id("event__object_id"),
        "created_at": Moment("event__created_at"),
    }
)


class DeliveryOut(serializers.Serializer):
    """One event on its way to one endpoint. PENDING: not taken yet; DONE: answered 2xx; FAILED: given up."""

    object = ObjectOut("webhook_delivery")
    id = serializers.CharField()
    endpoint = serializers.CharField(source="endpoint_id")
    event = serializers.CharField(source="event_id", help_text="Also its `webhook-id`.")
    event_type = serializers.CharField(source="event.type")
    object_id = serializers.CharField(source="event.object_id", help_text="What the event is about.")
    status = serializers.ChoiceField(choices=Delivery.Status.choices)
    attempts = serializers.IntegerField(help_text="So far; it begins anew when it is sent again.")
    next_attempt_at = serializers.SerializerMethodField()
    response_status = serializers.IntegerField(allow_null=True, help_text="Of the last answer.")
    last_error = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True, help_text="When it was taken, or given up.")
    created_at = serializers.DateTimeField(source="event.created_at", help_text="The event's.")

    def get_next_attempt_at(self, delivery: Delivery) -> str | None:
        if delivery.status != Delivery.Status.PENDING:
            return None
        shown: str = serializers.DateTimeField().to_representation(delivery.due_at)
        return shown


class AttemptOut(serializers.Serializer):
    """One try: what was sent, and what came back or went wrong. Bodies and headers are cut when long."""

    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    url = serializers.CharField()
    request_headers = serializers.DictField(child=serializers.CharField())
    request_body = serializers.CharField()
    response_status = serializers.IntegerField(allow_null=True)
    response_headers = serializers.DictField(child=serializers.CharField())
    response_body = serializers.CharField()
    error = serializers.CharField(help_text="Empty, if it was taken.")


class WholeDeliveryOut(DeliveryOut):
    log = serializers.SerializerMethodField(help_text=f"The latest {MOST_ATTEMPTS_SHOWN}, newest first.")

    @extend_schema_field(AttemptOut(many=True))
    def get_log(self, delivery: Delivery) -> list[dict[str, object]]:
        rows = DeliveryAttempt.objects.filter(delivery=delivery).order_by("-id")[:MOST_ATTEMPTS_SHOWN]
        found: list[dict[str, object]] = AttemptOut(rows, many=True).data
        return found


class DeliveryView(EndpointView):
    def deliveries(self, endpoint_id: str) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = self.endpoints().find(endpoint_id).deliveries.select_related("event")
        return rows


class Deliveries(DeliveryView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW}

    @operation(
        "list_webhook_deliveries",
        "List what was sent to a webhook endpoint, or is on its way",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(DeliveryOut),
        listing=DELIVERIES,
        refusals=(404,),
    )
    def get(self, request: Request, endpoint_id: str) -> HttpResponseBase:
        return answer_list(request, DELIVERIES, self.deliveries(endpoint_id), DeliveryOut)


class OneDelivery(DeliveryView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW}

    @operation(
        "retrieve_webhook_delivery",
        "Retrieve a delivery with its attempts: what was sent, and what came back",
        permission=permissions.SETTINGS_VIEW,
        answers=WholeDeliveryOut,
        refusals=(404,),
    )
    def get(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        endpoint = self.endpoints().find(endpoint_id)
        return Response(WholeDeliveryOut(find_delivery(endpoint, delivery_id)).data)


class Resend(EndpointView):
    needs: ClassVar = {"POST": permissions.SETTINGS_UPDATE}

    @operation(
        "resend_webhook_delivery",
        "Send a delivery again, with the same `webhook-id`; one that waits goes out now",
        permission=permissions.SETTINGS_UPDATE,
        answers=DeliveryOut,
        status=202,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        NothingIn.read(request)
        delivery = resend_delivery(endpoint_id=endpoint_id, delivery_id=delivery_id, **self.by)
        return Response(DeliveryOut(delivery).data, status=202)


class Ping(EndpointView):
    needs: ClassVar = {"POST": permissions.SETTINGS_UPDATE}

    @operation(
        "ping_webhook_endpoint",
        "Send a test event to this endpoint only; its delivery tells how that went",
        permission=permissions.SETTINGS_UPDATE,
        answers=DeliveryOut,
        status=202,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, endpoint_id: str) -> Response:
        NothingIn.read(request)
        delivery = ping_endpoint(endpoint_id=endpoint_id, **self.by)
        return Response(DeliveryOut(delivery).data, status=202)
