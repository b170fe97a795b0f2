"""What can be wrong with a document, one thing at a time; and what only looks wrong."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D  # noqa: N817 - amounts are many
from typing import Any

from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Attachment,
    Attribute,
    Classification,
    Delivery,
    Document,
    Identifier,
    Payee,
    PaymentMeans,
    Period,
    Reference,
    TaxGroup,
    TaxRepresentative,
)
from tests.unit.einvoice.documents import BANK, a_line, added_up

Change = Callable[[Document], Document]

PDF = "application/pdf"
BE = Address(city="Gent", postal_code="9000", country="BE")
DELIVERED = Delivery(date=date(2026, 3, 10), address=BE)
BACKWARDS = Period(date(2026, 3, 2), date(2026, 3, 1))
DEBIT = PaymentMeans("59", mandate="M", debited_account="BE68539007547034")
STRANGE = Identifier("1", "9999")


def doc(**fields: Any) -> Change:
    return lambda document: replace(document, **fields)


def then(*changes: Change) -> Change:
    def change(document: Document) -> Document:
        for each in changes:
            document = each(document)
        return document

    return change


def seller(**fields: Any) -> Change:
    return lambda document: replace(document, seller=replace(document.seller, **fields))


def buyer(**fields: Any) -> Change:
    return lambda document: replace(document, buyer=replace(document.buyer, **fields))


def address(role: str, **fields: Any) -> Change:
    def change(document: Document) -> Document:
        party = getattr(document, role)
        return replace(document, **{role: replace(party, address=replace(party.address, **fields))})

    return change


def contact(**fields: Any) -> Change:
    def change(document: Document) -> Document:
        return seller(contact=replace(document.seller.contact, **fields))(document)

    return change


def means(*given: PaymentMeans, creditor: str = "", **fields: Any) -> Change:
    """Pay by other means, or by the first one with other fields."""
    if given:
        return doc(payment_means=given, creditor_id=creditor)
    return lambda document: replace(document, payment_means=(replace(document.payment_means[0], **fields),))


def line(**fields: Any) -> Change:
    def change(document: Document) -> Document:
        return replace(document, lines=(replace(document.lines[0], **fields), *document.lines[1:]))

    return change


def group(**fields: Any) -> Change:
    return lambda document: replace(document, taxes=(replace(document.taxes[0], **fields),))


def more_groups(*groups: TaxGroup) -> Change:
    return lambda document: replace(document, taxes=(*document.taxes, *groups))


def totals(**fields: Any) -> Change:
    return lambda document: replace(document, totals=replace(document.totals, **fields))


def allowance(is_charge: bool = False, **fields: Any) -> Change:
    given = {"amount": D("1.00"), "reason": "x", "tax_category": "S", "tax_rate": D(19)} | fields
    each = AllowanceCharge(is_charge, **given)
    return lambda document: added_up(replace(document, allowances_charges=(each,)))


def on_line(is_charge: bool = False, **fields: Any) -> Change:
    return line(
        allowances_charges=(AllowanceCharge(is_charge, **{"amount": D("0.00"), "reason": "x"} | fields),)
    )


def category(code: str, rate: str | None, *reason: str, **fields: Any) -> Change:
    """Sell one line of a VAT category, exempt for a reason in words and by code."""

    def change(document: Document) -> Document:
        sold = replace(document, lines=(a_line(category=code, rate=rate),))
        reasons = {code: (*reason, "")[:2]} if reason else None
        return replace(added_up(sold, reasons=reasons), **fields)

    return change


def mixed(*lines: Any, **reasons: tuple[str, str]) -> Change:
    return lambda document: added_up(replace(document, lines=lines), reasons=reasons)


NO_VAT_NUMBERS = then(seller(vat_number=""), buyer(vat_number=""))
IN_ITALY = then(address("seller", country="IT"), address("buyer", country="IT"))
EXEMPT = category("E", "0", "x")
REVERSE = category("AE", "0", "x")
INTRA_EU = category("K", "0", "x", delivery=DELIVERED)
OUTSIDE = then(NO_VAT_NUMBERS, category("O", None, "x"))

FAULTS: dict[str, Change] = {
    "no number": doc(number=""),
    "unknown type": doc(type_code="999"),
    "tax point twice": doc(tax_point_date=date(2026, 1, 1), tax_point_code="3"),
    "unknown tax point": doc(tax_point_code="9"),
    "period backwards": doc(period=BACKWARDS),
    "unknown currency": doc(currency="EUX"),
    "unknown accounting currency": then(doc(accounting_currency="EUX"), totals(accounting_tax_total=D(1))),
    "no total in the accounting currency": doc(accounting_currency="SEK"),
    "accounting currency is its own": then(
        doc(accounting_currency="EUR"), totals(accounting_tax_total=D("19.00"))
    ),
    "fine accounting total": then(doc(accounting_currency="KWD"), totals(accounting_tax_total=D("1.005"))),
    "unknown scheme of the object": doc(object_id=Identifier("1", "QQQ")),
    "reference without a number": doc(references=(Reference("", date(2026, 1, 1)),)),
    "seller without a name": seller(name=""),
    "seller without any identifier": seller(ids=(), legal_id=None, vat_number=""),
    "seller without a tax number": seller(vat_number="", tax_number=""),
    "seller's endpoint without a scheme": seller(endpoint=Identifier("a@b.example")),
    "seller's endpoint of an unknown scheme": seller(endpoint=Identifier("a", "XYZ")),
    "seller's identifier of an unknown scheme": seller(ids=(STRANGE,)),
    "seller's registration of an unknown scheme": seller(legal_id=STRANGE),
    "seller's VAT number in small letters": seller(vat_number="de136695976"),
    "seller's VAT number without a prefix": seller(vat_number="136695976"),
    "seller's VAT number of the one-stop shop": seller(vat_number="EU372000041"),
    "seller without a country": address("seller", country=""),
    "seller in EL": address("seller", country="EL"),
    "seller in UK": address("seller", country="UK"),
    "seller without an address": seller(address=Address()),
    "buyer without a name": buyer(name=""),
    "buyer's endpoint without a scheme": buyer(endpoint=Identifier("a@b.example")),
    "buyer without a country": address("buyer", country=""),
    "buyer's registration of an unknown scheme": buyer(legal_id=STRANGE),
    "payee of an unknown scheme": doc(payee=Payee("F", STRANGE)),
    "payee registered under an unknown scheme": doc(payee=Payee("F", None, STRANGE)),
    "representative without a name": doc(tax_representative=TaxRepresentative("", "BE0428759497", BE)),
    "representative without a VAT number": doc(tax_representative=TaxRepresentative("R", "", BE)),
    "representative without an address": doc(tax_representative=TaxRepresentative("R", "BE0428759497")),
    "delivery without a country": doc(delivery=Delivery(address=Address(city="Gent", postal_code="9000"))),
    "delivery to an unknown scheme": doc(delivery=Delivery(location=STRANGE)),
    "unknown means of payment": means(code="999"),
    "transfer without an account": means(account=""),
    "transfer with nothing": means(PaymentMeans("58")),
    "two means of payment": means(BANK, PaymentMeans("48", card_number="1234")),
    "two texts for the means": means(BANK, replace(BANK, text="other")),
    "line without a name": line(name=" "),
    "line without an id": line(id=""),
    "unknown unit": line(unit="h"),
    "no unit": line(unit=""),
    "negative price": line(unit_price=D(-100), quantity=D(-1)),
    "negative gross price": line(gross_price=D(-1), price_discount=D(-101)),
    "line's period backwards": line(period=BACKWARDS),
    "item without a scheme": line(standard_item_id=Identifier("1")),
    "item of an unknown scheme": line(standard_item_id=STRANGE),
    "line's object of an unknown scheme": line(object_id=Identifier("1", "QQQ")),
    "unknown origin": line(origin_country="ZZ"),
    "classification of no list": line(classifications=(Classification("1", ""),)),
    "classification of an unknown list": line(classifications=(Classification("1", "QQQQ"),)),
    "property without a value": line(attributes=(Attribute("x", ""),)),
    "unknown unit of the price": line(base_quantity=D(1), base_quantity_unit="h"),
    "no lines": doc(lines=()),
    "allowance without a reason": allowance(reason=""),
    "charge without a reason": allowance(True, reason=""),
    "allowance with a charge's code": allowance(reason_code="FC"),
    "charge with an allowance's code": allowance(True, reason_code="95"),
    "allowance without a category": allowance(tax_category=""),
    "allowance at no rate": allowance(tax_rate=None),
    "line's allowance without a reason": on_line(reason=""),
    "line's charge without a reason": on_line(True, reason=""),
    "zero rate at 7": category("Z", "7"),
    "zero rate with a reason": category("Z", "0", "x"),
    "exempt without a reason": category("E", "0"),
    "exempt for an unknown code": category("E", "0", "", "VATEX-XX"),
    "exempt, yet taxed": then(EXEMPT, group(amount=D("0.50"))),
    "exempt for two reasons": then(
        EXEMPT,
        group(base=D(50), exemption_reason="Teaching"),
        more_groups(TaxGroup("E", D(0), D(50), D(0), "Health")),
    ),
    "reverse charge to nobody": then(REVERSE, buyer(vat_number="", legal_id=None)),
    "reverse charge from nobody": then(REVERSE, seller(vat_number="", tax_number="")),
    "within the EU, not delivered": category("K", "0", "x"),
    "within the EU, on no day": category("K", "0", "x", delivery=Delivery(address=BE)),
    "within the EU, to nobody": then(INTRA_EU, buyer(vat_number="")),
    "within the EU, from nobody": then(INTRA_EU, seller(vat_number="")),
    "export of nobody": then(category("G", "0", "x"), seller(vat_number="")),
    "outside VAT with VAT numbers": category("O", None, "x"),
    "outside VAT without a reason": then(NO_VAT_NUMBERS, category("O", None)),
    "outside VAT and inside": mixed(a_line(1, category="O", rate=None), a_line(2), O=("x", "")),
    "Canary Islands below nothing": category("L", "-1"),
    "Canary Islands with a reason": category("L", "7", "x"),
    "Canary Islands at no rate": category("L", None),
    "split payment outside Italy": category("B", "22"),
    "split payment beside S": then(IN_ITALY, mixed(a_line(1, category="B", rate="22"), a_line(2))),
    "unknown category": category("X", "7"),
    "standard at 0": category("S", "0"),
    "standard with a reason": category("S", "19", "x"),
    "group without a rate": group(rate=None),
    "base off by one": group(base=D(101)),
    "no groups": doc(taxes=()),
    "group twice": then(
        group(base=D(50), amount=D("9.50")), more_groups(TaxGroup("S", D(19), D(50), D("9.50")))
    ),
    "total off by a cent": totals(tax_inclusive_total=D("119.01")),
    "payable off by one": totals(payable_amount=D(118)),
    "payable finer than a cent": totals(payable_amount=D("119.001")),
    "card holder without a card": means(PaymentMeans("48", card_holder="x")),
}
"""Each is forbidden in every profile, by us and by the official rules of its syntax."""

STRICTER: dict[str, Change] = {
    "gold": doc(currency="XAU"),
    "a Greek number that starts with GR": seller(vat_number="GR094259216"),
    "within the EU, to Great Britain": then(INTRA_EU, buyer(vat_number="GB110305878")),
    "an attachment without a reference": doc(attachments=(Attachment(""),)),
}
"""Forbidden by us, and let pass by official rules of one syntax at least."""

HARMLESS: dict[str, Change] = {
    "nothing": doc(),
    "empty period": doc(period=Period()),
    "half a period": doc(period=Period(date(2026, 3, 2))),
    "two invoices": doc(references=(Reference("1", date(2026, 1, 1)), Reference("2"))),
    "accounting currency": then(doc(accounting_currency="SEK"), totals(accounting_tax_total=D("1.05"))),
    "seller in Northern Ireland": then(seller(vat_number="XI110305878"), address("seller", country="XI")),
    "Greek seller's number": seller(vat_number="EL094259216"),
    "payee": doc(payee=Payee("F")),
    "delivered": doc(delivery=DELIVERED),
    "delivered nowhere": doc(delivery=Delivery(address=Address())),
    "wrong IBAN": means(account="DE89370400440532013001"),
    "account elsewhere": means(code="42", account="12345"),
    "direct debit": means(DEBIT, creditor="DE98ZZZ09999999999"),
    "card": means(PaymentMeans("48", card_number="1234", card_holder="x")),
    "two accounts": means(BANK, replace(BANK, account="NL91ABNA0417164300")),
    "gross price": line(gross_price=D(120), price_discount=D(20)),
    "line's period": line(period=Period(date(2026, 3, 2), None)),
    "allowance by code": allowance(reason="", reason_code="95"),
    "attachment": doc(attachments=(Attachment("1", uri="https://a.example/b"),)),
    "zero rate": category("Z", "0"),
    "exempt": EXEMPT,
    "exempt by code": category("E", "0", "", "VATEX-EU-132"),
    "exempt by a code of another category": category("E", "0", "", "VATEX-EU-AE"),
    "reverse charge": REVERSE,
    "reverse charge under a tax number": then(REVERSE, seller(vat_number="")),
    "within the EU": then(INTRA_EU, buyer(vat_number="BE0428759497")),
    "within the EU, to Northern Ireland": then(INTRA_EU, buyer(vat_number="XI110305878")),
    "within the EU, in a period": category(
        "K", "0", "x", delivery=Delivery(address=BE), period=Period(date(2026, 3, 1))
    ),
    "export": category("G", "0", "x"),
    "outside VAT": OUTSIDE,
    "Canary Islands": category("L", "7"),
    "Ceuta": category("M", "0"),
    "paid": totals(prepaid_amount=D(119), payable_amount=D(0)),
    "paid too much": totals(prepaid_amount=D(120), payable_amount=D(-1)),
}
"""Allowed by us, so the official rules must allow it too."""
