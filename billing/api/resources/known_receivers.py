"""The receivers that the look-up in the platform's own list finds, over the API."""

from typing import ClassVar

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
from billing.api.views import BillingView
from billing.einvoice.profiles import PROFILES
from billing.exchange.models import KnownReceiver
from billing.exchange.receivers import add_receiver, remove_receiver
from billing.lists import Id, Listing, Moment, Text
from billing.platforms import permissions

KNOWN_RECEIVERS = Listing(
    filters={
        "id": Id("id"),
        "scheme": Text("scheme"),
        "identifier": Text("identifier"),
        "created_at": Moment("created_at"),
    }
)


class KnownReceiverIn(Reading):
    scheme = serializers.CharField(max_length=10, help_text="EAS code, such as 0088 or 9930.")
    identifier = serializers.CharField(max_length=200)
    profiles = serializers.ListField(
        child=serializers.CharField(max_length=30),
        default=list,
        max_length=len(PROFILES),
        help_text="Names of e-invoice profiles; empty: all of them.",
    )


class KnownReceiverOut(serializers.Serializer):
    object = ObjectOut("known_receiver")
    id = serializers.CharField()
    platform = serializers.CharField(source="platform_id")
    scheme = serializers.CharField()
    identifier = serializers.CharField()
    profiles = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class KnownReceiverView(BillingView):
    def receivers(self) -> QuerySet[KnownReceiver]:
        rows: QuerySet[KnownReceiver] = KnownReceiver.objects.for_platform(self.platform)
        return rows


class KnownReceivers(KnownReceiverView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_known_receivers",
        "List the receivers of e-invoices that are known here",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(KnownReceiverOut),
        listing=KNOWN_RECEIVERS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, KNOWN_RECEIVERS, self.receivers(), KnownReceiverOut)

    @operation(
        "create_known_receiver",
        "Add a receiver of e-invoices",
        permission=permissions.SETTINGS_UPDATE,
        answers=KnownReceiverOut,
        status=201,
        body=KnownReceiverIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        receiver = add_receiver(
            platform=self.platform, **KnownReceiverIn.read(request), actor=self.actor, at=clock.now()
        )
        return Response(KnownReceiverOut(receiver).data, status=201)


class OneKnownReceiver(KnownReceiverView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "DELETE": permissions.SETTINGS_UPDATE}

    @operation(
        "retrieve_known_receiver",
        "Retrieve a receiver of e-invoices",
        permission=permissions.SETTINGS_VIEW,
        answers=KnownReceiverOut,
        refusals=(404,),
    )
    def get(self, request: Request, receiver_id: str) -> Response:
        return Response(KnownReceiverOut(self.receivers().find(receiver_id)).data)

    @operation(
        "delete_known_receiver",
        "Take a receiver of e-invoices off the list",
        permission=permissions.SETTINGS_UPDATE,
        answers=None,
        status=204,
        refusals=(404,),
    )
    def delete(self, request: Request, receiver_id: str) -> Response:
        remove_receiver(platform=self.platform, receiver_id=receiver_id, actor=self.actor, at=clock.now())
        return Response(status=204)
