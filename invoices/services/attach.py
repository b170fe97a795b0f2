"""Supporting documents of a draft (BG-24): put one to it with its bytes, take one off, read one."""

from datetime import datetime

from billing.documents import files
from billing.documents.snapshot import Attachment
from billing.einvoice.codes import code_list, is_known
from billing.errors import BillingError, Invalid, NotFound
from billing.platforms.models import Platform
from billing.transactions import entrance
from invoices.models import Invoice

from .draft import require_draft
from .update import keep

MOST_BYTES = 5_000_000
"""Of one file: it is in the e-invoice, in Base64, which readers take up to 10 MB of."""

MOST_ATTACHMENTS = 20
MOST_TOGETHER = 10_000_000
LONGEST_NAME = 200
STARTS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
    "application/vnd.oasis.opendocument.spreadsheet": (b"PK\x03\x04",),
}
"""How a file of a type begins; text/csv begins as it likes."""


class AttachmentTooLarge(BillingError):
    code = "attachment_too_large"
    status = 413
    title = "The file is too large to travel in an e-invoice"


class AttachmentNotUsable(Invalid):
    code = "attachment_not_usable"
    title = "An e-invoice cannot carry such a file"


class TooManyAttachments(BillingError):
    code = "too_many_attachments"
    title = "The invoice has as many supporting documents as it may have"


def attach_file(
    *,
    platform: Platform,
    invoice_id: str,
    attachment_id: str,
    filename: str,
    mime_type: str,
    content: bytes,
    description: str = "",
    actor: str,
    at: datetime,
) -> Invoice:
    """Put a file to a draft; one with the same id (BT-122) is replaced.

    :raises AttachmentTooLarge, AttachmentNotUsable, TooManyAttachments: an e-invoice cannot carry it.
    :raises InvoiceNotDraft: a final invoice stays as it is.
    """
    require_usable(attachment_id, filename, mime_type, content)
    require_draft(Invoice.objects.for_platform(platform).find(invoice_id))
    key = files.upload(
        platform=platform,
        owner=invoice_id,
        name=files.safe_name(filename),
        content=content,
        content_type=mime_type,
    )
    attachment = Attachment(
        id=attachment_id,
        description=description,
        filename=filename,
        mime_type=mime_type,
        file=key,
        size=len(content),
    )
    return put(platform=platform, invoice_id=invoice_id, attachment=attachment, actor=actor, at=at)


def require_usable(attachment_id: str, filename: str, mime_type: str, content: bytes) -> None:
    for field, text in (("id", attachment_id), ("filename", filename)):
        if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
            raise AttachmentNotUsable(f"It has 1 to {LONGEST_NAME} printable characters.", field=field)
    if any(sign in filename for sign in '/\\:"<>|?*'):
        raise AttachmentNotUsable("A file name is no path and has none of its signs.", field="filename")
    if not is_known("mime_types", mime_type):
        allowed = sorted(code_list("mime_types"))
        raise AttachmentNotUsable(
            f"A file of type {mime_type} cannot go along: {', '.join(allowed)} can.",
            field="content-type",
            allowed=allowed,
        )
    if len(content) > MOST_BYTES:
        raise AttachmentTooLarge(f"A file has at most {MOST_BYTES // 10**6} MB.", limit=MOST_BYTES)
    if not content or (mime_type in STARTS and not content.startswith(STARTS[mime_type])):
        raise AttachmentNotUsable(
            f"The bytes are not those of a file of type {mime_type}.", field="content-type"
        )


@entrance
def put(*, platform: Platform, invoice_id: str, attachment: Attachment, actor: str, at: datetime) -> Invoice:
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    require_draft(invoice)
    others = tuple(each for each in invoice.attachments if each.id != attachment.id)
    if len(others) >= MOST_ATTACHMENTS:
        raise TooManyAttachments(f"There are {MOST_ATTACHMENTS} already.", limit=MOST_ATTACHMENTS)
    if sum(each.size for each in others) + attachment.size > MOST_TOGETHER:
        raise AttachmentTooLarge(
            f"All files of an invoice have at most {MOST_TOGETHER // 10**6} MB together.", limit=MOST_TOGETHER
        )
    return keep(invoice, {"attachments": (*others, attachment)}, actor=actor, at=at)


@entrance
def detach_file(
    *, platform: Platform, invoice_id: str, attachment_id: str, actor: str, at: datetime
) -> Invoice:
    """Take a supporting document off a draft.

    :raises NotFound: it has none with this id.
    :raises InvoiceNotDraft: a final invoice stays as it is.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    require_draft(invoice)
    others = tuple(each for each in invoice.attachments if each.id != attachment_id)
    if len(others) == len(invoice.attachments):
        raise no_such(invoice, attachment_id)
    return keep(invoice, {"attachments": others}, actor=actor, at=at)


def attachment_of(*, platform: Platform, invoice_id: str, attachment_id: str) -> tuple[Attachment, bytes]:
    """Return a supporting document and its bytes.

    :raises NotFound: there is none with this id, or it is a reference without bytes.
    """
    invoice = Invoice.objects.for_platform(platform).find(invoice_id)
    for each in invoice.attachments:
        if each.id == attachment_id and each.file:
            return each, files.read_named(each.file)
    raise no_such(invoice, attachment_id)


def no_such(invoice: Invoice, attachment_id: str) -> NotFound:
    return NotFound(f"{invoice} has no supporting document {attachment_id!r} with bytes.", id=attachment_id)
