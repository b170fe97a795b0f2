"""Returned withheld tax, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.platforms import permissions
from credit_notes import services
from credit_notes.models import TaxWithheldRefund
from credit_notes.serializers.notes import WholeCreditNoteOut
from credit_notes.serializers.withheld import ReturnTaxWithheldIn

from .notes import CreditNoteView


class TaxWithheldRefunds(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "return_tax_withheld",
        "Record that withheld tax was returned",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=WholeCreditNoteOut,
        status=201,
        body=ReturnTaxWithheldIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        wish = ReturnTaxWithheldIn.read(request)
        services.return_tax_withheld(
            platform=self.platform,
            credit_note_id=credit_note_id,
            tax_withheld_id=wish.pop("tax_withheld", ""),
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id, status=201)


class OneTaxWithheldRefund(CreditNoteView):
    needs: ClassVar = {"DELETE": permissions.CREDIT_NOTE_REFUND}

    @operation(
        "remove_tax_withheld_refund",
        "Take a return of withheld tax away",
        permission=permissions.CREDIT_NOTE_REFUND,
        answers=WholeCreditNoteOut,
        refusals=(404, 409),
    )
    def delete(self, request: Request, credit_note_id: str, refund_id: str) -> Response:
        note = self.find(credit_note_id)
        row = TaxWithheldRefund.objects.for_platform(self.platform).filter(credit_note=note).find(refund_id)
        services.remove_tax_withheld_refund(
            platform=self.platform, refund_id=row.pk, actor=self.actor, at=clock.now()
        )
        return self.show(credit_note_id)
