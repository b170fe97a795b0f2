"""Where a clerk mends what the rules find: from a field of the Document to the form that has it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from billing.documents.models import BillingDocument
from billing.documents.snapshot import Document
from billing.einvoice.findings import Finding
from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_UPDATE, INVOICE_UPDATE, MASTER_DATA_CORRECT
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from invoices.composition import delivery_to
from invoices.models import Invoice

from .plain_words import in_plain_words

PARTY = {
    "": "name",
    "name": "name",
    "trading_name": "trading_name",
    "ids": "ids",
    "legal_id": "legal_id",
    "legal_id.scheme": "legal_id_scheme",
    "vat_number": "vat_number",
    "tax_number": "tax_number",
    "legal_info": "legal_info",
    "endpoint": "endpoint_id",
    "endpoint.scheme": "endpoint_scheme",
    "address": "line1",
    "address.city": "city",
    "address.postal_code": "postal_code",
    "address.region": "region",
    "address.country": "country",
    "contact": "contact_name",
    "contact.phone": "phone",
    "contact.email": "email",
}
"""From a field of a Party to that of the form of a customer or billing entity."""

OF_ENTITY = {
    "creditor_id": "creditor_id",
    "payment_means": "bank_account",
    "payment_means.bic": "bic",
    "payment_means.account_name": "account_name",
    "accounting_currency": "accounting_currency",
    "payee": "payee",
    "tax_representative": "tax_representative",
}
OF_CUSTOMER = {
    "profile": "einvoice_profile",
    "payment_means.mandate": "mandate",
    "payment_means.debited_account": "debited_account",
    "buyer_reference": "buyer_reference",
    "delivery": "delivery_line1",
    "delivery.address.line2": "delivery_line2",
    "delivery.address.postal_code": "delivery_postal_code",
    "delivery.address.city": "delivery_city",
    "delivery.address.region": "delivery_region",
    "delivery.address.country": "delivery_country",
}
OF_SHEET = {
    "notes": "note",
    "payment_terms": "payment_terms",
    "buyer_reference": "buyer_reference",
    "purchase_order_reference": "purchase_order_reference",
    "currency": "currency",
    "due_date": "due_date",
    "date": "date",
    "period": "period_start",
    "period.end": "period_end",
    "delivery": "delivery_line1",
    "delivery.address.line2": "delivery_line2",
    "delivery.address.postal_code": "delivery_postal_code",
    "delivery.address.city": "delivery_city",
    "delivery.address.region": "delivery_region",
    "delivery.address.country": "delivery_country",
    "delivery.date": "delivery_date",
    "tax_point_date": "tax_point_date",
    "tax_point_code": "tax_point_date",
}
"""From a field of a Document to that of the page on which an invoice is written."""

OF_LINE = {
    "quantity",
    "unit",
    "unit_price",
    "tax_category",
    "tax_rate",
    "exemption_reason",
    "seller_item_id",
    "description",
}
OF_A_NOTE = ("profile", "lines.quantity", "lines.net_amount", "taxes", "totals")
"""What a credit note says otherwise than its invoice does."""

NUMBER = re.compile(r"\.\d+(?=\.|$)")


@dataclass(frozen=True)
class Mend:
    """A finding and the way to mend it: a link, or in words what to do where there is none."""

    id: str
    message: str
    location: str
    is_fatal: bool
    label: str
    address: str

    @property
    def word(self) -> str:
        return "Must be mended" if self.is_fatal else "Warning"


@dataclass(frozen=True)
class Way:
    label: str
    address: str = ""


def mends_of(
    findings: Iterable[Finding], *, paper: BillingDocument, document: Document, member: Member
) -> list[Mend]:
    """Return findings about a draft, each with the way to mend it for this person."""
    ways = Ways(paper, document, member)
    return [mend_of(finding, ways.to(finding)) for finding in findings]


def mend_of(finding: Finding, way: Way) -> Mend:
    message, place = in_plain_words(finding.message), in_plain_words(finding.location)
    return Mend(finding.id, message, place, finding.flag == "fatal", way.label, way.address)


class Ways:
    """The forms that a draft gets its fields from, as far as a person may use them."""

    def __init__(self, paper: BillingDocument, document: Document, member: Member) -> None:
        self.paper, self.document, self.member = paper, document, member
        user = member.user
        self.corrects = user.is_superuser or (user.is_staff and may(member, MASTER_DATA_CORRECT))

    def to(self, finding: Finding) -> Way:
        """Return the way to the form with a finding's field; an empty one where no form has it."""
        field, plain = finding.field, NUMBER.sub("", finding.field)
        if self.repeats and not plain.startswith(OF_A_NOTE):
            return self.to_repeated(plain, is_fatal=finding.flag == "fatal")
        if is_of_party(plain):
            return self.to_party(plain)
        if plain.startswith(("lines", "taxes", "allowances_charges", "totals")):
            return self.to_draft(self.row_of(field, plain))
        if (known := nearest(plain, OF_SHEET)) and isinstance(self.paper, Invoice):
            return self.to_draft(f"id_{OF_SHEET[known]}")
        if plain.startswith("attachments"):
            return self.to_attachments()
        if known := nearest(plain, OF_CUSTOMER):
            return self.to_customer(OF_CUSTOMER[known])
        if known := nearest(plain, OF_ENTITY):
            return self.to_entity(OF_ENTITY[known])
        return Way("")

    @property
    def repeats(self) -> bool:
        """Whether the draft is a credit note, which says what its invoice says."""
        return isinstance(self.paper, CreditNote) and bool(self.document.references)

    def to_repeated(self, plain: str, *, is_fatal: bool) -> Way:
        """Return the way to mend what stands on the invoice, some of which may be taken as it is today."""
        numbers = ", ".join(reference.number for reference in self.document.references)
        if not self.may_follow_today(plain):
            if not is_fatal:
                return Way(f"It repeats {numbers}")
            label = f"It repeats {numbers}. Another profile of the customer may ask for less"
            return Way(label, self.to_customer("einvoice_profile").address)
        if not self.follows_today:
            label = f"It repeats {numbers}. Have it take names, addresses and references as they are today"
            return Way(label, self.draft("id_details_source"))
        if is_of_party(plain):
            return self.to_party(plain)
        return self.to_customer(OF_CUSTOMER[nearest(plain, OF_CUSTOMER)])

    @property
    def follows_today(self) -> bool:
        """Whether the draft is a note that takes its parties as they are today."""
        return isinstance(self.paper, CreditNote) and self.paper.details_source == CreditNote.Details.CURRENT

    def may_follow_today(self, plain: str) -> bool:
        """Tell whether a note may take a field from master data: a place only if its invoice names none."""
        if plain.startswith("delivery.address"):
            place = delivery_to(self.paper.customer) if self.follows_today else None
            known = self.document.delivery.address if self.document.delivery else None
            return known is None or (place is not None and place.address == known)
        return is_of_party(plain) or plain in ("buyer_reference", "delivery")

    def to_attachments(self) -> Way:
        """Return the way to the draft: its files are kept through the API."""
        if isinstance(self.paper, CreditNote):
            return Way("")
        return Way(
            "Its attachments are changed through the API", reverse("desk:invoice", args=[self.paper.pk])
        )

    def to_party(self, plain: str) -> Way:
        role, _, rest = plain.partition(".")
        name = PARTY[nearest(rest, PARTY)]
        return self.to_customer(name) if role == "buyer" else self.to_entity(name)

    def to_customer(self, name: str) -> Way:
        customer = self.paper.customer
        return self.to_master_data("platforms_customer", customer.pk, f"customer {customer.name}", name)

    def to_entity(self, name: str) -> Way:
        entity = self.paper.billing_entity
        return self.to_master_data("platforms_billingentity", entity.pk, f"seller {entity.name}", name)

    def to_master_data(self, page: str, pk: str, whose: str, name: str) -> Way:
        if not self.corrects:
            return Way(f"An administrator mends it with the {whose}")
        return Way(f"Mend it with the {whose}", f"{reverse(f'admin:{page}_change', args=[pk])}#id_{name}")

    def to_draft(self, anchor: str) -> Way:
        address = self.draft(anchor)
        return Way("Mend it in the draft", address) if address else Way("")

    def draft(self, anchor: str) -> str:
        """Return the address of the page that changes the draft; "" where the person may not."""
        is_note = isinstance(self.paper, CreditNote)
        if not may(self.member, CREDIT_NOTE_UPDATE if is_note else INVOICE_UPDATE):
            return ""
        return f"{reverse(f'desk:{self.page}', args=[self.paper.pk])}#{anchor}"

    @property
    def page(self) -> str:
        if not isinstance(self.paper, CreditNote):
            return "edit_invoice"
        if self.paper.invoice_id:
            return "edit_credit_note_lines"
        return "edit_several" if self.document.references else "edit_bonus"

    def row_of(self, field: str, plain: str) -> str:
        """Return the anchor of a line or allowance on the draft's page; a VAT group is its first line."""
        if isinstance(self.paper, CreditNote):
            return "main"
        table, _, rest = field.partition(".")
        index, _, name = rest.partition(".")
        if not index.isdecimal():
            return "lines"
        if table == "taxes":
            return f"id_lines-{self.first_line_of(int(index))}-exemption_reason"
        if table == "allowances_charges":
            return f"id_items-{index}-{name if name in OF_LINE or name == 'reason' else 'reason'}"
        name = NUMBER.sub("", name).partition(".")[0]
        name = "period_start" if name == "period" else name
        return f"id_lines-{index}-{name if name in OF_LINE or name == 'period_start' else 'name'}"

    def first_line_of(self, group: int) -> int:
        category = next((each.category for each in self.document.taxes[group:]), "")
        lines = enumerate(self.document.lines)
        return next((index for index, line in lines if line.tax_category == category), 0)


def is_of_party(plain: str) -> bool:
    return plain.partition(".")[0] in ("buyer", "seller")


def nearest(path: str, known: Iterable[str]) -> str:
    """Return the longest part of a path, from its start, that is known; "" if none is.

    >>> nearest("endpoint.id", {"endpoint": "endpoint_id"})
    'endpoint'
    """
    while path and path not in known:
        path = path.rpartition(".")[0]
    return path
