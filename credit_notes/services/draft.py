"""Change a draft, or throw it away."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from billing.documents.models import Series
from billing.documents.numbering import require_possible_number
from billing.documents.snapshot import Delivery, to_json
from billing.documents.templates import asked_template, find_template
from billing.documents.values import whole
from billing.events import names
from billing.events.record import actor_id, record
from billing.issuing import require_same, require_seen
from billing.platforms.models import Platform
from billing.platforms.time_zones import require_time_zone
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Selections
from invoices.models import Invoice

from .approval import forget_approval
from .credit import NotOneNote, invoices_of, refuse_second_draft, require_words, series_of
from .finalize import NoteNotDraft, free_lines_of, lock_invoices, papers_of, require_draft
from .new_draft import delivery_of, rate_of, require_not_standalone, require_possible_date
from .plan import Plan, plan_bonus, plan_correction, require_type
from .reason_codes import require_reason
from .store import is_stored, store_plan
from .summary import summary_of

EDITABLE = ("note", "reason_code", "details_source", "date")
"""Columns of a draft that are set as they are given."""
ALWAYS = ("internal_comment", "metadata")
"""Columns of any note, final ones too: nothing of them is printed."""
COLUMNS = (*EDITABLE, *ALWAYS, "custom_fields", "time_zone")
REPLANNED = frozenset({"selections", "free", "details_source", "delivery_date"})
"""What changes more of the paper than its reason."""
CHOOSING = frozenset({"series", "number", "date", "time_zone"})
"""What decides which number it may have."""
OTHERS = (
    "custom_fields",
    "type",
    "delivery_date",
    "series",
    "number",
    "template",
    "time_zone",
    "selections",
    "free",
)


@entrance
def update_draft(
    *,
    platform: Platform,
    credit_note_id: str,
    changes: dict[str, Any],
    version: int | None = None,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Change a draft and work it out anew; of a final note only the internal comment and the metadata.

    `changes` names fields of `Wish`; what is empty is decided as for a new note. `selections` replaces all of
    its lines. A number that is given here is taken without moving its series. What it comes to is worked out
    again whatever changes, so saving it unchanged brings an outdated draft up to date.

    :raises NoteNotDraft: it is final, and something printed was to change.
    :raises BillingError: less is left of an invoice than is asked for.
    """
    assert set(changes) <= {*EDITABLE, *ALWAYS, *OTHERS}
    seen = CreditNote.objects.for_platform(platform).with_snapshot().find(credit_note_id)
    if not seen.is_draft:
        return annotate(platform, credit_note_id, changes, actor=actor, at=at)
    selections = changes.get("selections", selections_of(seen))
    invoices = lock_invoices(platform, invoices_for(platform, seen, changes))
    note = drafts_of(platform).find(credit_note_id)
    require_draft(note)
    require_seen(note, version)
    require_same(note, seen)  # what it is on was read before it was locked
    before = facts_of(note)
    set_columns(note, changes, invoices, at=at)
    if "selections" in changes:
        move(note, invoices, changes, previous=before["invoices"])
    choose_number(note, changes, actor=actor, at=at)
    plan = plan_for(note, invoices, selections, changes, on=note.date or note.day(at))
    require_words(plan, note)
    if not note.is_type_automatic:
        require_type(note.type, plan)
    else:
        note.type = choose_type(plan.total, plan.cleared, is_standalone=not plan.parts)
    refuse_second_draft(note)
    if not REPLANNED.isdisjoint(changes) or not is_stored(note, plan):
        store_plan(note, plan)
    after = facts_of(note)
    finish(note, before, after, actor=actor, at=at)
    return note


def drafts_of(platform: Platform) -> Any:
    rows = CreditNote.objects.for_platform(platform).select_related("platform", "billing_entity", "customer")
    return rows.with_snapshot().locked()


def selections_of(note: CreditNote) -> Selections:
    return [(row.invoice_id, row.selection) for row in note.references.order_by("id")]


def invoices_for(platform: Platform, note: CreditNote, changes: dict[str, Any]) -> Sequence[Invoice]:
    """Return the invoices of a draft, or the newly selected ones, which are of the same parties."""
    if "selections" not in changes:
        return papers_of(platform, note)
    invoices = invoices_of(platform, [invoice_id for invoice_id, _ in changes["selections"]])
    first = invoices[0]
    if (first.customer_id, first.billing_entity_id, first.currency) != (
        note.customer_id,
        note.billing_entity_id,
        note.currency,
    ):
        raise NotOneNote(f"{note} is for another customer, seller or currency.", field="invoices")
    return invoices


def plan_for(
    note: CreditNote,
    invoices: Sequence[Invoice],
    selections: Selections,
    changes: dict[str, Any],
    *,
    on: date,
) -> Plan:
    if invoices:
        note.invoice = invoices[0] if len(invoices) == 1 else None
        note.is_full = len(invoices) == 1 and selections[0][1].is_everything
        return plan_correction(note, invoices, selections, on=on)
    free: Sequence[FreeLine] = changes.get("free") or free_lines_of(note, note.lines.all())
    return plan_bonus(note, free, on=on)


@step
def set_columns(
    note: CreditNote, changes: dict[str, Any], invoices: Sequence[Invoice], *, at: datetime
) -> None:
    """Set the changed columns of a draft. The caller holds it and saves it."""
    require_time_zone(changes.get("time_zone", ""))
    columns = {name: changes[name] for name in COLUMNS if name in changes}
    if "template" in changes:
        columns |= find_template(note.platform, changes["template"])._asdict()
    for name, value in columns.items():
        setattr(note, name, value)
    if not {"date", "time_zone"}.isdisjoint(changes):
        require_possible_date(note.date, today=note.day(at))
    if "reason_code" in changes:
        note.reason_name = require_reason(platform=note.platform, kind="CREDIT", code=note.reason_code)
    if "type" in changes:
        require_not_standalone(changes["type"], has_invoice=note.references.exists())
        note.type, note.is_type_automatic = changes["type"] or note.type, not changes["type"]
    if "delivery_date" in changes:
        note.delivery = delivery_on(changes["delivery_date"], note, invoices)


def delivery_on(day: date | None, note: CreditNote, invoices: Sequence[Invoice]) -> Delivery | None:
    """Return where and when it was delivered; without a day that is what the invoice says."""
    if day is None:
        return delivery_of(invoices[0] if invoices else None)
    return replace(note.delivery or Delivery(), date=day)


@step
def move(
    note: CreditNote, invoices: Sequence[Invoice], changes: dict[str, Any], *, previous: Sequence[str]
) -> None:
    """Take from the invoices what a new note takes; the delivery only if none is of the previous ones."""
    note.exchange_rate = rate_of(invoices)
    if "delivery_date" not in changes and not {row.pk for row in invoices} & set(previous):
        note.delivery = delivery_of(invoices[0])


@step
def choose_number(note: CreditNote, changes: dict[str, Any], *, actor: str, at: datetime) -> None:
    """Set from which series, or with which number, a draft is to be numbered."""
    if "series" in changes:
        note.series = series_of(note.billing_entity, changes["series"], actor=actor, at=at)
    if changes.get("number", note.wanted_number) != note.wanted_number:
        note.wanted_number = changes["number"]
        note.leaves_counter = bool(note.wanted_number)
    if note.wanted_number and not CHOOSING.isdisjoint(changes):
        require_possible_number(note, Series.Kind.CREDIT_NOTE, on=note.date or note.day(at))


def facts_of(note: CreditNote) -> dict[str, Any]:
    """Return what an editor can change, JSON-ready, to tell before from after."""
    facts: dict[str, Any] = {
        name: getattr(note, name) for name in (*EDITABLE, *ALWAYS, "custom_fields", "type")
    }
    facts["date"] = note.date.isoformat() if note.date else None
    facts["delivery_date"] = to_json(note.delivery)["date"] if note.delivery and note.delivery.date else None
    facts["invoices"] = sorted(row.invoice_id for row in note.references.all())
    facts["number"], facts["series"] = note.wanted_number, note.series_id
    facts["template"], facts["time_zone"] = asked_template(note), note.time_zone
    facts["total"] = f"{whole(Decimal(note.total), note.currency):f}"
    facts["lines"] = [
        [line.name, f"{line.quantity.normalize():f}", f"{line.net_amount.normalize():f}"]
        for line in note.lines.all()
    ]
    return facts


@step
def finish(
    note: CreditNote, before: dict[str, Any], after: dict[str, Any], *, actor: str, at: datetime
) -> None:
    """Count the version and write down what is different, if anything is. The caller holds the draft."""
    previous = {name: value for name, value in before.items() if after[name] != value}
    if not previous:
        return
    if set(previous) - {*ALWAYS, "custom_fields"}:
        note.edited_by = actor_id.get()
        if note.approved_at:
            previous["approved_by_name"], after["approved_by_name"] = note.approved_by_name, ""
            forget_approval(note)
    note.version += 1
    note.updated_at = at
    note.save()
    data = {"object": summary_of(note) | {name: after[name] for name in previous}, "previous": previous}
    record(names.CREDIT_NOTE_UPDATED, platform=note.platform, about=note, actor=actor, at=at, data=data)


@step
def annotate(
    platform: Platform, credit_note_id: str, changes: dict[str, Any], *, actor: str, at: datetime
) -> CreditNote:
    """Change what is not printed of a note that is no longer a draft."""
    note = CreditNote.objects.for_platform(platform).select_related("platform").locked().find(credit_note_id)
    known = {*EDITABLE, *ALWAYS}
    previous = {
        name: getattr(note, name, "")
        for name, value in changes.items()
        if name not in known or getattr(note, name) != value
    }
    if set(previous) - {*ALWAYS}:
        raise NoteNotDraft(
            f"{note} is {note.status}: only its internal comment and its metadata can change.",
            number=note.number,
        )
    for name in previous:
        setattr(note, name, changes[name])
    if previous:
        note.version += 1
        note.updated_at = at
        note.save()
        data = {
            "object": summary_of(note) | {name: changes[name] for name in previous},
            "previous": previous,
        }
        record(names.CREDIT_NOTE_UPDATED, platform=platform, about=note, actor=actor, at=at, data=data)
    return note


@entrance
def delete_draft(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> None:
    """Delete a draft. Its events stay.

    :raises NoteNotDraft: it is final; void or reverse it instead.
    """
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    require_draft(note)
    data = {"object": summary_of(note)}
    record(names.CREDIT_NOTE_DELETED, platform=platform, about=note, actor=actor, at=at, data=data)
    note.delete()
