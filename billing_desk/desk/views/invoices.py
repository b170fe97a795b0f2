"""Invoices: the list, the page, the papers, taking one over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.documents import files
from billing.errors import BillingError
from billing.platforms.permissions import (
    INVOICE_CREATE,
    INVOICE_PDF_DOWNLOAD,
    INVOICE_VIEW,
)
from billing_desk.desk import queries
from billing_desk.desk.forms import ImportForm
from invoices.models import Invoice
from invoices.services import import_file

from .base import DeskView
from .einvoices import news_form_of
from .listing import PaperList


class Invoices(PaperList):
    permissions = {"GET": INVOICE_VIEW}
    section, kind = "invoices", "invoice"


class InvoicePage(DeskView):
    permissions = {"GET": INVOICE_VIEW}
    section = "invoices"

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = queries.invoice_page(member=self.member, invoice_id=invoice_id, at=clock.now())
        template = "_live.html" if self.wants_part else "page.html"
        return self.render(f"desk/invoices/{template}", page=page, news_form=news_form_of(page.einvoice))


class InvoiceFile(DeskView):
    """The way to a stored file: a link that is good for minutes."""

    permissions = {"GET": INVOICE_PDF_DOWNLOAD}

    def get(self, request: HttpRequest, invoice_id: str, kind: str) -> HttpResponse:
        invoice = Invoice.objects.for_platform(self.platform).find(invoice_id)
        return redirect(files.signed_link(files.get(document=invoice, kind=kind)))


class ImportInvoice(DeskView):
    permissions = {"GET": INVOICE_CREATE, "POST": INVOICE_CREATE}
    section = "invoices"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("desk/invoices/import.html", form=ImportForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render("desk/invoices/import.html", form=form, status=400)
        try:
            invoice = import_file(
                platform=self.platform,
                content=form.cleaned_data["file"].read(),
                actor=self.actor,
                at=clock.now(),
            )
        except BillingError as refusal:
            return self.render(
                "desk/invoices/import.html", form=ImportForm(), refusal=refusal, status=refusal.status
            )
        messages.success(request, f"Invoice {invoice} was imported.")
        return redirect("desk:invoice", invoice.pk)
