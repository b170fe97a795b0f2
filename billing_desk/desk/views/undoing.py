"""Approving and holding drafts; voiding and reversing final credit notes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError, NotFound
from billing.platforms.permissions import CREDIT_NOTE_APPROVE, CREDIT_NOTE_UPDATE, CREDIT_NOTE_VOID
from billing_desk.desk import queries
from billing_desk.desk.forms import NothingForm, WhyForm
from credit_notes.models import CreditNote
from credit_notes.services import (
    approve_credit_note,
    hold_credit_note,
    release_credit_note,
    reverse_credit_note,
    update_draft,
    void_credit_note,
)
from credit_notes.services.finalize import NoteNotDraft

from .asking import Asking
from .base import DeskView
from .credit_notes import version_in


class Approve(Asking):
    permissions = {"GET": CREDIT_NOTE_APPROVE, "POST": CREDIT_NOTE_APPROVE}
    section = "credit_notes"
    template = "desk/credit_notes/approve.html"
    heading = "Approve the credit note"

    def look(self, *, credit_note_id: str) -> Any:
        page = queries.finalizing_of(member=self.member, credit_note_id=credit_note_id, at=clock.now())
        if page is None:
            raise NoteNotDraft("It is final already.")
        return page

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NothingForm(data)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        note = approve_credit_note(
            platform=self.platform,
            credit_note_id=credit_note_id,
            approver_id=self.member.user_id,
            version=version_in(self.request),
            actor=self.actor,
            at=clock.now(),
        )
        return f"{note} was approved. It can be finalised now."


class AtOnce(DeskView):
    """A deed with a draft that can be undone by another click."""

    permissions = {"POST": CREDIT_NOTE_UPDATE}

    def post(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        try:
            messages.success(request, self.do(credit_note_id))
        except NotFound:
            raise
        except BillingError as refusal:
            messages.warning(request, refusal.detail)
        return redirect("desk:credit_note", credit_note_id)

    def do(self, credit_note_id: str) -> str:
        """Do it and return what to tell."""
        raise NotImplementedError

    def whose(self, credit_note_id: str) -> dict[str, Any]:
        return {
            "platform": self.platform,
            "credit_note_id": credit_note_id,
            "actor": self.actor,
            "at": clock.now(),
        }


class Hold(AtOnce):
    def do(self, credit_note_id: str) -> str:
        note = hold_credit_note(**self.whose(credit_note_id))
        return f"{note} is on hold: it is not finalised by itself."


class Release(AtOnce):
    def do(self, credit_note_id: str) -> str:
        note = release_credit_note(**self.whose(credit_note_id))
        return f"{note} is no longer on hold."


class WorkOutAnew(AtOnce):
    """Bring a draft up to date with what other notes have taken meanwhile."""

    def do(self, credit_note_id: str) -> str:
        note = update_draft(changes={}, version=version_in(self.request), **self.whose(credit_note_id))
        return f"{note} was worked out anew."


class Void(Asking):
    permissions = {"GET": CREDIT_NOTE_VOID, "POST": CREDIT_NOTE_VOID}
    section = "credit_notes"
    template = "desk/credit_notes/void.html"
    heading = "Void the credit note"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.voiding_of(member=self.member, credit_note_id=credit_note_id, at=clock.now())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return WhyForm(data)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        note = void_credit_note(
            platform=self.platform, credit_note_id=credit_note_id, **said, actor=self.actor, at=clock.now()
        )
        return f"{note} is void. Its number stays used."


class Reverse(Asking):
    permissions = {"GET": CREDIT_NOTE_VOID, "POST": CREDIT_NOTE_VOID}
    section = "credit_notes"
    template = "desk/credit_notes/reverse.html"
    heading = "Reverse the credit note"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.reversing_of(member=self.member, credit_note_id=credit_note_id, at=clock.now())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return WhyForm(data)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        invoice = reverse_credit_note(
            platform=self.platform, credit_note_id=credit_note_id, **said, actor=self.actor, at=clock.now()
        )
        note = CreditNote.objects.for_platform(self.platform).find(credit_note_id)
        return f"{note} was reversed by invoice {invoice}."
