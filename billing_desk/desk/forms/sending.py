"""To whom a document is e-mailed, and with which words."""

import re
from typing import Any

from django import forms

from billing.paper.mail import MOST_RECIPIENTS, MOST_SUBJECT, MOST_TEXT

from .fields import LongText

LONGEST_ADDRESSES = 320 * MOST_RECIPIENTS
BETWEEN = re.compile(r"[,;\s]+")


class AddressesField(forms.CharField):
    """E-mail addresses, set apart by commas; whether each is one is for the service to say."""

    def clean(self, value: Any) -> list[str]:
        return [address for address in BETWEEN.split(str(super().clean(value))) if address]


class SendForm(forms.Form):
    to = AddressesField(
        label="To", max_length=LONGEST_ADDRESSES, help_text="Several are set apart by commas."
    )
    cc = AddressesField(label="Copy to", max_length=LONGEST_ADDRESSES, required=False)
    subject = forms.CharField(label="Subject", max_length=MOST_SUBJECT)
    message = LongText(
        label="Message",
        required=False,
        max_length=MOST_TEXT,
        help_text="In place of the usual words. Number, date and total follow it.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
