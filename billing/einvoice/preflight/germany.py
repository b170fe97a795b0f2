"""What Germany asks: of every XRechnung (BR-DE-*), and of Peppol between two Germans (DE-R-*).

The two rule sets ask the same under different ids, so each check is written once. Source: XRechnung 3.0.2
and Peppol BIS Billing 3.0.21, in our words.
"""

import re
from collections.abc import Callable, Iterator

from billing.documents.snapshot import Address, Document, Party, PaymentMeans
from billing.einvoice.cash_discount import is_readable
from billing.einvoice.findings import Finding, Flag, gap
from billing.einvoice.preflight.payment import is_iban

Gaps = Iterator[Finding]
RuleName = Callable[[str], str]
"""From Peppol's number of a rule, `023-1`, to its id in a rule set."""

CREDIT_TRANSFER, CARD, DIRECT_DEBIT = ("30", "58"), ("48", "54", "55"), ("59",)
TYPES = ("326", "380", "381", "384", "389", "875", "876", "877")
CORRECTED = "384"
MAIL_ADDRESS = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
ADDRESS_OF_A_FILE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:.+")
FEWEST_DIGITS = 3

IN_XRECHNUNG = {
    "023-1": "BR-DE-23-a",
    "023-2": "BR-DE-23-b",
    "024-1": "BR-DE-24-a",
    "024-2": "BR-DE-24-b",
    "025-1": "BR-DE-25-a",
    "025-2": "BR-DE-25-b",
    "T02": "BR-TMP-2",
}
"""XRechnung's ids where they do not follow from Peppol's number."""


def in_peppol(number: str) -> str:
    """Return Peppol's id of a German rule."""
    return f"DE-R-{number}"


def in_xrechnung(number: str) -> str:
    """Return XRechnung's id of a German rule."""
    return IN_XRECHNUNG.get(number) or f"BR-DE-{int(number)}"


def german(document: Document, rule: RuleName) -> Gaps:
    """Yield what a document lacks for Germany. `rule` names the rules of the set that is asked."""
    if not document.payment_means:
        yield gap(rule("001"), "Germany asks for a means of payment", "payment", "payment_means")
    if not document.buyer_reference.strip():
        message = "Germany asks for the buyer's reference: the Leitweg-ID of an authority"
        yield gap(rule("015"), message, "buyer", "buyer_reference")
    yield from _type(document, rule)
    yield from _terms(document, rule)
    yield from _seller(document.seller, rule)
    yield from city_and_code(document.seller.address, "seller", (rule("003"), rule("004")))
    yield from city_and_code(document.buyer.address, "buyer", (rule("008"), rule("009")))
    if document.delivery and document.delivery.address and document.delivery.address != Address():
        yield from city_and_code(document.delivery.address, "delivery", (rule("010"), rule("011")))
    yield from _files(document, rule)
    for index, means in enumerate(document.payment_means):
        yield from _means(document, means, f"payment_means.{index}", rule)


def city_and_code(address: Address, role: str, rules: tuple[str, str]) -> Gaps:
    """Yield what a German address lacks of city and postal code."""
    field = f"{role}.address"
    if not address.city.strip():
        yield gap(rules[0], f"The address of the {role} needs a city", role, f"{field}.city")
    if not address.postal_code.strip():
        yield gap(rules[1], f"The address of the {role} needs a postal code", role, f"{field}.postal_code")


def _type(document: Document, rule: RuleName) -> Gaps:
    if document.type_code not in TYPES:
        message = f"Germany uses the type codes {', '.join(TYPES)}, not {document.type_code}"
        yield Finding(rule("017"), "warning", message, field="type_code")
    if document.type_code == CORRECTED and not document.references:
        message = "A corrected invoice (384) names the invoice that it corrects"
        yield Finding(rule("026"), "warning", message, field="references")


def _terms(document: Document, rule: RuleName) -> Gaps:
    if not is_readable(document.payment_terms):
        message = "A cash discount reads #SKONTO#TAGE=14#PROZENT=2.00# and fills a line of its own"
        yield gap(rule("018"), message, "payment terms", "payment_terms")


def _seller(seller: Party, rule: RuleName) -> Gaps:
    contact = seller.contact
    if contact is None or not (contact.name or contact.phone or contact.email):
        message = "Germany asks for a contact of the seller with name, telephone and e-mail"
        yield gap(rule("002"), message, "seller", "seller.contact")
        return
    for number, field, words in (
        ("005", "name", "name"),
        ("006", "phone", "telephone number"),
        ("007", "email", "e-mail address"),
    ):
        if not getattr(contact, field).strip():
            message = f"Germany asks for the {words} of the seller's contact"
            yield gap(rule(number), message, "seller", f"seller.contact.{field}")
    if contact.phone.strip() and sum(letter in "0123456789" for letter in contact.phone) < FEWEST_DIGITS:
        message = f"{contact.phone} is not a telephone number: it has three digits at least"
        yield Finding(rule("027"), "warning", message, "seller", "seller.contact.phone")
    if contact.email.strip() and not MAIL_ADDRESS.fullmatch(contact.email.strip()):
        message = f"{contact.email} is not an e-mail address"
        yield Finding(rule("028"), "warning", message, "seller", "seller.contact.email")


def _files(document: Document, rule: RuleName) -> Gaps:
    names = [attachment.filename for attachment in document.attachments if attachment.filename]
    if len(set(names)) != len(names):
        yield gap(rule("022"), "Two attachments have the same file name", "attachments", "attachments")
    flag: Flag = "fatal" if rule is in_xrechnung else "warning"
    for index, attachment in enumerate(document.attachments):
        if attachment.uri.strip() and not ADDRESS_OF_A_FILE.match(attachment.uri.strip()):
            message = f"{attachment.uri} is not an address with https:// or the like"
            place = f"attachment {attachment.id}"
            yield Finding(rule("T02"), flag, message, place, f"attachments.{index}.uri")


def _means(document: Document, means: PaymentMeans, field: str, rule: RuleName) -> Gaps:
    has_account = bool(means.account or means.account_name or means.bic)
    has_card = bool(means.card_number or means.card_holder)
    has_mandate = bool(means.mandate or means.debited_account)
    for codes, number, part, has_own, has_others, words in (
        (
            CREDIT_TRANSFER,
            "023",
            "account",
            has_account,
            has_card or has_mandate,
            "transfer needs an account",
        ),
        (
            CARD,
            "024",
            "card_number",
            has_card,
            has_account or has_mandate,
            "card payment needs a card number",
        ),
        (
            DIRECT_DEBIT,
            "025",
            "mandate",
            has_mandate,
            has_account or has_card,
            "direct debit needs a mandate",
        ),
    ):
        if means.code in codes and not has_own:
            yield gap(rule(f"{number}-1"), f"A {words}", "payment", f"{field}.{part}")
        if means.code in codes and has_others:
            yield gap(rule(f"{number}-2"), f"A {words} and nothing else", "payment", field)
    if has_mandate and not document.creditor_id:
        message = "A direct debit needs the seller's creditor identifier"
        yield gap(rule("030"), message, "payment", "creditor_id")
    if has_mandate and not means.debited_account:
        message = "A direct debit needs the account that is debited"
        yield gap(rule("031"), message, "payment", f"{field}.debited_account")
    for code, number, part in (("58", "019", "account"), ("59", "020", "debited_account")):
        account = getattr(means, part)
        if means.code == code and account and not is_iban(account):
            message = f"{account} is not an IBAN: a character is wrong, missing or too many"
            yield Finding(rule(number), "warning", message, "payment", f"{field}.{part}")
