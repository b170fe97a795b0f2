"""What a person can do with an invoice, and why not where they cannot."""

from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.urls import reverse

from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.platforms.models import Member
from billing.platforms.permissions import (
    CREDIT_NOTE_ALLOCATE,
    CREDIT_NOTE_FINALIZE,
    INVOICE_CREATE,
    INVOICE_CREDIT_CREATE,
    INVOICE_SEND_EMAIL,
    INVOICE_UPDATE,
    PAYMENT_CREATE,
)
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from credit_notes.services.allocate import common_to
from credit_notes.services.limits import Standing
from invoices.models import Invoice, Overpayment

from .links import NoteLink
from .menus import Menu, MenuEntry, menu_of
from .standing import refusal_of


def menu_of_final(
    member: Member, invoice: Invoice, standing: Standing, *, full_draft: NoteLink | None
) -> Menu:
    """Return the deeds with a final invoice. Fetch it `with_settlement`."""
    crediting = credit_entries(member, invoice, standing, full_draft) if invoice.is_final else []
    return menu_of(crediting, money_entries(member, invoice, standing), send_entries(member, invoice))


def menu_of_draft(member: Member, invoice: Invoice) -> Menu:
    """Return the deeds with a draft, beside changing and finalising it."""
    if not may(member, INVOICE_UPDATE):
        return []
    if invoice.on_hold:
        hold = MenuEntry(
            "Release", "It may be finalised by itself again", "play", to("release_invoice", invoice), True
        )
    else:
        hold = MenuEntry(
            "Put on hold", "Only a person finalises it then", "pause", to("hold_invoice", invoice), True
        )
    customer = MenuEntry(
        "Change the customer", str(invoice.customer), "user-pen", to("change_customer", invoice)
    )
    delete = MenuEntry(
        "Delete draft", "It has no number, so no gap remains", "trash-2", to("delete_invoice", invoice)
    )
    return menu_of([customer, hold], [delete])


def credit_entries(
    member: Member, invoice: Invoice, standing: Standing, full_draft: NoteLink | None
) -> list[MenuEntry]:
    if not may(member, INVOICE_CREDIT_CREATE):
        return []
    left, refusal = standing.limits.creditable, refusal_of(invoice)
    entries = [entire_entry(invoice, left, refusal, full_draft)]
    lines = "Choose lines, quantities or a sum" if left else "Over nothing, to correct what it says"
    entries.append(
        MenuEntry("Credit lines or an amount…", lines, "list-checks", to("credit_invoice_lines", invoice))
    )
    if may(member, INVOICE_CREATE) and not refusal and not full_draft:
        note = "Credit what is left and draft it anew"
        entries.append(MenuEntry("Credit and re-invoice…", note, "copy-plus", to("credit_and_copy", invoice)))
    due = standing.settlement.amount_due
    if may(member, CREDIT_NOTE_FINALIZE) and left and due > ZERO and not standing.settlement.in_progress:
        note = f"Give up the {money(due, invoice)} that it still asks for"
        entries.append(MenuEntry("Write off…", note, "eraser", to("write_off_invoice", invoice)))
    return entries


def entire_entry(invoice: Invoice, left: Decimal, refusal: str, full_draft: NoteLink | None) -> MenuEntry:
    if full_draft:
        address = reverse("desk:credit_note", args=[full_draft.id])
        credited = "the entire invoice" if left == invoice.total else "all that is left"
        what = f"{full_draft.label} credits {credited}"
        return MenuEntry("Continue the draft", what, "pencil-line", address)
    if refusal:
        return MenuEntry("Credit entire invoice", refusal, "undo-2")
    if left == invoice.total:
        label, what = "Credit entire invoice", f"Reverse every line, {money(left, invoice)}"
    else:
        label, what = "Credit the rest", f"All that is left, {money(left, invoice)}"
    return MenuEntry(label, what, "undo-2", to("credit_invoice", invoice))


def money_entries(member: Member, invoice: Invoice, standing: Standing) -> list[MenuEntry]:
    due, room = standing.settlement.amount_due, standing.limits.adjustable
    if due <= ZERO or not invoice.is_final:
        return []
    entries = []
    if may(member, PAYMENT_CREATE):
        asks = f"It asks for {money(due, invoice)}"
        entries.append(MenuEntry("Record a payment…", asks, "banknote", to("record_payment", invoice)))
    if may(member, PAYMENT_CREATE) and room:
        note = "The customer paid it to the state"
        entries.append(
            MenuEntry("Record withheld tax…", note, "landmark", to("record_tax_withheld", invoice))
        )
    if may(member, CREDIT_NOTE_ALLOCATE) and room and (has := credit_for(invoice, member)):
        note = f"The customer has {money(has, invoice)}"
        entries.append(MenuEntry("Use available credit…", note, "wallet", to("apply_credits", invoice)))
    return entries


def send_entries(member: Member, invoice: Invoice) -> list[MenuEntry]:
    if not may(member, INVOICE_SEND_EMAIL):
        return []
    return [MenuEntry("Send by e-mail…", "With its PDF", "send", to("send_invoice", invoice))]


def credit_for(invoice: Invoice, member: Member) -> Decimal:
    """Return what the customer has available for an invoice, beyond the invoice's own notes."""
    same = common_to(invoice) | {"amount_available__gt": ZERO}
    notes = CreditNote.objects.for_platform(member.platform).live().filter(**same)
    kept = Overpayment.objects.for_platform(member.platform).filter(**same)
    rows = (notes.exclude(references__invoice=invoice), kept)
    return sum((total_of(found.order_by()) for found in rows), ZERO)


def total_of(rows: QuerySet) -> Decimal:
    total: Decimal = rows.aggregate(total=Sum("amount_available", default=ZERO))["total"]
    return total


def to(deed: str, invoice: Invoice) -> str:
    return reverse(f"desk:{deed}", args=[invoice.pk])


def money(amount: Decimal, invoice: Invoice) -> str:
    return formats_of("en", invoice.currency).money(amount)
