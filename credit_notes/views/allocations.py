"""Credit given to invoices, over the API."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.platforms import permissions
from credit_notes import services
from credit_notes.models import Allocation
from credit_notes.serializers.allocations import (
    AllocateIn,
    ApplyCreditsIn,
    RemoveCreditNoteIn,
)
from credit_notes.serializers.notes import WholeCreditNoteOut
from invoices.serializers.invoices import WholeInvoiceOut
from invoices.views.invoices import whole_invoices

from .notes import CreditNoteView


class Allocations(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_ALLOCATE}

    @operation(
        "allocate_credit_note",
        "Give a credit note's credit to an invoice, or to the oldest ones",
        permission=permissions.CREDIT_NOTE_ALLOCATE,
        answers=WholeCreditNoteOut,
        status=201,
        body=AllocateIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        wish = AllocateIn.read(request)
        asked = {"credit_note_id": credit_note_id, "actor": self.actor, "at": clock.now()}
        if "invoice" in wish:
            invoice_id, amount = wish["invoice"], wish.get("amount")
            services.allocate(platform=self.platform, invoice_id=invoice_id, amount=amount, **asked)
        else:
            services.allocate_oldest_first(platform=self.platform, **asked)
        return self.show(credit_note_id, status=201)


class OneAllocation(CreditNoteView):
    needs: ClassVar = {"DELETE": permissions.CREDIT_NOTE_ALLOCATE}

    @operation(
        "deallocate_credit_note",
        "Take credit back from an invoice",
        permission=permissions.CREDIT_NOTE_ALLOCATE,
        answers=WholeCreditNoteOut,
        refusals=(404, 409),
    )
    def delete(self, request: Request, credit_note_id: str, allocation_id: str) -> Response:
        note = self.find(credit_note_id)
        row = Allocation.objects.for_platform(self.platform).filter(credit_note=note).find(allocation_id)
        services.deallocate(platform=self.platform, allocation_id=row.pk, actor=self.actor, at=clock.now())
        return self.show(credit_note_id)


class InvoiceCreditView(BillingView):
    """A view of the credit that one invoice has."""

    def show(self, invoice_id: str) -> Response:
        return Response(WholeInvoiceOut(whole_invoices(self).find(invoice_id)).data)


class ApplyCredits(InvoiceCreditView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_ALLOCATE}

    @operation(
        "apply_credits",
        "Give an invoice its customer's available credit",
        permission=permissions.CREDIT_NOTE_ALLOCATE,
        answers=WholeInvoiceOut,
        body=ApplyCreditsIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish = ApplyCreditsIn.read(request)
        services.apply_credits(
            platform=self.platform,
            invoice_id=invoice_id,
            credit_note_ids=wish.get("credit_notes", ()),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)


class RemoveCreditNote(InvoiceCreditView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_ALLOCATE}

    @operation(
        "remove_credit_note",
        "Take back all credit that a note gave to an invoice",
        permission=permissions.CREDIT_NOTE_ALLOCATE,
        answers=WholeInvoiceOut,
        body=RemoveCreditNoteIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        wish = RemoveCreditNoteIn.read(request)
        services.remove_credit_note(
            platform=self.platform,
            invoice_id=invoice_id,
            credit_note_id=wish["credit_note"],
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)
