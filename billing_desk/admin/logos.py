"""The logo of a billing entity: uploaded, checked as the paper will check it, stored, shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from billing.documents import files
from billing.paper.logo import MOST_BYTES, Logo, LogoNotUsable
from billing.platforms.models import BillingEntity

TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class LogoField(forms.FileField):
    """A PNG or JPEG of at most a megabyte; its cleaned value is the bytes, None when nothing was uploaded."""

    widget = forms.FileInput(attrs={"accept": "image/png,image/jpeg"})

    def __init__(self) -> None:
        super().__init__(
            label="New logo",
            required=False,
            max_length=200,
            help_text="PNG or JPEG, at most 1 MB, printed at the top of new documents.",
            error_messages={"empty": "The file is empty."},
        )

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        file: UploadedFile | None = super().clean(data, initial)
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise ValidationError(f"It has {file.size} bytes; {MOST_BYTES} is the most.")
        content: bytes = file.read()
        if (file.name or "").lower().endswith((".svg", ".svgz")) or b"<svg" in content[:1000].lower():
            raise ValidationError("An SVG can run code and is not taken. Save the logo as PNG.")
        try:
            Logo.read(content)
        except LogoNotUsable as refusal:
            raise ValidationError(refusal.detail) from refusal
        return content


def store(content: bytes, *, entity: BillingEntity) -> str:
    """Put a checked logo into the store and return its key.

    An upload speaks to the network, so it comes before any lock; one that leads to nothing does no harm.
    """
    content_type = type_of(content)
    name = f"logo.{content_type.removeprefix('image/')}"
    return files.upload(
        platform=entity.platform, owner=entity.pk, name=name, content=content, content_type=content_type
    )


def type_of(content: bytes) -> str:
    return next((kind for start, kind in TYPES.items() if content.startswith(start)), "image/png")
