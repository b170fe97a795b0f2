"""A final paper's e-invoice: looked at, sent, sent again, answered."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError, NotFound
from billing.platforms.permissions import (
    CREDIT_NOTE_EINVOICE_SEND,
    CREDIT_NOTE_VIEW,
    INVOICE_EINVOICE_SEND,
    INVOICE_VIEW,
)
from billing_desk.desk import queries
from billing_desk.desk.forms import NewsForm
from credit_notes import services as credit_notes
from invoices import services as invoices

from .base import DeskView

SERVICES: dict[str, Any] = {"invoice": invoices, "credit_note": credit_notes}


class EInvoiceView(DeskView):
    """The panel of an e-invoice by itself, for htmx; anybody else is sent to the paper's page.

    `kind` is the paper's: invoice or credit_note.
    """

    kind: ClassVar[str]

    def get(self, request: HttpRequest, paper_id: str) -> HttpResponse:
        return self.panel(paper_id) if self.wants_part else self.back(paper_id)

    def look(self, paper_id: str) -> queries.EInvoicePanel:
        """Return the panel.

        :raises NotFound: there is no such paper, or it never had an e-invoice of ours.
        """
        panel = queries.einvoice_panel_of(
            member=self.member, kind=self.kind, paper_id=paper_id, at=clock.now()
        )
        if panel is None:
            raise NotFound(f"{paper_id} has no e-invoice of ours.")
        return panel

    def panel(self, paper_id: str, *, said: str = "", refused: str = "") -> HttpResponse:
        panel = self.look(paper_id)
        form = news_form_of(panel)
        return self.render("desk/_einvoice.html", panel=panel, news_form=form, said=said, refused=refused)

    def back(self, paper_id: str) -> HttpResponse:
        return redirect(f"desk:{self.kind}", paper_id)


def news_form_of(panel: queries.EInvoicePanel | None) -> NewsForm | None:
    """Return an empty form for what is known of an e-invoice, if there is anything to record."""
    return NewsForm(choices=panel.news) if panel and panel.news else None


class InvoiceEInvoice(EInvoiceView):
    permissions = {"GET": INVOICE_VIEW}
    kind = "invoice"


class CreditNoteEInvoice(EInvoiceView):
    permissions = {"GET": CREDIT_NOTE_VIEW}
    kind = "credit_note"


class EInvoiceDeed(EInvoiceView):
    """A deed with an e-invoice: the panel tells how it went, or the page does."""

    def post(self, request: HttpRequest, paper_id: str) -> HttpResponse:
        whose = {
            "platform": self.platform,
            f"{self.kind}_id": paper_id,
            "actor": self.actor,
            "at": clock.now(),
        }
        try:
            said = self.do(SERVICES[self.kind], paper_id, whose)
        except NotFound:
            raise
        except BillingError as refusal:
            return self.tell(paper_id, refused=f"{refusal.title}. {refusal.detail}")
        return self.tell(paper_id, said=said)

    def do(self, services: Any, paper_id: str, whose: dict[str, Any]) -> str:
        """Do it and return what to tell."""
        raise NotImplementedError

    def tell(self, paper_id: str, *, said: str = "", refused: str = "") -> HttpResponse:
        if self.wants_part:
            return self.panel(paper_id, said=said, refused=refused)
        if refused:
            messages.warning(self.request, refused)
        else:
            messages.success(self.request, said)
        return self.back(paper_id)


class Send(EInvoiceDeed):
    def do(self, services: Any, paper_id: str, whose: dict[str, Any]) -> str:
        services.send_einvoice(**whose)
        return "The e-invoice is sent in a moment."


class SendAgain(EInvoiceDeed):
    def do(self, services: Any, paper_id: str, whose: dict[str, Any]) -> str:
        services.resend_einvoice(**whose)
        return "The e-invoice is sent again in a moment."


class Answer(EInvoiceDeed):
    """What a person knows of it: choices that are no longer true are told as such."""

    form: NewsForm

    def post(self, request: HttpRequest, paper_id: str) -> HttpResponse:
        panel = self.look(paper_id)
        self.form = NewsForm(request.POST, choices=panel.news)
        if not self.form.is_valid():
            refused = " ".join(problem for problems in self.form.errors.values() for problem in problems)
            return self.tell(paper_id, refused=f"Nothing was recorded. {refused}")
        return super().post(request, paper_id)

    def do(self, services: Any, paper_id: str, whose: dict[str, Any]) -> str:
        services.record_response(**whose, news=self.form.said())
        return "What they said was recorded."


class OfInvoice(EInvoiceDeed):
    permissions = {"GET": INVOICE_VIEW, "POST": INVOICE_EINVOICE_SEND}
    kind = "invoice"


class OfCreditNote(EInvoiceDeed):
    permissions = {"GET": CREDIT_NOTE_VIEW, "POST": CREDIT_NOTE_EINVOICE_SEND}
    kind = "credit_note"


class SendInvoice(Send, OfInvoice): ...


class SendCreditNote(Send, OfCreditNote): ...


class SendInvoiceAgain(SendAgain, OfInvoice): ...


class SendCreditNoteAgain(SendAgain, OfCreditNote): ...


class AnswerInvoice(Answer, OfInvoice): ...


class AnswerCreditNote(Answer, OfCreditNote): ...
