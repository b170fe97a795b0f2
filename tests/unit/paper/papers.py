"""Documents to print, by story, and the words that came out."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pypdf
from PIL import Image

from billing.documents.arithmetic import line_net, tax_groups, totals
from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Contact,
    Delivery,
    Document,
    Identifier,
    Line,
    Note,
    Party,
    PaymentMeans,
    Period,
    Reference,
)

SELLER = Party(
    name="Łódź Software sp. z o.o.",
    legal_id=Identifier("0000123456"),
    vat_number="PL5261040828",
    legal_info="Sąd Rejonowy dla Łodzi-Śródmieścia, KRS 0000123456",
    address=Address(line1="ul. Piotrkowska 104", city="Łódź", postal_code="90-926", country="PL"),
    contact=Contact("Maria Kowalska", "+48 42 638 40 00", "billing@lodz.example"),
)
BUYER = Party(
    name="Groß & Söhne Maschinenbau GmbH",
    vat_number="DE136695976",
    address=Address(line1="Königstraße 17", city="Düsseldorf", postal_code="40212", country="DE"),
)
INVOICE = Reference("INV-2026-00417", date(2026, 11, 3))
BANK = PaymentMeans(code="58", account="DE89370400440532013000", bic="COBADEFFXXX", remittance="RF18 5390")


def a_line(
    name: str, quantity: str = "1", price: str = "100.00", rate: str | None = "19", **fields: Any
) -> Line:
    currency = fields.pop("currency", "EUR")
    parts: dict[str, Any] = {"id": "1", "unit": "C62", "tax_category": "S"} | fields
    net = line_net(
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        currency=currency,
        base_quantity=parts.get("base_quantity"),
        allowances_charges=parts.get("allowances_charges", ()),
    )
    return Line(
        name=name,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net_amount=net,
        tax_rate=None if rate is None else Decimal(rate),
        **parts,
    )


def a_document(lines: list[Line] | None = None, **fields: Any) -> Document:
    """A credit note for one invoice unless `kind` says otherwise; lines are numbered, sums are right."""
    lines = [a_line("Consulting")] if lines is None else lines
    is_credit = fields.get("kind", "credit_note") == "credit_note"
    currency = fields.get("currency", "EUR")
    adjustments = fields.get("allowances_charges", ())
    taxes = tax_groups(lines, adjustments, currency)
    defaults: dict[str, Any] = {
        "kind": "credit_note",
        "type_code": "381" if is_credit else "380",
        "profile": "peppol-bis-3",
        "number": "CR-2026-000001" if is_credit else "INV-2026-00417",
        "date": date(2026, 11, 21),
        "currency": currency,
        "seller": SELLER,
        "buyer": BUYER,
        "references": (INVOICE,) if is_credit else (),
        "reason": "Wrong quantity" if is_credit else "",
        "lines": tuple(lines),
        "taxes": taxes,
        "totals": totals(lines, adjustments, taxes, currency=currency),
    }
    return Document(**defaults | fields)


def a_rich_document(**fields: Any) -> Document:
    """Everything a usual paper can say: two rates, a negative line, allowances, delivery, period, a note."""
    loyalty = AllowanceCharge(False, Decimal("10.00"), percent=Decimal(5), reason="Loyalty")
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    lines = [
        a_line("Łódź plan ğ Ω Ж", "25", "48.00", id="1", unit="MON", description="25 seats", period=november),
        a_line("Migration", "9.5", "96.30", id="2", unit="HUR", allowances_charges=(loyalty,)),
        a_line("Handbook", "40", "10.00", "7", id="3", unit="H87"),
        a_line("Screws M4", "1500", "12.50", id="4", unit="H87", base_quantity=Decimal(100)),
        a_line("Returned deposit", "-1", "50.00", id="5"),
    ]
    defaults: dict[str, Any] = {
        "period": november,
        "delivery": Delivery(
            name="Werk Süd",
            date=date(2026, 11, 2),
            address=Address(line1="Hafenstraße 1", city="Neuss", postal_code="41460", country="DE"),
        ),
        "buyer_reference": "Abteilung 7",
        "purchase_order_reference": "4500129983",
        "allowances_charges": (
            AllowanceCharge(
                False,
                Decimal("25.00"),
                reason="Volume discount",
                tax_category="S",
                tax_rate=Decimal(19),
            ),
        ),
        "notes": (Note("Please keep both papers together."),),
    }
    return a_document(lines, **defaults | fields)


def many_lines(count: int) -> list[Line]:
    return [a_line(f"Item {at}", "3", "12.34", id=str(at)) for at in range(1, count + 1)]


def a_logo(size: tuple[int, int] = (300, 100), kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#0b5fff").save(out, kind)
    return out.getvalue()


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page; every kind of space is a plain one."""
    return [_plain(page.extract_text()) for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def fonts_of(pdf: bytes) -> set[str]:
    reader = pypdf.PdfReader(BytesIO(pdf))
    return {
        font["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }


def _plain(text: str) -> str:
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
