"""Crediting a customer beyond one invoice: the lines of a bonus, or what is taken of several invoices."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from msgspec.structs import replace

from billing.errors import BillingError
from billing.money import HUNDRED
from billing_desk.code_fields import CodeField
from billing_desk.desk.queries.customer_credit import BonusPage, CreditableInvoice, SeveralPage
from billing_desk.desk.queries.plain_words import CATEGORIES
from credit_notes.models import LONGEST_NOTE, CreditNote
from credit_notes.selection import FreeLine, Selection
from credit_notes.wish import Wish

from .fields import Choices, LongText, MoneyField, NumberField, blame
from .general import ReasonForm
from .invoice_rows import TAXED
from .rows import filled, more_rows, table

AT_LINE = re.compile(r"(lines|line_items|free)\.(?P<place>\d+)(\.(?P<name>\w+))?")
TYPES = [
    ("refundable", "Refundable: it can be paid out, or used on invoices"),
    ("store", "Store credit: only for invoices, never paid out"),
]
AUTOMATIC = ("", "Automatic: it clears debt, and what remains is owed to the customer")
ADJUSTMENT = ("adjustment", "Adjustment: it only clears debt")


class CustomerCreditForm(ReasonForm):
    """What the note says, and what becomes of its money."""

    type = forms.ChoiceField(label="Type", required=False)
    internal_comment = LongText(
        label="Internal comment",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Only shown at this desk.",
    )

    def __init__(self, *args: Any, types: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = types


class BonusForm(CustomerCreditForm):
    """A bonus is of a seller, in a currency."""

    billing_entity_id = forms.ChoiceField(label="Seller")
    currency = CodeField("currencies", label="Currency")

    def __init__(self, *args: Any, page: BonusPage, **kwargs: Any) -> None:
        super().__init__(*args, types=TYPES, reasons=page.reasons, **kwargs)
        self.fields["billing_entity_id"].choices = page.entities
        if not page.entities:
            del self.fields["billing_entity_id"]
        if page.draft:
            del self.fields["currency"]


class BonusLineForm(forms.Form):
    """One line of a bonus. One that is known keeps what the form does not show."""

    was = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    name = forms.CharField(label="What for", max_length=1000)
    quantity = NumberField(label="Quantity", initial=Decimal(1))
    unit_price = NumberField(label="Price without VAT")
    tax_category = forms.ChoiceField(label="VAT", choices=CATEGORIES, initial="S")
    tax_rate = NumberField(label="VAT rate in percent", required=False, most=HUNDRED)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        category, rate = said.get("tax_category"), said.get("tax_rate")
        is_missing = category in TAXED if rate is None else category == "S" and not rate
        if is_missing and "tax_rate" not in self.errors:
            self.add_error("tax_rate", "Give the rate in percent, such as 21.")
        return said

    def line(self, known: Sequence[FreeLine]) -> FreeLine:
        asked = {
            name: self.cleaned_data[name]
            for name in ("name", "quantity", "unit_price", "tax_category", "tax_rate")
        }
        if asked["tax_category"] not in TAXED:
            asked["tax_rate"] = None if asked["tax_category"] == "O" else Decimal(0)
        was = self.cleaned_data["was"]
        return replace(known[was], **asked) if was is not None and was < len(known) else FreeLine(**asked)


class BonusSheet:
    """The forms of a bonus as one. `data` is what was posted, None to begin."""

    def __init__(self, page: BonusPage, data: Any = None) -> None:
        self.page = page
        initial = {"currency": page.currency} | page.header
        self.header = BonusForm(data, page=page, initial=initial)
        self.lines = table(BonusLineForm, 0 if page.lines else 1)(
            data,
            prefix="lines",
            initial=[line_initial(line, place) for place, line in enumerate(page.lines)],
        )

    def is_valid(self) -> bool:
        is_whole = all([self.header.is_valid(), self.lines.is_valid()])
        if is_whole and not filled(self.lines):
            self.header.add_error(None, "A bonus needs at least one line.")
            return False
        return is_whole

    def free(self) -> tuple[FreeLine, ...]:
        return tuple(form.line(self.page.lines) for form in filled(self.lines))

    def wish(self) -> Wish:
        """Return the bonus as it is asked for; its estimate, too, while a draft is changed."""
        known = {"currency": self.page.currency, "billing_entity_id": self.page.billing_entity_id}
        said = known | self.header.cleaned_data
        return Wish(customer_id=self.page.customer_id, free=self.free(), **said)

    def changes(self) -> dict[str, Any]:
        """Return what of the draft is to change."""
        return self.header.cleaned_data | {"free": self.free()}

    def blame(self, refusal: BillingError) -> None:
        """Show a refusal at the field that it is about."""
        at, rows = AT_LINE.fullmatch(refusal.field), filled(self.lines)
        if at and int(at["place"]) < len(rows):
            row = rows[int(at["place"])]
            row.add_error(at["name"] if at["name"] in row.fields else None, refusal.detail)
        else:
            blame(self.header, refusal)


class PortionForm(forms.Form):
    """What is taken of one invoice: all that is left, or an amount with VAT."""

    chosen = forms.BooleanField(required=False)

    def __init__(self, *args: Any, invoice: CreditableInvoice, **kwargs: Any) -> None:
        super().__init__(*args, prefix=invoice.id, **kwargs)
        self.fields["chosen"].label = f"Credit {invoice.number}"
        self.fields["amount"] = MoneyField(
            currency=invoice.currency, label=f"Amount of {invoice.number}, with VAT", required=False
        )
        self.fields["amount"].widget.attrs["placeholder"] = "All"

    @property
    def is_chosen(self) -> bool:
        return bool(self.cleaned_data["chosen"]) or self.cleaned_data["amount"] is not None


class SeveralForm(CustomerCreditForm):
    """Which names and addresses the note says, beside what any note does."""

    details_source = forms.ChoiceField(
        label="Names and addresses", choices=CreditNote.Details.choices, required=False
    )

    def clean_details_source(self) -> str:
        return self.cleaned_data["details_source"] or CreditNote.Details.ORIGINAL


class SeveralSheet:
    """The forms of a note over several invoices as one. `data` is what was posted, None to begin."""

    def __init__(self, page: SeveralPage, data: Any = None) -> None:
        self.page = page
        self.header = SeveralForm(
            data, types=[AUTOMATIC, ADJUSTMENT, *TYPES], reasons=page.reasons, initial=page.header
        )
        self.portions = [
            PortionForm(data, invoice=invoice, initial=portion_initial(page.wanted.get(invoice.id)))
            for invoice in page.invoices
        ]

    @property
    def rows(self) -> Iterator[tuple[CreditableInvoice, PortionForm]]:
        """Each invoice with its form."""
        return zip(self.page.invoices, self.portions, strict=True)

    def is_valid(self) -> bool:
        is_whole = all([self.header.is_valid(), *[form.is_valid() for form in self.portions]])
        if is_whole and not any(form.is_chosen for form in self.portions):
            self.header.add_error(None, "Choose at least one invoice.")
            return False
        return is_whole

    def selections(self) -> tuple[tuple[str, Selection], ...]:
        """Return what is taken of each chosen invoice. What a draft takes by lines stays, left alone."""
        return tuple(
            (invoice.id, selection_of(form, self.page.wanted.get(invoice.id)))
            for invoice, form in self.rows
            if form.is_chosen
        )

    def wish(self) -> Wish:
        return Wish(selections=self.selections(), **self.header.cleaned_data)

    def changes(self) -> dict[str, Any]:
        return self.header.cleaned_data | {"selections": self.selections()}

    def blame(self, refusal: BillingError) -> None:
        """Show a refusal at the field that it is about."""
        blame(self.header, refusal)


def selection_of(form: PortionForm, wanted: Selection | None) -> Selection:
    amount = form.cleaned_data["amount"]
    if amount is None and wanted and (wanted.picks or wanted.free):
        return wanted
    return Selection(amount=amount)


def portion_initial(wanted: Selection | None) -> dict[str, Any]:
    return {"chosen": True, "amount": wanted.amount} if wanted else {}


def line_initial(line: FreeLine, place: int) -> dict[str, Any]:
    names = ("name", "quantity", "unit_price", "tax_category", "tax_rate")
    return {name: getattr(line, name) for name in names} | {"was": place}


def with_more_bonus_lines(data: Any) -> Any:
    """Return what was posted, with room for more lines."""
    return more_rows(data, "lines", by=3, blank={"quantity": "1", "tax_category": "S"})
