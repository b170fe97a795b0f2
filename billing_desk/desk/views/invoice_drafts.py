"""One-off invoices: writing, changing, holding, deleting and finalising them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError
from billing.platforms.permissions import INVOICE_CREATE, INVOICE_FINALIZE, INVOICE_UPDATE
from billing_desk.desk import queries
from billing_desk.desk.forms import FinalizeForm, InvoiceSheet, with_more_items, with_more_lines
from invoices.models import Invoice
from invoices.services import (
    create_invoice,
    delete_invoice_draft,
    finalize_invoice,
    hold_invoice,
    release_invoice,
    update_invoice,
)
from invoices.services.draft import InvoiceNotDraft
from invoices.services.hold import AlreadyOnHold, NotOnHold

from .base import DeskView
from .credit_notes import version_in
from .listing import LONGEST_TEXT

GROWN = {"rows": with_more_lines, "items": with_more_items}
"""What a button adds to the tables."""


class InvoiceSheetView(DeskView):
    """The page on which an invoice is written: adds rows, works it out, or keeps it."""

    section = "invoices"

    def get(self, request: HttpRequest, **key: str) -> HttpResponse:
        return self.show(InvoiceSheet(self.page(**key)))

    def post(self, request: HttpRequest, **key: str) -> HttpResponse:
        page, deed = self.page(**key), request.POST.get("deed", "")
        if deed in GROWN:
            return self.show(InvoiceSheet(page, GROWN[deed](request.POST)))
        sheet = InvoiceSheet(page, request.POST)
        if not sheet.is_valid():
            return self.show(sheet, status=400)
        try:
            if deed == "estimate":
                return self.show(sheet, outcome=self.outcome(sheet))
            return self.keep(sheet)
        except BillingError as refusal:
            sheet.blame(refusal)
            return self.show(sheet, refusal=refusal, status=refusal.status)

    def page(self, **key: str) -> queries.InvoiceSheetPage:
        raise NotImplementedError

    def keep(self, sheet: InvoiceSheet) -> HttpResponse:
        raise NotImplementedError

    def outcome(self, sheet: InvoiceSheet) -> queries.InvoiceOutcome:
        parts = None if sheet.page.is_new or "lines" in sheet.changes() else sheet.page.document_parts
        return queries.invoice_outcome_of(
            platform=self.platform, wish=sheet.wish(), parts=parts, at=clock.now()
        )

    def show(
        self,
        sheet: InvoiceSheet,
        *,
        outcome: queries.InvoiceOutcome | None = None,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        return self.render(
            "desk/invoices/sheet.html",
            page=sheet.page,
            sheet=sheet,
            outcome=outcome,
            refusal=refusal,
            status=status,
        )


class NewInvoice(InvoiceSheetView):
    """First the customer is chosen, then the invoice is written."""

    permissions = {"GET": INVOICE_CREATE, "POST": INVOICE_CREATE}

    def get(self, request: HttpRequest, **key: str) -> HttpResponse:
        if not request.GET.get("customer"):
            page = queries.choosing_of(member=self.member, text=text_in(request))
            return self.render("desk/invoices/choose_customer.html", page=page)
        return super().get(request, **key)

    def page(self, **key: str) -> queries.InvoiceSheetPage:
        customer_id = self.request.GET.get("customer", "")
        return queries.new_invoice_of(member=self.member, customer_id=customer_id, at=clock.now())

    def keep(self, sheet: InvoiceSheet) -> HttpResponse:
        invoice = create_invoice(platform=self.platform, wish=sheet.wish(), actor=self.actor, at=clock.now())
        messages.success(self.request, f"{invoice} was drafted. Nothing is final until you finalise it.")
        return redirect("desk:invoice", invoice.pk)


class EditInvoice(InvoiceSheetView):
    permissions = {"GET": INVOICE_UPDATE, "POST": INVOICE_UPDATE}

    def page(self, **key: str) -> queries.InvoiceSheetPage:
        return queries.edit_invoice_of(member=self.member, at=clock.now(), invoice_id=key["invoice_id"])

    def keep(self, sheet: InvoiceSheet) -> HttpResponse:
        return save(self, sheet.page.invoice_id, sheet.changes())


class ChangeCustomer(DeskView):
    """Makes out a draft to another customer."""

    permissions = {"GET": INVOICE_UPDATE, "POST": INVOICE_UPDATE}
    section = "invoices"

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = queries.choosing_of(member=self.member, text=text_in(request), invoice_id=invoice_id)
        return self.render("desk/invoices/choose_customer.html", page=page)

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        try:
            return save(self, invoice_id, {"customer": request.POST.get("customer", "")})
        except BillingError as refusal:
            page = queries.choosing_of(member=self.member, text=text_in(request), invoice_id=invoice_id)
            return self.render(
                "desk/invoices/choose_customer.html", page=page, refusal=refusal, status=refusal.status
            )


class DraftView(DeskView):
    """A deed with a draft that asks first."""

    template: str
    heading: str
    section = "invoices"

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        return self.ask(invoice_id)

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        try:
            return self.carry_out(invoice_id)
        except InvoiceNotDraft as refusal:
            messages.info(request, refusal.detail)
            return redirect("desk:invoice", invoice_id)
        except BillingError as refusal:
            return self.ask(invoice_id, refusal=refusal, status=refusal.status)

    def carry_out(self, invoice_id: str) -> HttpResponse:
        raise NotImplementedError

    def ask(self, invoice_id: str, *, refusal: BillingError | None = None, status: int = 200) -> HttpResponse:
        try:
            page = queries.invoice_finalizing_of(member=self.member, invoice_id=invoice_id, at=clock.now())
        except InvoiceNotDraft:
            return redirect("desk:invoice", invoice_id)
        form = FinalizeForm(
            self.request.POST or None, email=page.email, enclosed="PDF", mails_itself=page.mails_itself
        )
        return self.render(
            self.template, heading=self.heading, page=page, form=form, refusal=refusal, status=status
        )


class FinalizeInvoice(DraftView):
    permissions = {"GET": INVOICE_FINALIZE, "POST": INVOICE_FINALIZE}
    template = "desk/invoices/finalize.html"
    heading = "Finalise the invoice"

    def carry_out(self, invoice_id: str) -> HttpResponse:
        invoice = finalize_invoice(
            platform=self.platform,
            invoice_id=invoice_id,
            version=version_in(self.request),
            notify="notify" in self.request.POST,
            actor=self.actor,
            at=clock.now(),
        )
        messages.success(self.request, f"{invoice} was finalised.")
        return redirect("desk:invoice", invoice.pk)


class DeleteInvoice(DraftView):
    permissions = {"GET": INVOICE_UPDATE, "POST": INVOICE_UPDATE}
    template = "desk/invoices/delete.html"
    heading = "Delete the draft"

    def carry_out(self, invoice_id: str) -> HttpResponse:
        invoice = Invoice.objects.for_platform(self.platform).find(invoice_id)
        delete_invoice_draft(platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now())
        messages.success(self.request, f"{invoice} was deleted.")
        return redirect("desk:invoices")


class HoldInvoice(DeskView):
    permissions = {"POST": INVOICE_UPDATE}

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        try:
            invoice = hold_invoice(
                platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
            )
        except (AlreadyOnHold, InvoiceNotDraft) as refusal:
            messages.info(request, refusal.detail)
        else:
            messages.success(request, f"{invoice} was put on hold.")
        return redirect("desk:invoice", invoice_id)


class ReleaseInvoice(DeskView):
    permissions = {"POST": INVOICE_UPDATE}

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        try:
            invoice = release_invoice(
                platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
            )
        except (NotOnHold, InvoiceNotDraft) as refusal:
            messages.info(request, refusal.detail)
        else:
            messages.success(request, f"{invoice} was released.")
        return redirect("desk:invoice", invoice_id)


def save(view: DeskView, invoice_id: str, changes: dict[str, Any]) -> HttpResponse:
    """Change a draft that is still the one that was looked at, and lead back to it.

    :raises BillingError: it is not, or the changes make no sense.
    """
    invoice = update_invoice(
        platform=view.platform,
        invoice_id=invoice_id,
        changes=changes,
        version=version_in(view.request),
        actor=view.actor,
        at=clock.now(),
    )
    messages.success(view.request, f"{invoice} was changed." if changes else f"{invoice} stays as it is.")
    return redirect("desk:invoice", invoice.pk)


def text_in(request: HttpRequest) -> str:
    """Return what somebody looks for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
