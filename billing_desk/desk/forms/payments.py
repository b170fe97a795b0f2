"""Money that came in, and what became of it."""

from decimal import Decimal
from typing import Any

from django import forms

from invoices.models import Payment

from .fields import DayField, MoneyField

METHODS = [
    (method, label.capitalize())
    for method, label in Payment.Method.of_money()
    if method != Payment.Method.STRIPE
]
"""What people record. A payment at Stripe comes over the API, with the reference that refunds need."""


class MoneyForm(forms.Form):
    """An amount on a day."""

    amount = MoneyField(label="Amount")
    date = DayField(label="Date")
    reference = forms.CharField(label="Reference", required=False, max_length=200)

    def __init__(self, *args: Any, currency: str, due: Decimal, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"amount": due, "date": today}, **kwargs)
        self.fields["amount"].label = f"Amount in {currency}"
        self.fields["amount"].currency = currency
        self.fields["date"].widget.attrs["max"] = today.isoformat()


class PaymentForm(MoneyForm):
    method = forms.ChoiceField(label="How it was paid", choices=METHODS)
    in_progress = forms.BooleanField(label="It is on its way and has not arrived yet", required=False)

    field_order = ["amount", "date", "method", "reference", "in_progress"]

    def wish(self) -> dict[str, Any]:
        """Return what was typed as `record_payment` takes it."""
        said = dict(self.cleaned_data)
        on_its_way = said.pop("in_progress")
        return said | {"status": Payment.Status.IN_PROGRESS if on_its_way else Payment.Status.SUCCEEDED}


class SettleForm(forms.Form):
    """Did the money come?"""

    succeeded = forms.TypedChoiceField(
        label="What became of it?",
        choices=[("yes", "It has arrived"), ("no", "It will not come")],
        coerce=lambda choice: choice == "yes",
        widget=forms.RadioSelect,
    )
    failure = forms.CharField(
        label="Why it will not come", required=False, max_length=200, help_text="Kept in the history."
    )
