"""A Document as an e-mail with its PDF and its e-invoice, in the customer's language."""

import re
import unicodedata
from collections.abc import Sequence
from email.utils import formataddr, parseaddr

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string

from billing.documents.snapshot import Document
from billing.errors import Invalid
from billing.paper.formats import formats_of
from billing.paper.sheet import references_list, title_of
from billing.paper.words import words_of

MOST_RECIPIENTS = 20
MOST_SUBJECT = 200
MOST_TEXT = 5000
UNSENT = ("Cc", "Cs")
"""Categories of characters that no header, and beside line ends and tabs no text, may have."""


class MailAddressInvalid(Invalid):
    code = "mail_address_invalid"
    title = "This is not an e-mail address"


class MailRecipients(Invalid):
    code = "mail_recipients"
    title = "A message needs a recipient, and may not have too many"


class MailTextInvalid(Invalid):
    code = "mail_text_invalid"
    title = "A subject or a text cannot be sent like that"


def message(
    document: Document,
    *,
    to: Sequence[str],
    pdf: bytes,
    message_id: str,
    sender: str,
    cc: Sequence[str] = (),
    subject: str = "",
    text: str = "",
    xml: bytes | None = None,
) -> EmailMultiAlternatives:
    """Return the message that brings a document to its reader; the caller sends it.

    It says what the paper is, its number, date and total, and the invoices it corrects. `subject` and `text`
    replace the standard ones, but those facts stay. It comes from the seller's name at the address of
    `sender`; answers go to the seller. `message_id` is `<something@domain>`, the same if it is sent again.

    :raises MailAddressInvalid: an address is not one.
    :raises MailRecipients: no recipient, or more than 20.
    """
    to, cc = list(to), list(cc)
    require_addresses(to, cc)
    context = _context(document, text, has_xml=xml is not None)
    mail = EmailMultiAlternatives(
        subject=_one_line(subject or usual_subject(document))[:MOST_SUBJECT],
        body=render_to_string("email/document.txt", context).rstrip() + "\n",
        from_email=formataddr((_one_line(document.seller.name), parseaddr(sender)[1])),
        to=to,
        cc=cc,
        reply_to=_reply_to(document),
        headers={"Message-ID": _one_line(message_id)},
    )
    mail.attach_alternative(render_to_string("email/document.html", context), "text/html")
    name = file_name(document)
    mail.attach(f"{name}.pdf", pdf, "application/pdf")
    if xml is not None:
        mail.attach(f"{name}.xml", xml, "application/xml")
    return mail


def file_name(document: Document) -> str:
    """Return the document's number as a name that every file system takes, without a suffix."""
    plain = unicodedata.normalize("NFKD", document.number).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:100] or document.kind.replace("_", "-")


def _context(document: Document, text: str, *, has_xml: bool) -> dict[str, object]:
    formats = formats_of(document.language, document.currency)
    letter, labels = formats.words.mail, formats.words.labels
    total = formats.money(document.totals.total)
    day = formats.day(document.date)
    facts = [
        (formats.words.title[document.kind], document.number),
        (labels.date, day),
        (letter.total, total),
        (letter.corrects, references_list(document) if document.kind == "credit_note" else ""),
        (labels.reason, document.reason),
    ]
    return {
        "language": document.language,
        "title": title_of(document),
        "greeting": "" if text else letter.greeting,
        "opening": text
        or getattr(letter, f"opening_{document.kind}").format(number=document.number, date=day, total=total),
        "facts": [(label, value) for label, value in facts if value],
        "fact_lines": [letter.fact.format(label=label, value=value) for label, value in facts if value],
        "with_xml": letter.with_xml if has_xml else "",
        "closing": "" if text else letter.closing,
        "seller": document.seller.name,
    }


def require_addresses(to: list[str], cc: list[str]) -> None:
    """Refuse recipients that are none.

    :raises MailAddressInvalid: an address is not one.
    :raises MailRecipients: no recipient, or more than 20.
    """
    if not to or len(to) + len(cc) > MOST_RECIPIENTS:
        raise MailRecipients(field="to", most_recipients=MOST_RECIPIENTS)
    for field, addresses in (("to", to), ("cc", cc)):
        for at, address in enumerate(addresses):
            if not _is_address(address):
                raise MailAddressInvalid(f"{address!r} is not an e-mail address.", field=f"{field}.{at}")


def require_texts(subject: str, text: str) -> None:
    """Refuse a subject of several lines, and whatever cannot be written or is too long.

    :raises MailTextInvalid: naming the field.
    """
    if len(subject) > MOST_SUBJECT or any(unicodedata.category(char) in UNSENT for char in subject):
        raise MailTextInvalid(f"A subject is one line of at most {MOST_SUBJECT} characters.", field="subject")
    plain = re.sub("[\r\n\t]", "", text)
    if len(text) > MOST_TEXT or any(unicodedata.category(char) in UNSENT for char in plain):
        raise MailTextInvalid(
            f"A message has at most {MOST_TEXT} characters, and none that cannot be written.", field="message"
        )


def usual_subject(document: Document) -> str:
    """Return the subject of a message for which nobody gives one."""
    letter = words_of(document.language).mail
    pattern: str = getattr(letter, f"subject_{document.kind}")
    return pattern.format(number=document.number, seller=document.seller.name)


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _reply_to(document: Document) -> list[str]:
    """The seller's address; one that is not an address (it was imported so) is left out."""
    contact = document.seller.contact
    return [contact.email] if contact and _is_address(contact.email) else []


def _one_line(text: str) -> str:
    """A header's value: no line break can smuggle in another header."""
    return " ".join(text.split())
