"""Cash discounts in the payment terms: written so that a computer reads them, and read back as they were."""

import pytest
from lxml import etree

from billing.einvoice import gate
from billing.einvoice.cash_discount import is_readable
from billing.einvoice.cii import reader as cii_reader
from billing.einvoice.cii import writer as cii_writer
from billing.einvoice.cursor import Reading
from billing.einvoice.profiles import XRECHNUNG, XRECHNUNG_CII
from billing.einvoice.ubl import reader as ubl_reader
from billing.einvoice.ubl import writer as ubl_writer
from billing.einvoice.untrusted import parse
from tests.unit.einvoice.documents import an_invoice, as_credit_note

TWO_PERCENT = "#SKONTO#TAGE=14#PROZENT=2.00#"
OF_A_PART = "#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=-100.00#"
SYNTAXES = {
    XRECHNUNG: (ubl_writer, ubl_reader, "{*}PaymentTerms/{*}Note"),
    XRECHNUNG_CII: (cii_writer, cii_reader, ".//{*}SpecifiedTradePaymentTerms/{*}Description"),
}


@pytest.mark.parametrize("profile", SYNTAXES)
@pytest.mark.parametrize(
    ("terms", "written"),
    [
        (TWO_PERCENT, f"{TWO_PERCENT}\n"),
        (f"{TWO_PERCENT}\n", f"{TWO_PERCENT}\n"),
        (f"30 Tage netto\n{OF_A_PART}\n{TWO_PERCENT} ", f"30 Tage netto\n{OF_A_PART}\n{TWO_PERCENT}\n"),
        (f"{TWO_PERCENT}\n30 Tage netto\n", f"{TWO_PERCENT}\n30 Tage netto"),
        ("30 Tage netto", "30 Tage netto"),
    ],
)
def test_a_line_break_ends_a_cash_discount_be_it_the_last_line(profile, terms, written):
    writer, reader, path = SYNTAXES[profile]
    invoice = an_invoice(profile=profile, payment_terms=terms)

    xml = writer.serialize(invoice)

    assert etree.fromstring(xml).findtext(path) == written
    assert reader.document_of(Reading(parse(xml)))[0].payment_terms == terms.strip()


@pytest.mark.parametrize("profile", SYNTAXES)
def test_an_xrechnung_may_end_its_terms_with_a_cash_discount(profile):
    invoice = an_invoice(profile=profile, payment_terms=f"30 Tage netto\n{TWO_PERCENT}")

    assert gate.check(invoice).fatal == ()
    assert gate.check(as_credit_note(invoice)).fatal == ()


@pytest.mark.parametrize(
    ("terms", "readable"),
    [
        ("", True),
        ("30 Tage netto, Zimmer #4", True),
        (TWO_PERCENT, True),
        (f" {TWO_PERCENT} \r\n{OF_A_PART}\r\nsonst netto", True),
        ("#SKONTO#TAGE=14#PROZENT=2#", False),
        ("#SKONTO#TAGE=14#PROZENT=2.00", False),
        ("#Rabatt", False),
        (f"{TWO_PERCENT} sonst netto", False),
        (f"{TWO_PERCENT}\nKonto #4 oder #5", False),  # taken for a discount without an end
        ("#SKONTO#TAGE=١٤#PROZENT=2.00#", False),
    ],
)
def test_what_is_marked_as_a_cash_discount_is_one(terms, readable):
    assert is_readable(terms) == readable
