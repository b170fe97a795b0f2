"""The invoice inside a PDF: found by its name; a PDF that is hostile, broken or empty is refused by name."""

import random
import time
from contextlib import suppress

import pytest

from billing.einvoice import embedded
from billing.einvoice.cii.writer import serialize
from billing.einvoice.hybrid import invoice_in, is_pdf
from billing.einvoice.reading import MAX_BYTES, read
from billing.einvoice.refusals import (
    EInvoiceTooLarge,
    EInvoiceUnreadable,
    NotAnInvoice,
    PdfEncrypted,
    PdfUnreadable,
    PdfWithoutInvoice,
    PdfWithSeveralInvoices,
)
from billing.einvoice.ubl import writer as ubl
from tests import hybrids
from tests.unit.einvoice.documents import an_invoice

XML = serialize(an_invoice())


# what is inside


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "FACTUR-X.XML"]
)
def test_the_invoice_is_found_by_its_name(name):
    found = read(hybrids.a_hybrid(XML, name))

    assert found.document == an_invoice()
    assert found.xml == XML
    assert found.ignored == ()


def test_an_xrechnung_in_ubl_may_be_inside_too():
    xml = ubl.serialize(an_invoice())

    assert read(hybrids.a_hybrid(xml, "xrechnung.xml")).document == an_invoice()


def test_a_file_that_is_only_called_associated_is_found():
    assert invoice_in(hybrids.an_associated(XML)) == (XML, ())


def test_other_files_inside_are_told():
    pdf = hybrids.a_pdf(("hours.csv", b"1;2"), ("factur-x.xml", XML), ("../../etc/a\x1b[31m.txt", b"x"))

    assert read(pdf).ignored == ("PDF/hours.csv", "PDF/a_31m.txt")


def test_the_same_invoice_under_two_names_is_one():
    assert invoice_in(hybrids.a_pdf(("factur-x.xml", XML), ("zugferd-invoice.xml", XML))) == (XML, ())


def test_a_pdf_is_told_by_its_bytes():
    late = b"\n\n" + hybrids.a_hybrid(XML)

    assert is_pdf(late)
    assert invoice_in(late) == (XML, ())
    assert not is_pdf(b"<!-- %PDF-1.7 -->" + XML)
    assert not is_pdf("<!-- %PDF-1.7 -->".encode("utf-16"))


# what is not


def test_two_different_invoices_inside_are_refused():
    with pytest.raises(PdfWithSeveralInvoices) as refusal:
        read(hybrids.a_pdf(("factur-x.xml", XML), ("xrechnung.xml", ubl.serialize(an_invoice()))))

    assert (refusal.value.code, refusal.value.status) == ("pdf_with_several_invoices", 400)
    assert refusal.value.facts == {"count": 2}


def test_a_pdf_without_an_invoice_is_refused_with_what_it_holds():
    with pytest.raises(PdfWithoutInvoice) as refusal:
        read(hybrids.a_pdf(("invoice.xml", XML), ("hours.csv", b"x")))

    assert (refusal.value.code, refusal.value.status) == ("pdf_without_invoice", 400)
    assert refusal.value.facts == {"files": ["invoice.xml", "hours.csv"]}
    assert "What it holds: invoice.xml, hours.csv." in refusal.value.detail


def test_a_paper_is_refused():
    with pytest.raises(PdfWithoutInvoice) as refusal:
        read(hybrids.a_pdf())

    assert refusal.value.detail == (
        "There is no e-invoice inside the PDF: it is paper only. "
        "Ask for a Factur-X or ZUGFeRD PDF, or for XML."
    )


def test_an_order_is_refused_by_its_name():
    with pytest.raises(NotAnInvoice, match=r"The PDF holds an order \(Order-X\), not an invoice"):
        read(hybrids.a_pdf(("order-x.xml", b"<x/>")))


def test_what_is_inside_is_read_as_carefully_as_a_file():
    with pytest.raises(EInvoiceUnreadable, match="The file is empty"):
        read(hybrids.a_hybrid(b""))
    with pytest.raises(NotAnInvoice, match="a CII credit note"):
        read(hybrids.a_hybrid(XML.replace(b">380<", b">381<")))
    with pytest.raises(EInvoiceUnreadable, match="a PDF, not XML"):
        read(hybrids.a_hybrid(hybrids.a_hybrid(XML)))


# hostile and broken


@pytest.mark.parametrize("user", ["", "open sesame"])
def test_an_encrypted_pdf_is_refused_even_if_everybody_can_open_it(user):
    with pytest.raises(PdfEncrypted) as refusal:
        read(hybrids.encrypted(hybrids.a_hybrid(XML), user=user))

    assert (refusal.value.code, refusal.value.status) == ("pdf_encrypted", 400)


@pytest.mark.parametrize(("megabytes", "times"), [(21, 1), (100, 1), (100, 3)])
def test_a_bomb_is_not_inflated(megabytes, times):
    bomb = hybrids.a_bomb(megabytes, times=times)

    with pytest.raises(EInvoiceTooLarge) as refusal:
        read(bomb)

    assert len(bomb) < 110_000
    assert refusal.value.detail == "Something in the PDF has more than 20 MB when it is inflated."


def test_as_much_as_a_file_may_have_may_be_inside():
    xml, others = invoice_in(hybrids.a_bomb(20))

    assert (len(xml), others) == (MAX_BYTES, ())


def test_a_large_pdf_is_refused_before_it_is_opened():
    with pytest.raises(EInvoiceTooLarge) as refusal:
        read(b"%PDF-1.7" + b" " * MAX_BYTES)

    assert refusal.value.detail == "The file has more than 20 MB, the most that is read."


@pytest.mark.parametrize(
    "pdf",
    [
        b"%PDF-1.7 ...",
        b"%PDF-1.7\n" + b"[" * 1_000_000,
        hybrids.with_an_inflated_table(300),
        hybrids.a_hybrid(XML)[:400],
    ],
    ids=["nothing", "deep", "table", "cut"],
)
def test_a_broken_pdf_is_refused(pdf):
    with pytest.raises(PdfUnreadable) as refusal:
        read(pdf)

    assert (refusal.value.code, refusal.value.status) == ("pdf_unreadable", 400)
    assert refusal.value.detail == "The PDF is broken: it cannot be opened."


@pytest.mark.parametrize(
    "tree",
    [
        "<</Kids[2 0 R]>>",
        f"<</Kids[{'2 0 R ' * 100_000}]>>",
        "2 0 R",
        "[" * 1_000_000,
        f"<</Kids{'[' * 400}{']' * 400}>>",
        "<</Names[(a)]>>",
        "<</Names[(a) null (b) 5 (c)<</EF 5>>(d)<</EF<</F 7>>>>(e)<</EF<</F 2 0 R>>>>]>>",
    ],
    ids=["bites its tail", "a hundred thousand times", "is itself", "deep", "nested", "odd", "untyped"],
)
def test_a_tree_of_names_that_is_none_holds_nothing(tree):
    with pytest.raises(PdfWithoutInvoice):
        read(hybrids.with_names(tree))


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("billing.einvoice.hybrid.SECONDS", 0.5)
    slow = b"%PDF-1.7\n" + b"".join(
        b"%d 0 obj\n<</Length 9>>\nstream\nx\n" % number for number in range(300_000)
    )

    started = time.monotonic()
    with pytest.raises(PdfUnreadable) as refusal:
        read(slow)

    assert refusal.value.detail == "The PDF takes too long or too much memory to read."
    assert time.monotonic() - started < embedded.SECONDS


def test_whatever_is_changed_in_a_pdf_it_is_read_or_refused():
    good, chance = hybrids.a_hybrid(XML), random.Random(5)

    for _ in range(20):
        spoilt = bytearray(good)
        for _ in range(chance.randrange(1, 40)):
            spoilt[chance.randrange(8, len(good))] = chance.randrange(256)
        with suppress(PdfUnreadable, PdfWithoutInvoice, PdfEncrypted, EInvoiceTooLarge):
            assert invoice_in(bytes(spoilt))[0]


def test_many_large_invoices_are_not_taken_out_one_by_one():
    pdf = hybrids.a_pdf(*[("factur-x.xml", bytes([65 + number]) * 11_000_000) for number in range(2)])

    with pytest.raises(EInvoiceTooLarge):
        read(pdf)
