"""Forms: they validate, they never save."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import TemplatesSetting

from billing.einvoice.untrusted import MAX_BYTES
from credit_notes.models import LONGEST_NOTE
from credit_notes.reasons import DEFAULT


class DeskFormRenderer(TemplatesSetting):
    """Draws fields by the desk's own templates."""


class SignInForm(AuthenticationForm):
    """Who is it?"""

    error_messages = {
        "invalid_login": "User name and password do not belong together. Capital letters count in both.",
        "inactive": "This account has been closed. Ask your administrator.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class ReasonForm(forms.Form):
    """Why an invoice is credited."""

    note = forms.CharField(
        label="Note",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Printed on the credit note and sent with the e-invoice.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason_code = forms.ChoiceField(
        label="Reason",
        required=False,
        help_text="Printed where there is no note; for your own reports otherwise.",
    )

    def __init__(
        self, *args: Any, reasons: Sequence[tuple[str, str]] = tuple(DEFAULT.items()), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = [("", "None"), *reasons]

    def clean_note(self) -> str:
        """Return the note with plain line ends, without the control characters that XML cannot hold."""
        text: str = self.cleaned_data["note"].replace("\r\n", "\n")
        return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


class FinalizeForm(forms.Form):
    """Finalise a draft, and tell the customer or not; `mails_itself`: they get the e-invoice anyway."""

    notify = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        email: str,
        enclosed: str = "PDF and e-invoice",
        mails_itself: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        usual = f"E-mail it to {email} with {enclosed}"
        by_itself = f"Its e-invoice goes to {email} by itself; tick to send the usual letter as well"
        self.fields["notify"].label = by_itself if mails_itself else usual
        self.fields["notify"].initial = not mails_itself


class ImportForm(forms.Form):
    """One invoice: XML, or a PDF with XML inside."""

    file = forms.FileField(
        label="Invoice file",
        help_text=f"XML (UBL or CII), or a Factur-X or ZUGFeRD PDF; {MAX_BYTES // 1024**2} MB at most.",
        widget=forms.FileInput(attrs={"accept": ".xml,.pdf,application/xml,text/xml,application/pdf"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            size, most = f"{file.size / 1024**2:.1f} MB", f"{MAX_BYTES // 1024**2} MB"
            raise forms.ValidationError(f"The file has {size}; {most} is the most that is read.")
        return file
