"""The invoice that takes a note's amounts back, as a value."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import Document, Note, PaymentMeans, Reference
from billing.einvoice.ubl.writer import serialize
from billing.paper.sheet import sheet_of
from credit_notes.reversal import reversal
from tests.unit.paper.papers import BANK, a_document, a_rich_document

NOTE = a_rich_document(number="CR-2026-000007")
ORIGINAL = a_document(
    kind="invoice",
    date=date(2026, 11, 3),
    due_date=date(2026, 12, 3),
    payment_terms="30 days net",
    payment_means=(BANK,),
)
DAY = date(2026, 12, 1)


def reversed_(note: Document = NOTE, original: Document | None = ORIGINAL, **fields: object) -> Document:
    wish = {"number": "INV-2026-000018", "on": DAY, "reason": "Credited to the wrong customer"}
    return reversal(note, original, **wish | fields)


def test_it_is_an_invoice_that_says_what_the_note_says():
    invoice = reversed_()

    assert (invoice.kind, invoice.type_code, invoice.number) == ("invoice", "380", "INV-2026-000018")
    assert (invoice.date, invoice.reason) == (DAY, "Credited to the wrong customer")
    for name in ("lines", "allowances_charges", "taxes", "totals", "seller", "buyer", "delivery", "period"):
        assert getattr(invoice, name) == getattr(NOTE, name), name
    assert invoice.totals.payable_amount == Decimal("3066.65")


def test_it_names_the_note_on_the_paper_and_in_the_e_invoice():
    invoice = reversed_()

    assert invoice.references == (Reference("CR-2026-000007", NOTE.date, kind="credit_note"),)
    sheet = sheet_of(invoice)
    assert sheet.title == "Invoice INV-2026-000018"
    assert sheet.references == "This invoice reverses credit note CR-2026-000007 of 21 November 2026."
    assert sheet.reason == "Credited to the wrong customer"
    xml = serialize(invoice).decode()
    assert "<cbc:ID>CR-2026-000007</cbc:ID>" in xml
    assert "<cbc:Note>Credited to the wrong customer</cbc:Note>" in xml


def test_the_paper_names_the_note_in_the_customers_language():
    invoice = reversed_(replace(NOTE, language="de"))

    assert sheet_of(invoice).references == (
        "Diese Rechnung hebt die Rechnungskorrektur CR-2026-000007 vom 21. November 2026 auf."
    )


def test_it_asks_for_payment_as_the_original_did_but_not_under_its_reference():
    invoice = reversed_()

    assert invoice.payment_terms == "30 days net"
    assert invoice.due_date == date(2026, 12, 31)
    assert invoice.payment_means == (replace(BANK, remittance=""),)


def test_without_terms_it_is_due_on_its_own_date():
    assert reversed_(original=replace(ORIGINAL, payment_terms="")).due_date == DAY
    early = replace(ORIGINAL, due_date=date(2026, 10, 1))
    assert reversed_(original=early).due_date == DAY


def test_without_an_original_it_asks_for_a_transfer_to_the_sellers_account():
    account = PaymentMeans(code="30", account="NL91ABNA0417164300")

    invoice = reversed_(original=None, payment_means=(account,))

    assert (invoice.payment_means, invoice.payment_terms, invoice.due_date) == ((account,), "", DAY)


def test_what_belonged_to_the_note_alone_is_left_out():
    note = replace(NOTE, notes=(Note("Please keep both papers together."),))

    invoice = reversed_(note)

    assert (invoice.notes, invoice.attachments) == ((), ())


def test_a_self_billed_note_is_reversed_by_a_self_billed_invoice():
    assert reversed_(replace(NOTE, type_code="261")).type_code == "389"
