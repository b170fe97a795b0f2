"""Credit notes: a paper (numbered, frozen) and a balance (allocated, refunded, available)."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django_fsm import transition

from billing.documents import snapshot
from billing.documents.fields import amount_field
from billing.documents.models import BillingDocument
from billing.documents.ordering import list_indexes
from billing.documents.triggers import OF_DOCUMENTS, FrozenDocument, SamePlatform
from billing.ids import id_field
from billing.money import ZERO
from credit_notes.querysets import CreditNoteQuerySet
from credit_notes.reasons import reason_in
from invoices.models import Invoice

LONGEST_NOTE = 2000
"""Characters of a note or comment that callers and clerks may write."""

AVAILABLE = Case(
    When(status="VOID", then=Value(ZERO)),
    default=F("total") - F("amount_allocated") - F("amount_refunded"),
)

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
    "void_reason",
    "reversed_at",
    "reversed_by_id",
)


class CreditNote(BillingDocument):
    """A correction of an invoice; its amounts are positive.

    DRAFT ──finalize──▶ FINAL ──void──▶ VOID.  A FINAL one that can no longer be voided may be reversed: a new
    invoice takes its amounts back. It is *live* while neither has happened.
    """

    class Type(models.TextChoices):
        ADJUSTMENT = "adjustment"
        REFUNDABLE = "refundable"
        STORE = "store"

    class Details(models.TextChoices):
        ORIGINAL = "ORIGINAL", "As on the invoice"
        CURRENT = "CURRENT", "As they are today"

    KIND = "credit_note"
    MOVABLE = MOVABLE

    id = id_field("cn")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="credit_notes")
    type = models.CharField(max_length=20, choices=Type.choices)
    is_type_automatic = models.BooleanField(default=True)
    is_full = models.BooleanField(default=False)
    leaves_counter = models.BooleanField(
        default=False, help_text="Its wanted number is taken without moving the series on."
    )
    details_source = models.CharField(max_length=10, choices=Details.choices, default=Details.ORIGINAL)
    reason_code = models.CharField(max_length=50, blank=True)
    reason_name = models.CharField(max_length=200, blank=True)
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
    drafted_by = models.CharField(max_length=40, blank=True)
    edited_by = models.CharField(max_length=40, blank=True)
    approved_by = models.CharField(max_length=40, blank=True)
    approved_by_name = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.TextField(blank=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.OneToOneField(Invoice, models.PROTECT, null=True, related_name="reverses")

    objects = CreditNoteQuerySet.as_lean_manager()

    class Meta:
        base_manager_name = "objects"  # a related paper comes without its snapshot too
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["customer", "-id"]),
            *list_indexes("credit_note"),
            models.Index(fields=["platform", "settlement", "-id"], name="credit_note_by_settlement"),
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
            models.UniqueConstraint(
                fields=["series", "series_period", "series_number"], name="credit_note_place_in_series_once"
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
            FrozenDocument(name="frozen", movable=MOVABLE, may_become=("VOID",)),
            SamePlatform(
                name="same_platform",
                tables=OF_DOCUMENTS
                | {"invoice_id": "invoices_invoice", "reversed_by_id": "invoices_invoice"},
            ),
        ]

    @transition(field="status", source=BillingDocument.Status.DRAFT, target=BillingDocument.Status.FINAL)
    def finalize(self, document: snapshot.Document, *, type: str, allocated: object, at: datetime) -> None:
        self.type = type
        self.amount_allocated = allocated
        self.freeze(document, at=at)

    @transition(field="status", source=BillingDocument.Status.FINAL, target=BillingDocument.Status.VOID)
    def void(self, *, reason: str, at: datetime) -> None:
        """Take it back: the paper keeps its number, its money is where it was before."""
        self.amount_allocated = ZERO
        self.void_reason = reason
        self.voided_at = at

    @property
    def left(self) -> Decimal:
        """What of it is available: the column of that name, for a row that is being changed."""
        return (
            ZERO
            if self.status == self.Status.VOID
            else self.total - self.amount_allocated - self.amount_refunded
        )

    @property
    def is_live(self) -> bool:
        """Whether it counts: FINAL, and neither voided nor reversed."""
        return self.is_final and self.reversed_by_id is None

    @property
    def reason(self) -> str:
        """Why it was issued, as printed: the note, or else the reason code in the paper's words."""
        return self.note or reason_in(self.language, self.reason_code, self.reason_name)
