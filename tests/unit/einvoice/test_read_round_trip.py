"""Imported, exported in either syntax and imported again, nothing is lost; two readers of others agree."""

from typing import Any

import pytest
from facturx import parse_ubl_cii_xml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.cii import reader as cii_reader
from billing.einvoice.cii import writer as cii
from billing.einvoice.cursor import Reading
from billing.einvoice.profiles import EN16931, FACTUR_X, PEPPOL
from billing.einvoice.reading import read
from billing.einvoice.remarks import written_notes
from billing.einvoice.ubl import reader as ubl_reader
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.untrusted import parse
from tests import hybrids
from tests.unit.einvoice.documents import FILES, INVOICES
from tests.unit.einvoice.random_documents import papers

WRITERS = {"ubl": (ubl.serialize, EN16931), "cii": (cii.serialize, FACTUR_X)}


def carried(document: Document) -> Document:
    """A document without its profile, which is chosen anew with each reading."""
    return replace(document, profile=EN16931)


def parsed(xml: bytes) -> dict[str, Any]:
    """What the reader of the package `factur-x` finds, by BT and BG number."""
    found: dict[str, Any] = parse_ubl_cii_xml(xml, check_xsd=False)
    return found


def files_of(name: str) -> dict[str, bytes]:
    return FILES if name == "everything" else {}


@pytest.mark.parametrize("first", WRITERS)
@pytest.mark.parametrize("second", WRITERS)
@pytest.mark.parametrize("name", INVOICES)
def test_import_export_import_loses_nothing(name, first, second):
    write, profile = WRITERS[first]
    imported = read(write(replace(INVOICES[name](), profile=profile), files=files_of(name)))
    write_again, other = WRITERS[second]

    again = read(write_again(replace(imported.document, profile=other), files=imported.attachments))

    assert carried(again.document) == carried(imported.document) == carried(INVOICES[name]())
    assert again.attachments == imported.attachments == files_of(name)
    assert (imported.ignored, again.ignored) == ((), ())


@pytest.mark.parametrize("name", INVOICES)
def test_the_invoice_inside_a_pdf_survives_as_well(name):
    xml = cii.serialize(replace(INVOICES[name](), profile=FACTUR_X), files=files_of(name))

    found = read(hybrids.a_hybrid(xml))

    assert carried(found.document) == carried(INVOICES[name]())
    assert found.xml == xml


@pytest.mark.parametrize("syntax", WRITERS)
@pytest.mark.parametrize("name", INVOICES)
def test_an_independent_reader_finds_the_same_before_and_after(name, syntax):
    write, profile = WRITERS[syntax]
    before = write(replace(INVOICES[name](), profile=profile), files=files_of(name))
    found = read(before)

    after = write(replace(found.document, profile=profile), files=found.attachments)

    assert parsed(after) == parsed(before)
    assert after == before


@pytest.mark.parametrize("name", INVOICES)
def test_a_reader_of_peppol_finds_the_same_after_a_journey_through_cii(name):
    mockeinvoice = pytest.importorskip("mockeinvoice")
    before = ubl.serialize(replace(INVOICES[name](), profile=PEPPOL), files=files_of(name))
    through = read(cii.serialize(replace(read(before).document, profile=FACTUR_X), files=files_of(name)))

    after = ubl.serialize(replace(through.document, profile=PEPPOL), files=through.attachments)

    (was, _, _), (now, _, _) = mockeinvoice.read(before), mockeinvoice.read(after)
    assert now.text("BT-1") == "INV-2026-0007"
    assert now == was


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_invoice_and_its_credit_notes_survive_both_syntaxes(random):
    for paper in papers(random):
        for reader, (write, profile) in zip((ubl_reader, cii_reader), WRITERS.values(), strict=True):
            reading = Reading(parse(write(replace(paper, profile=profile))))

            document, _ = reader.document_of(reading)

            assert carried(document) == said(paper)
            assert (reading.ignored(), reading.problems) == ((), [])


def said(paper: Document) -> Document:
    """A document as an e-invoice says it: the reason leads its notes, no language, no prices with VAT."""
    lines = tuple(replace(line, tax_inclusive_price=None) for line in paper.lines)
    return replace(carried(paper), notes=written_notes(paper), reason="", language="en", lines=lines)
