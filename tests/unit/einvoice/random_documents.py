"""Documents at random that an honest seller could issue: any categories, currencies, allowances, splits."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    Delivery,
    Document,
    Identifier,
    Note,
    Party,
    PaymentMeans,
    Period,
    TaxGroup,
)
from billing.einvoice.choice import with_profile
from billing.einvoice.profiles import EN16931, FACTUR_X, PEPPOL, XRECHNUNG, XRECHNUNG_CII
from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.correction import Heading, correction
from credit_notes.portion import Portion
from credit_notes.selecting import portion_of
from credit_notes.selection import Selection
from tests.unit.einvoice.documents import BANK, BUYER, SELLER
from tests.unit.splits import Kind, a_line, a_selection, an_item, put_together, source_of

CURRENCIES = ("EUR", "EUR", "EUR", "HUF", "USD", "SEK", "JPY")
S = (("S", Decimal(20)), ("S", Decimal(9)), ("S", Decimal("5.5")), ("S", Decimal("2.1")))
E, Z = ("E", ZERO), ("Z", ZERO)
MIXES: tuple[Sequence[tuple[str, Decimal | None]], ...] = (
    S,
    (*S, E),
    (*S, Z),
    (*S, E, Z),
    (E,),
    (Z,),
    (("AE", ZERO),),
    (("AE", ZERO), *S),
    (("K", ZERO),),
    (("G", ZERO),),
    (("O", None),),
    (("L", Decimal(7)), ("L", Decimal(3))),
    (("M", Decimal(10)), ("M", Decimal(4))),
)
"""Categories that may stand together."""

REASONS = {
    "E": ("Medical services, Article 132", "VATEX-EU-132-1C"),
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-Community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}
PROFILES = (PEPPOL, XRECHNUNG, XRECHNUNG_CII, EN16931, FACTUR_X)
GERMAN = Address("Hauptstraße 1", "", "", "Berlin", "10115", "", "DE")
MOST_NOTES = 3


def papers(random: Random) -> Iterator[Document]:
    """An invoice, and credit notes that share some or all of it out."""
    kind = Kind(random.choice(CURRENCIES), *[random.random() < 0.3 for _ in Kind._fields[1:]])
    kind = kind._replace(has_negatives=False)
    invoice = an_invoice(random, kind, random.choice(MIXES))
    yield invoice
    notes: list[Portion] = []
    for number in range(random.randint(1, MOST_NOTES)):
        left = invoice.totals.total - sum((note.totals.total for note in notes), ZERO)
        if left <= 0:
            break
        portion = a_portion(random, invoice, notes, left)
        if portion is None:
            continue
        notes.append(portion)
        heading = Heading(
            number=f"CR-{number}",
            on=date(2026, 2, 1),
            reason=random.choice(["", "Damaged & returned <soon>"]),
            language="en",
            logo="",
            profile=invoice.profile,
        )
        note = correction([(invoice, portion)], heading)
        wanted = "" if invoice.profile == PEPPOL else invoice.profile
        yield with_profile(note, wanted=wanted, usual=PEPPOL)


def a_portion(random: Random, invoice: Document, notes: Sequence[Portion], left: Decimal) -> Portion | None:
    """What a note takes in any way that is possible, by chance."""
    source = source_of(invoice, notes)
    try:
        wish = Selection() if random.random() < 0.3 else a_selection(random, source, left)
        portion = portion_of(source, wish)
    except BillingError:
        return None
    return portion if ZERO <= portion.totals.total <= left else None


def an_invoice(random: Random, kind: Kind, groups: Sequence[tuple[str, Decimal | None]]) -> Document:
    while True:
        lines = [a_line(random, kind, random.choice(groups), place) for place in range(random.randint(1, 6))]
        met = [(line.tax_category, line.tax_rate) for line in lines]
        items = [an_item(random, kind, random.choice(met)) for _ in range(random.randint(1, 2))]
        document = put_together(random, kind, lines, items if kind.has_allowances else [])
        if document.totals.total > 0 and all(tax.base >= 0 for tax in document.taxes):
            return dressed(random, document)


def dressed(random: Random, document: Document) -> Document:
    """The document with the parties, references and reasons that its categories and its profile need."""
    category = document.lines[0].tax_category
    seller, buyer = parties(random, category)
    goes_abroad = category in ("K", "G")
    dressed = replace(
        document,
        number=f"INV-{random.randint(1, 99_999)}",
        due_date=random.choice([None, date(2026, 1, 31)]),
        payment_terms="" if random.random() < 0.5 else "30 days net",
        taxes=tuple(with_reason(tax) for tax in document.taxes),
        seller=seller,
        buyer=buyer,
        buyer_reference="04011000-12345-34",
        purchase_order_reference=random.choice(["", "PO 7"]),
        notes=random.choice([(), (Note("Thank you"),)]),
        payment_means=(BANK,) if random.random() < 0.8 else (PaymentMeans(code="30", account="DE02"),),
        period=random.choice([None, Period(start=date(2026, 1, 1), end=date(2026, 1, 31))]),
        delivery=Delivery(date=date(2026, 1, 1), address=buyer.address)
        if goes_abroad or random.random() < 0.3
        else None,
    )
    profile = random.choice(PROFILES)
    if profile == PEPPOL:  # yen that no quantity times price comes to are for plain EN 16931
        return with_profile(dressed, wanted="", usual=PEPPOL)
    return replace(dressed, profile=profile)


def with_reason(tax: TaxGroup) -> TaxGroup:
    reason, code = REASONS.get(tax.category, ("", ""))
    return replace(tax, exemption_reason=reason, exemption_code=code)


def parties(random: Random, category: str) -> tuple[Party, Party]:
    """A seller and a buyer of whom no rule of the category asks for more."""
    buyer = BUYER
    if category == "G":
        buyer = replace(BUYER, vat_number="", address=replace(BUYER.address, country="CH"))
    elif category not in ("K", "AE") and random.random() < 0.3:
        buyer = replace(BUYER, vat_number="DE136695976", address=GERMAN, legal_id=Identifier("HRB 7"))
    if category == "O":
        return (
            replace(SELLER, vat_number="", tax_number="", ids=(Identifier("4000001123452", "0088"),)),
            replace(buyer, vat_number=""),
        )
    return SELLER, buyer
