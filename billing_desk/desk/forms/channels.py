"""How a seller's e-invoices leave the house."""

from django import forms

from billing.events.addresses import LONGEST_URL
from billing.exchange.channels import LONGEST_FOLDER
from billing.exchange.models import Channel

METHODS = [
    (Channel.Method.OFF, "Not at all"),
    (Channel.Method.MANUAL, "When somebody sends them"),
    (Channel.Method.AUTOMATIC, "By themselves, as soon as a document is final"),
]


class ChannelForm(forms.Form):
    """`seen` says which settings were looked at."""

    method = forms.ChoiceField(label="E-invoices leave", choices=METHODS, widget=forms.RadioSelect)
    transport = forms.ChoiceField(label="By", choices=Channel.Transport.choices, widget=forms.RadioSelect)
    address = forms.CharField(
        label="Access point",
        required=False,
        max_length=LONGEST_URL,
        help_text="For the HTTP access point: its address, such as https://ap.example/outbound.",
    )
    folder = forms.CharField(
        label="Folder",
        required=False,
        max_length=LONGEST_FOLDER,
        help_text="For the directory drop. Empty: the seller's id.",
    )
    lookup = forms.ChoiceField(
        label="Whether a customer can receive it",
        choices=Channel.Lookup.choices,
        widget=forms.RadioSelect,
    )
    lookup_address = forms.CharField(
        label="Directory",
        required=False,
        max_length=LONGEST_URL,
        help_text="For the HTTP directory: its address.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
