"""Credit notes: a paper (numbered, frozen) and a balance (allocated, refunded, available)."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django_fsm import transition

from billing.documents import snapshot
from billing.documents.fields import amount_field
from billing.documents.models import (
    BillingDocument,
    DocumentAllowanceCharge,
    DocumentLine,
    DocumentPart,
)
from billing.documents.triggers import PARTIES, FrozenDocument, FrozenPart, SamePlatform
from billing.ids import id_field
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet
from invoices.models import Invoice, InvoiceAllowanceCharge, InvoiceLine

from .querysets import CreditNoteQuerySet
from .reasons import reason_in

LONGEST_NOTE = 2000
"""Characters of a note or comment that callers and clerks may write."""

AVAILABLE = F("total") - F("amount_allocated") - F("amount_refunded")

MOVABLE = (
    "version",
    "amount_allocated",
    "amount_refunded",
    "amount_available",
    "settlement",
    "metadata",
    "internal_comment",
    "updated_at",
    "voided_at",
)


class CreditNote(BillingDocument):
    """A correction of an invoice; its amounts are positive.   DRAFT ──finalize──▶ FINAL"""

    class Type(models.TextChoices):
        ADJUSTMENT = "adjustment"
        REFUNDABLE = "refundable"
        STORE = "store"

    class ReasonCode(models.TextChoices):
        WRITE_OFF = "write_off", "Write-off"
        SUBSCRIPTION_CHANGE = "subscription_change", "Change of subscription"
        SUBSCRIPTION_CANCELLATION = "subscription_cancellation", "Subscription cancelled"
        SUBSCRIPTION_PAUSE = "subscription_pause", "Subscription paused"
        CHARGEBACK = "chargeback", "Chargeback"
        PRODUCT_UNSATISFACTORY = "product_unsatisfactory", "Product unsatisfactory"
        SERVICE_UNSATISFACTORY = "service_unsatisfactory", "Service unsatisfactory"
        ORDER_CHANGE = "order_change", "Change of order"
        ORDER_CANCELLATION = "order_cancellation", "Order cancelled"
        WAIVER = "waiver", "Waiver"
        FRAUDULENT = "fraudulent", "Fraudulent"
        OTHER = "other", "Other"

    KIND = "credit_note"
    MOVABLE = MOVABLE

    id = id_field("cn")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="credit_notes")
    type = models.CharField(max_length=20, choices=Type.choices)
    is_type_automatic = models.BooleanField(default=True)
    is_full = models.BooleanField(default=False)
    on_hold = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=50, choices=ReasonCode.choices, blank=True)
    note = models.TextField(blank=True)
    amount_allocated = amount_field(default=ZERO)
    amount_refunded = amount_field(default=ZERO)
    amount_available = models.GeneratedField(
        expression=AVAILABLE, output_field=amount_field(), db_persist=True
    )
    settlement = models.GeneratedField(
        expression=Case(
            When(status="DRAFT", then=Value("")),
            When(status="VOID", then=Value("voided")),
            When(type="adjustment", then=Value("adjusted")),
            When(total__gt=F("amount_allocated") + F("amount_refunded"), then=Value("refund_due")),
            default=Value("refunded"),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )
    voided_at = models.DateTimeField(null=True)

    objects = CreditNoteQuerySet.as_lean_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["customer", "-id"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["billing_entity", "number"], condition=~Q(number=""), name="credit_note_number_once"
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status="DRAFT", is_full=True),
                name="credit_note_one_full_draft",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT", number="") | (~Q(number="") & Q(snapshot__isnull=False)),
                name="credit_note_final_is_numbered",
            ),
            models.CheckConstraint(
                condition=Q(total=F("net_total") + F("tax_total") + F("rounding_amount")),
                name="credit_note_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(amount_allocated__gte=0, amount_refunded__gte=0)
                & Q(total__gte=F("amount_allocated") + F("amount_refunded")),
                name="credit_note_gives_no_more_than_it_has",
            ),
            models.CheckConstraint(
                condition=~Q(status="FINAL", type="adjustment") | Q(total=F("amount_allocated")),
                name="credit_note_adjustment_is_allocated",
            ),
        ]
        triggers = [
            FrozenDocument(name="frozen", movable=MOVABLE),
            SamePlatform(name="same_platform", tables=PARTIES | {"invoice_id": "invoices_invoice"}),
        ]

    @transition(field="status", source=BillingDocument.Status.DRAFT, target=BillingDocument.Status.FINAL)
    def finalize(self, document: snapshot.Document, *, type: str, allocated: object, at: datetime) -> None:
        self.type = type
        self.amount_allocated = allocated
        self.freeze(document, at=at)

    @property
    def reason(self) -> str:
        """Why it was issued, as printed: the note, or else the reason code in the paper's words."""
        return self.note or reason_in(self.language, self.reason_code, self.get_reason_code_display())


class CreditNoteReference(DocumentPart):
    """An invoice that a note corrects, as the paper names it (BG-3)."""

    credit_note = models.ForeignKey(CreditNote, models.CASCADE, related_name="references")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="credit_note_references")
    number = models.CharField(max_length=200)
    date = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        triggers = [FrozenPart(name="frozen", document="credit_note_id", table="credit_notes_creditnote")]

    def __str__(self) -> str:
        return self.number

    @property
    def document(self) -> CreditNote:
        return self.credit_note


class CreditNoteLine(DocumentLine):
    id = id_field("cnl")
    credit_note = models.ForeignKey(CreditNote, models.CASCADE, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, models.PROTECT, null=True, related_name="credit_note_lines")

    class Meta(DocumentLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "position"], name="credit_note_line_position_once")
        ]
        triggers = [FrozenPart(name="frozen", document="credit_note_id", table="credit_notes_creditnote")]

    @property
    def document(self) -> CreditNote:
        return self.credit_note


class CreditNoteAllowanceCharge(DocumentAllowanceCharge):
    id = id_field("cac")
    credit_note = models.ForeignKey(CreditNote, models.CASCADE, related_name="allowances_charges")
    invoice_allowance_charge = models.ForeignKey(
        InvoiceAllowanceCharge, models.PROTECT, null=True, related_name="credited_by"
    )

    class Meta(DocumentAllowanceCharge.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="credit_note_allowance_position_once"
            )
        ]
        triggers = [FrozenPart(name="frozen", document="credit_note_id", table="credit_notes_creditnote")]

    @property
    def document(self) -> CreditNote:
        return self.credit_note


class Allocation(models.Model):
    """Credit that a note gave to an invoice. Append-only: to undo one, a row with the opposite amount."""

    id = id_field("al")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="allocations")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="allocations")
    amount = amount_field()
    allocated_at = models.DateTimeField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            SamePlatform(
                name="same_platform",
                tables={"credit_note_id": "credit_notes_creditnote", "invoice_id": "invoices_invoice"},
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.credit_note} to {self.invoice}"

    @property
    def currency(self) -> str:
        return self.credit_note.currency


class SentMessage(models.Model):
    """An e-mail about a credit note: one for each event that asked for it, sent once."""

    id = id_field("msg")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="messages")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="messages")
    event_id = models.CharField(max_length=40, unique=True)
    to = models.JSONField(default=list)
    subject = models.CharField(max_length=500)
    sent_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.subject
