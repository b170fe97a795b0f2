"""How a seller's e-invoices leave the house, over the API; the secret is told when it is made anew."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.parts import TextIn
from billing.api.schema import operation
from billing.api.secret_answers import SecretAnswer
from billing.api.views import BillingView
from billing.events.addresses import LONGEST_URL
from billing.exchange import channels
from billing.exchange.models import Channel
from billing.platforms import permissions

from .webhook_endpoints import HOUR, RotateSecretIn


class UpdateEinvoicingIn(Reading):
    """What changes; the rest stays."""

    method = serializers.ChoiceField(
        choices=Channel.Method.choices,
        required=False,
        help_text="automatic: each final document is sent by itself; manual: when somebody sends it.",
    )
    transport = serializers.ChoiceField(choices=Channel.Transport.choices, required=False)
    address = TextIn(LONGEST_URL, help_text="Of the access point, for http: public, http or https.")
    folder = TextIn(
        channels.LONGEST_FOLDER,
        help_text="For directory, below the platform's own folder in the outbox; default: the seller's id.",
    )
    lookup = serializers.ChoiceField(
        choices=Channel.Lookup.choices,
        required=False,
        help_text="Who is asked whether a receiver can take the document.",
    )
    lookup_address = TextIn(LONGEST_URL, help_text="Of the directory, for the look-up over http.")


class EinvoicingOut(serializers.Serializer):
    """How a seller's e-invoices leave, without the secret."""

    object = ObjectOut("einvoicing")
    billing_entity = serializers.CharField()
    method = serializers.ChoiceField(choices=Channel.Method.choices)
    transport = serializers.ChoiceField(choices=Channel.Transport.choices)
    address = serializers.CharField()
    folder = serializers.CharField()
    lookup = serializers.ChoiceField(choices=Channel.Lookup.choices)
    lookup_address = serializers.CharField()
    callback_url = serializers.CharField(
        allow_null=True, help_text="Where an access point tells how it went; null until something is set."
    )
    previous_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before the last rotation counts too."
    )


class NewEinvoicingSecretOut(EinvoicingOut):
    """The same with the secret, which is told this once; null where the answer is a replay."""

    secret = serializers.CharField(allow_null=True, help_text="`whsec_` and base64, for Standard Webhooks.")
    secret_note = serializers.CharField()


class Einvoicing(BillingView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "PATCH": permissions.SETTINGS_UPDATE}

    @operation(
        "retrieve_einvoicing",
        "Retrieve how a billing entity's e-invoices leave the house",
        permission=permissions.SETTINGS_VIEW,
        answers=EinvoicingOut,
        refusals=(404,),
    )
    def get(self, request: Request, billing_entity_id: str) -> Response:
        channel = channels.channel_of(platform=self.platform, billing_entity_id=billing_entity_id)
        return Response(shown(channel, request))

    @operation(
        "update_einvoicing",
        "Change how a billing entity's e-invoices leave the house",
        permission=permissions.SETTINGS_UPDATE,
        answers=EinvoicingOut,
        body=UpdateEinvoicingIn,
        refusals=(404, 415),
    )
    def patch(self, request: Request, billing_entity_id: str) -> Response:
        channel = channels.configure_channel(
            platform=self.platform,
            billing_entity_id=billing_entity_id,
            **UpdateEinvoicingIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(shown(channel, request))


class RotateEinvoicingSecret(BillingView):
    needs: ClassVar = {"POST": permissions.SETTINGS_UPDATE}

    @operation(
        "rotate_einvoicing_secret",
        "Give a billing entity's access point a new secret; for a while the one before counts too",
        permission=permissions.SETTINGS_UPDATE,
        answers=NewEinvoicingSecretOut,
        body=RotateSecretIn,
        refusals=(404, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, billing_entity_id: str) -> Response:
        channel = channels.rotate_secret(
            platform=self.platform,
            billing_entity_id=billing_entity_id,
            overlap=RotateSecretIn.read(request)["overlap_hours"] * HOUR,
            actor=self.actor,
            at=clock.now(),
        )
        return SecretAnswer(shown(channel, request), secret=channel.secret)


def shown(channel: Channel, request: Request) -> dict[str, Any]:
    shape = channels.channel_shape(channel)
    if path := shape["callback_url"]:
        shape["callback_url"] = request.build_absolute_uri(path)
    return dict(EinvoicingOut(shape).data)
