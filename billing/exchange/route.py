"""What distinguishes the e-invoices of one kind of paper from those of another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from billing.documents.models import BillingDocument
from billing.platforms.models import Platform

from .models import EInvoice


@dataclass(frozen=True)
class Route:
    """How e-invoices of one kind of paper travel. `updated` is the name of their event, one for each step.

    `undone` gives the papers that have been taken back whole, or cannot be: a rejected one asks for no more.
    """

    model: type[BillingDocument]
    updated: str
    summary_of: Callable[[Any], dict[str, Any]]
    undone: Callable[[], QuerySet]

    def lock(self, platform: Platform, document_id: str) -> Any:
        """Return a paper, held. Whoever acts on its e-invoice holds the paper first.

        :raises NotFound: the platform has no such paper.
        """
        papers = self.model.objects.for_platform(platform).select_related("platform", "customer")
        return papers.locked().find(document_id)


def einvoice_of(document_id: str, *, lock: bool = False) -> EInvoice | None:
    """Return a paper's e-invoice, if anybody ever had it sent."""
    rows = EInvoice.objects.select_related("platform")
    rows = rows.locked() if lock else rows
    return rows.filter(document_id=document_id).first()
