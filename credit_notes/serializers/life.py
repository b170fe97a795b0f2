"""What a caller says to finalise a draft, or to void or reverse a credit note."""

from typing import ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, Reading
from credit_notes.models import LONGEST_NOTE


class FinalizeIn(Reading):
    aliases: ClassVar = aliases.FINALIZE

    notify = serializers.BooleanField(default=False, help_text="E-mail it to the customer.")
    version = serializers.IntegerField(required=False, help_text="The one you looked at.")
    total = AmountIn(zero=True, required=False, help_text="What you expect it to come to.")


class ReasonIn(Reading):
    aliases: ClassVar = aliases.REASON

    reason = serializers.CharField(
        max_length=LONGEST_NOTE, help_text="Why; kept with the note and its event."
    )
