"""Asking for credit notes over the API: of one invoice, of several, of none; estimates and write-offs."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.permissions import refuse_clients, require
from billing.api.schema import list_of, operation
from billing.platforms import permissions
from billing.platforms.models import Platform
from credit_notes import services
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote
from credit_notes.serializers.credits import CreditAndCopyIn, WriteOffIn
from credit_notes.serializers.estimates import CreditedAndCopiedOut, EstimateOut
from credit_notes.serializers.lines import bonus_of
from credit_notes.serializers.notes import ListedCreditNoteOut, WholeCreditNoteOut
from credit_notes.serializers.selections import selection_in
from credit_notes.serializers.wishes import (
    CreateCreditNoteIn,
    CreditInvoiceIn,
    said_in,
)
from credit_notes.wish import Wish

from .notes import CreditNoteView, found, parts_of

REFUSALS = (404, 409, 415, 422)
ISSUING = {
    "finalize": permissions.CREDIT_NOTE_FINALIZE,
    "notify": permissions.CREDIT_NOTE_SEND_EMAIL,
    "source_payment": permissions.CREDIT_NOTE_REFUND,
}
"""What fields of a new note need besides."""


def wish_of(platform: Platform, body: dict[str, Any], *, invoice_id: str = "") -> Wish:
    """Return the note that a body asks for, on the invoice of the address or on those it names."""
    said = said_in(body) | {
        "on_hold": bool(body["force_init_on_hold"]),
        "billing_entity_id": body.get("billing_entity", ""),
        "currency": body.get("currency", ""),
    }
    invoice_id = invoice_id or body.get("invoice", "")
    if invoice_id:
        selections = ((invoice_id, found(platform, invoice_id, selection_in(body))),)
        return Wish(selections=selections, **said)
    if "invoices" in body:
        return Wish(selections=parts_of(platform, body["invoices"]), **said)
    return Wish(customer_id=body["customer"], free=bonus_of(body["lines"]), **said)


class WishView(CreditNoteView):
    """A view that makes a note of what the body asks for."""

    def make(self, request: Request, body: dict[str, Any], *, invoice_id: str = "") -> Response:
        if body["finalize"]:
            require(request, permissions.CREDIT_NOTE_FINALIZE)
        if body.get("source_payment"):
            require(request, permissions.CREDIT_NOTE_REFUND)
        if body["notify"]:
            require(request, permissions.CREDIT_NOTE_SEND_EMAIL)
        note = services.credit(
            platform=self.platform,
            wish=wish_of(self.platform, body, invoice_id=invoice_id),
            finalize=body["finalize"],
            notify=bool(body["notify"]),
            source_payment=body.get("source_payment") or "",
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(note.pk, status=201)


class CreditInvoice(WishView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREDIT_CREATE}

    @operation(
        "credit_invoice",
        "Credit an invoice: entirely, or what the body names of it",
        permission=permissions.INVOICE_CREDIT_CREATE,
        also=ISSUING,
        answers=WholeCreditNoteOut,
        status=201,
        body=CreditInvoiceIn,
        refusals=REFUSALS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.make(request, CreditInvoiceIn.read(request), invoice_id=invoice_id)


class CreditNotes(WishView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW, "POST": permissions.CREDIT_NOTE_CREATE}

    @operation(
        "list_credit_notes",
        "List credit notes",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(ListedCreditNoteOut),
        listing=CREDIT_NOTES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = CreditNote.objects.for_platform(self.platform).prefetch_related("references")
        return answer_list(request, CREDIT_NOTES, rows, ListedCreditNoteOut)

    @operation(
        "create_credit_note",
        "Write a credit note on an invoice, on several, or for a customer; it is issued at once",
        permission=permissions.CREDIT_NOTE_CREATE,
        also=ISSUING,
        answers=WholeCreditNoteOut,
        status=201,
        body=CreateCreditNoteIn,
        refusals=REFUSALS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        return self.make(request, CreateCreditNoteIn.read(request))


class Estimate(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "estimate_credit_note",
        "Work out a credit note without writing it",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=EstimateOut,
        body=CreateCreditNoteIn,
        refusals=REFUSALS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = wish_of(self.platform, CreateCreditNoteIn.read(request))
        estimate = services.estimate(platform=self.platform, wish=wish, at=clock.now())
        return Response(EstimateOut(estimate).data)


class CreditAndCopy(CreditNoteView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREDIT_CREATE}

    @operation(
        "credit_and_copy_invoice",
        "Credit an entire invoice and draft it anew",
        permission=permissions.INVOICE_CREDIT_CREATE,
        also={
            "update_credit_invoice_to_final": permissions.CREDIT_NOTE_FINALIZE,
            "update_new_invoice_to_final": permissions.INVOICE_FINALIZE,
        },
        answers=CreditedAndCopiedOut,
        status=201,
        body=CreditAndCopyIn,
        refusals=REFUSALS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        refuse_clients(request, "An invoice is credited and drafted anew by whoever wrote it.")
        require(request, permissions.INVOICE_CREATE)
        body = CreditAndCopyIn.read(request)
        finalize_credit_note = body.pop("update_credit_invoice_to_final")
        finalize_copy = body.pop("update_new_invoice_to_final")
        if finalize_credit_note:
            require(request, permissions.CREDIT_NOTE_FINALIZE)
        if finalize_copy:
            require(request, permissions.INVOICE_FINALIZE)
        made = services.credit_and_copy(
            platform=self.platform,
            invoice_id=invoice_id,
            finalize_credit_note=finalize_credit_note,
            finalize_copy=finalize_copy,
            **said_in(body),
            actor=self.actor,
            at=clock.now(),
        )
        return Response(CreditedAndCopiedOut(made).data, status=201)


class WriteOff(CreditNoteView):
    needs: ClassVar = {"POST": permissions.INVOICE_CREDIT_CREATE}

    @operation(
        "write_off_invoice",
        "Write off what an invoice still owes",
        permission=permissions.INVOICE_CREDIT_CREATE,
        also={name: ISSUING[name] for name in ("finalize", "notify")},
        answers=WholeCreditNoteOut,
        status=201,
        body=WriteOffIn,
        refusals=REFUSALS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, invoice_id: str) -> Response:
        refuse_clients(request, "What an invoice still owes is written off by whom it is owed to.")
        body = WriteOffIn.read(request)
        if body["finalize"]:
            require(request, permissions.CREDIT_NOTE_FINALIZE)
        if body["notify"]:
            require(request, permissions.CREDIT_NOTE_SEND_EMAIL)
        note = services.write_off_invoice(
            platform=self.platform, invoice_id=invoice_id, **body, actor=self.actor, at=clock.now()
        )
        return self.show(note.pk, status=201)
