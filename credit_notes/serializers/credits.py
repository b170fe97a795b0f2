"""Crediting an invoice whole: with a copy to correct, or what it still owes."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import Reading
from credit_notes.models import LONGEST_NOTE, CreditNote

from .wishes import NeedsFinalize, text


class CreditAndCopyIn(Reading):
    """How to credit an entire invoice and draft it anew, to be corrected."""

    aliases: ClassVar = aliases.COPY

    note = text(LONGEST_NOTE)
    reason_code = text(50)
    credit_details_source = serializers.ChoiceField(
        choices=CreditNote.Details.choices, default="ORIGINAL", allow_null=True
    )
    update_credit_invoice_to_final = serializers.BooleanField(default=False)
    update_new_invoice_to_final = serializers.BooleanField(default=False)


class WriteOffIn(Reading):
    aliases: ClassVar = aliases.FINALIZE

    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, default="write_off")
    finalize = serializers.BooleanField(default=True)
    notify = serializers.BooleanField(default=False)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if wish["notify"] and not wish["finalize"]:
            raise NeedsFinalize("Give `finalize` too, or do it once the note is final.", field="notify")
        return wish
