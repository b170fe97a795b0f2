"""What a caller says to void or reverse a credit note, or to hold and release a draft."""

from rest_framework import serializers

from billing.api.fields import Reading
from credit_notes.models import LONGEST_NOTE


class ReasonIn(Reading):
    reason = serializers.CharField(
        max_length=LONGEST_NOTE, help_text="Why; kept with the note and its event."
    )
