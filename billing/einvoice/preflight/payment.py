"""What EN 16931 asks of the means of payment."""

from collections.abc import Iterator

from stdnum import iban

from billing.documents.snapshot import Document, PaymentMeans
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding, gap

CREDIT_TRANSFER, DIRECT_DEBIT = ("30", "58"), ("49", "59")
SEPA = ("58", "59")
"""Means of payment whose accounts are IBANs."""

CARD_DIGITS = 10
"""What may be written of a card's number; the card industry allows the first six and the last four."""


def payment(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with the means of payment."""
    for index, means in enumerate(document.payment_means):
        field = f"payment_means.{index}"
        yield from _code(means, field)
        yield from _card(means, field)
        yield from _accounts(means, field)
    yield from _shared(document)


def is_iban(account: str) -> bool:
    """Tell whether an account is an IBAN, in capitals, with right check digits; blanks may stand between."""
    return account == account.upper() and iban.is_valid(account, check_country=False)


def _code(means: PaymentMeans, field: str) -> Iterator[Finding]:
    if not is_known("payment_means", means.code):
        message = (
            f"{means.code or 'Nothing'} is not a means of payment: 58 is a SEPA transfer, 59 a SEPA debit"
        )
        yield gap("BR-CL-16", message, "payment", f"{field}.code")
    if means.code in CREDIT_TRANSFER and not means.account.strip():
        yield gap("BR-61", "A transfer needs the account to pay into", "payment", f"{field}.account")


def _card(means: PaymentMeans, field: str) -> Iterator[Finding]:
    if means.card_holder.strip() and not means.card_number.strip():
        yield gap("BD-CARD", "A card needs the last digits of its number", "payment", f"{field}.card_number")
    if len(means.card_number.strip()) > CARD_DIGITS:
        message = f"Of a card's number write the last digits only, never more than {CARD_DIGITS} characters"
        yield Finding("BR-51", "warning", message, "payment", f"{field}.card_number")


def _shared(document: Document) -> Iterator[Finding]:
    """Yield that several ways to pay differ in what a document says but once."""
    for rule, field, words in (
        ("UBL-SR-47", "code", "one means of payment"),
        ("UBL-SR-46", "text", "one description of it"),
        ("UBL-SR-44", "remittance", "one reference to pay under"),
    ):
        said = {getattr(means, field).strip() for means in document.payment_means} - {""}
        if len(said) > 1:
            message = f"A document has {words}, whatever the number of accounts"
            yield gap(rule, message, "payment", f"payment_means.1.{field}")


def _accounts(means: PaymentMeans, field: str) -> Iterator[Finding]:
    if means.code not in SEPA:
        return
    for name, account in (("account", means.account), ("debited_account", means.debited_account)):
        if account.strip() and not is_iban(account.strip()):
            message = f"{account} is not an IBAN: a character is wrong, missing or too many"
            yield Finding("BD-IBAN", "warning", message, "payment", f"{field}.{name}")
