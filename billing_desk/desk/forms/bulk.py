"""What is said once when something is done with many."""

from typing import Any

from django import forms

from billing.paper.mail import MOST_TEXT
from billing.platforms.models import Platform
from credit_notes.models import LONGEST_NOTE

from .credit_notes import NothingForm, WhyForm, reason_choices
from .fields import LongText


class CreditManyForm(forms.Form):
    """What each of the new credit notes says, and whether it is final at once."""

    note = LongText(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Printed on each credit note and sent with its e-invoice.",
    )
    reason_code = forms.ChoiceField(
        label="Reason",
        required=False,
        help_text="Printed where there is no note; for your own reports otherwise.",
    )
    finalize = forms.BooleanField(
        label="Finalise them at once. Each takes its number, and nothing on it can change.", required=False
    )
    notify = forms.BooleanField(label="E-mail each to its customer, once it is final.", required=False)

    def __init__(self, *args: Any, platform: Platform, can_finalize: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = reason_choices(platform, "CREDIT")
        self.fields["reason_code"].required = platform.requires_reason
        if not can_finalize:
            del self.fields["finalize"], self.fields["notify"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("notify") and not said.get("finalize"):
            self.add_error("notify", "Only a final credit note is sent: finalise them too.")
        return said


class NotifyForm(forms.Form):
    notify = forms.BooleanField(label="E-mail each to its customer.", required=False)


class SendManyForm(forms.Form):
    message = LongText(
        label="Message",
        required=False,
        max_length=MOST_TEXT,
        help_text="The same for all, in place of the usual words. Number, date and total follow it.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def bulk_form(deed: str, data: Any, *, platform: Platform, can_finalize: bool) -> forms.Form:
    """Return the form of a deed with many."""
    if deed == "credit_invoice":
        return CreditManyForm(data, platform=platform, can_finalize=can_finalize)
    if deed.startswith("finalize_"):
        return NotifyForm(data)
    if deed.startswith("send_"):
        return SendManyForm(data)
    return WhyForm(data) if deed == "void_credit_note" else NothingForm(data)
