"""Make a draft final: check it before any lock, clear the invoice's debt with it, number it last."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django_fsm import can_proceed
from msgspec.structs import replace

from billing import clock
from billing.documents.models import Series
from billing.documents.numbering import take_number_for
from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.findings import Report
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.paper.limits import check_size
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.snapshot import document_of
from invoices.models import Invoice

from .allocate import clear_own_invoice
from .limits import Standing, require_creditable, require_fits, require_type_fits
from .summary import summary_of


class NoteNotDraft(BillingError):
    code = "note_not_draft"
    title = "Only a draft can be changed; a final credit note never is"


class NumberInUse(BillingError):
    code = "number_in_use"
    title = "Another document has this number"


class ChangedMeanwhile(BillingError):
    code = "changed_meanwhile"
    title = "Somebody changed it at the same moment"


class NoRecipient(BillingError):
    code = "no_recipient"
    title = "There is nobody to send the e-mail to"


@entrance
def finalize_credit_note(
    *,
    platform: Platform,
    credit_note_id: str,
    notify: bool = False,
    version: int | None = None,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Number a draft, freeze it, and clear what its invoice still owes.

    `version` is the one that was looked at: a draft that has changed since is not finalised.

    :raises NoteNotDraft: it is final already.
    :raises NoRecipient: `notify` is asked for and the customer has no e-mail address.
    :raises EInvoiceInvalid: it would break a rule of its e-invoice; no number is used.
    :raises BillingError: the invoice no longer allows it.
    """
    notes = CreditNote.objects.for_platform(platform)
    seen = notes.select_related("platform", "billing_entity", "customer").with_snapshot().find(credit_note_id)
    require_draft(seen)
    if version not in (None, seen.version):
        raise ChangedMeanwhile(f"{seen} has changed since you looked at it. Look again, then finalise it.")
    require_recipient(seen, notify=notify)
    document = document_of(seen, on=clock.day(at, seen.billing_entity.time_zone))
    try:
        report = checked(document)
    except gate.EInvoiceInvalid:
        require_same(notes.find(credit_note_id), seen)  # its parts may have gone while we read them
        raise

    invoice = Invoice.objects.for_platform(platform).locked().with_settlement().find(seen.invoice_id)
    note = notes.select_related("platform", "billing_entity").locked().find(credit_note_id)
    require_draft(note)
    require_same(note, seen)
    standing = require_creditable(invoice)
    require_fits(note.total, invoice, standing)
    if not note.is_type_automatic:
        require_type_fits(note.type, note.total, invoice, standing)
    finalize_locked(note, invoice, standing, document, report, notify=notify, actor=actor, at=at)
    return note


@step
def finalize_locked(
    note: CreditNote,
    invoice: Invoice,
    standing: Standing,
    document: Document,
    report: Report,
    *,
    notify: bool,
    actor: str,
    at: datetime,
) -> None:
    """Do it. The caller holds the invoice and the note, has checked the limits, and `document` is valid."""
    adjustable = standing.limits.adjustable
    type = choose_type(note.total, adjustable) if note.is_type_automatic else note.type
    cleared = clear_own_invoice(note, invoice, most=adjustable, actor=actor, at=at)
    note.updated_at = at
    note.version += 1
    note.einvoice_rules = rules_of(report)
    number = take_number_for(note, Series.Kind.CREDIT_NOTE, on=document.date)
    note.take_place(series=number.series, period=number.period, number=number.number)
    note.finalize(replace(document, number=number.text), type=type, allocated=cleared, at=at)
    save_numbered(note)
    happened = [names.CREDIT_NOTE_CREATED, names.CREDIT_NOTE_FINALIZED]
    record(
        *happened + [names.CREDIT_NOTE_ALLOCATED] * bool(cleared),
        platform=note.platform,
        about=note,
        actor=actor,
        at=at,
        data={
            "object": summary_of(note),
            "previous": {"status": CreditNote.Status.DRAFT},
            "notify": notify,
        },
    )


def save_numbered(note: CreditNote) -> None:
    """Save a note that has just taken its number.

    :raises NumberInUse: another series of the billing entity has given out the same number.
    """
    try:
        note.save()
    except IntegrityError as error:
        if "credit_note_number_once" in str(error):
            raise NumberInUse(
                f"{note.number} is taken: two series of {note.billing_entity} write the same numbers.",
                number=note.number,
            ) from error
        raise


def require_draft(note: CreditNote) -> None:
    if not can_proceed(note.finalize):
        raise NoteNotDraft(f"{note} is {note.status}.", number=note.number, note_status=note.status)


def require_same(note: CreditNote, seen: CreditNote) -> None:
    if note.version != seen.version:
        raise ChangedMeanwhile(f"{note} was edited while it was being finalised. Look at it, then try again.")


def require_recipient(note: CreditNote, *, notify: bool) -> None:
    """Refuse to promise an e-mail that cannot be sent; an imported address need not be one.

    :raises NoRecipient: the customer's address is missing, or is not an address.
    """
    if not notify:
        return
    try:
        validate_email(note.customer.email)
    except ValidationError as error:
        known = f"the e-mail address {note.customer.email!r}" if note.customer.email else "no e-mail address"
        raise NoRecipient(
            f"{note.customer} has {known}.", field="notify", customer=note.customer_id
        ) from error


def checked(document: Document) -> Report:
    """Return the report on a document that passed every check.

    :raises EInvoiceInvalid: it did not; the rules it breaks are listed.
    :raises PaperTooLarge: no PDF can be drawn of it.
    """
    check_size(document)
    report = gate.check(document)
    if not report.is_valid:
        raise gate.EInvoiceInvalid.because(report.findings)
    return report


def rules_of(report: Report) -> dict[str, Any]:
    """Return which rules a document passed, and their warnings, as its row keeps them."""
    return {
        "ruleset": report.ruleset,
        "version": report.version,
        "sha256": report.sha256,
        "warnings": [
            {"id": finding.id, "message": finding.message, "location": finding.location}
            for finding in report.findings
        ],
    }
