"""Credit notes: the list, the page, changing, deleting and finalising a draft, fetching the papers."""

import re
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.documents import files
from billing.errors import BillingError
from billing.platforms.permissions import (
    CREDIT_NOTE_FINALIZE,
    CREDIT_NOTE_PDF_DOWNLOAD,
    CREDIT_NOTE_UPDATE,
    CREDIT_NOTE_VIEW,
)
from billing_desk.desk import queries
from billing_desk.desk.forms import CommentForm, FinalizeForm, WordsForm
from billing_desk.desk.forms.fields import blame
from credit_notes.models import CreditNote
from credit_notes.services import delete_draft, finalize_credit_note, update_draft
from credit_notes.services.finalize import NoteNotDraft

from .base import DeskView
from .einvoices import news_form_of
from .listing import PaperList


class CreditNotes(PaperList):
    permissions = {"GET": CREDIT_NOTE_VIEW}
    section, kind = "credit_notes", "credit_note"


class CreditNotePage(DeskView):
    """The page; for a draft also the form that changes its words. htmx asks it whether files are there."""

    permissions = {"GET": CREDIT_NOTE_VIEW, "POST": CREDIT_NOTE_UPDATE}
    section = "credit_notes"

    def get(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        return self.show(credit_note_id)

    def post(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        note = CreditNote.objects.for_platform(self.platform).find(credit_note_id)
        kind = WordsForm if note.is_draft or "note" in request.POST else CommentForm
        form = self.form_of(kind, note.reason_code, request.POST)
        if not form.is_valid():
            return self.show(credit_note_id, form=form, status=400)
        try:
            update_draft(
                platform=self.platform,
                credit_note_id=credit_note_id,
                changes=form.cleaned_data,
                version=version_in(request),
                actor=self.actor,
                at=clock.now(),
            )
        except BillingError as refusal:
            blame(form, refusal)
            return self.show(credit_note_id, form=form, refusal=refusal, status=refusal.status)
        what = "reason" if kind is WordsForm else "internal comment"
        messages.success(request, f"The {what} of {note} was saved.")
        return redirect("desk:credit_note", note.pk)

    def form_of(self, kind: type[Form], reason_code: str, data: Any = None, **options: Any) -> Form:
        if kind is CommentForm:
            return CommentForm(data, **options)
        return WordsForm(data, platform=self.platform, kept=reason_code, **options)

    def show(
        self,
        credit_note_id: str,
        *,
        form: Form | None = None,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = queries.credit_note_page(member=self.member, credit_note_id=credit_note_id, at=clock.now())
        kind = WordsForm if page.is_draft else CommentForm
        said = {name: getattr(page, name) for name in ("note", "reason_code", "internal_comment")}
        if form is None or not isinstance(form, kind):
            form = self.form_of(kind, page.reason_code, initial=said)
        template = "_live.html" if self.wants_part else "page.html"
        return self.render(
            f"desk/credit_notes/{template}",
            page=page,
            form=form,
            news_form=news_form_of(page.einvoice),
            refusal=refusal,
            status=status,
        )


class CreditNoteFile(DeskView):
    """The way to a stored file: a link that is good for minutes."""

    permissions = {"GET": CREDIT_NOTE_PDF_DOWNLOAD}

    def get(self, request: HttpRequest, credit_note_id: str, kind: str) -> HttpResponse:
        note = CreditNote.objects.for_platform(self.platform).find(credit_note_id)
        return redirect(files.signed_link(files.shown(document=note, kind=kind)))


class DeleteCreditNote(DeskView):
    permissions = {"GET": CREDIT_NOTE_UPDATE, "POST": CREDIT_NOTE_UPDATE}
    section = "credit_notes"

    def get(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        page = queries.finalizing_of(member=self.member, credit_note_id=credit_note_id, at=clock.now())
        if page is None:
            return already_final(self, credit_note_id)
        return self.render("desk/credit_notes/delete.html", page=page)

    def post(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        note = CreditNote.objects.for_platform(self.platform).find(credit_note_id)
        try:
            delete_draft(
                platform=self.platform, credit_note_id=credit_note_id, actor=self.actor, at=clock.now()
            )
        except NoteNotDraft:
            return already_final(self, credit_note_id)
        messages.success(request, f"{note} was deleted.")
        return redirect("desk:invoice", note.invoice_id) if note.invoice_id else redirect("desk:credit_notes")


class FinalizeCreditNote(DeskView):
    """Asks first, for there is no way back."""

    permissions = {"GET": CREDIT_NOTE_FINALIZE, "POST": CREDIT_NOTE_FINALIZE}
    section = "credit_notes"

    def get(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        return self.ask(credit_note_id)

    def post(self, request: HttpRequest, credit_note_id: str) -> HttpResponse:
        try:
            note = finalize_credit_note(
                platform=self.platform,
                credit_note_id=credit_note_id,
                notify="notify" in request.POST,
                version=version_in(request),
                total=total_in(request),
                actor=self.actor,
                at=clock.now(),
            )
        except NoteNotDraft:
            return already_final(self, credit_note_id)
        except BillingError as refusal:
            return self.ask(credit_note_id, refusal=refusal, status=refusal.status)
        messages.success(request, f"{note} was finalised.")
        return redirect("desk:credit_note", note.pk)

    def ask(
        self, credit_note_id: str, *, refusal: BillingError | None = None, status: int = 200
    ) -> HttpResponse:
        page = queries.finalizing_of(
            member=self.member, credit_note_id=credit_note_id, at=clock.now(), examine=True
        )
        if page is None:
            return already_final(self, credit_note_id)
        form = FinalizeForm(self.request.POST or None, email=page.email, mails_itself=page.mails_itself)
        return self.render(
            "desk/credit_notes/finalize.html", page=page, form=form, refusal=refusal, status=status
        )


def version_in(request: HttpRequest) -> int | None:
    """Return the version of the draft that was on the page, if it says so."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else None


def total_in(request: HttpRequest) -> Decimal | None:
    """Return the total that was on the page, if it says so."""
    total = request.POST.get("total", "")
    return Decimal(total) if re.fullmatch(r"[0-9]{1,15}([.][0-9]{1,4})?", total) else None


def already_final(view: DeskView, credit_note_id: str) -> HttpResponse:
    """Send whoever clicked twice, or came late, to what has been done."""
    note = CreditNote.objects.for_platform(view.platform).find(credit_note_id)
    messages.info(view.request, f"{note} is final already.")
    return redirect("desk:credit_note", credit_note_id)
