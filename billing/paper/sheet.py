"""What stands on the paper, as plain strings: a Document becomes a Sheet, and the templates print that.

What a reader of the paper must find is decided here (Articles 226 and 226b of the VAT Directive); how it
looks is decided in templates/documents/.
"""

from dataclasses import dataclass

from billing.documents.snapshot import Document
from billing.paper.formats import Formats, formats_of
from billing.paper.parties import Block, address_lines, contact_lines, party_block
from billing.paper.payment import payment_facts
from billing.paper.rows import Row, row_of
from billing.paper.sums import TaxRow, sums_after_total, sums_before_total, tax_remarks, tax_rows
from billing.paper.words import Words, words_of

Fact = tuple[str, str]
"""A label and its value."""


@dataclass(frozen=True)
class Sheet:
    """A whole paper in the words and numbers of its language. What is absent is "" or empty."""

    language: str
    words: Words
    title: str
    currency: str
    seller: Block
    contact: list[str]
    buyer: Block
    delivery: list[str]
    facts: list[Fact]
    references: str
    reason: str
    rows: list[Row]
    tax_rows: list[TaxRow]
    tax_remarks: list[str]
    sums: list[Fact]
    total: Fact
    sums_after: list[Fact]
    payment: list[Fact]
    representative: Block | None
    notes: list[str]
    legal_info: str


def sheet_of(document: Document) -> Sheet:
    """Return a document as it is printed, in its own language."""
    formats = formats_of(document.language, document.currency)
    words = formats.words
    return Sheet(
        language=str(formats.locale).replace("_", "-"),
        words=words,
        title=title_of(document),
        currency=document.currency,
        seller=party_block(document.seller, formats),
        contact=contact_lines(document.seller.contact),
        buyer=party_block(document.buyer, formats),
        delivery=_delivery(document, formats),
        facts=_facts(document, formats),
        references=references_sentence(document),
        reason=document.reason,
        rows=[row_of(line, formats) for line in document.lines],
        tax_rows=tax_rows(document, formats),
        tax_remarks=tax_remarks(document, formats),
        sums=sums_before_total(document, formats),
        total=(getattr(words.labels, f"total_{document.kind}"), formats.money(document.totals.total)),
        sums_after=sums_after_total(document, formats),
        payment=payment_facts(document, formats),
        representative=_representative(document, formats),
        notes=_notes(document),
        legal_info=document.seller.legal_info,
    )


def title_of(document: Document) -> str:
    """Return what the paper is called: `Credit note CR-2026-000001`."""
    return f"{words_of(document.language).title[document.kind]} {document.number}".rstrip()


def subject_of(document: Document) -> str:
    """Return what the paper is about, in a sentence: the invoices it corrects, or whom it is for."""
    return references_sentence(document) or document.buyer.name


def references_sentence(document: Document) -> str:
    """Say which documents this one corrects, takes back, or merely refers to, by number and date."""
    if not document.references:
        return ""
    sentences = words_of(document.language).sentences
    if document.references[0].kind == "credit_note":
        return sentences.reverses.format(references=references_list(document))
    verb = "corrects" if document.kind == "credit_note" else "refers"
    pattern = getattr(sentences, verb if len(document.references) == 1 else f"{verb}_many")
    return pattern.format(references=references_list(document))


def references_list(document: Document) -> str:
    """Return the numbers and dates of the invoices referred to, as a sentence lists them."""
    formats = formats_of(document.language, document.currency)
    pattern = formats.words.sentences.reference
    return formats.listing(
        [
            pattern.format(number=reference.number, date=formats.day(reference.date))
            if reference.date
            else reference.number
            for reference in document.references
        ]
    )


def _facts(document: Document, formats: Formats) -> list[Fact]:
    labels = formats.words.labels
    due = document.due_date if document.kind == "invoice" else None
    delivered = document.delivery.date if document.delivery else None
    days = [
        (labels.date, document.date),
        (labels.due_date, due),
        (labels.delivery_date, delivered),
        (labels.tax_point, document.tax_point_date),
    ]
    facts = [(label, formats.day(day) if day else "") for label, day in days]
    facts.append((labels.period, formats.period(document.period) if document.period else ""))
    facts += [
        (labels.buyer_reference, document.buyer_reference),
        (labels.purchase_order, document.purchase_order_reference),
        (labels.sales_order, document.sales_order_reference),
        (labels.contract, document.contract_reference),
        (labels.project, document.project_reference),
        (labels.despatch_advice, document.despatch_advice_reference),
        (labels.receiving_advice, document.receiving_advice_reference),
        (labels.tender, document.tender_reference),
        (labels.object, document.object_id.id if document.object_id else ""),
        (labels.accounting, document.accounting_reference),
    ]
    return [(label, value) for label, value in facts if value]


def _delivery(document: Document, formats: Formats) -> list[str]:
    delivery = document.delivery
    if delivery is None:
        return []
    lines = [delivery.name, delivery.location.id if delivery.location else ""]
    lines += address_lines(delivery.address, formats) if delivery.address else []
    return [line for line in lines if line]


def _representative(document: Document, formats: Formats) -> Block | None:
    who = document.tax_representative
    if who is None:
        return None
    facts = [(formats.words.labels.vat_number, who.vat_number)] if who.vat_number else []
    return Block(name=who.name, lines=address_lines(who.address, formats), facts=facts)


def _notes(document: Document) -> list[str]:
    """The remarks; the reason is no remark, it stands beside the references."""
    return [note.text for note in document.notes if note.text != document.reason]
