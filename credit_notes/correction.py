"""A credit note as a function of the invoices it corrects: Document in, Document out, no table in sight."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from billing.documents.arithmetic import REASONS, Reasons, tax_groups, totals
from billing.documents.snapshot import (
    FINANCIAL_ADJUSTMENT,
    SELF_BILLED_INVOICES,
    SELF_BILLED_NOTE,
    Address,
    Delivery,
    Document,
    Line,
    Party,
    PaymentMeans,
    Reference,
    TaxGroup,
    Totals,
)
from billing.einvoice.profiles import PEPPOL, PROFILES
from billing.money import ZERO

from .portion import Group, Portion, group_key

CREDIT_NOTE = "381"


NOTHING_SAID: Reasons = {}


class Heading(NamedTuple):
    """What a note says beyond what it takes from invoices."""

    number: str
    on: date
    reason: str
    language: str
    logo: str
    seller: Party | None = None  # None: as on the invoice
    buyer: Party | None = None
    delivery_date: date | None = None
    deliver_to: Address | None = None  # where the invoice says nothing of it
    buyer_reference: str = ""
    payment_means: tuple[PaymentMeans, ...] = ()  # of a note without an invoice, where one is wanted
    profile: str = PEPPOL  # what the receiver asks for, or the seller's usual one


def correction(portions: Sequence[tuple[Document, Portion]], heading: Heading) -> Document:
    """Return the note that takes a portion of one or several invoices.

    Amounts keep their sense, for the document's kind turns it: what was positive stays positive, a negative
    line stays negative. Prices and rates are those of the invoices, whatever they are today. What asked for
    payment (due date, terms, prepayment) is left out. The rest of the header is that of the first invoice.
    """
    invoice, _ = portions[0]
    names_payment = pays_by_name(invoice.seller, invoice.buyer, heading.profile)
    return replace(
        invoice,
        kind="credit_note",
        profile=heading.profile,
        type_code=SELF_BILLED_NOTE if invoice.type_code in SELF_BILLED_INVOICES else CREDIT_NOTE,
        number=heading.number,
        date=heading.on,
        due_date=None,
        tax_point_date=None,
        tax_point_code="",
        payment_terms="",
        payment_means=invoice.payment_means if names_payment else (),
        creditor_id=invoice.creditor_id if names_payment else "",
        notes=(),
        reason=heading.reason,
        references=tuple(Reference(number=one.number, date=one.date) for one, _ in portions),
        attachments=(),
        seller=heading.seller or invoice.seller,
        buyer=heading.buyer or invoice.buyer,
        buyer_reference=heading.buyer_reference or invoice.buyer_reference,
        delivery=delivered(invoice.delivery, heading),
        lines=numbered([pick.line for _, part in portions for pick in part.lines]),
        allowances_charges=tuple(item for _, part in portions for _, item in part.allowances_charges),
        taxes=merged(tax for _, part in portions for tax in part.taxes),
        totals=summed([part.totals for _, part in portions]),
        language=heading.language,
        logo=heading.logo,
    )


def bonus(
    lines: Sequence[Line], heading: Heading, *, currency: str, reasons: Reasons = NOTHING_SAID
) -> Document:
    """Return a note that corrects no invoice, over free lines."""
    assert heading.seller, "a bonus names its own parties"
    assert heading.buyer
    taxes = tax_groups(lines, (), currency, REASONS | reasons)
    names_payment = pays_by_name(heading.seller, heading.buyer, heading.profile)
    return Document(
        kind="credit_note",
        type_code=FINANCIAL_ADJUSTMENT,
        profile=heading.profile,
        number=heading.number,
        date=heading.on,
        currency=currency,
        seller=heading.seller,
        buyer=heading.buyer,
        reason=heading.reason,
        delivery=delivered(None, heading),
        lines=tuple(lines),
        taxes=taxes,
        totals=totals(lines, (), taxes, currency=currency),
        language=heading.language,
        logo=heading.logo,
        buyer_reference=heading.buyer_reference,
        payment_means=heading.payment_means if names_payment else (),
    )


def delivered(delivery: Delivery | None, heading: Heading) -> Delivery | None:
    """Return where and when it was delivered: the heading says the day, and the place if nobody else."""
    if heading.deliver_to and not (delivery and delivery.address):
        delivery = replace(delivery or Delivery(), address=heading.deliver_to)
    if heading.delivery_date is not None:
        delivery = replace(delivery or Delivery(), date=heading.delivery_date)
    return delivery


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines with the numbers they have on their invoice, or, where two are alike, new ones."""
    if len({line.id for line in lines}) == len(lines):
        return tuple(lines)
    return tuple(replace(line, id=str(place)) for place, line in enumerate(lines, start=1))


def merged(taxes: Iterable[TaxGroup]) -> tuple[TaxGroup, ...]:
    """Return VAT groups, those of one category and rate added up, in the order they first appear."""
    found: dict[Group, TaxGroup] = {}
    for tax in taxes:
        group = group_key(tax.category, tax.rate)
        same = found.get(group)
        found[group] = (
            replace(same, base=same.base + tax.base, amount=same.amount + tax.amount) if same else tax
        )
    return tuple(found.values())


def summed(parts: Sequence[Totals]) -> Totals:
    """Return the sums of several portions."""

    def total(name: str) -> Decimal:
        first, *others = [Decimal(getattr(part, name)) for part in parts]
        return sum(others, first)

    accounted = all(part.accounting_tax_total is not None for part in parts)
    return Totals(
        line_total=total("line_total"),
        allowance_total=total("allowance_total"),
        charge_total=total("charge_total"),
        net_total=total("net_total"),
        tax_total=total("tax_total"),
        tax_inclusive_total=total("tax_inclusive_total"),
        accounting_tax_total=total("accounting_tax_total") if accounted else None,
        prepaid_amount=ZERO,
        rounding_amount=total("rounding_amount"),
        payable_amount=total("payable_amount"),
    )


def pays_by_name(seller: Party, buyer: Party, profile: str) -> bool:
    """Tell whether a note names a way to pay: between Germans (DE-R-001, -030) and in XRechnung (BR-DE-1)."""
    within_germany = seller.address.country == buyer.address.country == "DE"
    return within_germany or PROFILES[profile].cius == "xrechnung"
