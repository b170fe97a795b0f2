"""The official examples of EN 16931, where they are at hand.

They are not part of this repository. Put a checkout of ConnectingEurope/eInvoicing-EN16931, version
validation-1.3.16, into this shape and name the folder in EINVOICE_EXAMPLES:

    examples/en16931-1.3.16-ubl/*.xml                                    from ubl/examples
"""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Document, Reference
from billing.einvoice import gate
from billing.einvoice.cursor import Reading
from billing.einvoice.reading import read
from billing.einvoice.refusals import NotAnInvoice
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.reader import document_of
from billing.einvoice.ubl.writer import serialize
from billing.einvoice.untrusted import parse

FOLDER = Path(os.environ.get("EINVOICE_EXAMPLES", "/nonexistent"))
EXAMPLES = sorted((FOLDER / "examples" / "en16931-1.3.16-ubl").glob("*.[xX][mM][lL]"))

NO_INVOICE = {"ubl-tc434-creditnote1.xml": "its root is a CreditNote; only invoices are imported"}
NO_CREDIT_NOTE = {
    "BIS3_Invoice_negativ.XML": "its total is negative, and a credit note over it would be a claim"
}
NOT_PEPPOL = {"issue116.xml": "it says Peppol, but its organisation numbers have wrong check digits"}
TOLD_AS_IGNORED = {
    "guide-example2.xml": [
        "cbc:ProfileID"
    ],  # BT-23 "Invoicing on purchase order"; the profile settles it here
    "ubl-tc434-example2.xml": ["cbc:ProfileID"],
    "ubl-tc434-example5.xml": ["cbc:ProfileID"],
    "sample-discount-price.xml": ["cbc:ProfileID"],
    "issue116.xml": ["cbc:CustomizationID", "cbc:ProfileID"],  # no Peppol document, see above
}
"""What one of the examples cannot be, file by file, and why. All others can be everything."""

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="EINVOICE_EXAMPLES names no folder with official examples"
)

invoices = pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if path.name not in NO_INVOICE], ids=lambda path: path.name
)


def credited_in_full(invoice: Document) -> Document:
    totals = replace(invoice.totals, prepaid_amount=Decimal(0), payable_amount=invoice.totals.total)
    return replace(
        invoice,
        kind="credit_note",
        type_code="381",
        number="CR-TEST",
        references=(Reference(invoice.number, invoice.date),),
        totals=totals,
    )


@invoices
def test_an_example_is_read_written_valid_and_read_back_equal(path):
    found = read(path.read_bytes())

    xml = serialize(found.document, files=found.attachments)
    again = read(xml)

    assert validate(xml).findings == ()
    assert again.document == found.document
    assert again.attachments == found.attachments
    assert [each.split("/")[1].split()[0] for each in found.ignored] == TOLD_AS_IGNORED.get(path.name, [])
    assert gate.check(found.document, files=found.attachments).is_valid
    if b"poacc:billing:3.0" in path.read_bytes():
        assert (found.document.profile == "en16931") == (path.name in NOT_PEPPOL)


@invoices
def test_an_example_is_credited_in_full_by_a_valid_credit_note(path):
    found = read(path.read_bytes())
    note = credited_in_full(found.document)

    report = gate.check(note, files=found.attachments)
    if path.name in NO_CREDIT_NOTE:
        assert "BD-NEGATIVE" in [finding.id for finding in report.fatal]
        return
    written, _ = document_of(Reading(parse(serialize(note, files=found.attachments))))

    assert report.is_valid, report.fatal
    assert written == note if note.payment_means else written == replace(note, due_date=None)
    assert (written.taxes, written.seller, written.buyer) == (note.taxes, note.seller, note.buyer)


@pytest.mark.parametrize("name", NO_INVOICE)
def test_an_example_that_is_no_invoice_is_refused_by_name(name):
    path = next(path for path in EXAMPLES if path.name == name)

    with pytest.raises(NotAnInvoice, match="a UBL credit note; only invoices can be imported"):
        read(path.read_bytes())

    assert validate(path.read_bytes()).is_valid
