"""Webhook endpoints over the API: where news goes, and the secret that signs it."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.secret_answers import SecretAnswer
from billing.api.views import BillingView
from billing.events import endpoints
from billing.events.addresses import LONGEST_URL
from billing.events.models import PAYLOAD_VERSION, WebhookEndpoint
from billing.lists import Flag, Listing, Moment, Present, Text
from billing.platforms import permissions

HOUR = timedelta(hours=1)
LONGEST_OVERLAP_HOURS = 168
MOST_TYPES, LONGEST_TYPE = 100, 80

ENDPOINTS = Listing(
    filters={
        "url": Text("url"),
        "description": Text("description"),
        "is_enabled": Flag("is_enabled"),
        "is_failing": Present("failing_since"),
        "api_version": Text("api_version"),
        "created_at": Moment("created_at"),
    }
)


class WebhookEndpointIn(Reading):
    url = serializers.CharField(
        max_length=LONGEST_URL, help_text="Public, http or https, without user name and password."
    )
    event_types = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TYPE),
        default=list,
        max_length=MOST_TYPES,
        help_text="Names of events (`GET /v1/event-types`); empty: all of them, also those to come.",
    )
    description = serializers.CharField(max_length=200, allow_blank=True, default="")
    is_enabled = serializers.BooleanField(default=True)
    api_version = serializers.CharField(
        max_length=10, default=PAYLOAD_VERSION, help_text="The version of the payloads that it is sent."
    )


class UpdateWebhookEndpointIn(Reading):
    url = serializers.CharField(max_length=LONGEST_URL, required=False)
    event_types = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TYPE), required=False, max_length=MOST_TYPES
    )
    description = serializers.CharField(max_length=200, allow_blank=True, required=False)
    is_enabled = serializers.BooleanField(
        required=False, help_text="True: what waited goes out, with a clean record."
    )
    api_version = serializers.CharField(max_length=10, required=False)


class RotateSecretIn(Reading):
    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP_HOURS,
        default=endpoints.USUAL_OVERLAP // HOUR,
        help_text="For so long the secret that is replaced counts too; 0: it ends at once.",
    )


class WebhookEndpointOut(serializers.Serializer):
    """An endpoint without its secret. `failing_since` is set while nothing that was sent has arrived."""

    object = ObjectOut("webhook_endpoint")
    id = serializers.CharField()
    platform = serializers.CharField(source="platform_id")
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    is_enabled = serializers.BooleanField()
    api_version = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_because = serializers.CharField(help_text="Empty, unless Billing Desk disabled it.")
    previous_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before the last rotation signs too."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewWebhookEndpointOut(WebhookEndpointOut):
    """An endpoint with its secret, which is told this once; null where the answer is a replay."""

    secret = serializers.CharField(allow_null=True, help_text="`whsec_` and base64, for Standard Webhooks.")
    secret_note = serializers.CharField()


class EndpointView(BillingView):
    def endpoints(self) -> QuerySet[WebhookEndpoint]:
        rows: QuerySet[WebhookEndpoint] = WebhookEndpoint.objects.for_platform(self.platform)
        return rows

    @property
    def by(self) -> dict[str, Any]:
        """Whose deed it is, as services take it."""
        return {"platform": self.platform, "actor": self.actor, "at": clock.now()}


class WebhookEndpoints(EndpointView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_webhook_endpoints",
        "List webhook endpoints",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(WebhookEndpointOut),
        listing=ENDPOINTS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, ENDPOINTS, self.endpoints(), WebhookEndpointOut)

    @operation(
        "create_webhook_endpoint",
        "Add a webhook endpoint; its signing secret is told in this answer only",
        permission=permissions.SETTINGS_UPDATE,
        answers=NewWebhookEndpointOut,
        status=201,
        body=WebhookEndpointIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        endpoint = endpoints.create_endpoint(**WebhookEndpointIn.read(request), **self.by)
        return SecretAnswer(WebhookEndpointOut(endpoint).data, secret=endpoint.secret, status=201)


class OneWebhookEndpoint(EndpointView):
    needs: ClassVar = {
        "GET": permissions.SETTINGS_VIEW,
        "PATCH": permissions.SETTINGS_UPDATE,
        "DELETE": permissions.SETTINGS_UPDATE,
    }

    @operation(
        "retrieve_webhook_endpoint",
        "Retrieve a webhook endpoint, without its secret",
        permission=permissions.SETTINGS_VIEW,
        answers=WebhookEndpointOut,
        refusals=(404,),
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        return Response(WebhookEndpointOut(self.endpoints().find(endpoint_id)).data)

    @operation(
        "update_webhook_endpoint",
        "Change a webhook endpoint, enable it or disable it",
        permission=permissions.SETTINGS_UPDATE,
        answers=WebhookEndpointOut,
        body=UpdateWebhookEndpointIn,
        refusals=(404, 415),
    )
    def patch(self, request: Request, endpoint_id: str) -> Response:
        changes = UpdateWebhookEndpointIn.read(request)
        endpoint = endpoints.update_endpoint(endpoint_id=endpoint_id, changes=changes, **self.by)
        return Response(WebhookEndpointOut(endpoint).data)

    @operation(
        "delete_webhook_endpoint",
        "Delete a webhook endpoint with its deliveries and their log; events stay",
        permission=permissions.SETTINGS_UPDATE,
        answers=None,
        status=204,
        refusals=(404,),
    )
    def delete(self, request: Request, endpoint_id: str) -> Response:
        endpoints.delete_endpoint(endpoint_id=endpoint_id, **self.by)
        return Response(status=204)


class RotateSecret(EndpointView):
    needs: ClassVar = {"POST": permissions.SETTINGS_UPDATE}

    @operation(
        "rotate_webhook_secret",
        "Give an endpoint a new signing secret; for a while the one before signs too",
        permission=permissions.SETTINGS_UPDATE,
        answers=NewWebhookEndpointOut,
        body=RotateSecretIn,
        refusals=(404, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, endpoint_id: str) -> Response:
        overlap = RotateSecretIn.read(request)["overlap_hours"] * HOUR
        endpoint = endpoints.rotate_secret(endpoint_id=endpoint_id, overlap=overlap, **self.by)
        return SecretAnswer(WebhookEndpointOut(endpoint).data, secret=endpoint.secret)
