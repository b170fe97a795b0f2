"""The parts of a credit note: what it takes of each invoice, its lines, its allowances and charges."""

from django.db import models

from billing.documents import snapshot
from billing.documents.fields import ValueField, amount_field, price_field
from billing.documents.models import DocumentAllowanceCharge, DocumentLine, DocumentPart
from billing.documents.triggers import FrozenPart
from billing.ids import id_field
from billing.money import ZERO
from credit_notes.selection import Selection
from invoices.models import Invoice, InvoiceAllowanceCharge, InvoiceLine

from .credit_note import CreditNote


class CreditNoteReference(DocumentPart):
    """An invoice that a note corrects, as the paper names it (BG-3), and what the note takes of it.

    `selection` is what was asked for; the sums are what that came to. They are the note's own where it
    corrects one invoice.
    """

    credit_note = models.ForeignKey(CreditNote, models.CASCADE, related_name="references")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="credit_note_references")
    number = models.CharField(max_length=200)
    date = models.DateField(null=True)
    selection = ValueField(Selection, default=Selection)
    taxes = ValueField(tuple[snapshot.TaxGroup, ...], default=tuple)
    net_total = amount_field(default=ZERO)
    tax_total = amount_field(default=ZERO)
    rounding_amount = amount_field(default=ZERO)
    total = amount_field(default=ZERO)
    accounting_tax_total = amount_field(null=True)

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
    reference = models.ForeignKey(CreditNoteReference, models.CASCADE, null=True, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, models.PROTECT, null=True, related_name="credit_note_lines")
    quantity_taken = price_field(null=True)

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
    reference = models.ForeignKey(
        CreditNoteReference, models.CASCADE, null=True, related_name="allowances_charges"
    )
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
