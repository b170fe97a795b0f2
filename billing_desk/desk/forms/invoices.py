"""An invoice as a clerk writes it. What the form does not show, a draft keeps."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from msgspec.structs import replace

from billing.documents.snapshot import Note, PaymentMeans, Period
from billing.einvoice.preflight.payment import CREDIT_TRANSFER
from billing.errors import BillingError
from billing_desk.code_fields import CodeField
from invoices.wish import InvoiceWish

from .fields import Choices, DayField, LongText, MoneyField, NumberField, blame
from .invoice_rows import ItemForm, LineForm, item_initial, line_initial, period_of
from .place import PARTS as PLACE
from .place import PlaceForm, delivered, place_initial
from .rows import filled, table

Means = tuple[PaymentMeans, ...]

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
    "payment_code",
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


class InvoiceForm(PlaceForm):
    """What an invoice says beside its lines."""

    billing_entity = forms.ChoiceField(label="Seller")
    currency = CodeField("currencies", label="Currency")
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
    payment_code = CodeField(
        "payment_means",
        label="Paid by",
        required=False,
        help_text="Without one, by transfer to the seller's account, if it has one.",
    )
    language = forms.ChoiceField(label="Language")
    accounting_currency = CodeField(
        "currencies", label="VAT also in", suggests=False, required=False, help_text="Another currency."
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
        for name in ("currency", "accounting_currency", "payment_code", "delivery_country"):
            self.fields[name].kept = self.initial.get(name, "")
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
        return not {*REFERENCES, *DAYS, *PLACE, *OTHERS, "internal_comment"}.isdisjoint(self.errors)

    def of(self, known: InvoiceWish, *, is_new: bool, accounts: Mapping[str, Means]) -> dict[str, Any]:
        """Return what was typed by the names of a wish. `known` is the wish that the form began with."""
        said = self.cleaned_data
        account = accounts.get(said.get("billing_entity") or known.billing_entity, ())
        rest = known.notes[1:] if known.notes else ()
        return {name: said[name] for name in SAME if name in said} | {
            "accounting_currency": said["accounting_currency"] or (None if is_new else ""),
            "rounding_amount": said["rounding_amount"] or Decimal(0),
            "notes": (noted(known, said["note"]), *rest) if said["note"] else rest,
            "payment_means": paid_by(said["payment_code"], known.payment_means, account),
            "period": period_of(said),
            "delivery": delivered(known.delivery, said),
        }


def noted(known: InvoiceWish, text: str) -> Note:
    return replace(known.notes[0], text=text) if known.notes else Note(text=text)


def paid_by(code: str, known: Means | None, account: Means) -> Means | None:
    """Return how an invoice is paid, by the code that was typed; None for the seller's usual account.

    What was known stays while its code does. A transfer goes to the account that was known, else to the
    seller's.
    """
    first = known[0] if known else None
    if code == (first.code if first else ""):
        return known
    if not code:
        return None
    if code not in CREDIT_TRANSFER:
        return (PaymentMeans(code=code, remittance=first.remittance if first else ""),)
    to = first if first and first.account else account[0] if account else PaymentMeans(code=code)
    return (replace(to, code=code),)


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
            **self.header.of(self.page.wish, is_new=self.page.is_new, accounts=self.page.accounts),
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
        place = refusal.field.replace("delivery.address.", "delivery_")
        if place in PLACE:
            self.header.add_error(place, refusal.detail)
            return
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
        "payment_code": wish.payment_means[0].code if wish.payment_means else "",
        "rounding_amount": wish.rounding_amount or None,
        "note": wish.notes[0].text if wish.notes else "",
        "period_start": period.start,
        "period_end": period.end,
        "delivery_date": wish.delivery.date if wish.delivery else None,
        **place_initial(wish.delivery),
    }
