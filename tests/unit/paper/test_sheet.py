"""What stands on the paper, and what must not."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    Contact,
    Identifier,
    Payee,
    Reference,
    TaxGroup,
    TaxRepresentative,
)
from billing.paper.sheet import sheet_of

from .papers import BANK, BUYER, INVOICE, SELLER, a_document, a_line, a_rich_document


def test_a_credit_note_names_the_invoice_it_corrects():
    assert sheet_of(a_document()).references == (
        "This credit note corrects invoice INV-2026-00417 of 3 November 2026."
    )


def test_several_invoices_are_listed_and_a_missing_date_is_left_out():
    others = (INVOICE, Reference("INV-2"), Reference("INV-3", date(2026, 1, 2)))

    sheet = sheet_of(a_document(references=others, language="de"))

    assert sheet.references == (
        "Diese Rechnungskorrektur berichtigt die Rechnungen "
        "INV-2026-00417 vom 3. November 2026, INV-2 und INV-3 vom 2. Januar 2026."
    )


def test_a_credit_note_never_asks_for_payment():
    note = a_document(
        due_date=date(2026, 12, 21),
        payment_terms="30 days net",
        payment_means=(BANK,),
        payee=Payee("Factoring AG"),
        creditor_id="DE98ZZZ09999999999",
    )

    sheet = sheet_of(note)

    assert sheet.payment == []
    assert [label for label, _ in sheet.facts] == ["Date"]
    assert sheet.sums_after == []


def test_an_invoice_says_how_and_by_when_it_is_paid():
    invoice = a_document(
        kind="invoice", due_date=date(2026, 12, 21), payment_terms="30 days net", payment_means=(BANK,)
    )

    sheet = sheet_of(invoice)

    assert sheet.title == "Invoice INV-2026-00417"
    assert ("Due date", "21 December 2026") in sheet.facts
    assert sheet.payment == [
        ("Terms", "30 days net"),
        ("Method", "SEPA credit transfer"),
        ("Account", "DE89 3704 0044 0532 0130 00"),
        ("BIC", "COBADEFFXXX"),
        ("Payment reference", "RF18 5390"),
    ]


def test_a_part_paid_invoice_shows_what_is_left():
    invoice = a_document(kind="invoice")
    paid = replace(invoice.totals, prepaid_amount=Decimal("19.00"), payable_amount=Decimal("100.00"))

    sheet = sheet_of(replace(invoice, totals=paid))

    assert sheet.total == ("Total", "€119.00")
    assert sheet.sums_after == [("Already paid", "-€19.00"), ("Amount due", "€100.00")]


def test_amounts_of_a_credit_note_are_positive_and_a_negative_line_keeps_its_minus():
    sheet = sheet_of(a_rich_document())

    assert sheet.total == ("Total credited", "€3,066.65")
    assert [row.amount for row in sheet.rows] == ["1,200.00", "904.85", "400.00", "187.50", "-50.00"]


def test_a_line_says_period_allowance_and_what_its_price_is_for():
    plan, migration, _, screws, _ = sheet_of(a_rich_document()).rows

    assert plan.quantity == "25 months"
    assert plan.small == ["25 seats", "1–30 Nov 2026"]
    assert migration.small == ["Loyalty 5%\u2002-€10.00"]
    assert screws.per == "per 100 pcs"


def test_sums_lead_from_the_lines_to_the_total():
    sheet = sheet_of(a_rich_document())

    assert sheet.sums == [
        ("Sum of lines", "€2,642.35"),
        ("Volume discount", "-€25.00"),
        ("Total without VAT", "€2,617.35"),
        ("VAT", "€449.30"),
    ]
    assert [(row.label, row.base, row.amount) for row in sheet.tax_rows] == [
        ("19%", "2,217.35", "421.30"),
        ("7%", "400.00", "28.00"),
    ]


def test_a_single_rate_stands_beside_the_vat_total():
    assert ("VAT 19%", "€19.00") in sheet_of(a_document()).sums


def test_rounding_and_vat_in_the_accounting_currency_are_shown():
    note = a_document(currency="CHF", accounting_currency="EUR")
    rounded = replace(note.totals, rounding_amount=Decimal("0.05"), accounting_tax_total=Decimal("20.11"))

    sheet = sheet_of(replace(note, totals=rounded))

    assert ("Rounding", "CHF\u00a00.05") in sheet.sums
    assert sheet.total == ("Total credited", "CHF\u00a0119.05")
    assert sheet.sums_after == [("VAT in EUR", "€20.11")]


def test_reverse_charge_is_said_in_the_language_of_the_paper():
    note = a_document([a_line("Hosting", rate="0", tax_category="AE")])

    assert {
        language: sheet_of(replace(note, language=language)).tax_remarks
        for language in ("en", "de", "fr", "nl", "es", "it", "pl")
    } == {
        "en": ["Reverse charge: VAT is to be accounted for by the customer."],
        "de": ["Steuerschuldnerschaft des Leistungsempfängers."],
        "fr": ["Autoliquidation : TVA due par le preneur."],
        "nl": ["Btw verlegd naar de afnemer."],
        "es": ["Inversión del sujeto pasivo."],
        "it": ["Inversione contabile."],
        "pl": ["Odwrotne obciążenie."],
    }
    assert sheet_of(note).tax_rows[0].label == "Reverse charge (AE)"
    assert sheet_of(note).rows[0].tax == "0% AE"


def test_an_exemption_gives_the_reason_of_the_document():
    note = a_document([a_line("Course", rate="0", tax_category="E")])
    group = TaxGroup("E", Decimal(0), Decimal("100.00"), Decimal("0.00"))

    def remarks(**fields: str) -> list[str]:
        return sheet_of(replace(note, taxes=(replace(group, **fields),))).tax_remarks

    assert remarks(exemption_reason="Article 132(1)(i)") == ["Article 132(1)(i)"]
    assert remarks(exemption_code="VATEX-EU-132-1I") == ["Exempt from VAT. VATEX-EU-132-1I"]
    assert remarks() == ["Exempt from VAT."]


def test_a_belgian_seller_asks_for_the_vat_to_be_repaid_to_the_state():
    belgian = replace(SELLER, address=Address(city="Bruxelles", postal_code="1000", country="BE"))

    assert sheet_of(a_document(seller=belgian, language="fr")).tax_remarks == [
        "TVA à reverser à l’État dans la mesure où elle a été initialement déduite."
    ]
    assert sheet_of(a_document(seller=belgian, kind="invoice")).tax_remarks == []


def test_self_billing_is_named():
    assert sheet_of(a_document(kind="invoice", type_code="389")).tax_remarks == ["Self-billing"]


def test_a_german_correction_is_never_called_gutschrift():
    sheet = sheet_of(a_rich_document(language="de"))

    assert sheet.title == "Rechnungskorrektur CR-2026-000001"
    assert "gutschrift" not in str(sheet).replace(str(sheet.words), "").lower()


def test_parties_show_their_numbers_once():
    buyer = replace(
        BUYER,
        trading_name="Groß",
        legal_id=Identifier("HRB 1", "0204"),
        ids=(Identifier("4000001", "0088"), Identifier("4000001")),
        tax_number="27/123",
    )

    block = sheet_of(a_document(buyer=buyer)).buyer

    assert block.name == "Groß & Söhne Maschinenbau GmbH"
    assert block.lines == ["Groß", "Königstraße 17", "40212 Düsseldorf", "Germany"]
    assert block.facts == [
        ("VAT no.", "DE136695976"),
        ("Tax no.", "27/123"),
        ("Company no.", "HRB 1"),
        ("ID", "4000001"),
    ]


def test_a_british_postal_code_follows_the_city():
    address = Address(
        line1="1 High St", city="Leeds", region="Yorkshire", postal_code="LS1 4DT", country="GB"
    )

    assert sheet_of(a_document(buyer=replace(BUYER, address=address))).buyer.lines == [
        "1 High St",
        "Leeds Yorkshire LS1 4DT",
        "United Kingdom",
    ]


def test_a_tax_representative_and_a_contact_are_shown():
    who = TaxRepresentative("Fiscal BV", "NL123456782B90", Address(city="Amsterdam", country="NL"))

    sheet = sheet_of(
        a_document(tax_representative=who, seller=replace(SELLER, contact=Contact(email="a@b.example")))
    )

    assert sheet.representative is not None
    assert sheet.representative.facts == [("VAT no.", "NL123456782B90")]
    assert sheet.contact == ["a@b.example"]
