"""What a person knows of an e-invoice that was sent."""

from collections.abc import Sequence
from typing import Any

from django import forms

from billing.exchange.hear import News
from billing.exchange.steps import LONGEST_MESSAGE, LONGEST_REFERENCE

from .fields import LongText


class NewsForm(forms.Form):
    """What became of an e-invoice, or what its receiver answered; `choices` are what can be true now."""

    news = forms.ChoiceField(label="What they said")
    message = LongText(
        label="In their words",
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reference = forms.CharField(label="Their reference", required=False, max_length=LONGEST_REFERENCE)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["news"].choices = choices

    def said(self) -> News:
        """Return what the form says; it is valid."""
        about, _, value = self.cleaned_data["news"].partition(":")
        words = {name: self.cleaned_data[name] for name in ("message", "reference")}
        return News(**{about: value}, **words)
