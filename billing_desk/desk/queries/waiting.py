"""Credit notes that wait for a person, and why: approvals, drafts that are stuck, refunds to look after."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.events import names
from billing.events.models import Event
from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.platforms.models import Member
from credit_notes.models import CreditNote, CreditNoteReference, Refund

from .badges import ON_HOLD, REFUNDS, WAITS_FOR_APPROVAL, Badge
from .credit_note_list import waiting_for_approval

FEW = 5
OUTDATED = Badge("Outdated", "warn", "triangle-alert")


@dataclass(frozen=True)
class Waiting:
    """A draft, and what it waits for."""

    id: str
    label: str
    customer: str
    amount: Decimal
    currency: str
    badge: Badge
    why: str


def waiting_drafts_of(member: Member) -> list[Waiting]:
    """Return the drafts that wait for an approval, can no longer be finalised as they are, or are on hold."""
    drafts = CreditNote.objects.for_platform(member.platform).drafts().select_related("customer")
    asked = drafts.filter(waiting_for_approval(member.platform)).newest_first()[:FEW]
    outdated = outdated_of(member)
    held = list(drafts.filter(on_hold=True).newest_first()[:FEW])
    reasons = reasons_of_holding([note.pk for note in held])
    found = [
        *(
            waiting(note, WAITS_FOR_APPROVAL, "Somebody else than who wrote it must approve it.")
            for note in asked
        ),
        *(waiting(row.credit_note, OUTDATED, why_outdated(row)) for row in outdated),
        *(waiting(note, ON_HOLD, reasons.get(note.pk, "A person put it on hold.")) for note in held),
    ]
    return list({row.id: row for row in reversed(found)}.values())[::-1]


def waiting(note: CreditNote, badge: Badge, why: str) -> Waiting:
    return Waiting(note.pk, note.display_number, note.customer.name, note.total, note.currency, badge, why)


def outdated_of(member: Member) -> list[CreditNoteReference]:
    """Return what drafts take of invoices that have less left than that, by their totals alone."""
    live = CreditNoteReference.objects.filter(
        invoice=OuterRef("invoice"), credit_note__status="FINAL", credit_note__reversed_by=None
    )
    taken = live.order_by().values("invoice").annotate(taken=Sum("total")).values("taken")
    rows = CreditNoteReference.objects.filter(
        credit_note__platform=member.platform, credit_note__status="DRAFT", invoice__isnull=False
    ).select_related("credit_note__customer", "invoice")
    rows = rows.annotate(
        left=F("invoice__total") - Coalesce(Subquery(taken), ZERO, output_field=DecimalField())
    )
    outdated = rows.filter(total__gt=F("left")).exclude(total=ZERO)
    return list(outdated.order_by("-credit_note_id", "id")[:FEW])


def why_outdated(row: CreditNoteReference) -> str:
    money = formats_of("en", row.credit_note.currency).money
    left = max(row.left, ZERO)  # worked out by `outdated_of`
    return f"It takes {money(row.total)} of {row.number}, which has {money(left)} left to credit."


def reasons_of_holding(credit_note_ids: list[str]) -> dict[str, str]:
    """Return why drafts were put on hold, where that was not a person's wish."""
    events = Event.objects.filter(object_id__in=credit_note_ids, type=names.CREDIT_NOTE_HELD).order_by("id")
    latest = {event.object_id: event.data.get("refusal", {}).get("detail", "") for event in events}
    return {note_id: detail for note_id, detail in latest.items() if detail}


def waiting_refunds_of(member: Member) -> list[Waiting]:
    """Return refunds on their way, and failed ones whose amount is available again, newest first."""
    refunds = Refund.objects.for_platform(member.platform)
    failed = Q(status=Refund.Status.FAILED, credit_note__amount_available__gt=0)
    rows = refunds.filter(Q(status=Refund.Status.PENDING) | failed).select_related("credit_note__customer")
    return [
        Waiting(
            id=row.credit_note_id,
            label=row.credit_note.display_number,
            customer=row.credit_note.customer.name,
            amount=row.amount,
            currency=row.credit_note.currency,
            badge=REFUNDS[row.status],
            why=row.failure or where_it_is(row),
        )
        for row in rows.order_by("-id")[:FEW]
    ]


def where_it_is(row: Refund) -> str:
    if row.gateway == Refund.Gateway.STRIPE:
        return "Stripe will say what becomes of it."
    return "To be paid out by hand; then say so."
