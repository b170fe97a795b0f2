"""A credit note as a caller asks for it, and the changes to a draft."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import DayIn, ObjectIn
from billing.errors import Invalid
from credit_notes.models import LONGEST_NOTE, CreditNote
from credit_notes.wish import SAYING, blank
from invoices.parts import LinesNeeded

from .selections import MOST_INVOICES, InvoicePartIn, SelectionIn, require_parts

FINALIZING = ("notify", "source_payment")
"""What is done with a final note, and so needs `finalize`."""


class InvoiceOrCustomer(Invalid):
    code = "invoice_or_customer"
    title = "A credit note is on an invoice, on several, or for a customer"


class NeedsFinalize(Invalid):
    code = "needs_finalize"
    title = "This is done with a final credit note"


def text(longest: int, **options: Any) -> serializers.CharField:
    """A text that need not be given; empty or null is as if it were not."""
    return serializers.CharField(
        max_length=longest, allow_blank=True, allow_null=True, required=False, **options
    )


class NoteFieldsIn(SelectionIn):
    """What a note says beside its amounts. Null says what a note says of which nothing was said."""

    aliases: ClassVar = aliases.NOTE
    kept_from_clients: ClassVar = frozenset(
        {"date", "internal_comment", "metadata", "custom_fields", "sequence", "number", "timezone"}
    )

    note = text(LONGEST_NOTE, help_text="Printed: why it is credited.")
    reason_code = text(50)
    type = serializers.ChoiceField(
        choices=CreditNote.Type.choices,
        required=False,
        allow_null=True,
        help_text="Default: by what is unpaid.",
    )
    credit_details_source = serializers.ChoiceField(
        choices=CreditNote.Details.choices,
        required=False,
        allow_null=True,
        help_text="The parties as on the invoice (default), or as they are today.",
    )
    delivery_date = DayIn(required=False, allow_null=True, help_text="Default: the invoice's.")
    date = DayIn(required=False, allow_null=True, help_text="Default: the day it is finalised.")
    sequence = text(40, help_text="The series by its prefix or id; an unknown prefix starts a series.")
    number = text(200, help_text="It must fit the series and be larger than its last, which it becomes.")
    template = text(100, help_text="Its id or name, or a built-in look; default: the platform's.")
    timezone = text(
        50, help_text="Its days count, such as Europe/Paris's, unless the billing entity's are behind."
    )
    internal_comment = text(LONGEST_NOTE)
    metadata = ObjectIn(required=False, allow_null=True)
    custom_fields = ObjectIn(required=False, allow_null=True)


class IssueIn(NoteFieldsIn):
    """Fields of a new note that say what becomes of it at once."""

    force_init_on_hold = serializers.BooleanField(default=False, allow_null=True)
    finalize = serializers.BooleanField(default=False)
    notify = serializers.BooleanField(
        default=False, allow_null=True, help_text="With `finalize`: e-mail it to the customer."
    )
    source_payment = text(
        40,
        help_text="With `finalize`: the payment to which what the note has available is refunded. Not kept.",
    )

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        for name in FINALIZING:
            if wish.get(name) and not wish["finalize"]:
                raise NeedsFinalize("Give `finalize` too, or do it once the note is final.", field=name)
        if wish["force_init_on_hold"] and wish["finalize"]:
            message = "Only a draft is on hold: say that `finalize` is false."
            raise serializers.ValidationError({"force_init_on_hold": message})
        return wish


class CreditInvoiceIn(IssueIn):
    """How to credit an invoice. Nothing is required: an empty body drafts a credit of the entire invoice."""


class CreateCreditNoteIn(IssueIn):
    """A note on an invoice, on several, or for a customer without one. It is issued at once."""

    kept_from_clients: ClassVar = NoteFieldsIn.kept_from_clients | {"customer"}

    invoice = serializers.CharField(max_length=40, required=False)
    invoices = InvoicePartIn(many=True, required=False, max_length=MOST_INVOICES)
    customer = serializers.CharField(max_length=40, required=False, help_text="Without an invoice.")
    billing_entity = serializers.CharField(max_length=40, required=False, help_text="Default: the only one.")
    currency = serializers.CharField(max_length=3, required=False, help_text="As the invoice's.")
    finalize = serializers.BooleanField(default=True)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        given = [name for name in ("invoice", "invoices", "customer") if name in wish]
        if len(given) != 1:
            raise InvoiceOrCustomer(
                "Give one of invoice, invoices and customer.", field=given[1] if given else "invoice"
            )
        if "customer" in wish and not wish.get("lines"):
            raise LinesNeeded("Give the lines of a note without an invoice.", field="lines")
        require_parts(wish)
        return wish


class ReplaceCreditNoteIn(NoteFieldsIn):
    """All that a draft says: what is not given is as in a new note, which takes all that is left.

    Its number, sequence and invoices stay unless others are given. Of a final note: comment and metadata.
    """

    invoices = InvoicePartIn(many=True, required=False, max_length=MOST_INVOICES)
    version = serializers.IntegerField(required=False, help_text="The one you looked at.")
    number = text(200, help_text="It must fit the series and be free; the series does not move on to it.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        require_parts(wish)
        return wish


class UpdateCreditNoteIn(ReplaceCreditNoteIn):
    """Changes to a draft: lines, if given, replace all of it. Of a final note: comment and metadata."""


RENAMED = {"details_source": "credit_details_source", "series": "sequence", "time_zone": "timezone"}
"""Names of `Wish` that are others here."""


def said_in(wish: dict[str, Any]) -> dict[str, Any]:
    """Return what a note is to say beside its amounts, by the names of `Wish`.

    Null is what a note says of which nothing was said.
    """
    named = {name: RENAMED.get(name, name) for name in SAYING}
    given = {name: wish[theirs] for name, theirs in named.items() if theirs in wish}
    return given | {name: value for name, value in blank().items() if given.get(name, "") is None}
