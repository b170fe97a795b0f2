"""Find what periods, groups and lines by their order mean on an invoice."""

from collections.abc import Sequence

from billing.documents.snapshot import to_json
from billing.platforms.models import Platform
from credit_notes.by_period import Node, selection_of, tree_of
from credit_notes.selection import Selection
from invoices.models import Invoice

from .limits import require_claim
from .taken import sources_of


def selection_by_period(*, platform: Platform, invoice_id: str, periods: Sequence[Node]) -> Selection:
    """Return the lines of an invoice that are meant.

    :raises Invalid: there is no such period, group or line.
    :raises ExceedsLineRemaining: less is left there.
    """
    rows = Invoice.objects.for_platform(platform).with_snapshot().with_settlement()
    invoice = rows.find(invoice_id)
    require_claim(invoice)
    (source,) = sources_of([invoice])
    keys = [(str(to_json(line.period)), line.group) for line in invoice.lines.order_by("position")]
    return selection_of(source, tree_of(keys), periods)
