"""A customer's delivery address, as fields instead of JSON."""

from typing import Any

from django import forms

PARTS = {f"delivery_{name}": name for name in ("line1", "line2", "line3", "postal_code", "city", "region")}
PARTS["delivery_country"] = "country"
"""The fields of the form, and the parts of an address they are."""


def part(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


class PlaceForm(forms.ModelForm):
    """Where goods go, when that is elsewhere."""

    delivery_line1 = part("Address line 1")
    delivery_line2 = part("Address line 2")
    delivery_line3 = part("Address line 3")
    delivery_postal_code = part("Postal code")
    delivery_city = part("City")
    delivery_region = part("Region")
    delivery_country = part("Country of delivery")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, column in PARTS.items():
            self.initial[name] = self.instance.delivery_address.get(column, "")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        refused = "delivery_country" in self.errors
        if any(data.get(name) for name in PARTS) and not data.get("delivery_country") and not refused:
            self.add_error("delivery_country", "An address needs its country.")
        return data

    @property
    def place(self) -> dict[str, str]:
        """What was written, as the column keeps it."""
        said = {column: self.cleaned_data[name] for name, column in PARTS.items()}
        return {column: text for column, text in said.items() if text}


def in_words(address: dict[str, str]) -> str:
    return ", ".join(address[column] for column in PARTS.values() if address.get(column)) or "–"
