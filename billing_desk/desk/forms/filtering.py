"""By what a list can be narrowed without writing an address."""

from collections.abc import Mapping
from typing import Any

from django import forms

AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 40}
CURRENCY = {"autocomplete": "off", "autocapitalize": "characters", "maxlength": 3, "placeholder": "EUR"}
WORDED = {
    "billing_entity": "Billing entity",
    "type": "Type",
    "reason_code": "Reason",
    "einvoice_status": "E-invoice",
    "einvoice_response": "Receiver's answer",
}


class FilterForm(forms.Form):
    """The usual filters of a list, under the API's names. Whether a value is one is for the list to say.

    `names` are those that can be chosen from, by filter. One alone is no choice.
    """

    def __init__(self, said: dict[str, str], names: Mapping[str, dict[str, str]]) -> None:
        super().__init__(initial=said, auto_id="filter-%s")
        self.fields = {
            "date[gte]": text("Date from", forms.DateInput, type="date"),
            "date[lte]": text("Date to", forms.DateInput, type="date"),
            "total[gte]": text("Total from", **AMOUNT),
            "total[lte]": text("Total to", **AMOUNT),
            "currency": text("Currency", **CURRENCY),
            "customer_name[starts_with]": text("Customer begins with", autocomplete="off", maxlength=200),
        }
        for name, label in WORDED.items():
            if len(names.get(name, ())) > 1:
                self.fields[name] = choice(label, names[name], said.get(name, ""))

    def blame(self, name: str) -> str:
        """Mark the field that a refusal is about, and return what it is called; "" if there is none."""
        if name not in self.fields:
            return ""
        field = self.fields[name]
        field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": "filter-wrong"}
        return str(field.label)


def text(label: str, widget: type[forms.Widget] = forms.TextInput, **attrs: Any) -> forms.Field:
    return forms.CharField(label=label, required=False, widget=widget(attrs=attrs))


def choice(label: str, names: dict[str, str], kept: str) -> forms.Field:
    """Return a field to choose by name; `kept` is what was asked for although the list lacks it."""
    gone = {kept: kept} if kept and kept not in names else {}
    choices = [("", "Any"), *(names | gone).items()]
    return forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))
