"""The overview: what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from billing.events.models import Delivery, Reaction, Work
from billing.platforms.models import Member
from billing.platforms.permissions import INVOICE_CREATE, SETTINGS_UPDATE, WORK_TRY_AGAIN
from billing_desk.desk.access import may
from billing_desk.health import audited
from credit_notes.models import CreditNote
from invoices.models import Invoice

from .credit_note_list import CreditNoteRow, columns_of, credit_note_rows, kept_in, waiting_for_approval
from .einvoices_waiting import WaitingEInvoices, waiting_einvoices_of
from .invoice_list import COLUMNS as INVOICE_COLUMNS
from .invoice_list import InvoiceRow, invoice_rows
from .jobs import JobRow, jobs_to_look_at
from .shell import MOST_COUNTED, counted
from .waiting import Waiting, waiting_drafts_of, waiting_refunds_of
from .webhooks import SwitchedOff, switched_off_for

FEW = 5

MADE = {
    "render_invoice_pdf": "The PDF of invoice {label} was not made",
    "render_credit_note_pdf": "The PDF of credit note {label} was not made",
    "write_invoice_xml": "The e-invoice of invoice {label} was not made",
    "write_credit_note_xml": "The e-invoice of credit note {label} was not made",
    "render_void_pdf": "The PDF that says that credit note {label} is void was not made",
    "apply_available_credits": "Invoice {label} was not given the credit that its customer has",
    "send_refund": "The refund of credit note {label} was not sent to the payment provider",
    "email_invoice": "Invoice {label} was not e-mailed",
    "email_credit_note": "Credit note {label} was not e-mailed",
    "email_credit_note_on_paper": "Credit note {label} was not e-mailed",
    "tell_managers": "Nobody was told that webhooks to {label} are switched off",
    "schedule_invoice_einvoice": "The e-invoice of invoice {label} was not sent by itself",
    "schedule_credit_note_einvoice": "The e-invoice of credit note {label} was not sent by itself",
    "send_invoice_einvoice": "The e-invoice of invoice {label} was not sent",
    "send_credit_note_einvoice": "The e-invoice of credit note {label} was not sent",
    "deliver_webhooks": "The news about {label} was not handed to webhooks",
}
"""Work that was given up, in words."""

UNKNOWN = "Something about {label} was not done"
NEWS = "The news about {label} did not reach"


@dataclass(frozen=True)
class Failure:
    id: str  # of the reaction or the delivery
    sentence: str
    error: str
    at: datetime
    invoice_id: str  # one of the two says whose it is
    credit_note_id: str


@dataclass(frozen=True)
class Count:
    label: str
    number: str
    list_name: str  # the URL name of the list that shows them
    state: str
    icon: str


@dataclass(frozen=True)
class Audited:
    """How the last nightly audit of the books went."""

    at: datetime
    found: int


@dataclass(frozen=True)
class Overview:
    counts: list[Count]
    drafts: list[CreditNoteRow]
    waiting: list[Waiting]
    refunds: list[Waiting]
    invoices: list[InvoiceRow]
    einvoices: WaitingEInvoices | None
    jobs: list[JobRow]
    switched_off: list[SwitchedOff]
    failures: list[Failure]
    audited: Audited | None  # None where there was no audit yet, or it is not this person's to know
    can_import: bool
    can_try_again: bool


def overview_of(*, member: Member, at: datetime) -> Overview:
    """Return what waits on a platform."""
    notes = CreditNote.objects.for_platform(member.platform)
    invoices = Invoice.objects.for_platform(member.platform)
    newest = list(invoices.newest_first().values(*INVOICE_COLUMNS)[:FEW])
    drafts = list(columns_of(notes.drafts().newest_first())[:FEW])
    return Overview(
        counts=counts_of(member, at=at),
        drafts=credit_note_rows(drafts, member.platform),
        waiting=waiting_drafts_of(member),
        refunds=waiting_refunds_of(member),
        invoices=invoice_rows(newest, on=at.date()),
        einvoices=waiting_einvoices_of(member, at=at),
        jobs=jobs_to_look_at(member, at=at),
        switched_off=switched_off_for(member),
        failures=failures_of(member),
        audited=audited_for(member),
        can_import=may(member, INVOICE_CREATE),
        can_try_again=may(member, WORK_TRY_AGAIN),
    )


def counts_of(member: Member, *, at: datetime) -> list[Count]:
    """Return how many documents wait for each thing that a person can do."""
    notes = CreditNote.objects.for_platform(member.platform)
    overdue = Invoice.objects.for_platform(member.platform).overdue(on=at.date())
    refund_due = notes.filter(kept_in("refund_due", member.platform))
    counts = [
        Count("Drafts to finalise", few(notes.drafts()), "desk:credit_notes", "draft", "pencil-line"),
        Count("Overdue invoices", few(overdue), "desk:invoices", "overdue", "clock-alert"),
        Count("Refunds due", few(refund_due), "desk:credit_notes", "refund_due", "wallet"),
    ]
    if member.platform.approval_above is not None:
        waits = notes.filter(waiting_for_approval(member.platform))
        counts.insert(1, Count("To approve", few(waits), "desk:credit_notes", "approval", "user-check"))
    return counts


def few(rows: QuerySet) -> str:
    """Count rows as far as a screen cares."""
    return counted(rows.order_by()[: MOST_COUNTED + 1].count()) or "0"


def audited_for(member: Member) -> Audited | None:
    """Return how the last audit went, for those who can have it looked into."""
    last = audited() if may(member, SETTINGS_UPDATE) else None
    return Audited(datetime.fromisoformat(last["at"]), last["found"]) if last else None


def failures_of(member: Member) -> list[Failure]:
    """Return the work that workers gave up on, newest first."""
    mine = {"event__platform": member.platform, "status": Work.Status.FAILED}
    reactions = Reaction.objects.filter(**mine).select_related("event").order_by("-id")[:FEW]
    deliveries = Delivery.objects.filter(**mine).select_related("event", "endpoint").order_by("-id")[:FEW]
    failures = [failure(work, MADE.get(work.name, UNKNOWN)) for work in reactions]
    failures += [failure(work, f"{NEWS} {work.endpoint.url}") for work in deliveries]
    return sorted(failures, key=lambda found: found.at, reverse=True)[:FEW]


def failure(work: Reaction | Delivery, words: str) -> Failure:
    about = work.event.data.get("object", {})
    label = about.get("display_number") or about.get("number") or about.get("url") or work.event.object_id
    is_invoice = work.event.object_id.startswith("inv_")
    return Failure(
        id=str(work.pk),
        sentence=words.replace("{label}", label),
        error=work.last_error,
        at=work.done_at or work.event.created_at,
        invoice_id=work.event.object_id if is_invoice else "",
        credit_note_id=work.event.object_id if work.event.object_id.startswith("cn_") else "",
    )
