"""The example invoices of EN 16931, taken through the whole house: imported, credited in full, valid.

They are not part of this repository: EINVOICE_EXAMPLES names the folder that has `examples/…-ubl`, `…-cii`
and `examples/hybrid-pdf` in it.
"""

import os
from pathlib import Path

import pytest

from billing import clock
from billing.documents import files
from billing.einvoice.rules.validation import validate
from billing.errors import BillingError
from billing.events import relay
from billing.events.models import Reaction
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice
from invoices.models import Invoice
from invoices.services import import_file

FOLDER = Path(os.environ.get("EINVOICE_EXAMPLES", "nowhere")) / "examples"
FOLDERS = ("en16931-1.3.16-ubl", "en16931-1.3.16-cii", "hybrid-pdf")
EXAMPLES = {path.name: path for name in FOLDERS for path in sorted(FOLDER.glob(f"{name}/*"))}

CANNOT_BE_IMPORTED = {
    "ubl-tc434-creditnote1.xml": "not_an_invoice",
    "zugferd_2p0_EN16931_Rechnungskorrektur.pdf": "einvoice_invalid",
}
CANNOT_BE_CREDITED = {
    "BIS3_Invoice_negativ.XML": "nothing_left_to_credit",
    "CII-BR-CO-10-RoundingIssue.xml": "nothing_left_to_credit",
}

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="EINVOICE_EXAMPLES names no folder with official examples"
)


def names(*without: dict[str, str]) -> list[str]:
    left_out = {name for table in without for name in table}
    return [name for name in EXAMPLES if name not in left_out]


def imported(platform, name: str) -> Invoice:
    content = EXAMPLES[name].read_bytes()
    return import_file(platform=platform, content=content, actor="test", at=clock.now())


def credited(platform, invoice: Invoice) -> CreditNote:
    note = credit_invoice(
        platform=platform, invoice_id=invoice.pk, finalize=True, actor="test", at=clock.now()
    )
    while todo := list(Reaction.objects.pending()):
        for work in todo:
            relay.react(reaction_id=work.pk, at=clock.now())
    return CreditNote.objects.get(pk=note.pk)


@pytest.mark.parametrize("name", names(CANNOT_BE_IMPORTED, CANNOT_BE_CREDITED))
def test_its_credit_note_equals_it_and_is_valid(platform, name):
    invoice = imported(platform, name)

    note = credited(platform, invoice)

    said, corrected = note.snapshot, invoice.snapshot
    assert said.totals.total == corrected.totals.total
    assert said.totals.net_total == corrected.totals.net_total
    assert said.taxes == corrected.taxes
    assert said.lines == corrected.lines
    assert (said.seller, said.buyer) == (corrected.seller, corrected.buyer)
    assert [(reference.number, reference.date) for reference in said.references] == [
        (corrected.number, corrected.date)
    ]
    assert note.amount_allocated == corrected.totals.payable_amount
    report = validate(files.read(files.get(document=note, kind="xml")))
    assert report.is_valid, report.findings


@pytest.mark.parametrize(("name", "code"), CANNOT_BE_IMPORTED.items())
def test_what_is_no_invoice_is_not_imported(platform, name, code):
    with pytest.raises(BillingError) as refusal:
        imported(platform, name)

    assert refusal.value.code == code
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(("name", "code"), CANNOT_BE_CREDITED.items())
def test_what_claims_nothing_is_imported_and_not_credited(platform, name, code):
    invoice = imported(platform, name)

    with pytest.raises(BillingError) as refusal:
        credited(platform, invoice)

    assert refusal.value.code == code
    assert CreditNote.objects.count() == 0
