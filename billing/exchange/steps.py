"""Write down a step of an e-invoice: the row, the change that stays, the event."""

from datetime import datetime
from typing import Any

from billing.documents.models import BillingDocument
from billing.events.record import record
from billing.events.texts import storable
from billing.transactions import step

from .models import EInvoice, EInvoiceChange
from .route import Route
from .shapes import shape_of

LONGEST_MESSAGE, LONGEST_REFERENCE, LONGEST_RECEIVER, LONGEST_REASON = 2000, 200, 300, 50
"""Characters that are kept of what others say."""
IGNORED = "ignored"
"""The reason code of what was told and changed nothing."""


@step
def keep_step(
    route: Route,
    paper: BillingDocument,
    einvoice: EInvoice,
    *,
    before: dict[str, Any] | None,
    note: str = "",
    key: str = "",
    actor: str = "",
    at: datetime,
    happened_at: datetime | None = None,
) -> None:
    """Save an e-invoice that went a step, with the change and the event. The caller holds the paper and it.

    `before` is its shape as it was, None if there was none. `note` is said of the step alone; `key` is that
    of the message that told of it. It is written down at `at`, and happened then if nobody knows better.
    """
    einvoice.updated_at = at
    einvoice.save()
    keep_change(einvoice, message=note or einvoice.message, key=key, actor=actor, at=happened_at or at)
    now = shape_of(einvoice)
    previous = {name: before[name] for name in now if before[name] != now[name]} if before else None
    data = {"object": route.summary_of(paper), "previous": {"einvoice": previous}, "einvoice": now}
    record(route.updated, platform=paper.platform, about=paper, actor=actor, at=at, data=data)


@step
def keep_change(
    einvoice: EInvoice,
    *,
    message: str = "",
    ignored: str = "",
    key: str = "",
    actor: str = "",
    at: datetime,
) -> EInvoiceChange:
    """Write into an e-invoice's history where it stands; with `ignored`, what was told and not taken.

    The history never runs backwards: what is said to have happened before the last step is written beside it.
    """
    last = einvoice.changes.last()
    return EInvoiceChange.objects.create(
        einvoice=einvoice,
        position=last.position + 1 if last else 1,
        status=einvoice.status,
        response=einvoice.response,
        reason_code=IGNORED if ignored else einvoice.reason_code,
        message=ignored or message,
        reference=einvoice.reference,
        key=key,
        actor=actor[:200],
        at=max(at, last.at) if last else at,
    )


def kept(text: str, most: int) -> str:
    """Return a text of somebody else's as a column can hold it."""
    return storable(text).strip()[:most]
