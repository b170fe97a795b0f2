"""The rows of an invoice: its lines, and what is taken off or put on the whole."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from msgspec.structs import replace

from billing.documents.snapshot import Period
from billing.einvoice.codes import ListName, is_known, name_of
from billing.money import HUNDRED
from billing_desk.code_fields import CodeField
from billing_desk.desk.queries.plain_words import CATEGORIES
from invoices.wish import AllowanceChargeWish, LineWish

from .fields import DayField, LongText, MoneyField, NumberField, PriceField
from .rows import more_rows

TAXED = frozenset({"S", "L", "M", "B"})
"""Categories that have a rate of their own."""

FOLDED = (
    "description",
    "exemption_reason",
    "exemption_code",
    "group",
    "seller_item_id",
    "period_start",
    "period_end",
)
"""Fields of a line that are seldom needed."""


class LineForm(forms.Form):
    """A line. One that is known keeps what the form does not show."""

    was = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    name = forms.CharField(label="What for", max_length=1000)
    quantity = NumberField(label="Quantity", negative=True, initial=Decimal(1))
    unit = CodeField("units", label="Unit", suggests=False, initial="C62")
    unit_price = PriceField(label="Price")
    tax_category = forms.ChoiceField(label="VAT", choices=CATEGORIES, initial="S")
    tax_rate = NumberField(label="Rate in %", required=False, most=HUNDRED)
    description = LongText(label="Description", required=False, max_length=2000)
    exemption_reason = forms.CharField(label="Why there is no VAT", required=False, max_length=300)
    exemption_code = CodeField("exemption_codes", label="Its code", suggests=False, required=False)
    group = forms.CharField(label="Group", required=False, max_length=200)
    seller_item_id = forms.CharField(label="Item number", required=False, max_length=200)
    period_start = DayField(label="Period from", required=False)
    period_end = DayField(label="Period to", required=False)

    def __init__(self, *args: Any, known: Sequence[LineWish], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.fields["unit_price"].currency = currency
        self.fields["unit"].kept = self.initial.get("unit", "")
        self.fields["exemption_code"].kept = self.initial.get("exemption_code", "")
        category = self.initial.get("tax_category", "S")
        if category not in dict(CATEGORIES):
            self.fields["tax_category"].choices = [*CATEGORIES, (category, category)]
        self.fields["description"].widget.attrs["rows"] = 2

    @property
    def more_has_errors(self) -> bool:
        """Whether something is wrong with what the page folds away."""
        return any(name in self.errors for name in FOLDED)

    def line(self) -> LineWish:
        said = dict(self.cleaned_data)
        was, period = said.pop("was"), period_of(said)
        for name in ("period_start", "period_end", "DELETE"):
            said.pop(name, None)
        if said["tax_category"] not in TAXED and not said["tax_rate"]:
            said["tax_rate"] = None if said["tax_category"] == "O" else Decimal(0)
        if was is None or was >= len(self.known):
            return LineWish(**said, period=period)
        old = self.known[was]
        return replace(
            old, **said | {"period": period, "tax_rate": as_before(said["tax_rate"], old.tax_rate)}
        )


def as_before(rate: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return a rate as it was written before, if it is the same."""
    return before if (rate or 0) == (before or 0) else rate


class ItemForm(forms.Form):
    """An allowance or a charge on the whole invoice: an amount, or a percentage."""

    was = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    is_charge = forms.TypedChoiceField(
        label="Kind",
        choices=[("no", "Discount"), ("yes", "Surcharge")],
        coerce=lambda choice: choice == "yes",
        initial="no",
    )
    reason = forms.CharField(label="Reason", max_length=300)
    reason_code = CodeField(
        "allowance_reasons", "charge_reasons", label="Its code", suggests=False, required=False
    )
    amount = MoneyField(label="Amount", required=False)
    percent = NumberField(label="Or in %", required=False, most=HUNDRED)
    tax_category = forms.ChoiceField(
        label="VAT", choices=[("", "As the lines"), *CATEGORIES], required=False, initial=""
    )
    tax_rate = NumberField(label="Rate in %", required=False, most=HUNDRED)

    def __init__(self, *args: Any, known: Sequence[AllowanceChargeWish], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.fields["reason_code"].kept = self.initial.get("reason_code", "")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        code = said.get("reason_code", "")
        if code and "is_charge" in said:
            other: ListName = "allowance_reasons" if said["is_charge"] else "charge_reasons"
            if is_known(other, code):
                kind = "a discount" if said["is_charge"] else "a surcharge"
                self.add_error("reason_code", f"{code} ({name_of(other, code)}) is a reason for {kind}.")
        if "amount" in said and "percent" in said and (said["amount"] is None) == (said["percent"] is None):
            self.add_error("amount", "Give either an amount or a percentage.")
        return said

    def item(self) -> AllowanceChargeWish:
        said = dict(self.cleaned_data)
        was = said.pop("was")
        said.pop("DELETE", None)
        if not said["tax_category"]:
            said["tax_rate"] = None
        if was is None or was >= len(self.known):
            return AllowanceChargeWish(**said)
        old = self.known[was]
        return replace(old, **said | {"tax_rate": as_before(said["tax_rate"], old.tax_rate)})


def period_of(said: dict[str, Any]) -> Period | None:
    start, end = said.get("period_start"), said.get("period_end")
    return Period(start=start, end=end) if start or end else None


def line_initial(line: LineWish, place: int) -> dict[str, Any]:
    period = line.period or Period()
    return {name: getattr(line, name) for name in LineForm.base_fields if hasattr(line, name)} | {
        "was": place,
        "period_start": period.start,
        "period_end": period.end,
    }


def item_initial(item: AllowanceChargeWish, place: int) -> dict[str, Any]:
    names = ("reason", "reason_code", "amount", "percent", "tax_category", "tax_rate")
    kind = "yes" if item.is_charge else "no"
    return {name: getattr(item, name) for name in names} | {"was": place, "is_charge": kind}


def with_more_lines(data: Any) -> Any:
    """Return what was posted, with room for more lines."""
    return more_rows(data, "lines", by=3, blank={"quantity": "1", "unit": "C62", "tax_category": "S"})


def with_more_items(data: Any) -> Any:
    """Return what was posted, with room for one more allowance or charge."""
    return more_rows(data, "items", by=1, blank={"is_charge": "no"})
