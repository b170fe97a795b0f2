"""The settings of a platform, its series, its reasons."""

from decimal import Decimal
from typing import Any

from django import forms

from billing.documents.number_format import MOST_DIGITS
from billing.parties.platforms import LONGEST_WAIT
from billing_desk.desk.queries.settings import KINDS, RESETS, NewSeries

from .fields import NumberField

LARGEST_FIRST = 10**9
KEPT = Decimal("0.0001")


class SettingsForm(forms.Form):
    """How a platform works. `seen` says which settings were looked at."""

    finalizes_drafts_after_hours = forms.IntegerField(
        label="Finalise drafts after hours",
        required=False,
        min_value=1,
        max_value=LONGEST_WAIT,
        help_text="Empty: a person finalises them.",
    )
    approval_above = NumberField(
        label="Needs an approval above",
        required=False,
        help_text="A credit note of more than this, in its own currency. Empty: none does.",
    )
    requires_reason = forms.BooleanField(label="A credit note must have a reason", required=False)
    requires_refund_reason = forms.BooleanField(label="A refund must have a reason", required=False)
    applies_credits = forms.BooleanField(
        label="Give available credit to new invoices when they are finalised", required=False
    )
    keeps_overpayments = forms.BooleanField(
        label="Keep what a customer paid too much as their credit, rather than refuse it", required=False
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_approval_above(self) -> Decimal | None:
        limit: Decimal | None = self.cleaned_data["approval_above"]
        if limit is not None and limit % KEPT:
            raise forms.ValidationError("At most four decimals are kept.")
        return None if limit is None else limit.quantize(KEPT)


class SeriesForm(forms.Form):
    """How a series writes its numbers."""

    billing_entity_id = forms.ChoiceField(label="Seller")
    kind = forms.ChoiceField(label="For", choices=[(kind.value, words) for kind, words in KINDS.items()])
    prefix = forms.CharField(
        label="Prefix", max_length=30, required=False, help_text="Also its name. Such as CR, or CR-NL."
    )
    reset = forms.ChoiceField(label="Starts anew", choices=list(RESETS.items()), initial="YEARLY")
    separator = forms.CharField(
        label="Between the parts", max_length=3, required=False, initial="-", strip=False
    )
    digits = forms.IntegerField(
        label="Digits", min_value=1, max_value=MOST_DIGITS, initial=6, help_text="Filled up with zeros."
    )
    first_number = forms.IntegerField(
        label="First number", min_value=1, max_value=LARGEST_FIRST, initial=1, help_text="Mostly 1."
    )
    is_default = forms.BooleanField(label="Number new documents from this series", required=False)

    def __init__(self, *args: Any, page: NewSeries, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["billing_entity_id"].choices = page.entities


class NewReasonForm(forms.Form):
    """Another reason for a list."""

    code = forms.CharField(
        label="Code", max_length=50, help_text="For programs; it stays as it is. Such as late_delivery."
    )
    name = forms.CharField(label="Name", max_length=200, help_text="As it is chosen, and printed.")


class ReasonNameForm(forms.Form):
    """How a reason is called, and where it stands in its list."""

    name = forms.CharField(label="Name", max_length=200, help_text="As it is chosen, and printed.")
    position = forms.IntegerField(label="Place in the list", min_value=0, max_value=LARGEST_FIRST)
