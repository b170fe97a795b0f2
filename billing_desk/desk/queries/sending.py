"""The page that asks before a document is e-mailed."""

from dataclasses import dataclass

from django.urls import reverse

from billing.documents.models import BillingDocument
from billing.paper import mail
from billing.platforms.models import Member
from credit_notes.services.live import require_issued
from invoices.models import Invoice
from invoices.services.send import require_final

from .credit_note_page import find_note


@dataclass(frozen=True)
class Sending:
    label: str
    customer: str
    to: str  # the customer's address
    subject: str
    enclosed: str
    section: str
    list_address: str
    address: str


def sending_note_of(*, member: Member, credit_note_id: str) -> Sending:
    """Return what e-mailing a credit note would send.

    :raises NoteNotFinal, AlreadyVoided: there is no note to send.
    """
    note = find_note(member, credit_note_id)
    require_issued(note)
    return sending(note, section="credit_notes", page="credit_note", enclosed="PDF and e-invoice")


def sending_invoice_of(*, member: Member, invoice_id: str) -> Sending:
    """Return what e-mailing an invoice would send.

    :raises InvoiceNotIssued: it is a draft.
    """
    invoices = Invoice.objects.for_platform(member.platform).select_related("customer").with_snapshot()
    invoice = invoices.find(invoice_id)
    require_final(invoice)
    return sending(invoice, section="invoices", page="invoice", enclosed="PDF")


def sending(paper: BillingDocument, *, section: str, page: str, enclosed: str) -> Sending:
    return Sending(
        label=paper.display_number,
        customer=paper.buyer.name,
        to=paper.customer.email,
        subject=mail.usual_subject(paper.snapshot),
        enclosed=enclosed,
        section=section,
        list_address=reverse(f"desk:{section}"),
        address=reverse(f"desk:{page}", args=[paper.pk]),
    )
