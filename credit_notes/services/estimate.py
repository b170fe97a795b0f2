"""What a credit note would come to: the same calculation, nothing stored."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing.platforms.models import Platform
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.wish import Wish

from .credit import invoices_of, plan_of
from .new_draft import draft_for
from .plan import Plan, require_type


@dataclass(frozen=True)
class Estimate:
    """A note that was not written. `cleared` lowers the debt of its invoices, `available` remains."""

    plan: Plan
    type: str
    cleared: Decimal

    @property
    def available(self) -> Decimal:
        return self.plan.total - self.cleared


def estimate(*, platform: Platform, wish: Wish, at: datetime) -> Estimate:
    """Return what a wished note would come to now.

    :raises BillingError: less is left of an invoice, or it cannot be credited so. Whether its number
        can be had, and whether a draft of all of it waits already, only drafting tells.
    """
    wish = replace(wish, series="", number="")  # asking for an unknown series creates it
    invoices = invoices_of(platform, wish.invoice_ids)
    draft = draft_for(platform, wish, invoices, at=at)
    plan = plan_of(draft, wish, invoices, on=draft.date or draft.day(at))
    require_type(wish.type, plan)
    type = wish.type or choose_type(plan.total, plan.cleared, is_standalone=not plan.parts)
    return Estimate(plan, CreditNote.Type(type).value, plan.cleared)
