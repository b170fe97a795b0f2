"""Take over an invoice that was issued elsewhere, with its own number, as a FINAL invoice."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError

from billing.documents import files
from billing.documents.columns import require_room
from billing.documents.files import SOURCE
from billing.documents.snapshot import Document
from billing.documents.templates import freeze_look
from billing.documents.wanted import NumberInUse
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.of_paper import ATTACHMENT
from billing.einvoice.reading import ReadInvoice, read
from billing.errors import Invalid
from billing.events import names
from billing.events.record import record
from billing.ids import new_id
from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer, Platform
from billing.transactions import entrance, step
from invoices.models import Invoice, Payment

from .draft import create_draft, require_room_for
from .parties import buyer_columns, buyer_of, match, seller_columns, seller_of
from .pay import add_payment
from .summary import summary_of

SOURCE_PDF = "source_pdf"
"""The PDF around the XML that an invoice was imported from, if there was one, as it came."""

PREPAID = "Paid before the invoice was issued"


class KeptFile(NamedTuple):
    """A file that came with an invoice."""

    kind: str
    name: str
    content: bytes
    content_type: str


def import_file(*, platform: Platform, content: bytes, actor: str, at: datetime) -> Invoice:
    """Read an invoice in UBL, CII or a hybrid PDF, check it by the official rules, and take it over.

    :raises BillingError: it cannot be read, breaks a rule, or its number is taken; nothing is stored.
    """
    found = read(content)
    return import_document(
        platform=platform,
        document=found.document,
        kept=files_of(found, content),
        ignored=found.ignored,
        actor=actor,
        at=at,
    )


def files_of(found: ReadInvoice, content: bytes) -> list[KeptFile]:
    """Return the files to keep: what came, the XML inside if that was a PDF, and what the XML carries."""
    kept = [KeptFile(SOURCE, "invoice.xml", found.xml, "application/xml")]
    if found.xml is not content:
        kept.append(KeptFile(SOURCE_PDF, "invoice.pdf", content, "application/pdf"))
    attachments = found.document.attachments
    for position, key in enumerate(attachment_keys(attachments)):
        attached, attachment = found.attachments.get(key), attachments[position]
        if attached is not None:
            name = f"{position + 1}-{files.safe_name(attachment.filename or attachment.id)}"
            kept.append(KeptFile(ATTACHMENT, name, attached, attachment.mime_type))
    return kept


def import_document(
    *,
    platform: Platform,
    document: Document,
    actor: str,
    at: datetime,
    kept: Sequence[KeptFile] = (),
    ignored: Sequence[str] = (),
) -> Invoice:
    """Store an invoice given as a valid Document, and the files that came with it.

    `ignored` names what the file said beyond EN 16931; the event keeps it, so that nothing is dropped unsaid.

    :raises NumberInUse: the seller already has an invoice with this number.
    :raises ValueTooLarge: it says something that no column can hold.
    """
    refuse_unreadable_number(document)
    refuse_what_has_no_room(document)
    refuse_known_number(platform, document)
    invoice_id = new_id("inv")
    keys = [
        files.upload(
            platform=platform,
            owner=invoice_id,
            name=file.name,
            content=file.content,
            content_type=file.content_type,
        )
        for file in kept
    ]
    try:
        return take_over(
            platform=platform,
            invoice_id=invoice_id,
            document=document,
            kept=list(zip(kept, keys, strict=True)),
            ignored=ignored,
            actor=actor,
            at=at,
        )
    except IntegrityError as error:
        if "invoice_number_once" in str(error):
            raise number_taken(document) from error
        raise


def refuse_unreadable_number(document: Document) -> None:
    """Refuse a number that nobody can see, or not as it is: the official rules take any characters."""
    if not document.number.strip():
        raise Invalid("The invoice has no number but blanks.", field="number")
    unprintable = next((letter for letter in document.number if not letter.isprintable()), None)
    if unprintable:
        raise Invalid(
            "The invoice's number has a character that cannot be printed on one line "
            f"(U+{ord(unprintable):04X}).",
            field="number",
        )


def refuse_what_has_no_room(document: Document) -> None:
    """Refuse a document before anything is stored: EN 16931 knows no longest text, and our columns do."""
    require_room_for(document)
    require_room(BillingEntity, seller_columns(document), field="seller")
    require_room(Customer, buyer_columns(document), field="buyer")


def refuse_known_number(platform: Platform, document: Document) -> None:
    seller = match(BillingEntity.objects.for_platform(platform), document.seller)
    if seller and Invoice.objects.filter(billing_entity=seller, number=document.number).exists():
        raise number_taken(document)


def number_taken(document: Document) -> NumberInUse:
    return NumberInUse(
        f"{document.seller.name} already has an invoice {document.number}.",
        field="number",
        number=document.number,
    )


@entrance
def take_over(
    *,
    platform: Platform,
    invoice_id: str,
    document: Document,
    kept: Iterable[tuple[KeptFile, str]],
    ignored: Sequence[str],
    actor: str,
    at: datetime,
) -> Invoice:
    """Store the invoice, its parts, its files and what was paid before it was issued, in one transaction."""
    invoice = create_draft(
        invoice_id=invoice_id,
        billing_entity=seller_of(document, platform=platform, actor=actor, at=at),
        customer_id=buyer_of(document, platform=platform, actor=actor, at=at).pk,
        document=document,
        at=at,
    )
    freeze_look(invoice)
    invoice.finalize(document, at=at)
    invoice.save()
    for file, key in kept:
        files.keep(
            document=invoice,
            kind=file.kind,
            key=key,
            content=file.content,
            content_type=file.content_type,
            at=at,
        )
    data = {
        "object": summary_of(invoice),
        "previous": {},
        "ignored": list(ignored),
    }
    record(names.INVOICE_IMPORTED, platform=platform, about=invoice, actor=actor, at=at, data=data)
    count_prepaid(invoice, document, actor=actor, at=at)
    return invoice


@step
def count_prepaid(invoice: Invoice, document: Document, *, actor: str, at: datetime) -> None:
    """Count what the paper says was paid before it was issued, up to its total, as a payment."""
    amount = min(document.totals.prepaid_amount, invoice.total)
    if amount > ZERO:
        add_payment(
            invoice,
            amount=amount,
            date=document.date,
            method=Payment.Method.OTHER,
            reference=PREPAID,
            status=Payment.Status.SUCCEEDED,
            actor=actor,
            at=at,
        )
