"""The e-mail: who it is from, what it says, what is attached."""

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Contact, Document
from billing.paper import mail
from billing.paper.words import LANGUAGES

from .papers import SELLER, a_document


def a_message(document: Document, **fields: Any) -> EmailMessage:
    """The message as a mail server gets it."""
    defaults: dict[str, Any] = {
        "to": ["ap@buyer.example"],
        "pdf": b"%PDF-1.4",
        "xml": b"<CreditNote/>",
        "message_id": "<evt_1@desk.example>",
        "sender": "Billing Desk <billing@desk.example>",
    }
    message = mail.message(document, **defaults | fields)
    return message_from_bytes(message.message().as_bytes(), policy=default)  # type: ignore[return-value]


def subject_of(message: EmailMessage) -> str:
    """The subject as a mailbox shows it: a folded one begins on the next line."""
    return str(message["Subject"]).strip()


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_credit_note_is_called_by_its_name_everywhere():
    message = a_message(a_document())

    assert subject_of(message) == "Credit note CR-2026-000001 from Łódź Software sp. z o.o."
    assert "invoice" not in message["Subject"].lower()
    assert body_of(message, "plain") == (
        "Hello,\n"
        "\n"
        "Please find attached credit note CR-2026-000001 of 21 November 2026 for €119.00.\n"
        "\n"
        "Credit note: CR-2026-000001\n"
        "Date: 21 November 2026\n"
        "Total: €119.00\n"
        "Corrects invoice: INV-2026-00417 of 3 November 2026\n"
        "Reason: Wrong quantity\n"
        "\n"
        "The attached XML file is the same document in structured electronic form.\n"
        "\n"
        "Kind regards\n"
        "Łódź Software sp. z o.o.\n"
    )


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("de", "Rechnungskorrektur CR-2026-000001 von Łódź Software sp. z o.o."),
        ("fr", "Avoir CR-2026-000001 de Łódź Software sp. z o.o."),
        ("nl", "Creditnota CR-2026-000001 van Łódź Software sp. z o.o."),
    ],
)
def test_it_speaks_the_language_of_the_document(language, subject):
    assert subject_of(a_message(a_document(language=language))) == subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_bodies_give_number_total_and_the_corrected_invoice(language):
    message = a_message(a_document(language=language))

    for kind in ("plain", "html"):
        body = body_of(message, kind)
        assert "CR-2026-000001" in body
        assert "INV-2026-00417" in body
        assert "119" in body


def test_the_files_are_named_after_the_number():
    message = a_message(a_document())

    files = [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]
    assert files == [("CR-2026-000001.pdf", "application/pdf"), ("CR-2026-000001.xml", "application/xml")]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026/0007", "2026-0007"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"; b\r\nc', "a-b-c"),
        ("Ł-Ä 7", "A-7"),
        ("№", "No"),
        ("漢", "credit-note"),
        ("X" * 300, "X" * 100),
    ],
)
def test_any_number_makes_a_safe_file_name(number, name):
    assert mail.file_name(a_document(number=number)) == name


def test_it_comes_from_the_seller_at_our_address_and_answers_go_to_the_seller():
    message = a_message(a_document())

    assert message["From"] == '"Łódź Software sp. z o.o." <billing@desk.example>'
    assert message["Reply-To"] == "billing@lodz.example"
    assert message["Message-ID"] == "<evt_1@desk.example>"
    assert message["To"] == "ap@buyer.example"


@pytest.mark.parametrize(
    "contact", [None, Contact(name="Maria"), Contact(email="not an address\r\nBcc: x@y.zz")]
)
def test_without_a_contact_address_there_is_no_reply_to(contact):
    assert a_message(a_document(seller=replace(SELLER, contact=contact)))["Reply-To"] is None


def test_no_header_can_be_smuggled_in():
    evil = "Evil\r\nBcc: victim@x.example\r\n\r\nbody"
    note = a_document(number=f"CR{evil}", seller=replace(SELLER, name=evil), date=date(2026, 11, 21))

    for subject in ("", evil):
        message = a_message(note, subject=subject, message_id=f"<1@x>{evil}")
        assert message["Bcc"] is None
        assert "\n" not in message["Subject"]
        assert message["From"].addresses[0].addr_spec == "billing@desk.example"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example"]
)
def test_a_wrong_address_is_refused_by_its_place(address):
    with pytest.raises(mail.MailAddressInvalid) as refusal:
        a_message(a_document(), cc=["ok@x.example", address])

    assert refusal.value.field == "cc.1"


@pytest.mark.parametrize("to", [[], ["a@b.example"] * 21])
def test_a_message_has_one_to_twenty_recipients(to):
    with pytest.raises(mail.MailRecipients):
        a_message(a_document(), to=to)


def test_own_words_replace_ours_and_the_facts_stay():
    message = a_message(
        a_document(), subject="Your correction", text="As agreed <today>.\nMaria", cc=["b@c.example"]
    )

    assert subject_of(message) == "Your correction"
    assert message["Cc"] == "b@c.example"
    assert body_of(message, "plain").startswith("As agreed <today>.\nMaria\n\nCredit note: CR-2026-000001\n")
    assert "As agreed &lt;today&gt;.<br>Maria" in body_of(message, "html")


def test_an_invoice_is_an_invoice_and_may_come_without_xml():
    message = a_message(a_document(kind="invoice"), xml=None)

    assert subject_of(message) == "Invoice INV-2026-00417 from Łódź Software sp. z o.o."
    assert [part.get_filename() for part in message.iter_attachments()] == ["INV-2026-00417.pdf"]
    assert "XML" not in body_of(message, "plain")
