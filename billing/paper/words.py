"""The paper's words in each language; one TOML file a language in `languages/`.

An unknown language speaks English. Numbers and dates are not here: see formats.py.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from msgspec import Struct, convert

FOLDER = Path(__file__).parent / "languages"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
FALLBACK = "en"


class Labels(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside or above a value."""

    date: str
    due_date: str
    tax_point: str
    delivery_date: str
    delivered_to: str
    period: str
    buyer_reference: str
    purchase_order: str
    sales_order: str
    contract: str
    project: str
    despatch_advice: str
    receiving_advice: str
    tender: str
    object: str
    accounting: str
    reason: str
    buyer: str
    vat_number: str
    tax_number: str
    legal_id: str
    party_id: str
    payee: str
    tax_representative: str
    position: str
    item: str
    quantity: str
    unit_price: str
    tax: str
    net_amount: str
    allowance: str
    charge: str
    order_line: str
    item_number: str
    tax_group: str
    tax_base: str
    line_total: str
    net_total: str
    tax_total: str
    accounting_tax: str
    rounding: str
    total_invoice: str
    total_credit_note: str
    prepaid: str
    amount_due: str
    payment: str
    payment_terms: str
    payment_means: str
    account: str
    bic: str
    account_name: str
    remittance: str
    card: str
    mandate: str
    creditor_id: str
    debited_account: str
    notes: str


class Sentences(Struct, frozen=True, forbid_unknown_fields=True):
    """Whole sentences; what is in braces is filled in."""

    reference: str
    corrects: str
    corrects_many: str
    refers: str
    refers_many: str
    reverses: str
    per: str
    page: str
    self_billing: str
    belgian_repayment: str
    not_drawn: str
    northern_ireland: str


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """What the e-mail says."""

    subject_invoice: str
    subject_credit_note: str
    greeting: str
    opening_invoice: str
    opening_credit_note: str
    corrects: str
    total: str
    fact: str
    with_xml: str
    closing: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the paper and the e-mail say in one language.

    `title` is keyed by a document's kind, `marks` by watermark, `categories` and `exemptions` by VAT
    category, `means` by UNTDID 4461 code, `units` by UNECE Rec 20 code and then by CLDR plural form.
    """

    title: dict[str, str]
    marks: dict[str, str]
    labels: Labels
    sentences: Sentences
    categories: dict[str, str]
    exemptions: dict[str, str]
    means: dict[str, str]
    units: dict[str, dict[str, str]]
    mail: Letter


def words_of(language: str) -> Words:
    """Return the words of a language tag such as `de`, `de-AT` or `de_AT`; English if there are none."""
    spoken = re.split("[-_]", language.lower())[0]
    return _read(spoken if spoken in LANGUAGES else FALLBACK)


@cache
def _read(language: str) -> Words:
    return convert(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")), Words)
