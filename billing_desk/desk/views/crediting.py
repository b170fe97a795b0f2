"""Crediting an invoice: all that is left of it, parts of it, again in a corrected one, or as a write-off."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError
from billing.platforms.permissions import (
    CREDIT_NOTE_FINALIZE,
    CREDIT_NOTE_UPDATE,
    INVOICE_CREATE,
    INVOICE_CREDIT_CREATE,
    INVOICE_FINALIZE,
)
from billing_desk.desk import queries
from billing_desk.desk.access import may
from billing_desk.desk.forms import CopyForm, CreditSheet, ReasonForm, blame, with_more_rows
from credit_notes.models import CreditNote
from credit_notes.services import credit_and_copy, credit_invoice, update_draft, write_off_invoice
from credit_notes.services.credit import FullCreditIsDrafted
from credit_notes.services.reason_codes import WRITE_OFF

from .base import DeskView
from .credit_notes import version_in


class CreditView(DeskView):
    """A page that asks why, says what will happen, and credits all that is left or due."""

    form_class: type[ReasonForm] = ReasonForm
    template: str
    heading: str
    section = "invoices"
    permissions = {"GET": INVOICE_CREDIT_CREATE, "POST": INVOICE_CREDIT_CREATE}

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = self.page(invoice_id)
        if page.draft_id:
            return redirect("desk:credit_note", page.draft_id)
        return self.show(page, self.form(page))

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = self.page(invoice_id)
        form = self.form(page, request.POST)
        if not form.is_valid():
            return self.show(page, form, status=400)
        try:
            return self.credit(page, form)
        except FullCreditIsDrafted as refusal:
            messages.info(request, refusal.detail)
            return redirect("desk:credit_note", refusal.facts["used_by"][0]["id"])
        except BillingError as refusal:
            blame(form, refusal)
            return self.show(page, form, refusal=refusal, status=refusal.status)

    def credit(self, page: queries.Crediting, form: ReasonForm) -> HttpResponse:
        """Do it, and lead to what was made."""
        raise NotImplementedError

    def page(self, invoice_id: str) -> queries.Crediting:
        return queries.crediting_of(member=self.member, invoice_id=invoice_id)

    def form(self, page: queries.Crediting, data: Any = None) -> ReasonForm:
        return self.form_class(data, reasons=page.reasons)

    def show(
        self,
        page: queries.Crediting,
        form: Form,
        *,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        return self.render(
            self.template,
            heading=self.heading_of(page),
            page=page,
            form=form,
            refusal=refusal,
            status=status,
        )

    def heading_of(self, page: queries.Crediting) -> str:
        return self.heading


class CreditInvoice(CreditView):
    """Makes a draft over all that is left."""

    template = "desk/invoices/credit.html"

    def heading_of(self, page: queries.Crediting) -> str:
        return "Credit entire invoice" if page.is_whole or page.refusal else "Credit the rest"

    def credit(self, page: queries.Crediting, form: ReasonForm) -> HttpResponse:
        note = credit_invoice(
            platform=self.platform,
            invoice_id=page.invoice_id,
            **form.cleaned_data,
            actor=self.actor,
            at=clock.now(),
        )
        return to_draft(self.request, note)


class CreditAndCopy(CreditView):
    """Credits all that is left, and drafts the invoice anew."""

    form_class = CopyForm
    template = "desk/invoices/credit_and_copy.html"
    heading = "Credit and re-invoice"
    permissions = {"GET": INVOICE_CREATE, "POST": INVOICE_CREATE}

    def credit(self, page: queries.Crediting, form: ReasonForm) -> HttpResponse:
        said = form.cleaned_data
        require(self, INVOICE_CREDIT_CREATE)
        for name, permission in (
            ("finalize_credit_note", CREDIT_NOTE_FINALIZE),
            ("finalize_copy", INVOICE_FINALIZE),
        ):
            if said[name]:
                require(self, permission)
        made = credit_and_copy(
            platform=self.platform, invoice_id=page.invoice_id, **said, actor=self.actor, at=clock.now()
        )
        note = f"{made.credit_note} credits {page.number}"
        became = "was finalised" if made.copy.is_final else "was drafted with the same lines"
        messages.success(self.request, f"{note}; {made.copy} {became}.")
        return redirect("desk:invoice", made.copy.pk)


class WriteOff(CreditView):
    """Gives up what is due, by a final note."""

    template = "desk/invoices/write_off.html"
    heading = "Write off"

    def form(self, page: queries.Crediting, data: Any = None) -> ReasonForm:
        return ReasonForm(data, reasons=page.write_off_reasons, initial={"reason_code": WRITE_OFF})

    def credit(self, page: queries.Crediting, form: ReasonForm) -> HttpResponse:
        require(self, CREDIT_NOTE_FINALIZE)
        note = write_off_invoice(
            platform=self.platform,
            invoice_id=page.invoice_id,
            **form.cleaned_data,
            actor=self.actor,
            at=clock.now(),
        )
        messages.success(self.request, f"What {page.number} still asked for was written off by {note}.")
        return redirect("desk:credit_note", note.pk)

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = self.page(invoice_id)
        return self.show(page, self.form(page))


class SheetView(DeskView):
    """The page on which parts of an invoice are chosen: works it out, adds rows, or does it."""

    section = "invoices"

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        page = self.page(pk)
        return self.show(CreditSheet(page))

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        page, deed = self.page(pk), request.POST.get("deed", "")
        if deed == "rows":
            return self.show(CreditSheet(page, with_more_rows(page, request.POST), is_adding=True))
        sheet = CreditSheet(page, request.POST)
        if not sheet.is_valid():
            return self.show(sheet, status=400)
        try:
            if deed == "estimate":
                return self.show(sheet, outcome=self.outcome(sheet))
            return self.carry_out(sheet)
        except BillingError as refusal:
            sheet.blame(refusal)
            return self.show(sheet, refusal=refusal, status=refusal.status)

    def page(self, pk: str) -> queries.CreditLines:
        raise NotImplementedError

    def carry_out(self, sheet: CreditSheet) -> HttpResponse:
        raise NotImplementedError

    def outcome(self, sheet: CreditSheet) -> queries.Outcome:
        return queries.outcome_of(member=self.member, wish=sheet.wish(), at=clock.now())

    def show(
        self,
        sheet: CreditSheet,
        *,
        outcome: queries.Outcome | None = None,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        # htmx asks while one still types: what it is told is no error yet, and it throws errors away.
        template, status = ("_outcome.html", 200) if self.wants_part else ("credit_lines.html", status)
        return self.render(
            f"desk/invoices/{template}",
            page=sheet.page,
            sheet=sheet,
            outcome=outcome,
            refusal=refusal,
            status=status,
        )


class CreditLines(SheetView):
    """Drafts a note on parts of an invoice."""

    permissions = {"GET": INVOICE_CREDIT_CREATE, "POST": INVOICE_CREDIT_CREATE}

    def page(self, pk: str) -> queries.CreditLines:
        return queries.credit_lines_of(member=self.member, invoice_id=pk, at=clock.now())

    def carry_out(self, sheet: CreditSheet) -> HttpResponse:
        note = credit_invoice(
            platform=self.platform,
            invoice_id=sheet.page.invoice_id,
            selection=sheet.selection(),
            **sheet.said(),
            actor=self.actor,
            at=clock.now(),
        )
        return to_draft(self.request, note)


class EditCreditNoteLines(SheetView):
    """Changes what a draft takes of its invoice."""

    permissions = {"GET": CREDIT_NOTE_UPDATE, "POST": CREDIT_NOTE_UPDATE}
    section = "credit_notes"

    def page(self, pk: str) -> queries.CreditLines:
        return queries.edit_lines_of(member=self.member, credit_note_id=pk, at=clock.now())

    def carry_out(self, sheet: CreditSheet) -> HttpResponse:
        note = update_draft(
            platform=self.platform,
            credit_note_id=sheet.page.draft.id,
            changes=sheet.said() | {"selections": [(sheet.page.invoice_id, sheet.selection())]},
            version=version_in(self.request),
            actor=self.actor,
            at=clock.now(),
        )
        messages.success(self.request, f"{note} was changed.")
        return redirect("desk:credit_note", note.pk)


def to_draft(request: HttpRequest, note: CreditNote) -> HttpResponse:
    """Lead to a new draft."""
    messages.success(request, f"{note} was drafted. Nothing is final until you finalise it.")
    return redirect("desk:credit_note", note.pk)


def require(view: DeskView, permission: str) -> None:
    """Refuse what a person's role does not cover beyond what the page itself needs."""
    if not may(view.member, permission):
        raise PermissionDenied(permission)
