import pytest

from billing.einvoice.reading import read
from billing.einvoice.rules import validation
from billing_desk.demo.people import CUSTOMERS, SELLER
from billing_desk.embedded import once
from billing_desk.embedded.home import CannotRun


def test_the_invoice_it_imports_is_valid_and_belongs_to_the_demo():
    # when
    xml = once.fresh_invoice()
    document = read(xml).document

    # then
    assert validation.validate(xml).findings == ()
    assert document.seller.vat_number == SELLER["vat_number"]
    assert document.buyer.vat_number == CUSTOMERS["tulp"]["vat_number"]
    assert document.buyer.contact.email == CUSTOMERS["tulp"]["email"]


def test_each_invoice_it_imports_has_a_number_of_its_own():
    numbers = {read(once.fresh_invoice()).document.number for _ in range(3)}

    assert len(numbers) == 3


@pytest.mark.parametrize(
    ("status", "creditable", "notes", "is_creditable"),
    [
        ("FINAL", "0.01", [], True),
        ("FINAL", "0.00", [], False),
        ("DRAFT", "10.00", [], False),
        ("FINAL", "10.00", [{"status": "FINAL"}], True),
        ("FINAL", "10.00", [{"status": "DRAFT"}], False),
    ],
)
def test_it_credits_only_what_can_be_credited(status, creditable, notes, is_creditable):
    invoice = {"status": status, "creditable": creditable, "linked_credit_notes": notes}

    assert once.is_creditable(invoice) is is_creditable


@pytest.mark.parametrize(
    ("pdf", "xml", "complaint"),
    [
        (b"<html>", b"<CreditNote><ID>CR-1</ID></CreditNote>", "begins with b'<html>'"),
        (b"%PDF-1.7", b"<CreditNote>", "is not well-formed"),
        (b"%PDF-1.7", b"<CreditNote><ID>CR-2</ID></CreditNote>", "bears the number CR-2"),
    ],
)
def test_papers_that_are_none_are_refused(pdf, xml, complaint):
    with pytest.raises(CannotRun, match=complaint):
        once.check_papers("CR-1", pdf, xml)
