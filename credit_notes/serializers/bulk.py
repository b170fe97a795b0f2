"""What callers send to credit many invoices, or to do something with many credit notes."""

from typing import Any

from rest_framework import serializers

from billing.api.bulk import IdsIn, ManyIn, SendManyIn, named
from credit_notes.models import LONGEST_NOTE, CreditNote


class CreditInvoicesIn(ManyIn):
    """Credit all that is left of each invoice: a draft for each, or with `finalize` a final note."""

    OBJECTS = "invoices"
    action = named("credit")
    invoices = IdsIn()
    note = serializers.CharField(
        max_length=LONGEST_NOTE, allow_blank=True, required=False, help_text="Printed: why it is credited."
    )
    reason_code = serializers.CharField(max_length=50, allow_blank=True, required=False)
    type = serializers.ChoiceField(
        choices=CreditNote.Type.choices, required=False, help_text="Default: by what is unpaid."
    )
    credit_details_source = serializers.ChoiceField(
        choices=CreditNote.Details.choices,
        required=False,
        help_text="The parties as on the invoice (default), or as they are today.",
    )
    delivery_date = serializers.DateField(required=False)
    date = serializers.DateField(required=False, help_text="Default: the day it is finalised.")
    finalize = serializers.BooleanField(default=False)
    notify = serializers.BooleanField(default=False, help_text="With `finalize`: e-mail it to the customer.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if wish["notify"] and not wish["finalize"]:
            raise serializers.ValidationError({"notify": "Only a final note is sent: give `finalize` too."})
        return wish


class NotesIn(ManyIn):
    OBJECTS = "credit_notes"
    credit_notes = IdsIn()


class FinalizeNotesIn(NotesIn):
    """Finalise drafts: number each and freeze it. There is no way back."""

    action = named("finalize")
    notify = serializers.BooleanField(default=False, help_text="E-mail each to its customer.")


class VoidNotesIn(NotesIn):
    """Void final notes whose money has gone nowhere else."""

    action = named("void")
    reason = serializers.CharField(max_length=LONGEST_NOTE, help_text="Why; kept with each note.")


class SendNotesIn(SendManyIn, NotesIn):
    """E-mail final notes with their PDFs and e-invoices."""

    action = named("send")


class ApproveNotesIn(NotesIn):
    """Let drafts of others be finalised."""

    action = named("approve")


class HoldNotesIn(NotesIn):
    """Keep drafts from being finalised automatically."""

    action = named("hold")


class ReleaseNotesIn(NotesIn):
    """Take drafts off hold."""

    action = named("release")


class DeleteNotesIn(NotesIn):
    """Delete drafts."""

    action = named("delete")


ACTIONS: dict[str, type[ManyIn]] = {
    "credit": CreditInvoicesIn,
    "finalize": FinalizeNotesIn,
    "void": VoidNotesIn,
    "send": SendNotesIn,
    "approve": ApproveNotesIn,
    "hold": HoldNotesIn,
    "release": ReleaseNotesIn,
    "delete": DeleteNotesIn,
}
