"""Where an invoice's goods go, as fields: one for each part of the address."""

from typing import Any

from django import forms
from msgspec.structs import replace

from billing.documents.snapshot import Address, Delivery
from billing_desk.code_fields import CodeField

PARTS = {
    "delivery_line1": "line1",
    "delivery_line2": "line2",
    "delivery_postal_code": "postal_code",
    "delivery_city": "city",
    "delivery_region": "region",
    "delivery_country": "country",
}
"""The fields of the form, and the parts of an address they are."""


def part(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=200)


class PlaceForm(forms.Form):
    """The place of delivery. What is known of it beyond these fields stays."""

    delivery_line1 = part("Street and number")
    delivery_line2 = part("Second line")
    delivery_postal_code = part("Postal code")
    delivery_city = part("City")
    delivery_region = part("Region")
    delivery_country = CodeField("countries", label="Country", required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        texts = {name: said.get(name) for name in PARTS}
        if any(texts.values()) and not texts["delivery_country"] and "delivery_country" not in self.errors:
            self.add_error("delivery_country", "An address needs its country.")
        return said

    @property
    def places(self) -> list[forms.BoundField]:
        return [self[name] for name in PARTS]


def delivered(known: Delivery | None, said: dict[str, Any]) -> Delivery | None:
    """Return where and when it is delivered; None if neither was ever said."""
    before = known or Delivery()
    old = before.address or Address()
    address = replace(old, **{column: said[name] for name, column in PARTS.items()})
    if not any(said[name] for name in PARTS) and address != old:
        address = Address()
    now = replace(before, date=said["delivery_date"], address=None if address == Address() else address)
    return now if known or now != Delivery() else None


def place_initial(delivery: Delivery | None) -> dict[str, str]:
    address = (delivery and delivery.address) or Address()
    return {name: getattr(address, column) for name, column in PARTS.items()}
