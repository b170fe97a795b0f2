"""Peppol's rules between a seller and a buyer in Germany (DE-R-*), which are those of XRechnung."""

import re
from collections.abc import Iterator

from billing.documents.snapshot import Address, Document, PaymentMeans
from billing.einvoice.findings import Finding, gap

Gaps = Iterator[Finding]

CREDIT_TRANSFER, CARD, DIRECT_DEBIT = ("30", "58"), ("48", "54", "55"), ("59",)
CASH_DISCOUNT = re.compile(r"#SKONTO#TAGE=\d+#PROZENT=\d+\.\d{2}(#BASISBETRAG=-?\d+\.\d{2})?#")


def german(document: Document) -> Gaps:
    """Yield what a document between two Germans lacks."""
    if not document.payment_means:
        yield gap(
            "DE-R-001", "Within Germany a document needs a means of payment", "payment", "payment_means"
        )
    if not document.buyer_reference:
        message = "Within Germany a document needs the buyer's reference (the Leitweg-ID of an authority)"
        yield gap("DE-R-015", message, "buyer", "buyer_reference")
    yield from _terms(document)
    yield from _contact(document)
    yield from city_and_code(document.seller.address, "seller", ("DE-R-003", "DE-R-004"))
    yield from city_and_code(document.buyer.address, "buyer", ("DE-R-008", "DE-R-009"))
    if document.delivery and document.delivery.address:
        yield from city_and_code(document.delivery.address, "delivery", ("DE-R-010", "DE-R-011"))
    yield from _files_and_rates(document)
    for index, means in enumerate(document.payment_means):
        yield from _means(document, means, f"payment_means.{index}")


def city_and_code(address: Address, role: str, rules: tuple[str, str]) -> Gaps:
    """Yield what a German address lacks of city and postal code."""
    field = f"{role}.address"
    if not address.city:
        yield gap(rules[0], f"The address of the {role} needs a city", role, f"{field}.city")
    if not address.postal_code:
        yield gap(rules[1], f"The address of the {role} needs a postal code", role, f"{field}.postal_code")


def _terms(document: Document) -> Gaps:
    lines = document.payment_terms.splitlines()
    for each in lines:
        if each.strip().startswith("#") and not CASH_DISCOUNT.fullmatch(each.strip()):
            message = "A cash discount reads #SKONTO#TAGE=14#PROZENT=2.00# and fills a line of its own"
            yield gap("DE-R-018", message, "payment terms", "payment_terms")
    if lines and lines[-1].strip().startswith("#"):
        message = "A cash discount must not be the last line of the payment terms"
        yield gap("DE-R-018", message, "payment terms", "payment_terms")


def _contact(document: Document) -> Gaps:
    contact = document.seller.contact
    if contact is None:
        message = "Within Germany the seller needs a contact with name, telephone and e-mail"
        yield gap("DE-R-002", message, "seller", "seller.contact")
        return
    for rule, field, words in (
        ("DE-R-005", "name", "name"),
        ("DE-R-006", "phone", "telephone number"),
        ("DE-R-007", "email", "e-mail address"),
    ):
        if not getattr(contact, field):
            message = f"Within Germany the seller's contact needs a {words}"
            yield gap(rule, message, "seller", f"seller.contact.{field}")


def _files_and_rates(document: Document) -> Gaps:
    names = [attachment.filename for attachment in document.attachments if attachment.filename]
    if len(set(names)) != len(names):
        yield gap("DE-R-022", "Two attachments have the same file name", "attachments", "attachments")
    if any(group.rate is None for group in document.taxes):
        message = "Within Germany every VAT group needs a rate, so category O cannot be sent by Peppol"
        yield gap("DE-R-014", message, "VAT groups", "taxes")


def _means(document: Document, means: PaymentMeans, field: str) -> Gaps:
    has_account = bool(means.account or means.account_name or means.bic)
    has_card = bool(means.card_number or means.card_holder)
    has_mandate = bool(means.mandate or means.debited_account)
    for codes, number, has_own, has_others, words in (
        (
            CREDIT_TRANSFER,
            "023",
            has_account,
            has_card or has_mandate,
            "credit transfer needs a bank account",
        ),
        (CARD, "024", has_card, has_account or has_mandate, "card payment needs a card number"),
        (DIRECT_DEBIT, "025", has_mandate, has_account or has_card, "direct debit needs a mandate"),
    ):
        if means.code in codes and not has_own:
            yield gap(f"DE-R-{number}-1", f"A {words}", "payment", field)
        if means.code in codes and has_others:
            yield gap(f"DE-R-{number}-2", f"A {words} and nothing else", "payment", field)
    if has_mandate and not document.creditor_id:
        message = "A direct debit needs the seller's creditor identifier"
        yield gap("DE-R-030", message, "payment", "creditor_id")
    if has_mandate and not means.debited_account:
        message = "A direct debit needs the account that is debited"
        yield gap("DE-R-031", message, "payment", f"{field}.debited_account")
