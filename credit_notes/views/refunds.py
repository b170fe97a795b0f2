"""Refunds over the API."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.platforms import permissions
from credit_notes import services
from credit_notes.lists import REFUNDS
from credit_notes.models import Refund
from credit_notes.serializers.notes import WholeCreditNoteOut
from credit_notes.serializers.refunds import (
    FailRefundIn,
    RecordRefundIn,
    RefundIn,
    RefundOut,
    RefundPlanIn,
    RefundPlanOut,
    SucceedRefundIn,
    plan_out,
)

from .notes import CreditNoteView


class RefundNote(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "refund_credit_note",
        "Refund through the payments that came in: online ones first, then by hand",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=WholeCreditNoteOut,
        status=201,
        body=RefundIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        services.refund(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **RefundIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id, status=201)


class RecordRefund(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "record_refund",
        "Record money that was returned elsewhere",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=WholeCreditNoteOut,
        status=201,
        body=RecordRefundIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        services.record_refund(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **RecordRefundIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id, status=201)


class RefundPlan(CreditNoteView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "plan_refund",
        "Show in which steps a refund would go, before it runs",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=RefundPlanOut,
        query=RefundPlanIn,
        refusals=(404, 409),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        note, plan = services.plan_refund(
            platform=self.platform, credit_note_id=credit_note_id, **RefundPlanIn.read_query(request)
        )
        return Response(plan_out(note, plan))


class RefundView(BillingView):
    """A view of one platform's refunds."""

    @property
    def refunds(self) -> Any:
        rows = Refund.objects.for_platform(self.platform).select_related("credit_note")
        return rows.defer("credit_note__snapshot")

    def show(self, refund_id: str) -> Response:
        return Response(RefundOut(self.refunds.find(refund_id)).data)


class Refunds(RefundView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_refunds",
        "List refunds",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(RefundOut),
        listing=REFUNDS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, REFUNDS, self.refunds, RefundOut)


class OneRefund(RefundView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "retrieve_refund",
        "Retrieve a refund",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=RefundOut,
        refusals=(404,),
    )
    def get(self, request: Request, refund_id: str) -> Response:
        return self.show(refund_id)


class Succeed(RefundView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "succeed_refund",
        "Say that a refund paid out by hand has gone",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=RefundOut,
        body=SucceedRefundIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, refund_id: str) -> Response:
        wish = SucceedRefundIn.read(request)
        services.settle_refund(
            platform=self.platform,
            refund_id=refund_id,
            succeeded=True,
            provider_reference=wish.pop("reference"),
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(refund_id)


class Fail(RefundView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "fail_refund",
        "Say that a refund paid out by hand will not go; the note has its amount again",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=RefundOut,
        body=FailRefundIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, refund_id: str) -> Response:
        services.settle_refund(
            platform=self.platform,
            refund_id=refund_id,
            succeeded=False,
            **FailRefundIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(refund_id)
