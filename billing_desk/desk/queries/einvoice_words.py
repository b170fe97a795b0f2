"""Where an e-invoice stands, in a clerk's words."""

from dataclasses import replace

from billing.exchange.models import Channel, EInvoice
from billing.exchange.shapes import (
    ANSWER_THE_QUERY,
    ASK_THE_ACCESS_POINT,
    CREDIT_AND_REISSUE,
    REVERSE_AND_REISSUE,
)

from .badges import Badge

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
PAPER_ONLY = Badge("Paper only", "plain", "printer")
IN_FOLDER = Badge("Put in the folder", "ok", "folder-check")

MEANINGS: dict[str, str] = {
    "": "Nobody has sent it yet.",
    Status.SCHEDULED: "A worker sends it in a moment.",
    Status.IN_PROGRESS: "It has left; the other side has not confirmed it yet.",
    Status.SUCCESS: "The other side has taken it.",
    Status.REGISTERED: "The network or an authority has registered it.",
    Status.FAILED: "It did not get through.",
    Status.SKIPPED: "It was not sent, because it could not be.",
}
LIES_THERE = "It lies in the folder from which the access point takes it."

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

ANSWERED: dict[str, str] = {
    Response.ACKNOWLEDGED: "The receiver has it, and has not looked at it yet.",
    Response.IN_PROCESS: "The receiver is looking at it.",
    Response.UNDER_QUERY: "The receiver has a question about it.",
    Response.CONDITIONALLY_ACCEPTED: "The receiver has accepted it, with conditions.",
    Response.ACCEPTED: "The receiver has accepted it.",
    Response.REJECTED: "The receiver has rejected it.",
    Response.PAID: "The receiver has paid it.",
}

ADVICE = {
    ASK_THE_ACCESS_POINT: (
        "Nothing was heard of it for a day. Ask whoever carries it, then record what they say; "
        "once it is recorded as failed it can be sent again."
    ),
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
"""What a person can do, by what follows."""


def badge_of(status: str, transport: str) -> Badge:
    """Say how far an e-invoice is. What lies in a folder has been taken by nobody yet."""
    return IN_FOLDER if is_in_folder(status, transport) else BADGES[status]


def headline(status: str, response: str, transport: str) -> Badge:
    """Say the last that is known of an e-invoice: what the receiver answers, else how far it is."""
    return ANSWERS[response] if response else badge_of(status, transport)


def meaning_of(status: str, response: str, transport: str) -> str:
    if response:
        return ANSWERED[response]
    return LIES_THERE if is_in_folder(status, transport) else MEANINGS[status]


def is_in_folder(status: str, transport: str) -> bool:
    return status == Status.SUCCESS and transport == Channel.Transport.DIRECTORY


def listed(status: str, response: str, transport: str) -> Badge:
    """Return the badge of an e-invoice where a document has others: it says what it is about."""
    badge = headline(status, response, transport)
    return replace(badge, label=f"E-invoice: {badge.label.lower()}")
