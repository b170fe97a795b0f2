"""Customers: the list, the page, a bonus, and a note over several invoices."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError
from billing.platforms.permissions import (
    CREDIT_NOTE_CREATE,
    CREDIT_NOTE_UPDATE,
    CUSTOMER_VIEW,
    INVOICE_CREDIT_CREATE,
)
from billing_desk.desk import queries
from billing_desk.desk.forms import BonusSheet, SeveralSheet, with_more_bonus_lines
from credit_notes.services import credit, update_draft

from .base import DeskView
from .credit_notes import version_in
from .listing import wish_of

Sheet = BonusSheet | SeveralSheet


class Customers(DeskView):
    permissions = {"GET": CUSTOMER_VIEW}
    section = "customers"

    def get(self, request: HttpRequest) -> HttpResponse:
        listing = queries.customer_list(member=self.member, wish=wish_of(request.GET))
        template = "_list.html" if self.wants_part else "list.html"
        return self.render(f"desk/customers/{template}", listing=listing)


class CustomerPage(DeskView):
    permissions = {"GET": CUSTOMER_VIEW}
    section = "customers"

    def get(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        page = queries.customer_page(member=self.member, customer_id=customer_id, at=clock.now())
        return self.render("desk/customers/page.html", page=page)


class CreditSheetView(DeskView):
    """The page of a note beyond one invoice: adds rows, works it out, or keeps it."""

    section = "customers"
    template: ClassVar[str]
    sheet_class: ClassVar[Any]

    def get(self, request: HttpRequest, **key: str) -> HttpResponse:
        return self.show(self.sheet_class(self.page(**key)))

    def post(self, request: HttpRequest, **key: str) -> HttpResponse:
        page, deed = self.page(**key), request.POST.get("deed", "")
        if deed == "rows":
            return self.show(self.sheet_class(page, with_more_bonus_lines(request.POST)))
        sheet = self.sheet_class(page, request.POST)
        if not sheet.is_valid():
            return self.show(sheet, status=400)
        try:
            if deed == "estimate":
                outcome = queries.customer_outcome_of(member=self.member, wish=sheet.wish(), at=clock.now())
                return self.show(sheet, outcome=outcome)
            return self.keep(sheet)
        except BillingError as refusal:
            sheet.blame(refusal)
            return self.show(sheet, refusal=refusal, status=refusal.status)

    def page(self, **key: str) -> Any:
        """Return what the page shows."""
        raise NotImplementedError

    def keep(self, sheet: Sheet) -> HttpResponse:
        """Make the draft."""
        note = credit(platform=self.platform, wish=sheet.wish(), actor=self.actor, at=clock.now())
        messages.success(self.request, f"{note} was drafted. Nothing is final until you finalise it.")
        return redirect("desk:credit_note", note.pk)

    def show(
        self,
        sheet: Sheet,
        *,
        outcome: queries.CustomerOutcome | None = None,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        return self.render(
            self.template, page=sheet.page, sheet=sheet, outcome=outcome, refusal=refusal, status=status
        )


class Changing(CreditSheetView):
    """The same page for a draft."""

    permissions = {"GET": CREDIT_NOTE_UPDATE, "POST": CREDIT_NOTE_UPDATE}
    section = "credit_notes"

    def keep(self, sheet: Sheet) -> HttpResponse:
        note = update_draft(
            platform=self.platform,
            credit_note_id=sheet.page.draft.id,
            changes=sheet.changes(),
            version=version_in(self.request),
            actor=self.actor,
            at=clock.now(),
        )
        messages.success(self.request, f"{note} was changed.")
        return redirect("desk:credit_note", note.pk)


class NewBonus(CreditSheetView):
    permissions = {"GET": CREDIT_NOTE_CREATE, "POST": CREDIT_NOTE_CREATE}
    template = "desk/customers/bonus.html"
    sheet_class = BonusSheet

    def page(self, **key: str) -> queries.BonusPage:
        return queries.new_bonus_of(member=self.member, customer_id=key["customer_id"])


class EditBonus(Changing):
    template = "desk/customers/bonus.html"
    sheet_class = BonusSheet

    def page(self, **key: str) -> queries.BonusPage:
        return queries.edit_bonus_of(member=self.member, credit_note_id=key["credit_note_id"])


class CreditSeveral(CreditSheetView):
    permissions = {"GET": INVOICE_CREDIT_CREATE, "POST": INVOICE_CREDIT_CREATE}
    template = "desk/customers/several.html"
    sheet_class = SeveralSheet

    def page(self, **key: str) -> queries.SeveralPage:
        return queries.several_of(member=self.member, customer_id=key["customer_id"])


class EditSeveral(Changing):
    template = "desk/customers/several.html"
    sheet_class = SeveralSheet

    def page(self, **key: str) -> queries.SeveralPage:
        return queries.edit_several_of(member=self.member, credit_note_id=key["credit_note_id"])
