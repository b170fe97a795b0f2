"""How an invoice asks to be paid. A credit note never asks."""

from billing.documents.snapshot import Document, PaymentMeans
from billing.paper.formats import Formats
from billing.paper.words import Words


def payment_facts(document: Document, formats: Formats) -> list[tuple[str, str]]:
    """Return the labelled facts a payer needs; none on a credit note."""
    if document.kind == "credit_note":
        return []
    labels = formats.words.labels
    facts = [(labels.payment_terms, document.payment_terms)]
    for means in document.payment_means:
        facts += _means(means, formats.words)
    facts.append((labels.creditor_id, document.creditor_id))
    facts.append((labels.payee, document.payee.name if document.payee else ""))
    return [(label, value) for label, value in facts if value]


def _means(means: PaymentMeans, words: Words) -> list[tuple[str, str]]:
    labels = words.labels
    return [
        (labels.payment_means, means.text or words.means.get(means.code, "")),
        (labels.account, _grouped(means.account)),
        (labels.bic, means.bic),
        (labels.account_name, means.account_name),
        (labels.remittance, means.remittance),
        (labels.card, " ".join(filter(None, [means.card_number, means.card_holder]))),
        (labels.mandate, means.mandate),
        (labels.debited_account, _grouped(means.debited_account)),
    ]


def _grouped(account: str) -> str:
    """An IBAN in groups of four, as people read it; another account number as it is."""
    plain = account.replace(" ", "")
    if len(plain) > 14 and plain[:2].isalpha() and plain[2:4].isdigit():
        return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
    return account
