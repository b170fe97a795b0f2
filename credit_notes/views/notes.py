"""Credit notes over the API."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.idempotency import idempotent
from billing.api.lists import answer_one
from billing.api.permissions import require
from billing.api.schema import operation
from billing.api.views import BillingView
from billing.errors import Invalid, within
from billing.platforms import permissions
from billing.platforms.models import Platform
from credit_notes import services
from credit_notes.by_period import Node
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote
from credit_notes.selection import Selection, Selections
from credit_notes.serializers.life import FinalizeIn
from credit_notes.serializers.lines import bonus_of
from credit_notes.serializers.notes import WholeCreditNoteOut
from credit_notes.serializers.selections import SELECTING, selection_in
from credit_notes.serializers.wishes import ReplaceCreditNoteIn, UpdateCreditNoteIn, said_in


class InvoicesNeeded(Invalid):
    code = "invoices_needed"
    title = "A credit note on several invoices says of each what it credits"


def found(platform: Platform, invoice_id: str, asked: Selection | list[Node]) -> Selection:
    """Return what is to be credited of an invoice, its periods looked up."""
    if isinstance(asked, Selection):
        return asked
    return services.selection_by_period(platform=platform, invoice_id=invoice_id, periods=asked)


def parts_of(platform: Platform, parts: Sequence[dict[str, Any]]) -> Selections:
    """Return what is to be credited of each of several invoices."""
    selections = []
    for place, part in enumerate(parts):
        with within(f"invoices.{place}"):
            selections.append((part["invoice"], found(platform, part["invoice"], selection_in(part))))
    return tuple(selections)


class CreditNoteView(BillingView):
    """A view of one platform's credit notes."""

    def find(self, credit_note_id: str) -> CreditNote:
        return CreditNote.objects.for_platform(self.platform).find(credit_note_id)

    def show(self, credit_note_id: str, status: int = 200) -> Response:
        notes: QuerySet[CreditNote] = CreditNote.objects.for_platform(self.platform).prefetch_related(
            "lines", "allowances_charges", "references", "allocations", "refunds", "tax_withheld_refunds"
        )
        return answer_one(self.request, CREDIT_NOTES, notes.find(credit_note_id), WholeCreditNoteOut, status)


class OneCreditNote(CreditNoteView):
    needs: ClassVar = {
        "GET": permissions.CREDIT_NOTE_VIEW,
        "PATCH": permissions.CREDIT_NOTE_UPDATE,
        "PUT": permissions.CREDIT_NOTE_UPDATE,
        "DELETE": permissions.CREDIT_NOTE_UPDATE,
    }

    @operation(
        "retrieve_credit_note",
        "Retrieve a credit note",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=WholeCreditNoteOut,
        expands=CREDIT_NOTES,
        refusals=(404,),
    )
    def get(self, request: Request, credit_note_id: str) -> Response:
        return self.show(credit_note_id)

    @operation(
        "update_credit_note",
        "Edit a draft; of a final note only the internal comment and the metadata",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=UpdateCreditNoteIn,
        refusals=(404, 409, 415, 422),
    )
    def patch(self, request: Request, credit_note_id: str) -> Response:
        wish = UpdateCreditNoteIn.read(request)
        services.update_draft(
            platform=self.platform,
            credit_note_id=credit_note_id,
            changes=self.changes(credit_note_id, wish),
            version=wish.get("version"),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)

    @operation(
        "replace_credit_note",
        "Replace all that a draft says; of a final note the internal comment and the metadata",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=WholeCreditNoteOut,
        body=ReplaceCreditNoteIn,
        refusals=(404, 409, 415, 422),
    )
    def put(self, request: Request, credit_note_id: str) -> Response:
        wish = ReplaceCreditNoteIn.read(request)
        services.rewrite_draft(
            platform=self.platform,
            credit_note_id=credit_note_id,
            says=self.changes(credit_note_id, wish),
            version=wish.get("version"),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)

    def changes(self, credit_note_id: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Return what a draft is to say, by the names of `Wish`."""
        changes = said_in(wish)
        if "invoices" in wish:
            return changes | {"selections": parts_of(self.platform, wish["invoices"])}
        given = [name for name in SELECTING if name in wish]
        if not given:
            return changes
        note = self.find(credit_note_id)
        if note.invoice_id is None and "lines" in wish and not note.references.exists():
            return changes | {"free": bonus_of(wish["lines"])}
        if note.invoice_id is None:
            raise InvoicesNeeded("Give `invoices`, each with what to credit of it.", field=given[0])
        selection = found(self.platform, note.invoice_id, selection_in(wish))
        return changes | {"selections": ((note.invoice_id, selection),)}

    @operation(
        "delete_credit_note",
        "Delete a draft",
        permission=permissions.CREDIT_NOTE_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, credit_note_id: str) -> Response:
        services.delete_draft(
            platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
        )
        return Response(status=204)


class Finalize(CreditNoteView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_FINALIZE}

    @operation(
        "finalize_credit_note",
        "Finalise a draft: number it and freeze it",
        permission=permissions.CREDIT_NOTE_FINALIZE,
        also={"notify": permissions.CREDIT_NOTE_SEND_EMAIL},
        answers=WholeCreditNoteOut,
        body=FinalizeIn,
        refusals=(404, 409, 415, 422),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, credit_note_id: str) -> Response:
        wish = FinalizeIn.read(request)
        if wish["notify"]:
            require(request, permissions.CREDIT_NOTE_SEND_EMAIL)
        services.finalize_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(credit_note_id)
