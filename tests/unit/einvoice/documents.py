"""Documents made by hand: one for each VAT category and for each corner of EN 16931.

Amounts are added up here, by sums of their own, so that a test can say what is sold and nothing else.
"""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - amounts are many

from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Attachment,
    Attribute,
    Classification,
    Contact,
    Delivery,
    Document,
    Identifier,
    Line,
    Note,
    Party,
    Payee,
    PaymentMeans,
    Period,
    Reference,
    TaxGroup,
    TaxRepresentative,
    Totals,
)

ZERO = D(0)

SELLER = Party(
    name="Nordwind Software GmbH",
    trading_name="Nordwind",
    ids=(Identifier("4000001123452", "0088"),),
    legal_id=Identifier("HRB 12345"),
    vat_number="DE136695976",
    tax_number="27/123/45678",
    legal_info="Amtsgericht Hamburg, Geschäftsführerin Ada Łukasz",
    endpoint=Identifier("4000001123452", "0088"),
    address=Address("Kai 7", "Speicher 3", "2. Boden", "Hamburg", "20457", "HH", "DE"),
    contact=Contact("Jonas Weiß", "+49 40 123456", "rechnung@nordwind.example"),
)
BUYER = Party(
    name="Bakkerij De Molen BV",
    trading_name="De Molen",
    ids=(Identifier("7300010000001", "0088"),),
    legal_id=Identifier("0428759497", "0208"),
    vat_number="BE0428759497",
    endpoint=Identifier("0428759497", "0208"),
    address=Address("Molenstraat 1", "Bus 2", "Achterhuis", "Gent", "9000", "Oost-Vlaanderen", "BE"),
    contact=Contact("Ine Peeters", "+32 9 123 45 67", "ine@demolen.example"),
)
BANK = PaymentMeans(
    code="58",
    text="SEPA credit transfer",
    remittance="INV-2026-0007",
    account="DE89370400440532013000",
    account_name="Nordwind Software GmbH",
    bic="COBADEFFXXX",
)


def a_line(
    number: int = 1, *, category: str = "S", rate: str | None = "19", net: str = "100.00", **fields
) -> Line:
    """A line of one piece at its net amount, or whatever the fields say."""
    fields.setdefault("quantity", D(1))
    fields.setdefault("unit", "C62")
    fields.setdefault("unit_price", D(net))
    return Line(
        id=str(number),
        name=fields.pop("name", f"Service {number}"),
        net_amount=D(net),
        tax_category=category,
        tax_rate=None if rate is None else D(rate),
        **fields,
    )


def added_up(document: Document, *, reasons: dict[str, tuple[str, str]] | None = None, **totals) -> Document:
    """The document with VAT groups and totals computed from its lines, allowances and charges.

    `reasons` has the exemption reason and code by category; `totals` replaces single sums.
    """
    bases: dict[tuple[str, D | None], D] = {}
    for line in document.lines:
        key = (line.tax_category, line.tax_rate)
        bases[key] = bases.get(key, ZERO) + line.net_amount
    for each in document.allowances_charges:
        key = (each.tax_category, each.tax_rate)
        bases[key] = bases.get(key, ZERO) + (each.amount if each.is_charge else -each.amount)
    groups = tuple(
        TaxGroup(
            category,
            rate,
            base,
            (base * (rate or 0) / 100).quantize(D("0.01")),
            *(reasons or {}).get(category, ()),
        )
        for (category, rate), base in bases.items()
    )
    lines = sum((line.net_amount for line in document.lines), ZERO)
    allowances = sum((each.amount for each in document.allowances_charges if not each.is_charge), ZERO)
    charges = sum((each.amount for each in document.allowances_charges if each.is_charge), ZERO)
    tax = sum((group.amount for group in groups), ZERO)
    gross = lines - allowances + charges + tax
    prepaid, rounding = totals.get("prepaid_amount", ZERO), totals.get("rounding_amount", ZERO)
    sums = {
        "line_total": lines,
        "allowance_total": allowances,
        "charge_total": charges,
        "net_total": lines - allowances + charges,
        "tax_total": tax,
        "tax_inclusive_total": gross,
        "payable_amount": gross - prepaid + rounding,
    }
    return replace(document, taxes=groups, totals=Totals(**{**sums, **totals}))


def an_invoice(*lines: Line, reasons: dict[str, tuple[str, str]] | None = None, **fields) -> Document:
    """A Peppol invoice from Hamburg to Gent over the lines."""
    totals = fields.pop("totals", {})
    blank = Totals(
        line_total=ZERO,
        allowance_total=ZERO,
        charge_total=ZERO,
        net_total=ZERO,
        tax_total=ZERO,
        tax_inclusive_total=ZERO,
        payable_amount=ZERO,
    )
    given = {
        "kind": "invoice",
        "type_code": "380",
        "profile": "peppol-bis-3",
        "number": "INV-2026-0007",
        "date": date(2026, 3, 14),
        "due_date": date(2026, 4, 13),
        "currency": "EUR",
        "buyer_reference": "Ine",
        "seller": SELLER,
        "buyer": BUYER,
        "payment_means": (BANK,),
        "totals": blank,
        "lines": lines or (a_line(),),
    }
    return added_up(Document(**{**given, **fields}), reasons=reasons, **totals)


def as_credit_note(invoice: Document, **fields) -> Document:
    """The credit note over the whole of an invoice."""
    totals = replace(invoice.totals, prepaid_amount=ZERO, payable_amount=invoice.totals.total)
    given = {
        "kind": "credit_note",
        "type_code": "381",
        "number": "CR-2026-000001",
        "date": date(2026, 3, 20),
        "reason": "Ordered twice",
        "references": (Reference(invoice.number, invoice.date),),
        "totals": totals,
    }
    return replace(invoice, **{**given, **fields})


def outside_vat() -> Document:
    """Category O: nobody has a VAT number, and there is no rate."""
    return an_invoice(
        a_line(category="O", rate=None),
        reasons={"O": ("Not subject to VAT", "VATEX-EU-O")},
        seller=replace(SELLER, vat_number="", tax_number=""),
        buyer=replace(BUYER, vat_number=""),
    )


def intra_community() -> Document:
    """Category K: goods from Hamburg to Gent."""
    where = Delivery(date=date(2026, 3, 10), address=Address(city="Gent", postal_code="9000", country="BE"))
    return an_invoice(
        a_line(category="K", rate="0"),
        reasons={"K": ("Intra-Community supply", "VATEX-EU-IC")},
        delivery=where,
    )


def everything() -> Document:
    """A document in which no field of EN 16931 is empty."""
    line = a_line(
        1,
        name="Licence",
        net="1234.50",
        description="Two users\nfor a month",
        note="As agreed",
        object_id=Identifier("SN-1", "ABZ"),
        quantity=D("100"),
        unit="HUR",
        order_line="10",
        accounting_reference="4711",
        period=Period(date(2026, 2, 1), date(2026, 2, 28)),
        allowances_charges=(
            AllowanceCharge(False, D("10.00"), D("1000.00"), D("1"), "Loyalty", "100"),
            AllowanceCharge(True, D("9.50"), None, None, "Express", "ADE"),
        ),
        unit_price=D("24.7"),
        price_discount=D("0.3"),
        gross_price=D("25"),
        base_quantity=D("2"),
        base_quantity_unit="HUR",
        seller_item_id="L-2",
        buyer_item_id="B-2",
        standard_item_id=Identifier("04012345678901", "0160"),
        classifications=(Classification("43232304", "TST", "26.0801"), Classification("72000000", "STI")),
        origin_country="DE",
        attributes=(Attribute("Edition", "Pro"), Attribute("Users", "2")),
    )
    line = replace(line, net_amount=D("1234.50"))
    return an_invoice(
        line,
        a_line(2, net="-34.50", quantity=D("-1"), unit_price=D("34.50")),
        tax_point_date=date(2026, 2, 28),
        accounting_currency="SEK",
        notes=(Note("Thank you\nfor your order", "AAI"),),
        project_reference="P-9",
        contract_reference="C-9",
        purchase_order_reference="PO-9",
        sales_order_reference="SO-9",
        receiving_advice_reference="RA-9",
        despatch_advice_reference="DA-9",
        tender_reference="T-9",
        object_id=Identifier("METER-1", "ABZ"),
        accounting_reference="8400",
        payment_terms="30 days net",
        references=(Reference("INV-2026-0001", date(2026, 1, 31)), Reference("INV-2026-0002")),
        payee=Payee("Nordwind Factoring AG", Identifier("F-1"), Identifier("HRB 999")),
        tax_representative=TaxRepresentative(
            "Fiskal BV", "BE0428759497", Address("Rue 1", "B", "C", "Brussel", "1000", "BR", "BE")
        ),
        delivery=Delivery(
            "Bakery",
            Identifier("7300010000001", "0088"),
            date(2026, 2, 27),
            Address("Dok 1", "a", "b", "Gent", "9000", "OV", "BE"),
        ),
        period=Period(date(2026, 2, 1), date(2026, 2, 28)),
        creditor_id="DE98ZZZ09999999999",
        allowances_charges=(
            AllowanceCharge(False, D("12.00"), D("1200.00"), D("1"), "Discount", "95", "S", D("19")),
            AllowanceCharge(True, D("8.00"), None, None, "Freight", "FC", "S", D("19")),
        ),
        attachments=(
            Attachment("timesheet", "Hours worked", "", "hours.csv", "text/csv"),
            Attachment("terms", "General terms", "https://nordwind.example/terms", "", ""),
        ),
        totals={
            "accounting_tax_total": D("2555.12"),
            "prepaid_amount": D("100.00"),
            "rounding_amount": D("0.01"),
        },
    )


FILES = {"timesheet": b"day;hours\n1;8\n"}
"""The bytes of the attachments in `everything`."""


def direct_debit() -> Document:
    """Paid by SEPA direct debit: a mandate, a creditor and a debited account."""
    means = PaymentMeans("59", remittance="INV-7", mandate="M-1", debited_account="BE68539007547034")
    return an_invoice(payment_means=(means,), creditor_id="DE98ZZZ09999999999")


def in_accounting_currency() -> Document:
    """In kroner, with the VAT total in euros as well."""
    return an_invoice(
        a_line(net="1000.00", rate="25"),
        currency="SEK",
        accounting_currency="EUR",
        totals={"accounting_tax_total": D("22.31")},
    )


def with_allowances() -> Document:
    """Allowances and charges on the document and on a line, over two rates."""
    on_line = (
        AllowanceCharge(False, D("5.00"), D("50.00"), D("10"), "Volume", "100"),
        AllowanceCharge(True, D("2.50"), None, None, "Packing", "PC"),
    )
    return an_invoice(
        a_line(1, net="47.50", unit_price=D("50.00"), allowances_charges=on_line),
        a_line(2, net="200.00", rate="7"),
        allowances_charges=(
            AllowanceCharge(False, D("4.75"), D("47.50"), D("10"), "Autumn", "", "S", D("19")),
            AllowanceCharge(True, D("12.00"), None, None, "Freight", "FC", "S", D("7")),
        ),
    )


def with_prices() -> Document:
    """Prices finer than a cent, for more than one piece, before and after a discount."""
    return an_invoice(
        a_line(
            1,
            net="12.35",
            quantity=D("1000"),
            unit_price=D("1.2345"),
            base_quantity=D("100"),
            base_quantity_unit="C62",
        ),
        a_line(
            2, net="27.00", quantity=D("3"), unit_price=D("9"), gross_price=D("10"), price_discount=D("1")
        ),
        a_line(3, net="0.00", unit_price=D("0")),
    )


def in_yen() -> Document:
    """In a currency without decimals, for a buyer in Japan."""
    buyer = replace(BUYER, vat_number="", legal_id=None, address=Address(city="Osaka", country="JP"))
    return an_invoice(
        a_line(net="15000", category="G", rate="0"),
        reasons={"G": ("Export outside the EU", "VATEX-EU-G")},
        currency="JPY",
        buyer=buyer,
    )


def within_germany() -> Document:
    """Between two Germans: several notes, and a Leitweg-ID."""
    buyer = replace(
        BUYER,
        vat_number="DE129273398",
        address=Address("Weg 1", city="Berlin", postal_code="10115", country="DE"),
    )
    return an_invoice(
        notes=(Note("Danke"), Note("Bitte", "REG")), buyer=buyer, buyer_reference="04011000-12345-34"
    )


INVOICES = {
    "standard": an_invoice,
    "several rates": lambda: an_invoice(a_line(1), a_line(2, rate="7"), a_line(3, rate="19", net="0.99")),
    "zero rated": lambda: an_invoice(a_line(category="Z", rate="0")),
    "exempt": lambda: an_invoice(
        a_line(1, category="E", rate="0"), a_line(2), reasons={"E": ("Exempt: teaching", "VATEX-EU-132-1I")}
    ),
    "reverse charge": lambda: an_invoice(
        a_line(category="AE", rate="0"), reasons={"AE": ("Reverse charge", "VATEX-EU-AE")}
    ),
    "intra-Community": intra_community,
    "export": in_yen,
    "outside VAT": outside_vat,
    "Canary Islands": lambda: an_invoice(a_line(category="L", rate="7")),
    "Ceuta": lambda: an_invoice(a_line(category="M", rate="4")),
    "allowances and charges": with_allowances,
    "prices": with_prices,
    "accounting currency": in_accounting_currency,
    "rounding": lambda: an_invoice(a_line(net="100.02"), totals={"rounding_amount": D("0.03")}),
    "prepaid": lambda: an_invoice(totals={"prepaid_amount": D("119.00")}),
    "negative line": lambda: an_invoice(a_line(1), a_line(2, net="-15.00", quantity=D(-3), unit_price=D(5))),
    "direct debit": direct_debit,
    "card": lambda: an_invoice(
        payment_means=(PaymentMeans("48", card_number="1234", card_holder="I. Peeters"),)
    ),
    "two accounts": lambda: an_invoice(
        payment_means=(BANK, replace(BANK, account="NL91ABNA0417164300", bic="", account_name=""))
    ),
    "tax point code": lambda: an_invoice(tax_point_code="432"),
    "within Germany": within_germany,
    "everything": everything,
}
"""Invoices by name; each is valid, and so is the credit note over it."""
