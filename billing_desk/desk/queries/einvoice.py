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
from billing.exchange.shapes import CREDIT_AND_REISSUE, REVERSE_AND_REISSUE, what_follows
from billing.exchange.steps import IGNORED
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
from invoices.services.einvoice import credited_invoices

from .badges import Badge
from .einvoice_outlook import rule_set
from .einvoice_words import ADVICE, ANSWERS, BADGES, PAPER_ONLY, badge_of, headline, meaning_of
from .files import FRESH
from .mending import Mend
from .plain_words import in_plain_words

Status, Response = EInvoice.Status, EInvoice.Response

UNSENT = ("", Status.FAILED, Status.SKIPPED)
SHOWN_PARTS = 2
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
    warnings: list[Mend]  # of the rules that it passed
    is_paper_only: bool
    badge: Badge
    meaning: str  # "" where the advice says it
    facts: list[tuple[str, str]]
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
    if not has_einvoice(paper):
        return paper_only_panel(paper)
    einvoice = einvoice_of(paper.pk)
    may_send = may(member, SEND[paper.KIND])
    refusal = what_keeps_it(paper, einvoice)
    status, response, transport = (
        (einvoice.status, einvoice.response, einvoice.transport) if einvoice else ("", "", "")
    )
    waits = einvoice is not None and is_moving(einvoice, at)
    follows = what_follows(einvoice, is_undone=is_undone(paper), at=at) if einvoice else ""
    return EInvoicePanel(
        address=reverse(f"desk:{paper.KIND}_einvoice", args=[paper.pk]),
        profile=title_of(paper.profile),
        rule_sets=rule_sets_of(paper),
        warnings=warnings_of(paper),
        is_paper_only=False,
        badge=headline(status, response, transport),
        meaning="" if response and follows else meaning_of(status, response, transport),
        facts=facts_of(einvoice) if einvoice else [],
        history=history_of(einvoice, paper) if einvoice else [],
        sends_again=einvoice is not None,
        may_send=may_send and refusal is None,
        why_not=in_plain_words(refusal.detail) if refusal and status in UNSENT else "",
        news=news_about(einvoice) if einvoice and may_send and not waits else [],
        advice=ADVICE.get(follows, ""),
        follow_ups=follow_ups_of(paper, follows, member),
        looks_again_in=SOON if waits else 0,
    )


def paper_only_panel(paper: BillingDocument) -> EInvoicePanel:
    """Return what there is to say of a paper whose profile has no e-invoice."""
    return EInvoicePanel(
        address=reverse(f"desk:{paper.KIND}_einvoice", args=[paper.pk]),
        profile=title_of(paper.profile),
        rule_sets=[],
        warnings=[],
        is_paper_only=True,
        badge=PAPER_ONLY,
        meaning="No e-invoice is made of it: its profile wants none.",
        facts=[],
        history=[],
        sends_again=False,
        may_send=False,
        why_not="",
        news=[],
        advice="",
        follow_ups=[],
        looks_again_in=0,
    )


def is_undone(paper: BillingDocument) -> bool:
    """Tell whether an invoice has nothing left to credit. A note that was reversed is still issued anew."""
    return isinstance(paper, Invoice) and credited_invoices().filter(pk=paper.pk).exists()


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
    if "layers" not in rules:
        return [rule_set(rules["ruleset"], rules["version"])] if rules.get("ruleset") else []
    return [rule_set(layer["ruleset"], layer["version"], layer["engine"]) for layer in rules["layers"]]


def warnings_of(paper: BillingDocument) -> list[Mend]:
    """Return what the rules remarked when a final paper was issued."""
    return [
        Mend(each["id"], in_plain_words(each["message"]), in_plain_words(each["location"]), False, "", "")
        for each in paper.einvoice_rules.get("warnings", ())
    ]


def facts_of(einvoice: EInvoice) -> list[tuple[str, str]]:
    """Return what is known of an e-invoice, as labels and values."""
    known = [
        ("Delivery", badge_of(einvoice.status, einvoice.transport).label if einvoice.response else ""),
        ("By", dict(Channel.Transport.choices).get(einvoice.transport, einvoice.transport)),
        ("To", shortened(einvoice.receiver, einvoice.transport)),
        ("Their reference", shortened(einvoice.reference, einvoice.transport)),
        ("Why" if einvoice.reason_code else "They say", why_of(einvoice)),
    ]
    return [(label, value) for label, value in known if value]


def why_of(einvoice: EInvoice) -> str:
    """Return what was said last; of a rejection, why, also if something else was told since."""
    said = einvoice.message or einvoice.reason_code.replace("_", " ").capitalize()
    if einvoice.response == Response.REJECTED:
        rejections = einvoice.changes.filter(response=Response.REJECTED).exclude(reason_code=IGNORED)
        said = rejections.exclude(message="").values_list("message", flat=True).first() or said
    return in_plain_words(said)


def shortened(where: str, transport: str) -> str:
    """Return a place in the outbox without the folders that everything lies in."""
    parts = where.split("/")
    is_long = transport == Channel.Transport.DIRECTORY and len(parts) > SHOWN_PARTS
    return "…/" + "/".join(parts[-SHOWN_PARTS:]) if is_long else where


def history_of(einvoice: EInvoice, paper: BillingDocument) -> list[Step]:
    zone = ZoneInfo(paper.billing_entity.time_zone)
    return [step_of(change, einvoice.transport, zone) for change in einvoice.changes.all()][::-1]


def step_of(change: EInvoiceChange, transport: str, zone: ZoneInfo) -> Step:
    title = badge_of(change.status, transport).label
    if change.response:
        title = f"{title}, {ANSWERS[change.response].label.lower()}"
    if change.reason_code == IGNORED:
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


def follow_ups_of(paper: BillingDocument, what: str, member: Member) -> list[FollowUp]:
    """Return the steps that follow a rejection, of which `what` says the kind."""
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
