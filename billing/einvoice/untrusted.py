"""Parsing XML that somebody else wrote: no entities, no DTD, no network, no giants."""

import re

from lxml import etree

from billing.einvoice.profiles import Syntax
from billing.einvoice.refusals import DoctypeForbidden, EInvoiceTooLarge, EInvoiceUnreadable
from billing.einvoice.xml import NAMESPACES

MAX_BYTES = 20 * 1024 * 1024
"""A larger file is refused before it is parsed."""

MAX_TEXT_BYTES = 10_000_000
"""What libxml2 takes as one text; an attachment of more than 7.5 MB is larger in Base64."""

TOO_LONG = re.compile("text node|buffer size limit", re.IGNORECASE)
"""What libxml2 says of a text beyond its limit, in any of its versions."""

HINT = re.compile(r",? (try|use) XML_PARSE_HUGE.*")

SINGLE_BYTE = re.compile("iso[-_]?8859|windows-?125|cp-?125|latin", re.IGNORECASE)
"""Encodings that take any bytes, those of another encoding too."""

OTHER_FORMATS = {b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive"}


def parse(xml: bytes) -> etree._Element:
    """Return the root of the XML; comments and processing instructions are gone, line numbers are kept.

    The encoding is the one that the XML declares, UTF-8 if it declares none.

    :raises EInvoiceTooLarge: more than MAX_BYTES, or one text of more than MAX_TEXT_BYTES.
    :raises EInvoiceUnreadable: not well-formed, with line and column, or not in the encoding it declares.
    :raises DoctypeForbidden: it has a DOCTYPE, whatever is in it.
    """
    if len(xml) > MAX_BYTES:
        raise EInvoiceTooLarge(
            f"The file has more than {MAX_BYTES // 1024**2} MB, the most that is read.",
            limit=MAX_BYTES,
        )
    _refuse_other_formats(xml)
    try:
        root = etree.fromstring(xml, _parser())
    except etree.XMLSyntaxError as fault:
        raise _refusal(xml, fault) from None
    except ValueError as fault:  # bytes that lxml will not take for XML at all
        raise EInvoiceUnreadable(f"The file is not XML: {fault}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeForbidden
    _refuse_mistaken_encoding(xml, root.getroottree().docinfo.encoding or "")
    return root


def syntax_in(xml: bytes) -> Syntax:
    """Return the syntax of an e-invoice that has been read before."""
    return "cii" if parse(xml).tag == f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice" else "ubl"


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_other_formats(xml: bytes) -> None:
    if not xml.strip():
        raise EInvoiceUnreadable("The file is empty.")
    for start, name in OTHER_FORMATS.items():
        if xml.startswith(start):
            raise EInvoiceUnreadable(f"The file is {name}, not XML.")


def _refuse_mistaken_encoding(xml: bytes, encoding: str) -> None:
    """Refuse UTF-8 that calls itself Latin-1 or the like: every name with an umlaut would come out wrong.

    Text that really is in such an encoding and happens to be UTF-8 as well does not occur: `Ã¼` is no word.
    """
    if xml.isascii() or not SINGLE_BYTE.match(encoding):
        return
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise EInvoiceUnreadable(f"The XML says that it is {encoding}, but it is UTF-8. Declare it rightly.")


def _refusal(xml: bytes, fault: etree.XMLSyntaxError) -> Exception:
    if b"<!DOCTYPE" in xml.replace(b"\x00", b"")[:4096]:
        return DoctypeForbidden()
    what = " ".join((fault.msg or "it cannot be parsed").rsplit(", line", 1)[0].split())
    if TOO_LONG.search(what):
        return EInvoiceTooLarge(
            f"One text or attachment in the file has more than {MAX_TEXT_BYTES // 10**6} MB.",
            limit=MAX_TEXT_BYTES,
        )
    line, column = fault.position
    return EInvoiceUnreadable(
        f"The XML is broken at line {line}, column {column}: {HINT.sub('', what)}.", line=line, column=column
    )
