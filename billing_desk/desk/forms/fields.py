"""Fields that read numbers as people write them, and the way from a refusal to the field it is about."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.errors import BillingError
from billing.money import LARGEST_AMOUNT, ZERO, has_minor_unit, minor_unit

PLAIN = re.compile(r"(?P<whole>-?[0-9]{1,20})([.,](?P<decimals>[0-9]{1,20}))?")
GROUPED = re.compile(
    r"(?P<whole>-?[0-9]{1,3}(?P<gap>[.,\s'’])[0-9]{3}((?P=gap)[0-9]{3}){0,5})"
    r"((?!(?P=gap))[.,](?P<decimals>[0-9]{1,20}))?"
)
GAPS = re.compile(r"[.,\s'’]")
MOST_PLACES = 12
CURRENCIES = re.compile(r"[A-Z]{3}")

Choices = Sequence[tuple[str, str]]


def number_in(text: str) -> Decimal | None:
    """Return the number that a person wrote; None if it can be read in no way, or in several.

    A point or a comma begins the decimals; thousands may be set apart, all of them and by one sign only.
    A single point or comma is always that of the decimals.

    >>> number_in("1234,5"), number_in("1.250,50"), number_in("−3"), number_in("1,23.4")
    (Decimal('1234.5'), Decimal('1250.50'), Decimal('-3'), None)
    """
    written = text.strip().replace("−", "-")
    found = PLAIN.fullmatch(written) or GROUPED.fullmatch(written)
    return Decimal(f"{GAPS.sub('', found['whole'])}.{found['decimals'] or ''}") if found else None


class Quick:
    """A widget that draws itself without a template, for pages that have thousands of them."""

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        widget = context["widget"]
        said = {name: widget[name] for name in ("type", "name", "value") if widget[name] is not None}
        pairs = format_html_join("", ' {}="{}"', said.items())
        return format_html("<input{}{}>", pairs, flatatt(widget["attrs"]))


class QuickInput(Quick, forms.TextInput):
    pass


class QuickCheckbox(Quick, forms.CheckboxInput):
    pass


class NumberField(forms.Field):
    """A quantity, a price or a rate: `12.5`, or with a comma. `most` is the largest that is taken in."""

    widget = QuickInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": "Write a number, such as 12.50. Thousands may be set apart: 1,250.50 or 1.250,50.",
        "too_large": "This is larger than anything that is taken in.",
        "negative": "This cannot be negative.",
        "too_fine": f"At most {MOST_PLACES} decimals are kept.",
    }

    def __init__(self, *, negative: bool = False, most: Decimal = LARGEST_AMOUNT, **options: Any) -> None:
        self.negative, self.most = negative, most
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        number = number_in(str(value))
        if number is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return number

    def validate(self, value: Decimal | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value < ZERO and not self.negative:
            raise forms.ValidationError(self.error_messages["negative"], code="negative")
        if abs(value) > self.most:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        self.validate_places(value)

    def validate_places(self, value: Decimal) -> None:
        if -value.normalize().as_tuple().exponent > MOST_PLACES:
            raise forms.ValidationError(self.error_messages["too_fine"], code="too_fine")

    def prepare_value(self, value: Any) -> Any:
        return f"{plain(value):f}" if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except forms.ValidationError:
            return True


class MoneyField(NumberField):
    """An amount, as fine as its `currency`; in none, what is too fine is for the service to say."""

    def __init__(self, *, currency: str = "", **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)

    def validate_places(self, value: Decimal) -> None:
        if not self.currency:
            return super().validate_places(value)
        if value % minor_unit(self.currency):
            message = (
                f"This is finer than {self.currency}, whose smallest unit is {minor_unit(self.currency)}."
            )
            raise forms.ValidationError(message, code="too_fine")
        return None

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        if self.currency and not value % minor_unit(self.currency):
            return f"{value.quantize(minor_unit(self.currency)):f}"
        return f"{value:f}"


class PriceField(NumberField):
    """A price, shown with at least the places of its `currency`."""

    def __init__(self, *, currency: str = "", **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        unit = minor_unit(self.currency) if has_minor_unit(self.currency) else Decimal(1)
        if isinstance(value, Decimal) and not value % unit:
            return f"{value.quantize(unit):f}"
        return super().prepare_value(value)


class DayField(forms.DateField):
    """A day, picked from a calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class LongText(forms.CharField):
    """A text of several lines, without the control characters that XML cannot hold."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n")
        return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def plain(value: Decimal) -> Decimal:
    """Return a number without trailing zeros; 100 stays 100."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def blame(form: forms.Form, refusal: BillingError) -> None:
    """Show a refusal at the field that it is about, if the form has it."""
    steps = [step for step in refusal.field.split(".") if not step.isdigit()]
    name = steps[-1] if steps else ""
    if name in form.fields:
        form.add_error(name, refusal.detail)
