"""Reason codes over the API."""

from contextlib import suppress
from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.events.corrections import NothingToCorrect
from billing.platforms import permissions
from credit_notes import services
from credit_notes.lists import REASON_CODES
from credit_notes.models import ReasonCode
from credit_notes.serializers.reason_codes import (
    ReasonCodeIn,
    ReasonCodeListOut,
    ReasonCodeOut,
    UpdateReasonCodeIn,
)


class ReasonCodes(BillingView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_reason_codes",
        "List reason codes, and which may be sent",
        permission=permissions.SETTINGS_VIEW,
        answers=ReasonCodeListOut,
        listing=REASON_CODES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = ReasonCode.objects.for_platform(self.platform)
        allowed = {kind: dict(services.reasons_of(self.platform, kind)) for kind in ReasonCode.Kind.values}
        return answer_list(request, REASON_CODES, rows, ReasonCodeOut, allowed=allowed)

    @operation(
        "create_reason_code",
        "Put a reason code on the platform's list",
        permission=permissions.SETTINGS_UPDATE,
        answers=ReasonCodeOut,
        status=201,
        body=ReasonCodeIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        row = services.add_reason_code(
            platform=self.platform, **ReasonCodeIn.read(request), actor=self.actor, at=clock.now()
        )
        return Response(ReasonCodeOut(row).data, status=201)


class OneReasonCode(BillingView):
    needs: ClassVar = {
        "GET": permissions.SETTINGS_VIEW,
        "PATCH": permissions.SETTINGS_UPDATE,
        "DELETE": permissions.SETTINGS_UPDATE,
    }

    @operation(
        "retrieve_reason_code",
        "Retrieve a reason code",
        permission=permissions.SETTINGS_VIEW,
        answers=ReasonCodeOut,
        refusals=(404,),
    )
    def get(self, request: Request, reason_code_id: str) -> Response:
        return Response(
            ReasonCodeOut(ReasonCode.objects.for_platform(self.platform).find(reason_code_id)).data
        )

    @operation(
        "update_reason_code",
        "Give a reason code another name or place",
        permission=permissions.SETTINGS_UPDATE,
        answers=ReasonCodeOut,
        body=UpdateReasonCodeIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, reason_code_id: str) -> Response:
        with suppress(NothingToCorrect):
            services.change_reason_code(
                platform=self.platform,
                reason_code_id=reason_code_id,
                **UpdateReasonCodeIn.read(request),
                actor=self.actor,
                at=clock.now(),
            )
        return self.get(request, reason_code_id)

    @operation(
        "retire_reason_code",
        "Take a reason code off the list",
        permission=permissions.SETTINGS_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, reason_code_id: str) -> Response:
        services.retire_reason_code(
            platform=self.platform, reason_code_id=reason_code_id, actor=self.actor, at=clock.now()
        )
        return Response(status=204)
