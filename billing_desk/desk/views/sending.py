"""E-mailing final documents, again if need be."""

from typing import Any

from django import forms
from django.shortcuts import resolve_url

from billing import clock
from billing.platforms.permissions import CREDIT_NOTE_SEND_EMAIL, INVOICE_SEND_EMAIL
from billing_desk.desk import queries
from billing_desk.desk.forms.sending import SendForm
from credit_notes.services import request_email as send_credit_note
from invoices.services import request_email as send_invoice

from .asking import Asking


class Send(Asking):
    template = "desk/sending.html"

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return SendForm(data, initial={"to": page.to, "subject": page.subject})


class SendCreditNote(Send):
    permissions = {"GET": CREDIT_NOTE_SEND_EMAIL, "POST": CREDIT_NOTE_SEND_EMAIL}
    section = "credit_notes"
    heading = "Send the credit note"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.sending_note_of(member=self.member, credit_note_id=credit_note_id)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        message = send_credit_note(
            platform=self.platform, credit_note_id=credit_note_id, **said, actor=self.actor, at=clock.now()
        )
        return f"{page.label} goes to {', '.join(message.to)} in a moment."


class SendInvoice(Send):
    permissions = {"GET": INVOICE_SEND_EMAIL, "POST": INVOICE_SEND_EMAIL}
    section = "invoices"
    heading = "Send the invoice"

    def look(self, *, invoice_id: str) -> Any:
        return queries.sending_invoice_of(member=self.member, invoice_id=invoice_id)

    def do(self, page: Any, said: dict[str, Any], *, invoice_id: str) -> str:
        message = send_invoice(
            platform=self.platform, invoice_id=invoice_id, **said, actor=self.actor, at=clock.now()
        )
        return f"{page.label} goes to {', '.join(message.to)} in a moment."

    def back(self, *, invoice_id: str) -> str:
        return resolve_url("desk:invoice", invoice_id)
