"""Hybrid PDFs, read: the one invoice inside a Factur-X, ZUGFeRD or XRechnung PDF."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from billing.einvoice.refusals import (
    EInvoiceTooLarge,
    NotAnInvoice,
    PdfEncrypted,
    PdfUnreadable,
    PdfWithoutInvoice,
    PdfWithSeveralInvoices,
)
from billing.einvoice.untrusted import MAX_BYTES

SECONDS = 15
"""How long we wait for the process that opens a PDF; it gives itself a third of that as processor time."""

HEADER_WITHIN = 1024
"""Readers find the header of a PDF anywhere among its first bytes."""

ORDER = "order-x.xml"
MOST_NAMES = 10


def is_pdf(content: bytes) -> bool:
    """Tell whether a file is a PDF, by its bytes."""
    start = content[:HEADER_WITHIN]
    return b"%PDF-" in start and not start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def invoice_in(pdf: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the XML of the invoice inside a PDF, and the names of the other files in it.

    :raises EInvoiceTooLarge: the PDF has more than MAX_BYTES, or something in it has, inflated.
    :raises PdfEncrypted: it is encrypted.
    :raises PdfUnreadable: it is broken, or takes too long or too much memory to read.
    :raises PdfWithoutInvoice: no file in it is called like an invoice.
    :raises PdfWithSeveralInvoices: two different ones are.
    :raises NotAnInvoice: it holds an order.
    """
    if len(pdf) > MAX_BYTES:
        raise EInvoiceTooLarge(
            f"The file has more than {MAX_BYTES // 1024**2} MB, the most that is read.", limit=MAX_BYTES
        )
    header, contents = _opened_elsewhere(pdf)
    if header.get("refusal"):
        raise _refusal(header["refusal"])
    invoices, others = [], []
    for file in header["files"]:
        if file["size"] is None:
            others.append(file["name"])
            continue
        content, contents = contents[: file["size"]], contents[file["size"] :]
        if content not in invoices:
            invoices.append(content)
    if len(invoices) > 1:
        raise PdfWithSeveralInvoices(
            f"There are {len(invoices)} different e-invoices inside the PDF; import the right one as XML.",
            count=len(invoices),
        )
    if not invoices:
        raise _without_invoice(others)
    return invoices[0], tuple(others)


def _opened_elsewhere(pdf: bytes) -> tuple[dict[str, Any], bytes]:
    """Have a process of its own open the PDF; return its answer, and the bytes of the files it hands over."""
    command = [sys.executable, "-m", "billing.einvoice.embedded"]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command, input=pdf, capture_output=True, timeout=SECONDS, cwd=root, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as fault:
        raise PdfUnreadable("The PDF takes too long or too much memory to read.") from fault
    header, _, contents = done.stdout.partition(b"\n")
    return json.loads(header), contents


def _refusal(why: str) -> Exception:
    if why == "encrypted":
        return PdfEncrypted("The PDF is encrypted. An invoice is never: save it without a password.")
    if why == "too_large":
        return EInvoiceTooLarge(
            f"Something in the PDF has more than {MAX_BYTES // 1024**2} MB when it is inflated.",
            limit=MAX_BYTES,
        )
    return PdfUnreadable("The PDF is broken: it cannot be opened.")


def _without_invoice(others: list[str]) -> Exception:
    if ORDER in map(str.lower, others):
        return NotAnInvoice("The PDF holds an order (Order-X), not an invoice.", found=ORDER)
    inside = f" What it holds: {', '.join(others[:MOST_NAMES])}." if others else ""
    return PdfWithoutInvoice(
        f"There is no e-invoice inside the PDF: it is paper only.{inside} Ask for a Factur-X or ZUGFeRD PDF, "
        "or for XML.",
        files=others[:MOST_NAMES],
    )
