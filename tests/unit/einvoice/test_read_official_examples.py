"""The official examples in CII and as PDFs, where they are at hand: read, written in both syntaxes, read.

They are not part of this repository (see test_official_examples.py). Name their folder in EINVOICE_EXAMPLES:

    examples/en16931-1.3.16-cii/*.xml    from cii/examples of ConnectingEurope/eInvoicing-EN16931
    examples/hybrid-pdf/*.pdf            from ZUGFeRD/corpus
    examples/en16931-1.3.16-ubl/*.xml    as there
"""

import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from facturx import parse_ubl_cii_xml
from lxml import etree
from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.cii import writer as cii
from billing.einvoice.hybrid import invoice_in
from billing.einvoice.profiles import EN16931, FACTUR_X
from billing.einvoice.reading import read
from billing.einvoice.refusals import EInvoiceInvalid, NotAnInvoice
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.untrusted import parse

FOLDER = Path(os.environ.get("EINVOICE_EXAMPLES", "/nonexistent")) / "examples"
OF_UBL = sorted((FOLDER / "en16931-1.3.16-ubl").glob("*.[xX][mM][lL]"))
OF_CII = sorted((FOLDER / "en16931-1.3.16-cii").glob("*.xml"))
HYBRIDS = sorted((FOLDER / "hybrid-pdf").glob("*.pdf"))

NOT_IMPORTED = {
    "zugferd_2p0_EN16931_Rechnungskorrektur.pdf": "XSD",
    "ubl-tc434-creditnote1.xml": "not_an_invoice",
}
"""What is refused, and the rules it breaks.

The first does not say whether a price discount is one (ram:ChargeIndicator); the second is a credit note.
"""

TOLD_AS_IGNORED = {
    "CII-BR-CO-10-RoundingIssue.xml": ["GuidelineSpecifiedDocumentContextParameter"],
    "CII_business_example_02.xml": ["GuidelineSpecifiedDocumentContextParameter"],
    "CII_business_example_Z.xml": ["GuidelineSpecifiedDocumentContextParameter"],
    "CII_business_example_01.xml": ["BasisQuantity", "BasisQuantity"],  # another one than of the net price
    "CII_example2.xml": ["BasisQuantity", "BasisQuantity"],
    "CII_example5.xml": [
        "BasisQuantity",
        "AdditionalReferencedDocument[1]",  # without a type: neither an attachment nor an object nor a tender
        "AdditionalReferencedDocument[2]",
    ],
    "huf_example_cii.xml": ["AdditionalReferencedDocument[1]"],
    "XRechnung-O.xml": [
        "AdditionalReferencedDocument",  # without a type
        "AdditionalReferencedDocument",
        "URIID/@schemeID",  # of no address
    ],
    "zugferd_2p0_EN16931_Gutschrift.pdf": ["ID"],  # a second identifier of the buyer
}
"""What is beyond EN 16931 in an example, or a specification (BT-24) that it does not keep."""

EMPTY = (None, "", [], {})

pytestmark = pytest.mark.skipif(not OF_CII, reason="EINVOICE_EXAMPLES names no folder with official examples")


def named(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.name)


def imported(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.name not in NOT_IMPORTED]


def carried(document: Document) -> Document:
    """A document as both syntaxes carry it: CII has a price discount only beside the gross price."""
    lines = tuple(
        replace(line, gross_price=line.unit_price + line.price_discount)
        if line.price_discount is not None and line.gross_price is None
        else line
        for line in document.lines
    )
    return replace(document, profile=EN16931, lines=lines)


@named(imported([*OF_CII, *HYBRIDS, *OF_UBL]))
def test_an_example_is_read_and_survives_both_syntaxes(path):
    found = read(path.read_bytes())

    through_ubl = read(ubl.serialize(replace(found.document, profile=EN16931), files=found.attachments))
    through_cii = read(cii.serialize(replace(found.document, profile=FACTUR_X), files=found.attachments))

    assert carried(through_ubl.document) == carried(through_cii.document) == carried(found.document)
    assert through_ubl.attachments == through_cii.attachments == found.attachments
    assert through_cii.ignored == ()


@named(imported([*OF_CII, *HYBRIDS]))
def test_what_is_beyond_the_norm_is_told(path):
    found = read(path.read_bytes())

    told = [each.rpartition(":")[2].split()[0] for each in found.ignored]
    assert told == TOLD_AS_IGNORED.get(path.name, [])


@named(imported([*OF_CII, *HYBRIDS]))
def test_an_independent_reader_finds_the_same_in_the_example_and_in_our_export(path):
    found = read(path.read_bytes())
    written = cii.serialize(replace(found.document, profile=FACTUR_X), files=found.attachments)

    assert settled(parsed(written)) == settled(parsed(found.xml))


@pytest.mark.parametrize("name", NOT_IMPORTED)
def test_an_example_that_cannot_be_imported_is_refused_with_its_reason(name):
    path = next(path for path in [*OF_CII, *HYBRIDS, *OF_UBL] if path.name == name)

    with pytest.raises((EInvoiceInvalid, NotAnInvoice)) as refusal:
        read(path.read_bytes())

    broken = {rule["id"] for rule in refusal.value.facts.get("rules", []) if rule["flag"] == "fatal"}
    assert broken == set(NOT_IMPORTED[name].split()) or refusal.value.code == NOT_IMPORTED[name]


@named(imported(OF_CII))
def test_an_example_that_lacks_any_one_element_is_read_or_refused_by_name(path):
    whole = read(path.read_bytes())
    for place in PLACES[path.name]:
        root = parse(path.read_bytes())
        element = list(root.iter())[place]
        element.getparent().remove(element)
        try:
            found = read(etree.tostring(root))
        except EInvoiceInvalid:
            continue
        again = read(ubl.serialize(replace(found.document, profile=EN16931), files=found.attachments))
        assert carried(again.document) == carried(found.document), element.tag
        assert len(found.ignored) <= len(whole.ignored) + 1, element.tag


def places_of_their_own() -> dict[str, list[int]]:
    """Return the positions of elements in each example that stand where none did in those before it."""
    known, places = set(), {}
    for path in imported(OF_CII):
        root = parse(path.read_bytes())
        tree, found = root.getroottree(), {}
        for place, element in enumerate(root.iter()):
            found.setdefault(re.sub(r"\[\d+\]", "", tree.getelementpath(element)), place)
        places[path.name] = [place for name, place in found.items() if name not in known and place]
        known |= found.keys()
    return places


PLACES = places_of_their_own()


def test_the_invoice_inside_the_official_hybrids_is_found():
    assert [invoice_in(path.read_bytes())[1] for path in HYBRIDS] == [(), (), ()]


def parsed(xml: bytes) -> dict[str, Any]:
    """What the reader of the package `factur-x` finds, by BT and BG number, but for BT-23 and BT-24.

    A sum of nothing is none; a text that is said with each means of payment is one; of a buyer's two
    identifiers that with a scheme counts, the other is told as ignored, and so is the scheme of no address. A
    group outside the scope of VAT has no rate, and codes of exemption are in capitals.
    """
    found: dict[str, Any] = parse_ubl_cii_xml(xml, check_xsd=False)
    if isinstance(found.get("BT-82"), list):
        (found["BT-82"],) = set(found["BT-82"])
    if len(found["BG-7"].get("identifiers", {})) > 1:
        found["BG-7"]["identifiers"].pop(None)
    if "einvoicing_addr" not in found["BG-7"]:
        found["BG-7"].pop("einvoicing_addr_schemeid", None)
    for group in found["BG-23"]:
        group["BT-121"] = group.get("BT-121", "").upper()
        if group["BT-118"] == "O":
            group.pop("BT-119", None)
    sums = {
        term for term in ("BT-107", "BT-108", "BT-110", "BT-113", "BT-114") if not float(found.get(term, 0))
    }
    return {term: value for term, value in found.items() if term not in {"BT-23", "BT-24", *sums}}


def settled(value: Any) -> Any:
    """Equal for equal content: numbers as numbers, nothing empty, no blanks around texts."""
    if isinstance(value, dict):
        pairs = {key: settled(inner) for key, inner in value.items()}
        return {key: inner for key, inner in pairs.items() if inner not in EMPTY}
    if isinstance(value, list | tuple):
        return [inner for each in value if (inner := settled(each)) not in EMPTY]
    if isinstance(value, str):
        return number_or_text(value.strip())
    return value if isinstance(value, date | bytes) else number_or_text(str(value))


def number_or_text(text: str) -> Any:
    is_number = text.replace(".", "", 1).lstrip("-").isdecimal() and len(text) < 20
    return Decimal(text) if is_number else text
