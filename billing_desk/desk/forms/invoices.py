"""An invoice as a clerk writes it. What the form does not show, a draft keeps."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from msgspec.structs import replace

from billing.documents.snapshot import Delivery, Note, Period
from billing.errors import BillingError
from invoices.wish import InvoiceWish

from .fields import Choices, DayField, LongText, MoneyField, NumberField, blame
from .invoice_rows import ItemForm, LineForm, item_initial, line_initial, period_of
from .rows import filled, table

AT_ROW = re.compile(r"(?P<table>lines|allowances_charges)\.(?P<place>\d+)(\.(?P<name>\w+))?.*")
PARTS = ("lines", "allowances_charges", "price_type", "currency")
"""What the sums follow from: if one of them changes, all of them are given."""

REFERENCES = (
    "buyer_reference",
    "purchase_order_reference",
    "contract_reference",
    "project_reference",
    "sales_order_reference",
    "despatch_advice_reference",
    "receiving_advice_reference",
    "tender_reference",
    "accounting_reference",
)
DAYS = ("period_start", "period_end", "delivery_date", "tax_point_date")
OTHERS = (
    "language",
    "accounting_currency",
    "exchange_rate",
    "rounding_amount",
    "series",
    "number",
)
SAME = (
    *REFERENCES,
    "billing_entity",
    "price_type",
    "currency",
    "date",
    "due_date",
    "payment_terms",
    "tax_point_date",
    "language",
    "exchange_rate",
    "series",
    "number",
    "internal_comment",
)
"""Fields of the form that a wish has under the same name."""


def reference(label: str, *, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200, help_text=help_text)


class InvoiceForm(forms.Form):
    """What an invoice says beside its lines."""

    billing_entity = forms.ChoiceField(label="Seller")
    currency = forms.RegexField("^[A-Za-z]{3}$", label="Currency", max_length=3)
    price_type = forms.ChoiceField(
        label="Prices are", choices=[("tax_exclusive", "without VAT"), ("tax_inclusive", "with VAT")]
    )
    date = DayField(label="Date", required=False)
    due_date = DayField(label="Due date", required=False)
    payment_terms = LongText(label="Payment terms", required=False, max_length=1000)
    note = LongText(label="Note on the invoice", required=False, max_length=2000)
    period_start = DayField(label="Period from", required=False)
    period_end = DayField(label="Period to", required=False)
    delivery_date = DayField(label="Date of supply", required=False)
    tax_point_date = DayField(label="Tax point", required=False)
    buyer_reference = reference("Customer's reference")
    purchase_order_reference = reference("Purchase order")
    contract_reference = reference("Contract")
    project_reference = reference("Project")
    sales_order_reference = reference("Our order")
    despatch_advice_reference = reference("Delivery note")
    receiving_advice_reference = reference("Receiving advice")
    tender_reference = reference("Tender")
    accounting_reference = reference("Cost centre")
    language = forms.ChoiceField(label="Language")
    accounting_currency = forms.RegexField(
        "^[A-Za-z]{3}$", label="VAT also in", required=False, max_length=3, help_text="Another currency."
    )
    exchange_rate = NumberField(label="Exchange rate", required=False)
    rounding_amount = MoneyField(label="Cash rounding", required=False, negative=True)
    series = forms.ChoiceField(label="Series of numbers", required=False)
    number = reference("Number", help_text="Only if it must have a certain one.")
    internal_comment = LongText(
        label="Internal comment", required=False, max_length=2000, help_text="Nobody else ever sees it."
    )

    def __init__(
        self, *args: Any, entities: Choices, series: Choices, languages: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"].choices = [("", "The usual one"), *series]
        self.fields["language"].choices = languages
        if entities:
            self.fields["billing_entity"].choices = entities
        else:
            del self.fields["billing_entity"]

    @property
    def references(self) -> list[forms.BoundField]:
        return [self[name] for name in REFERENCES]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[name] for name in DAYS]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in OTHERS]

    @property
    def more_has_errors(self) -> bool:
        """Whether something is wrong with what the page folds away."""
        return any(name in self.errors for name in (*REFERENCES, *DAYS, *OTHERS, "internal_comment"))

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_accounting_currency(self) -> str:
        return str(self.cleaned_data["accounting_currency"]).upper()

    def of(self, known: InvoiceWish, *, is_new: bool) -> dict[str, Any]:
        """Return what was typed by the names of a wish. `known` is the wish that the form began with."""
        said = self.cleaned_data
        rest = known.notes[1:] if known.notes else ()
        return {name: said[name] for name in SAME if name in said} | {
            "accounting_currency": said["accounting_currency"] or (None if is_new else ""),
            "rounding_amount": said["rounding_amount"] or Decimal(0),
            "notes": (noted(known, said["note"]), *rest) if said["note"] else rest,
            "period": period_of(said),
            "delivery": delivered(known.delivery, said["delivery_date"]),
        }


def noted(known: InvoiceWish, text: str) -> Note:
    return replace(known.notes[0], text=text) if known.notes else Note(text=text)


def delivered(known: Delivery | None, on: Any) -> Delivery | None:
    return replace(known or Delivery(), date=on) if known or on else None


class InvoiceSheet:
    """The forms of an invoice as one. `page` is what is shown: the wish it begins with, and the choices."""

    def __init__(self, page: Any, data: Any = None) -> None:
        self.page = page
        wish: InvoiceWish = page.wish
        self.header = InvoiceForm(
            data,
            entities=page.entities,
            series=page.series,
            languages=page.languages,
            initial=header_initial(wish),
        )
        self.lines = table(LineForm, 0 if wish.lines else 3)(
            data,
            prefix="lines",
            form_kwargs={"known": wish.lines, "currency": wish.currency},
            initial=[line_initial(line, place) for place, line in enumerate(wish.lines)],
        )
        self.items = table(ItemForm, 0)(
            data,
            prefix="items",
            form_kwargs={"known": wish.allowances_charges},
            initial=[item_initial(item, place) for place, item in enumerate(wish.allowances_charges)],
        )

    def is_valid(self) -> bool:
        return all([self.header.is_valid(), self.lines.is_valid(), self.items.is_valid()])

    def wish(self) -> InvoiceWish:
        """Return the invoice that was asked for."""
        return replace(
            self.page.wish,
            **self.header.of(self.page.wish, is_new=self.page.is_new),
            lines=tuple(form.line() for form in filled(self.lines)),
            allowances_charges=tuple(form.item() for form in filled(self.items)),
        )

    def changes(self) -> dict[str, Any]:
        """Return what of a draft is to change."""
        old, new = self.page.wish, self.wish()
        names = {name for name in new.__struct_fields__ if getattr(new, name) != getattr(old, name)}
        if names.intersection(PARTS):
            names |= set(PARTS)
        return {name: getattr(new, name) for name in names}

    def blame(self, refusal: BillingError) -> None:
        """Show a refusal at the field that it is about."""
        at = AT_ROW.fullmatch(refusal.field)
        if not at:
            blame(self.header, refusal)
            return
        rows = filled(self.lines if at["table"] == "lines" else self.items)
        if int(at["place"]) < len(rows):
            form = rows[int(at["place"])]
            form.add_error(at["name"] if at["name"] in form.fields else None, refusal.detail)


def header_initial(wish: InvoiceWish) -> dict[str, Any]:
    period = wish.period or Period()
    return {name: getattr(wish, name) for name in SAME} | {
        "accounting_currency": wish.accounting_currency or "",
        "rounding_amount": wish.rounding_amount or None,
        "note": wish.notes[0].text if wish.notes else "",
        "period_start": period.start,
        "period_end": period.end,
        "delivery_date": wish.delivery.date if wish.delivery else None,
    }
