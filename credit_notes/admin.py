"""A window on credit notes; the deeds of the desk as actions, each for a reason; and invoices with theirs."""

from django.contrib import admin
from django.http import HttpRequest

from billing import clock
from billing.documents.admin import (
    DocumentWindow,
    allowances_panel,
    files_panel,
    lines_panel,
    taxes_panel,
    without_empty,
)
from billing.events.admin import events_panel
from billing.events.record import because
from billing.platforms.admin import (
    OwnChoices,
    Panel,
    Window,
    actor_of,
    asks_reason,
    link,
    link_to,
    link_to_id,
    moment,
    money,
    one_of,
    panel,
)
from billing.platforms.admin.columns import amount
from billing.platforms.permissions import (
    CREDIT_NOTE_FINALIZE,
    CREDIT_NOTE_UPDATE,
    CREDIT_NOTE_VOID,
    INVOICE_CREDIT_CREATE,
)
from invoices.admin import InvoiceAdmin
from invoices.models import Invoice

from . import services
from .models import Allocation, CreditNote, Refund, SentMessage

admin.site.unregister(Invoice)


@admin.register(Invoice)
class CreditableInvoiceAdmin(InvoiceAdmin):
    """The window on invoices, from the floor that knows what credits them."""

    actions = ("credit_entire_invoice",)

    @asks_reason("Credit entire invoice (draft)", needs=INVOICE_CREDIT_CREATE)
    def credit_entire_invoice(self, request: HttpRequest, invoice: Invoice, reason: str) -> str:
        with because(reason):
            note = services.credit_invoice(
                platform=invoice.platform, invoice_id=invoice.pk, actor=actor_of(request), at=clock.now()
            )
        return f"{note} credits all of {invoice}. It is a draft."

    def credit_panels(self, invoice: Invoice) -> list[Panel]:
        notes = {
            "Number": link_to,
            "Status": lambda note: note.status,
            "Type": lambda note: note.type,
            "Date": lambda note: note.date,
            "Total": lambda note: amount(note.total, note.currency),
            "Available": lambda note: amount(note.amount_available, note.currency),
        }
        return [
            panel("Credit notes", invoice.credit_notes.all(), notes),
            allocations_panel(invoice),
        ]


def allocations_panel(document: Invoice | CreditNote) -> Panel:
    columns = {
        "Allocation": lambda row: link_to(row, row.pk),
        "From": lambda row: link_to(row.credit_note),
        "To": lambda row: link_to(row.invoice),
        "At (UTC)": lambda row: moment(row.allocated_at),
        "Amount": lambda row: amount(row.amount, row.credit_note.currency),
    }
    rows = document.allocations.select_related("credit_note", "invoice")
    return panel("Credit allocated", rows.defer("credit_note__snapshot", "invoice__snapshot"), columns)


@admin.register(CreditNote)
class CreditNoteAdmin(DocumentWindow):
    list_display = (
        "label",
        "status",
        "type",
        link("invoice"),
        link("customer"),
        "date",
        money("total"),
        money("amount_available", "available"),
        "settlement",
    )
    list_filter = (
        "status",
        "type",
        one_of("settlement", ("adjusted", "refund_due", "refunded", "voided")),
        ("platform", OwnChoices),
        ("billing_entity", OwnChoices),
        "date",
    )
    list_select_related = ("platform", "customer", "invoice")
    heavy = ("invoice__snapshot",)
    search_fields = ("number", "invoice__number", "customer__name", "=id", "=invoice__id")
    search_help_text = "The number, the invoice's number, the customer's name or an id of either."
    actions = ("finalise", "hold", "release", "void", "reverse", "delete_drafts")
    fieldsets = (
        (None, {"fields": (("label", "status", "type"), (link("invoice"), link("customer")))}),
        (None, {"fields": ((link("billing_entity"), "on_hold"), ("date", "finalized_at"))}),
        ("Why", {"fields": ("note", "reason_code", "internal_comment")}),
        DocumentWindow.sums,
        (
            "Settlement",
            {
                "fields": (
                    (
                        "settlement",
                        money("amount_allocated", "allocated"),
                        money("amount_refunded", "refunded"),
                        money("amount_available", "available"),
                    ),
                )
            },
        ),
        (
            "Undone",
            {"fields": (("voided_at", "void_reason"), (link("reversed_by"), "reversed_at"))},
        ),
        DocumentWindow.parties,
        DocumentWindow.references,
        DocumentWindow.technical,
    )

    @asks_reason("Finalise", needs=CREDIT_NOTE_FINALIZE)
    def finalise(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        with because(reason):
            final = services.finalize_credit_note(
                platform=note.platform, credit_note_id=note.pk, actor=actor_of(request), at=clock.now()
            )
        return f"{note} was finalised as {final.number}."

    @asks_reason("Put drafts on hold", needs=CREDIT_NOTE_UPDATE)
    def hold(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        with because(reason):
            services.hold_credit_note(
                platform=note.platform, credit_note_id=note.pk, actor=actor_of(request), at=clock.now()
            )
        return f"{note} is on hold."

    @asks_reason("Release drafts from hold", needs=CREDIT_NOTE_UPDATE)
    def release(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        with because(reason):
            services.release_credit_note(
                platform=note.platform, credit_note_id=note.pk, actor=actor_of(request), at=clock.now()
            )
        return f"{note} is no longer on hold."

    @asks_reason("Void", needs=CREDIT_NOTE_VOID)
    def void(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        services.void_credit_note(
            platform=note.platform,
            credit_note_id=note.pk,
            reason=reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        return f"{note} is void."

    @asks_reason("Reverse by an invoice", needs=CREDIT_NOTE_VOID)
    def reverse(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        invoice = services.reverse_credit_note(
            platform=note.platform,
            credit_note_id=note.pk,
            reason=reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        return f"{note} was reversed by {invoice}."

    @asks_reason("Delete drafts", needs=CREDIT_NOTE_UPDATE)
    def delete_drafts(self, request: HttpRequest, note: CreditNote, reason: str) -> str:
        with because(reason):
            services.delete_draft(
                platform=note.platform, credit_note_id=note.pk, actor=actor_of(request), at=clock.now()
            )
        return f"{note} was deleted."

    def panels(self, note: CreditNote) -> list[Panel]:
        return [
            references_panel(note),
            lines_panel(note),
            *without_empty([allowances_panel(note)]),
            taxes_panel(note),
            allocations_panel(note),
            *without_empty([refunds_panel(note)]),
            messages_panel(note),
            files_panel(note),
            events_panel(note.pk),
        ]


def references_panel(note: CreditNote) -> Panel:
    columns = {
        "Number": lambda row: link_to(row.invoice, row.number) if row.invoice else row.number,
        "Date": lambda row: row.date,
    }
    rows = note.references.select_related("invoice").defer("invoice__snapshot")
    return panel("Invoices it corrects", rows, columns)


def refunds_panel(note: CreditNote) -> Panel:
    columns = {
        "Refund": lambda row: link_to(row, row.pk),
        "Status": lambda row: row.status,
        "Gateway": lambda row: row.gateway,
        "Method": lambda row: row.method,
        "Date": lambda row: row.date,
        "Amount": lambda row: amount(row.amount, note.currency),
    }
    return panel("Refunds", note.refunds.all(), columns)


def messages_panel(note: CreditNote) -> Panel:
    columns = {
        "Sent (UTC)": lambda message: link_to(message, moment(message.sent_at)),
        "To": lambda message: ", ".join(message.to),
        "Subject": lambda message: message.subject,
    }
    return panel("E-mails", note.messages.all(), columns)


@admin.register(Allocation)
class AllocationAdmin(Window):
    list_display = ("id", link("credit_note"), link("invoice"), money("amount"), "allocated_at")
    list_filter = (("platform", OwnChoices), "allocated_at")
    list_select_related = ("platform", "credit_note", "invoice", "reverses")
    heavy = ("invoice__snapshot", "credit_note__snapshot")
    ordering = ("-id",)
    search_fields = ("=id", "credit_note__number", "invoice__number")
    search_help_text = "The id, or the number of the credit note or of the invoice."
    fieldsets = (
        (None, {"fields": (link("credit_note"), link("invoice"), money("amount"), "allocated_at")}),
        ("Technical", {"fields": ("id", link("platform"), "reverses")}),
    )


@admin.register(Refund)
class RefundAdmin(Window):
    list_display = ("id", link("credit_note"), money("amount"), "status", "gateway", "method", "created_at")
    list_filter = ("status", "gateway", "method", ("platform", OwnChoices), "created_at")
    list_select_related = ("platform", "credit_note", "payment__invoice")
    heavy = ("credit_note__snapshot", "payment__invoice__snapshot")
    ordering = ("-id",)
    search_fields = ("=id", "=provider_reference", "=reference", "credit_note__number")
    search_help_text = "The id, a reference or the credit note's number."
    fieldsets = (
        (None, {"fields": (link("credit_note"), money("amount"), "status", "failure")}),
        (None, {"fields": (("gateway", "method"), link("payment"), "reason_code")}),
        (None, {"fields": (("reference", "provider_reference"), "date", ("created_at", "refunded_at"))}),
        ("Technical", {"fields": ("id", link("platform"))}),
    )


@admin.register(SentMessage)
class SentMessageAdmin(Window):
    list_display = ("sent_at", "subject", "recipients", link("credit_note"))
    list_filter = (("platform", OwnChoices), "sent_at")
    list_select_related = ("platform", "credit_note")
    heavy = ("credit_note__snapshot",)
    ordering = ("-id",)
    search_fields = ("=id", "subject", "credit_note__number")
    search_help_text = "The id, the subject or the credit note's number."
    fieldsets = (
        (None, {"fields": ("subject", "recipients", "sent_at", link("credit_note"), "after")}),
        ("Technical", {"fields": ("id", link("platform"))}),
    )

    @admin.display(description="to")
    def recipients(self, message: SentMessage) -> str:
        return ", ".join(message.to)

    @admin.display(description="asked for by")
    def after(self, message: SentMessage) -> str:
        return link_to_id(message.event_id)
