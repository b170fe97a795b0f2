"""What a person can do with a credit note, and why not where they cannot."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from billing.errors import BillingError
from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.platforms.models import Member
from billing.platforms.permissions import (
    CREDIT_NOTE_ALLOCATE,
    CREDIT_NOTE_APPROVE,
    CREDIT_NOTE_FINALIZE,
    CREDIT_NOTE_REFUND,
    CREDIT_NOTE_SEND_EMAIL,
    CREDIT_NOTE_UPDATE,
    CREDIT_NOTE_VOID,
)
from billing_desk.desk.access import may
from credit_notes.models import CreditNote, Refund
from credit_notes.services.allocate import common_to
from credit_notes.services.approval import needs_approval
from credit_notes.services.hindrances import what_hinders_voiding
from credit_notes.services.withheld import left_of
from invoices.models import Invoice, TaxWithheld

from .menus import Menu, MenuEntry, menu_of


@dataclass(frozen=True)
class Deeds:
    """The one deed that comes next, as a button, and the others."""

    first: MenuEntry | None
    menu: Menu


def deeds_with(note: CreditNote, member: Member, *, at: datetime) -> Deeds:
    """Return what a person can do with a note. It comes with its platform and its parties."""
    if note.is_draft:
        return deeds_with_draft(note, member)
    if not note.is_live:
        return Deeds(None, menu_of(send_entries(note, member)))
    return deeds_with_final(note, member, at=at)


def waits_for_approval(note: CreditNote) -> bool:
    return note.is_draft and not note.approved_at and needs_approval(note, note.platform)


def deeds_with_draft(note: CreditNote, member: Member) -> Deeds:
    approve = approve_entry(note, member) if waits_for_approval(note) else None
    finalize = None
    if may(member, CREDIT_NOTE_FINALIZE):
        finalize = MenuEntry("Finalise…", "It takes its number and counts", "lock", to("finalize", note))
    first = approve or (None if waits_for_approval(note) else finalize)
    if not may(member, CREDIT_NOTE_UPDATE):
        return Deeds(first, [])
    if note.on_hold:
        hold = MenuEntry(
            "Release", "It may be finalised by itself again", "play", to("release", note), is_post=True
        )
    else:
        hold = MenuEntry(
            "Put on hold", "Only a person finalises it then", "pause", to("hold", note), is_post=True
        )
    delete = MenuEntry("Delete draft", "It has no number, so no gap remains", "trash-2", to("delete", note))
    return Deeds(first, menu_of([lines_entry(note), hold], [delete]))


def lines_entry(note: CreditNote) -> MenuEntry:
    references = len(note.references.all())
    if note.invoice_id:
        address, what = "edit_credit_note_lines", "Lines, quantities or a sum"
    elif references:
        address, what = "edit_several", "What it takes of each invoice"
    else:
        address, what = "edit_bonus", "Lines, prices and VAT"
    return MenuEntry("Edit lines…", what, "list-checks", reverse(f"desk:{address}", args=[note.pk]))


def approve_entry(note: CreditNote, member: Member) -> MenuEntry | None:
    """Return the way to approving, for whoever may and wrote none of it."""
    if not may(member, CREDIT_NOTE_APPROVE) or member.user_id in (note.drafted_by, note.edited_by):
        return None
    return MenuEntry("Approve…", "So that it can be finalised", "user-check", to("approve", note))


def deeds_with_final(note: CreditNote, member: Member, *, at: datetime) -> Deeds:
    use, refunds = use_entries(note, member), refund_entries(note, member)
    possible = [entry for entry in (*refunds, *use) if entry.address]
    undo = [undo_entry(note, at=at)] if may(member, CREDIT_NOTE_VOID) else []
    return Deeds(
        possible[0] if possible else None, menu_of([*use, *refunds], send_entries(note, member), undo)
    )


def send_entries(note: CreditNote, member: Member) -> list[MenuEntry]:
    if not note.is_final or not may(member, CREDIT_NOTE_SEND_EMAIL):
        return []
    label = "Send again…" if note.messages.exists() else "Send by e-mail…"
    return [MenuEntry(label, "With its PDF and e-invoice", "send", to("send", note))]


def use_entries(note: CreditNote, member: Member) -> list[MenuEntry]:
    if note.amount_available <= ZERO or not may(member, CREDIT_NOTE_ALLOCATE):
        return []
    invoices = Invoice.objects.for_platform(note.platform).final().filter(amount_due__gt=ZERO)
    if not invoices.filter(**common_to(note)).exists():
        what = f"{note.customer} owes nothing else in {note.currency}"
        return [MenuEntry("Use credit…", what, "split")]
    what = f"Clear other invoices with {available(note)}"
    return [MenuEntry("Use credit…", what, "split", to("use_credit", note))]


def refund_entries(note: CreditNote, member: Member) -> list[MenuEntry]:
    is_paid_out = note.type != CreditNote.Type.STORE
    if note.amount_available <= ZERO or not is_paid_out or not may(member, CREDIT_NOTE_REFUND):
        return []
    entries = [
        MenuEntry("Refund…", f"Pay {available(note)} back", "hand-coins", to("refund", note)),
        MenuEntry(
            "Record a refund…", "Money that went back elsewhere", "notebook-pen", to("record_refund", note)
        ),
    ]
    own = note.references.values("invoice")
    withheld = TaxWithheld.objects.for_platform(note.platform).filter(invoice__in=own)
    if any(left_of(row) > ZERO for row in withheld.prefetch_related("refunds")):
        what = "Tax that the customer paid to the state"
        entries.append(MenuEntry("Return withheld tax…", what, "landmark", to("return_tax", note)))
    return entries


def undo_entry(note: CreditNote, *, at: datetime) -> MenuEntry:
    """Return the way to undo a note: void it, or reverse it where it can no longer be voided."""
    hindrance = hindrance_of(note, at=at)
    if hindrance is None:
        what = "As if it had not been issued"
        return MenuEntry("Void…", what, "ban", to("void", note))
    if note.refunds.filter(status=Refund.Status.PENDING).exists():
        return MenuEntry("Void or reverse", hindrance.detail, "ban")
    return MenuEntry("Reverse…", f"It cannot be voided: {hindrance.detail}", "undo-2", to("reverse", note))


def hindrance_of(note: CreditNote, *, at: datetime) -> BillingError | None:
    """Return the refusal to void a note, as things are now."""
    own = Invoice.objects.for_platform(note.platform).filter(credit_note_references__credit_note=note)
    return what_hinders_voiding(note, list(own), at=at)


def available(note: CreditNote) -> str:
    return formats_of("en", note.currency).money(note.amount_available)


def to(deed: str, note: CreditNote) -> str:
    """Return the address of a deed with a note."""
    return reverse(f"desk:{deed}_credit_note" if deed in OF_NOTE else f"desk:{deed}", args=[note.pk])


OF_NOTE = {"finalize", "approve", "hold", "release", "delete", "void", "reverse", "refund", "send"}
"""Deeds whose address is called after the credit note too."""
