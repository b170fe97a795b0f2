"""What happened to a document, in words: its events, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.events import names
from billing.events.models import Event
from billing.paper.formats import Formats, formats_of
from billing.platforms.models import Platform

from .einvoice_words import is_in_folder

MOST_ENTRIES = 50
BY_ITSELF = "Billing Desk"
"""Who did what no person asked for: the workers."""


@dataclass(frozen=True)
class Entry:
    title: str
    detail: str
    at: datetime  # in the billing entity's zone
    who: str
    is_major: bool


@dataclass(frozen=True)
class Telling:
    """What is needed to put an event into words."""

    data: dict[str, Any]
    formats: Formats
    is_own: bool  # the event is about the document whose page this is

    @property
    def note(self) -> str:
        """How a sentence on an invoice's page names the credit note; nothing on the note's own."""
        return "" if self.is_own else f" {self.data['object']['display_number']}"

    @property
    def of_note(self) -> str:
        return f" of{self.note}" if self.note else ""

    def money(self, amount: str) -> str:
        return self.formats.money(Decimal(amount))


Words = tuple[str, str]
"""A title and a detail."""

GONE = {"PENDING": "asked for", "SUCCEEDED": "paid out", "FAILED": "failed"}
ARRIVED = {"IN_PROGRESS": "on its way", "SUCCEEDED": "received", "FAILED": "failed"}


def payment(telling: Telling) -> Words:
    paid = telling.data["object"]
    return f"Payment of {telling.money(paid['amount'])} {ARRIVED[paid['status']]}", telling.data.get(
        "failure", ""
    )


def overpaid(telling: Telling) -> Words:
    return (
        f"{telling.money(telling.data['object']['amount'])} too much came in",
        "kept as the customer's credit",
    )


def withheld(telling: Telling) -> Words:
    due = telling.data["object"]["amount_due"]
    amount = telling.data["tax_withheld"]["amount"]
    return f"{telling.money(amount)} of tax withheld", f"{telling.money(due)} still due"


def invoice_changed(telling: Telling) -> Words:
    object_, previous = telling.data["object"], telling.data["previous"]
    changed = [*previous, *(["lines"] if "lines" in object_ else [])]
    words = [name.replace("_", " ") for name in changed if name not in ("amount_due", "total")]
    return "Invoice changed", " and ".join(words).capitalize()


def cleared(telling: Telling) -> Words:
    due = telling.data["object"]["amount_due"]
    return f"{telling.money(telling.data['amount'])} of debt cleared", f"{telling.money(due)} still due"


def drafted(telling: Telling) -> Words:
    return f"Credit note{telling.note} drafted", f"for {telling.money(telling.data['object']['total'])}"


def updated(telling: Telling) -> Words:
    changed = " and ".join(name.replace("_", " ") for name in telling.data["previous"])
    return f"Draft{telling.note} changed", changed.capitalize()


def finalized(telling: Telling) -> Words:
    label = telling.data["object"]["display_number"]
    return (f"Finalised as {label}", "") if telling.is_own else (f"Credit note {label} finalised", "")


def voided(telling: Telling) -> Words:
    return f"Credit note{telling.note} voided", telling.data["reason"]


def reversed_(telling: Telling) -> Words:
    by = telling.data["object"]["reversed_by"]["number"]
    return f"Credit note{telling.note} reversed by invoice {by}", telling.data["reason"]


def held(telling: Telling) -> Words:
    """A draft that could not be finalised automatically is held with the refusal that says why."""
    return f"Draft{telling.note} put on hold", telling.data.get("refusal", {}).get("detail", "")


def credit_removed(telling: Telling) -> Words:
    due = telling.data["object"]["amount_due"]
    return f"Credit of {telling.money(telling.data['amount'])} taken back", f"{telling.money(due)} due again"


def emailed(telling: Telling) -> Words:
    subject = f"Credit note{telling.note}" if telling.note else "Credit note"
    return f"{subject} e-mailed", f"to {', '.join(telling.data['to'])}"


def email_asked_for(telling: Telling) -> Words:
    return f"E-mail{telling.of_note} asked for", f"to {', '.join(telling.data['to'])}"


def email_failed(telling: Telling) -> Words:
    to = ", ".join(telling.data["to"])
    return f"E-mail{telling.of_note} was not sent", f"to {to}: {telling.data['reason']}"


EINVOICES = {
    "SCHEDULED": "is to be sent",
    "IN_PROGRESS": "on its way",
    "SUCCESS": "delivered",
    "REGISTERED": "registered",
    "FAILED": "did not get through",
    "SKIPPED": "was not sent",
}


def einvoice_moved(telling: Telling) -> Words:
    einvoice = telling.data["einvoice"]
    what = EINVOICES[einvoice["status"]]
    if is_in_folder(einvoice["status"], einvoice["transport"]):
        what = "put in the folder"
    if einvoice["response"]:
        what = einvoice["response"].replace("_", " ").lower()
    return f"E-invoice{telling.of_note} {what}", einvoice["message"]


def allocated(telling: Telling) -> Words:
    """Finalising says it too, without an amount: that is told by what the note cleared."""
    given = telling.data.get("amount") or telling.data["object"]["amount_allocated"]
    words = "given to an invoice" if "allocation" in telling.data else "of debt cleared"
    return f"{telling.money(given)} {words}", available(telling)


def deallocated(telling: Telling) -> Words:
    return f"{telling.money(telling.data['amount'])} taken back from an invoice", available(telling)


def refunded(telling: Telling) -> Words:
    refund = telling.data["refund"]
    return f"Refund of {telling.money(refund['amount'])} {GONE[refund['status']]}", refund["failure"]


def tax_returned(telling: Telling) -> Words:
    return f"{telling.money(telling.data['amount'])} of withheld tax returned", available(telling)


def tax_return_removed(telling: Telling) -> Words:
    return f"Return of {telling.money(telling.data['amount'])} of withheld tax removed", available(telling)


def available(telling: Telling) -> str:
    return f"{telling.money(telling.data['object']['amount_available'])} still available"


TOLD: dict[str, Callable[[Telling], Words]] = {
    names.INVOICE_IMPORTED: lambda telling: ("Invoice imported", ""),
    names.INVOICE_PAYMENT_RECORDED: payment,
    names.INVOICE_PAYMENT_SETTLED: payment,
    names.INVOICE_CREDITED: cleared,
    names.INVOICE_DRAFTED: lambda telling: ("Invoice drafted", ""),
    names.INVOICE_UPDATED: invoice_changed,
    names.INVOICE_FINALIZED: lambda telling: (f"Finalised as {telling.data['object']['number']}", ""),
    names.INVOICE_EMAILED: lambda telling: ("Invoice e-mailed", f"to {', '.join(telling.data['to'])}"),
    names.INVOICE_EMAIL_REQUESTED: email_asked_for,
    names.INVOICE_EMAIL_FAILED: email_failed,
    names.INVOICE_HELD: lambda telling: ("Put on hold", telling.data.get("refusal", {}).get("detail", "")),
    names.INVOICE_RELEASED: lambda telling: ("Released from hold", ""),
    names.INVOICE_TAX_WITHHELD: withheld,
    names.INVOICE_OVERPAID: overpaid,
    names.INVOICE_PDF_GENERATED: lambda telling: ("PDF made", ""),
    names.INVOICE_XML_GENERATED: lambda telling: ("E-invoice made", ""),
    names.INVOICE_EINVOICE_UPDATED: einvoice_moved,
    names.CREDIT_NOTE_DRAFTED: drafted,
    names.CREDIT_NOTE_UPDATED: updated,
    names.CREDIT_NOTE_FINALIZED: finalized,
    names.CREDIT_NOTE_PDF_GENERATED: lambda telling: (f"PDF{telling.of_note} made", ""),
    names.CREDIT_NOTE_XML_GENERATED: lambda telling: (f"E-invoice{telling.of_note} made", ""),
    names.CREDIT_NOTE_EINVOICE_UPDATED: einvoice_moved,
    names.CREDIT_NOTE_EMAILED: emailed,
    names.CREDIT_NOTE_EMAIL_REQUESTED: email_asked_for,
    names.CREDIT_NOTE_EMAIL_FAILED: email_failed,
    names.CREDIT_NOTE_IMPORTED: lambda telling: (f"Credit note{telling.note} imported", ""),
    names.CREDIT_NOTE_APPROVED: lambda telling: (f"Draft{telling.note} approved", ""),
    names.CREDIT_NOTE_HELD: held,
    names.CREDIT_NOTE_RELEASED: lambda telling: (f"Draft{telling.note} released from hold", ""),
    names.CREDIT_NOTE_VOIDED: voided,
    names.CREDIT_NOTE_REVERSED: reversed_,
    names.INVOICE_CREDIT_REMOVED: credit_removed,
    names.CREDIT_NOTE_ALLOCATED: allocated,
    names.CREDIT_NOTE_DEALLOCATED: deallocated,
    names.CREDIT_NOTE_REFUND_PENDING: refunded,
    names.CREDIT_NOTE_REFUND_SUCCEEDED: refunded,
    names.CREDIT_NOTE_REFUND_FAILED: refunded,
    names.CREDIT_NOTE_TAX_WITHHELD_REFUNDED: tax_returned,
    names.CREDIT_NOTE_TAX_WITHHELD_REFUND_REMOVED: tax_return_removed,
}
"""The events a person wants to read about; the others say the same again for machines."""

MAJOR = {
    names.INVOICE_IMPORTED,
    names.INVOICE_PAYMENT_RECORDED,
    names.INVOICE_PAYMENT_SETTLED,
    names.INVOICE_FINALIZED,
    names.INVOICE_EMAILED,
    names.INVOICE_EMAIL_FAILED,
    names.INVOICE_TAX_WITHHELD,
    names.CREDIT_NOTE_FINALIZED,
    names.CREDIT_NOTE_EMAILED,
    names.CREDIT_NOTE_EMAIL_FAILED,
    names.CREDIT_NOTE_VOIDED,
    names.CREDIT_NOTE_REVERSED,
    names.CREDIT_NOTE_REFUND_SUCCEEDED,
}


OF_THE_NOTE_ALONE = {
    names.CREDIT_NOTE_ALLOCATED,
    names.CREDIT_NOTE_DEALLOCATED,
    names.CREDIT_NOTE_REFUND_PENDING,
    names.CREDIT_NOTE_REFUND_SUCCEEDED,
    names.CREDIT_NOTE_REFUND_FAILED,
    names.CREDIT_NOTE_TAX_WITHHELD_REFUNDED,
    names.CREDIT_NOTE_TAX_WITHHELD_REFUND_REMOVED,
}
"""What an invoice's page leaves out: where the money of its notes went. What came to it, it tells itself."""


def timeline_of(*, platform: Platform, about: list[str], currency: str, time_zone: str) -> list[Entry]:
    """Return the history of documents, whose page is that of the first one in `about`."""
    events = Event.objects.for_platform(platform).filter(object_id__in=about, type__in=TOLD)
    events = events.exclude(object_id__in=about[1:], type__in=OF_THE_NOTE_ALONE)
    zone, formats = ZoneInfo(time_zone), formats_of("en", currency)
    entries = []
    for event in events.order_by("-id")[:MOST_ENTRIES]:
        title, detail = TOLD[event.type](Telling(event.data, formats, is_own=event.object_id == about[0]))
        entries.append(
            Entry(
                title=title,
                detail=detail,
                at=event.created_at.astimezone(zone),
                who=event.actor or BY_ITSELF,
                is_major=event.type in MAJOR,
            )
        )
    return entries
