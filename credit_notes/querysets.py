"""The words in which credit notes are asked for."""

from typing import Self

from django.db.models import Q

from billing.documents.querysets import DocumentQuerySet


class CreditNoteQuerySet(DocumentQuerySet):
    def live(self) -> Self:
        """Keep those that count: FINAL, and neither voided nor reversed."""
        return self.filter(status="FINAL", reversed_by=None)

    def drafts(self) -> Self:
        return self.filter(status="DRAFT")

    def matching(self, text: str) -> Self:
        """Keep those whose number, invoice number or customer's name contains a text."""
        return self.filter(
            Q(number__icontains=text) | Q(invoice__number__icontains=text) | Q(customer__name__icontains=text)
        )
