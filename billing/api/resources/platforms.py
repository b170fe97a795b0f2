"""Platforms over the API: those that the credential acts for, and how each of them works."""

from typing import Any, ClassVar

from django.db.models import F
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock, parties
from billing.api.fields import AmountIn, ObjectOut, Reading
from billing.api.lists import answer_list
from billing.api.permissions import PermissionMissing
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.errors import NotFound
from billing.lists import Id, Listing, Moment, Text
from billing.parties.platforms import LONGEST_WAIT
from billing.platforms import permissions
from billing.platforms.models import Platform
from billing.platforms.shapes import shape_of

PLATFORMS = Listing(
    filters={"id": Id("id"), "name": Text("name"), "created_at": Moment("created_at")},
    orders={"created_at": (), "name": (F("name"),)},
)


class UpdatePlatformIn(Reading):
    """The settings that change; the rest stays."""

    name = serializers.CharField(max_length=200, required=False)
    finalizes_drafts_after_hours = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_WAIT,
        required=False,
        allow_null=True,
        help_text="Null: a person finalises drafts.",
    )
    approval_above = AmountIn(
        zero=True,
        required=False,
        allow_null=True,
        help_text="A credit note of more than this, in its own currency, needs somebody else's approval. "
        "Null: none does.",
    )
    applies_credits = serializers.BooleanField(
        required=False, help_text="Give available credit to new invoices when they are finalised."
    )
    keeps_overpayments = serializers.BooleanField(
        required=False, help_text="Keep what a customer paid too much as credit, rather than refuse it."
    )
    requires_reason = serializers.BooleanField(
        required=False, help_text="A credit note must have a reason code."
    )
    requires_refund_reason = serializers.BooleanField(
        required=False, help_text="A refund must have a reason code."
    )


class PlatformOut(serializers.Serializer):
    object = ObjectOut("platform")
    id = serializers.CharField()
    name = serializers.CharField()
    finalizes_drafts_after_hours = serializers.IntegerField(allow_null=True)
    approval_above = serializers.CharField(allow_null=True, help_text="A decimal, in any currency.")
    applies_credits = serializers.BooleanField()
    keeps_overpayments = serializers.BooleanField()
    requires_reason = serializers.BooleanField()
    requires_refund_reason = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Platform) -> dict[str, Any]:
        return super().to_representation(shape_of(instance))


class PlatformView(BillingView):
    """A view of every platform that the credential acts for, whichever X-Platform-Id names."""

    over_platforms = True

    def require(self, platform_id: str, permission: str) -> Platform:
        """Return a platform on which the credential may do something.

        :raises NotFound: it does not act for any such platform.
        :raises PermissionMissing: it does, but may not do that there.
        """
        places = {place.platform.pk: place.platform for place in self.request.auth.places}
        if platform_id not in places:
            raise NotFound(f"There is no platform {platform_id!r} here.", id=platform_id)
        if platform_id not in self.ids_where(permission):
            raise PermissionMissing(f"This credential lacks {permission} there.", permission=permission)
        return places[platform_id]

    def ids_where(self, permission: str) -> list[str]:
        return [place.platform.pk for place in self.request.auth.places_where(permission)]


class Platforms(PlatformView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW}

    @operation(
        "list_platforms",
        "List the platforms that the credential acts for",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(PlatformOut),
        listing=PLATFORMS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = Platform.objects.filter(pk__in=self.ids_where(permissions.SETTINGS_VIEW))
        return answer_list(request, PLATFORMS, rows, PlatformOut)


class OnePlatform(PlatformView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "PATCH": permissions.SETTINGS_UPDATE}

    @operation(
        "retrieve_platform",
        "Retrieve a platform and its settings",
        permission=permissions.SETTINGS_VIEW,
        answers=PlatformOut,
        refusals=(404,),
    )
    def get(self, request: Request, platform_id: str) -> Response:
        return Response(PlatformOut(self.require(platform_id, permissions.SETTINGS_VIEW)).data)

    @operation(
        "update_platform",
        "Change how a platform works",
        permission=permissions.SETTINGS_UPDATE,
        answers=PlatformOut,
        body=UpdatePlatformIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, platform_id: str) -> Response:
        platform = parties.update_platform(
            platform=self.require(platform_id, permissions.SETTINGS_UPDATE),
            **UpdatePlatformIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(PlatformOut(platform).data)
