"""What can be said about a credit note: its words, and why it is undone."""

from typing import Any

from django import forms

from billing.platforms.models import Platform
from credit_notes.models import LONGEST_NOTE
from credit_notes.services import reasons_of

from .fields import LongText


def reason_choices(platform: Platform, kind: str, *, kept: str = "") -> list[tuple[str, str]]:
    """Return what a reason can be chosen from; `kept` is one that a draft has although the list lost it."""
    reasons = reasons_of(platform, kind)
    gone = [(kept, kept)] if kept and kept not in dict(reasons) else []
    return [("", "None"), *gone, *reasons]


class WordsForm(forms.Form):
    """What a draft says beside its amounts, to the customer and to ourselves."""

    note = LongText(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Printed on the credit note and sent with the e-invoice.",
    )
    reason_code = forms.ChoiceField(
        label="Reason",
        required=False,
        help_text="Printed where there is no note; for your own reports otherwise.",
    )
    internal_comment = LongText(
        label="Internal comment",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Only shown at this desk.",
    )

    def __init__(self, *args: Any, platform: Platform, kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = reason_choices(platform, "CREDIT", kept=kept)


class CommentForm(forms.Form):
    """The internal comment of a note that is final."""

    internal_comment = LongText(
        label="Internal comment",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Only shown at this desk.",
    )


class WhyForm(forms.Form):
    """Why something is undone."""

    reason = LongText(
        label="Reason",
        max_length=LONGEST_NOTE,
        help_text="Kept with the credit note's history.",
        error_messages={"required": "Say why."},
    )


class NothingForm(forms.Form):
    """A yes, and nothing else."""
