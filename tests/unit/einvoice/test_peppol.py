"""What Peppol asks beyond EN 16931: each gap by its rule, with the field that closes it."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Attachment,
    Identifier,
    Note,
    PaymentMeans,
    Period,
)
from billing.einvoice.check_digits import looks_right
from billing.einvoice.preflight import check
from billing.einvoice.preflight.peppol import peppol_gaps
from tests.unit.einvoice.documents import BUYER, INVOICES, SELLER, a_line, an_invoice, as_credit_note

D = Decimal


def gaps(document) -> list[tuple[str, str]]:
    return [(each.id.removeprefix("PEPPOL-EN16931-"), each.field) for each in peppol_gaps(document)]


def of_seller(country: str, **fields):
    """An invoice of a seller in a country, which has all that Peppol asks of every seller."""
    address = Address("Way 1", city="X", postal_code="1", country=country)
    given = {"vat_number": "", "legal_id": None, "tax_number": "", "address": address}
    return an_invoice(seller=replace(SELLER, **{**given, **fields}))


@pytest.mark.parametrize("name", INVOICES)
def test_good_documents_have_no_gaps(name):
    assert gaps(INVOICES[name]()) == []
    assert gaps(as_credit_note(INVOICES[name]())) == []


def test_gaps_block_a_peppol_document_and_no_other():
    plain = an_invoice(profile="en16931", buyer_reference="")

    assert [finding.id for finding in check(plain)] == []
    assert [finding.id for finding in check(replace(plain, profile="peppol-bis-3"))] == [
        "PEPPOL-EN16931-R003"
    ]


def test_both_parties_need_an_address_that_peppol_can_deliver_to():
    nowhere = an_invoice(
        seller=replace(SELLER, endpoint=None),
        buyer=replace(BUYER, endpoint=Identifier("ine@demolen.example", "EM")),
    )

    assert gaps(nowhere) == [("CL008", "buyer.endpoint.scheme"), ("R020", "seller.endpoint")]


@pytest.mark.parametrize("field", ["buyer_reference", "purchase_order_reference", "sales_order_reference"])
def test_a_reference_of_the_buyer_or_an_order_is_enough(field):
    invoice = an_invoice(buyer_reference="")

    assert gaps(invoice) == [("R003", "buyer_reference")]
    assert gaps(replace(invoice, **{field: "X"})) == []


def test_one_note_is_enough_but_for_germans():
    two = (Note("One"), Note("Two"))

    assert gaps(an_invoice(notes=two)) == [("R002", "notes")]
    assert gaps(replace(INVOICES["within Germany"](), notes=two)) == []


def test_the_reason_of_a_credit_note_needs_no_second_note():
    assert gaps(as_credit_note(an_invoice(notes=(Note("One"),)))) == []


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (an_invoice(type_code="389"), "P0100"),
        (an_invoice(type_code="384"), "P0112"),
        (as_credit_note(an_invoice(), type_code="261"), "P0101"),
    ],
)
def test_peppol_has_fewer_types(document, rule):
    assert gaps(document) == [(rule, "type_code")]


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [
        ("0088", "7300010000001", "7300010000002"),
        ("0208", "0428759497", "0428759498"),
        ("0007", "5567334379", "5567334378"),
        ("0192", "974760673", "974760674"),
        ("0151", "51824753556", "51824753557"),
        ("0184", "DK12345678", "DK1234567"),
        ("0096", "1234567890", "123456789"),
        ("0198", "DK12345678", "12345678"),
        ("9925", "anything", None),
    ],
)
def test_identifiers_are_looked_at_by_their_scheme(scheme, good, bad):
    assert looks_right(good, scheme)
    assert bad is None or not looks_right(bad, scheme)
    assert not looks_right("", "0088")


def test_a_wrong_check_digit_is_found_wherever_the_identifier_stands():
    wrong = Identifier("7300010000002", "0088")
    buyer = replace(BUYER, ids=(wrong,), legal_id=wrong, endpoint=wrong)

    assert gaps(an_invoice(buyer=buyer)) == [
        ("PEPPOL-COMMON-R040", "buyer.endpoint.id"),
        ("PEPPOL-COMMON-R040", "buyer.legal_id.id"),
        ("PEPPOL-COMMON-R040", "buyer.ids.0.id"),
    ]


def test_the_vat_total_in_the_accounting_currency_has_the_same_sign():
    invoice = INVOICES["accounting currency"]()
    other = replace(invoice.totals, accounting_tax_total=D("-22.31"))

    assert gaps(replace(invoice, totals=other)) == [("R055", "totals.accounting_tax_total")]
    assert gaps(replace(invoice, accounting_currency="SEK")) == [("R005", "accounting_currency")]


@pytest.mark.parametrize(
    ("base", "percent", "amount", "expected"),
    [
        (D(50), D(10), D("5.00"), []),
        (D(50), D(10), D("5.02"), []),
        (D(50), D(10), D("5.03"), [("R040", "allowances_charges.0.amount")]),
        (None, D(10), D("5.00"), [("R041", "allowances_charges.0.base_amount")]),
        (D(50), None, D("5.00"), [("R042", "allowances_charges.0.percent")]),
    ],
)
def test_an_allowance_is_its_percentage_of_its_base(base, percent, amount, expected):
    each = AllowanceCharge(False, amount, base, percent, "Discount", "95", "S", D(19))

    assert gaps(an_invoice(allowances_charges=(each,))) == expected


def test_allowances_and_charges_have_reason_codes_of_their_own():
    allowance = AllowanceCharge(False, D(1), None, None, "Freight", "FC", "S", D(19))
    charge = AllowanceCharge(True, D(1), None, None, "Discount", "95", "S", D(19))

    assert gaps(an_invoice(allowances_charges=(allowance, charge))) == [
        ("CL002", "allowances_charges.0.reason_code"),
        ("CL003", "allowances_charges.1.reason_code"),
    ]


def test_an_exemption_code_belongs_to_one_category():
    invoice = an_invoice(a_line(category="E", rate="0"), reasons={"E": ("", "VATEX-EU-AE")})

    assert gaps(invoice) == [("P0107", "taxes.0.exemption_code")]


def test_a_direct_debit_needs_its_mandate():
    invoice = an_invoice(payment_means=(PaymentMeans("49", account="1"),))

    assert gaps(invoice) == [("R061", "payment_means.0.mandate")]


def test_attachments_are_of_a_few_kinds():
    invoice = an_invoice(attachments=(Attachment("1", filename="a.txt", mime_type="text/plain"),))

    assert gaps(invoice) == [("CL001", "attachments.0.mime_type")]


@pytest.mark.parametrize(("net", "is_gap"), [("100.02", False), ("100.03", True), ("99.97", True)])
def test_a_line_is_its_quantity_times_its_price_within_two_cents(net, is_gap):
    line = a_line(net=net, unit_price=D(100))

    assert gaps(an_invoice(line)) == [("R120", "lines.0.net_amount")] * is_gap


def test_the_price_of_a_line_is_for_a_positive_quantity_in_its_own_unit():
    none = a_line(1, base_quantity=D(0), base_quantity_unit="C62")
    other = a_line(2, base_quantity=D(1), base_quantity_unit="HUR")

    assert gaps(an_invoice(none, other)) == [
        ("R121", "lines.0.base_quantity"),
        ("R130", "lines.1.base_quantity_unit"),
    ]


def test_a_price_is_the_gross_price_less_its_discount():
    line = a_line(gross_price=D(120), price_discount=D(10))

    assert gaps(an_invoice(line)) == [("R046", "lines.0.unit_price")]


def test_the_period_of_a_line_lies_within_the_documents():
    line = a_line(period=Period(date(2026, 1, 31), date(2026, 3, 1)))
    invoice = an_invoice(line, period=Period(date(2026, 2, 1), date(2026, 2, 28)))

    assert gaps(invoice) == [("R110", "lines.0.period.start"), ("R111", "lines.0.period.end")]


# by country


def test_within_germany_more_is_asked():
    buyer = replace(INVOICES["within Germany"]().buyer, address=Address(country="DE"))
    invoice = an_invoice(
        buyer=buyer,
        seller=replace(SELLER, contact=None),
        payment_means=(),
        buyer_reference="",
        purchase_order_reference="1",
    )

    assert gaps(invoice) == [
        ("DE-R-001", "payment_means"),
        ("DE-R-015", "buyer_reference"),
        ("DE-R-002", "seller.contact"),
        ("DE-R-008", "buyer.address.city"),
        ("DE-R-009", "buyer.address.postal_code"),
    ]


def test_within_germany_a_cash_discount_has_its_form():
    invoice = INVOICES["within Germany"]()

    good = replace(invoice, payment_terms="30 days net or\n#SKONTO#TAGE=14#PROZENT=2.00#")
    bad = replace(invoice, payment_terms="#SKONTO#TAGE=14#PROZENT=2#\nor 30 days net")

    assert gaps(good) == []
    assert gaps(bad) == [("DE-R-018", "payment_terms")]


def test_a_dutch_credit_note_names_its_invoice_and_its_seller_has_a_kvk_number():
    invoice = of_seller("NL", legal_id=Identifier("12345678"))

    assert gaps(as_credit_note(invoice, references=())) == [
        ("NL-R-001", "references"),
        ("NL-R-003", "seller.legal_id.scheme"),
    ]
    assert gaps(of_seller("NL", legal_id=Identifier("12345678", "0106"))) == []


def test_a_dutch_invoice_says_how_to_pay_and_a_credit_note_need_not():
    invoice = replace(of_seller("NL"), payment_means=())

    assert gaps(invoice) == [("NL-R-007", "payment_means")]
    assert gaps(as_credit_note(invoice)) == []


def test_a_danish_seller_has_a_cvr_number():
    assert gaps(of_seller("DK")) == [("DK-R-002", "seller.legal_id")]
    assert gaps(of_seller("DK", legal_id=Identifier("1"))) == [("DK-R-014", "seller.legal_id.scheme")]
    assert gaps(of_seller("DK", legal_id=Identifier("12345678", "0184"))) == []


def test_a_norwegian_vat_number_ends_in_mva():
    assert gaps(of_seller("NO", vat_number="NO974760673MVA")) == []
    assert gaps(of_seller("NO", vat_number="NO974760673")) == [("NO-R-001", "seller.vat_number")]


def test_swedish_numbers_and_rates():
    seller = of_seller("SE", vat_number="SE55673343790", legal_id=Identifier("5567334378"))

    assert gaps(seller) == [
        ("SE-R-001", "seller.vat_number"),
        ("SE-R-013", "seller.legal_id.id"),
        ("SE-R-006", "taxes.0.rate"),
    ]


def test_an_italian_seller_has_a_whole_address():
    invoice = of_seller("IT", address=Address(country="IT"), tax_number="abc")

    assert [rule for rule, _ in gaps(invoice)] == ["IT-R-001", "IT-R-002", "IT-R-003", "IT-R-004"]


def test_an_icelandic_seller_has_a_kennitala():
    assert gaps(of_seller("IS")) == [("IS-R-002", "seller.legal_id")]
    assert gaps(of_seller("IS", legal_id=Identifier("4801694759", "0196"))) == []


def test_greek_sellers_are_told_that_their_rules_are_not_supported():
    assert gaps(of_seller("GR", vat_number="EL094259216")) == [("GR-R-001-1", "profile")]
