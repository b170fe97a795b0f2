"""A final paper's e-invoice on its page: where it is, what it was answered, what can be done now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from billing.documents.models import BillingDocument
from billing.einvoice.of_paper import has_einvoice
from billing.einvoice.profiles import PROFILES
from billing.errors import BillingError
from billing.exchange.conditions import require_failed, require_first, require_issued, require_sendable
from billing.exchange.hear import ARRIVED, may_come_to
from billing.exchange.models import Channel, EInvoice, EInvoiceChange
from billing.exchange.responses import FOLLOWS
from billing.exchange.route import einvoice_of
from billing.exchange.shapes import (
    ANSWER_THE_QUERY,
    CREDIT_AND_REISSUE,
    REVERSE_AND_REISSUE,
    what_follows,
)
from billing.platforms.models import Member
from billing.platforms.permissions import (
    CREDIT_NOTE_EINVOICE_SEND,
    CREDIT_NOTE_VOID,
    INVOICE_CREDIT_CREATE,
    INVOICE_EINVOICE_SEND,
)
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from invoices.models import Invoice

from .badges import Badge
from .einvoice_outlook import rule_set
from .files import FRESH

Status, Response = EInvoice.Status, EInvoice.Response

BADGES: dict[str, Badge] = {
    "": Badge("Not sent", "plain", "circle-dashed"),
    Status.SCHEDULED: Badge("Scheduled", "plain", "clock"),
    Status.IN_PROGRESS: Badge("On its way", "brand", "send"),
    Status.SUCCESS: Badge("Delivered", "ok", "circle-check"),
    Status.REGISTERED: Badge("Registered", "ok", "badge-check"),
    Status.FAILED: Badge("Failed", "bad", "circle-x"),
    Status.SKIPPED: Badge("Skipped", "warn", "skip-forward"),
}
MEANINGS: dict[str, str] = {
    "": "Nobody has sent it yet.",
    Status.SCHEDULED: "A worker sends it in a moment.",
    Status.IN_PROGRESS: "It has left; the other side has not confirmed it yet.",
    Status.SUCCESS: "The other side has taken it.",
    Status.REGISTERED: "The network or an authority has registered it.",
    Status.FAILED: "It did not get through.",
    Status.SKIPPED: "It was not sent, because it could not be.",
}
ANSWERS: dict[str, Badge] = {
    Response.ACKNOWLEDGED: Badge("Acknowledged", "plain", "mail-check"),
    Response.IN_PROCESS: Badge("In process", "plain", "loader"),
    Response.UNDER_QUERY: Badge("Under query", "warn", "circle-question-mark"),
    Response.CONDITIONALLY_ACCEPTED: Badge("Accepted with conditions", "warn", "circle-check"),
    Response.ACCEPTED: Badge("Accepted", "ok", "circle-check"),
    Response.REJECTED: Badge("Rejected", "bad", "circle-x"),
    Response.PAID: Badge("Paid", "ok", "banknote"),
}
"""The receiver's answers, as badges."""

UNSENT = ("", Status.FAILED, Status.SKIPPED)
SOON = 5
"""Seconds until a page looks again for an e-invoice that is on its way."""

PAPERS: dict[str, Any] = {"credit_note": CreditNote, "invoice": Invoice}
SEND = {"credit_note": CREDIT_NOTE_EINVOICE_SEND, "invoice": INVOICE_EINVOICE_SEND}


@dataclass(frozen=True)
class Step:
    at: datetime
    title: str
    detail: str
    who: str


@dataclass(frozen=True)
class FollowUp:
    """One thing to do about an answer; without an address it is done, or somebody else's to do."""

    label: str
    address: str
    is_done: bool = False


@dataclass(frozen=True)
class EInvoicePanel:
    address: str
    profile: str
    rule_sets: list[str]
    badge: Badge
    meaning: str
    facts: list[tuple[str, str]]
    answer: Badge | None
    history: list[Step]
    sends_again: bool  # it was sent before, or was to be
    may_send: bool
    why_not: str  # why it cannot be sent now, where that is worth saying
    news: list[tuple[str, str]]  # what can be recorded about it, as choices
    advice: str
    follow_ups: list[FollowUp]
    looks_again_in: int  # seconds; 0 once nothing is on its way any more


def einvoice_panel_of(*, member: Member, kind: str, paper_id: str, at: datetime) -> EInvoicePanel | None:
    """Return where the e-invoice of a final paper is.

    :raises NotFound: the platform has no such paper.
    """
    papers = PAPERS[kind].objects.for_platform(member.platform)
    paper = papers.select_related("platform", "billing_entity", "customer").with_snapshot().find(paper_id)
    return einvoice_panel(paper, member, at=at)


def einvoice_panel(paper: BillingDocument, member: Member, *, at: datetime) -> EInvoicePanel | None:
    """Return where a final paper's e-invoice is; None for a draft, and for a paper that was issued elsewhere.

    `paper` comes with its customer and billing entity.
    """
    if paper.is_draft or not paper.einvoice_rules:
        return None
    einvoice = einvoice_of(paper.pk)
    may_send = may(member, SEND[paper.KIND])
    refusal = what_keeps_it(paper, einvoice)
    zone = ZoneInfo(paper.billing_entity.time_zone)
    status = einvoice.status if einvoice else ""
    is_paper_only = not has_einvoice(paper) and einvoice is None
    waits = einvoice is not None and is_moving(einvoice, at)
    return EInvoicePanel(
        address=reverse(f"desk:{paper.KIND}_einvoice", args=[paper.pk]),
        profile=title_of(paper.profile),
        rule_sets=rule_sets_of(paper),
        badge=BADGES[status],
        meaning="It is paper only: no e-invoice is made." if is_paper_only else MEANINGS[status],
        facts=facts_of(einvoice) if einvoice else [],
        answer=ANSWERS.get(einvoice.response) if einvoice else None,
        history=[step_of(change, zone) for change in einvoice.changes.all()][::-1] if einvoice else [],
        sends_again=einvoice is not None,
        may_send=may_send and refusal is None,
        why_not=refusal.detail if refusal and status in UNSENT and not is_paper_only else "",
        news=news_about(einvoice) if einvoice and may_send and not waits else [],
        advice=ADVICE.get(what_follows(einvoice), "") if einvoice else "",
        follow_ups=follow_ups_of(paper, what_follows(einvoice), member) if einvoice else [],
        looks_again_in=SOON if waits else 0,
    )


def what_keeps_it(paper: BillingDocument, einvoice: EInvoice | None) -> BillingError | None:
    """Return why a paper's e-invoice cannot be sent now, be it for the first time or once more."""
    try:
        require_issued(paper)
        if einvoice is not None:
            require_failed(paper, einvoice)
        channel = require_sendable(paper)
        if einvoice is None:
            require_first(paper, None, channel)
    except BillingError as refusal:
        return refusal
    return None


def is_moving(einvoice: EInvoice, at: datetime) -> bool:
    """Tell whether a worker is about to do something with it: then the page looks again, and asks nothing."""
    has_left = einvoice.status == Status.IN_PROGRESS
    return einvoice.status == Status.SCHEDULED or (has_left and at - einvoice.updated_at < FRESH)


def title_of(profile: str) -> str:
    """Name a profile."""
    return PROFILES[profile].title if profile in PROFILES else profile


def rule_sets_of(paper: BillingDocument) -> list[str]:
    """Return the rules that a final paper passed; those issued before layers were kept passed one."""
    rules = paper.einvoice_rules
    layers = rules.get("layers") or ([rules] if rules.get("ruleset") else [])
    return [rule_set(layer["ruleset"], layer["version"]) for layer in layers]


def facts_of(einvoice: EInvoice) -> list[tuple[str, str]]:
    """Return what is known of an e-invoice, as labels and values."""
    why = einvoice.message or einvoice.reason_code.replace("_", " ").capitalize()
    transport = dict(Channel.Transport.choices).get(einvoice.transport, einvoice.transport)
    known = [
        ("By", transport),
        ("To", einvoice.receiver),
        ("Their reference", einvoice.reference),
        ("Why" if einvoice.reason_code else "They say", why),
    ]
    return [(label, value) for label, value in known if value]


def step_of(change: EInvoiceChange, zone: ZoneInfo) -> Step:
    title = BADGES[change.status].label
    if change.response:
        title = f"{title}, {ANSWERS[change.response].label.lower()}"
    if change.reason_code == "ignored":
        title = "Told something that changes nothing"
    return Step(change.at.astimezone(zone), title, change.message, change.actor or "Billing Desk")


def news_about(einvoice: EInvoice) -> list[tuple[str, str]]:
    """Return what a person can record about an e-invoice as it stands: outcomes, then answers."""
    outcomes = [
        (f"status:{status}", BADGES[status].label)
        for status in (Status.SUCCESS, Status.REGISTERED, Status.FAILED)
        if status != einvoice.status and may_come_to(einvoice, status)
    ]
    if einvoice.status not in ARRIVED:
        return outcomes
    follows = FOLLOWS[einvoice.response]
    answers = [(f"response:{each}", ANSWERS[each].label) for each in Response.values if each in follows]
    return [*answers, *outcomes]


ADVICE = {
    ANSWER_THE_QUERY: "The receiver asks something. Answer it there, then record what they say.",
    REVERSE_AND_REISSUE: (
        "The receiver has rejected it and does not have it in the books. "
        "Reverse it, then issue it anew as it should be:"
    ),
    CREDIT_AND_REISSUE: (
        "The receiver has rejected it and does not have it in the books. "
        "Credit it and draft it anew in one step:"
    ),
}


def follow_ups_of(paper: BillingDocument, what: str, member: Member) -> list[FollowUp]:
    """Return the steps that follow a rejection."""
    if what == CREDIT_AND_REISSUE:
        return [step("Credit and re-invoice", "credit_and_copy", paper.pk, member, INVOICE_CREDIT_CREATE)]
    if what != REVERSE_AND_REISSUE or not isinstance(paper, CreditNote):
        return []
    is_reversed = paper.reversed_by_id is not None
    reverse_it = step(
        f"Reverse {paper}", "reverse_credit_note", paper.pk, member, CREDIT_NOTE_VOID, is_done=is_reversed
    )
    if not paper.invoice_id:
        return [reverse_it]
    anew = step(
        "Credit the invoice again", "credit_invoice_lines", paper.invoice_id, member, INVOICE_CREDIT_CREATE
    )
    return [reverse_it, anew]


def step(
    label: str, name: str, pk: Any, member: Member, permission: str, *, is_done: bool = False
) -> FollowUp:
    address = reverse(f"desk:{name}", args=[pk]) if may(member, permission) and not is_done else ""
    return FollowUp(label, address, is_done)
