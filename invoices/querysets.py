"""The words in which invoices are asked for."""

from datetime import date
from typing import Self

from django.db.models import Q

from billing.documents.querysets import DocumentQuerySet


class InvoiceQuerySet(DocumentQuerySet):
    def final(self) -> Self:
        return self.filter(status="FINAL")

    def with_settlement(self) -> Self:
        """Fetch along what `settlement_of` reads. Behind `locked`, it is read under the lock."""
        return self.prefetch_related("credit_note_references__credit_note", "allocations", "payments")

    def overdue(self, *, on: date) -> Self:
        return self.final().filter(amount_due__gt=0, due_date__lt=on)

    def matching(self, text: str) -> Self:
        """Keep those whose number or customer's name contains a text."""
        return self.filter(Q(number__icontains=text) | Q(customer__name__icontains=text))
