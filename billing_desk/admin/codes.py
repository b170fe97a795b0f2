"""What a corrector may write: codes of the official lists, zones, languages, accounts, plain text.

What stands there already and is not touched is not judged again: imported master data may be older than a
list.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join

from billing.documents import snapshot
from billing.einvoice import profiles
from billing.einvoice.codes import ListName
from billing.errors import Invalid
from billing.paper.words import LANGUAGES
from billing.parties import checks
from billing.platforms.time_zones import time_zones
from billing_desk.code_fields import CodeField

from .values import ValueField

LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
}
PROFILES = tuple((each.name, each.title) for each in profiles.PROFILES.values())

Check = Callable[..., None]


def told(check: Check) -> Check:
    """Return a check of parties as forms know them: what it refuses is hung on the field."""

    def tell(*texts: str) -> None:
        try:
            check(*texts)
        except Invalid as refusal:
            raise ValidationError(refusal.detail) from refusal

    return tell


country = told(checks.country)
currency = told(checks.currency)
endpoint_scheme = told(checks.endpoint_scheme)
identifier_scheme = told(checks.identifier_scheme)
identifier = told(checks.identifier)
account = told(checks.account)
bank = told(checks.bank)
time_zone = told(checks.time_zone)
text_for_xml = told(checks.text_for_xml)


def codes_within(value: Any) -> None:
    """Check the codes and texts of a value, however deep they lie in it."""
    if isinstance(value, str):
        text_for_xml(value)
    elif isinstance(value, tuple):
        for item in value:
            codes_within(item)
    elif isinstance(value, snapshot.Value):
        for name in value.__struct_fields__:
            codes_within(getattr(value, name))
    if isinstance(value, snapshot.Address) and value.country:
        country(value.country)
    if isinstance(value, snapshot.Identifier) and value.scheme:
        identifier_scheme(value.scheme)


def languages() -> list[tuple[str, str]]:
    return [(code, LANGUAGE_NAMES.get(code, code)) for code in LANGUAGES]


class TimeZoneInput(forms.TextInput):
    """A field for writing that suggests the zones: a list of 600 to choose from takes long to draw."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> str:
        field = super().render(name, value, (attrs or {}) | {"list": f"{name}-suggested"}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((zone,) for zone in time_zones()))
        return format_html('{}<datalist id="{}-suggested">{}</datalist>', field, name, options)


def choose(field: forms.Field, choices: Iterable[tuple[str, str]], current: str) -> forms.ChoiceField:
    """Return a field for choosing in place of one for writing. What stands there stays a choice."""
    offered = [*([] if field.required else [("", "–")]), *choices]
    if current and current not in dict(offered):
        offered.append((current, f"{current} (no longer offered)"))
    return forms.ChoiceField(
        label=field.label,
        choices=offered,
        required=field.required,
        initial=field.initial,
        help_text=field.help_text,
    )


class CheckedCodeField(CodeField):
    """A code that the form checks, if it was changed."""

    def validate(self, value: str) -> None:
        forms.CharField.validate(self, value)


def code_field(field: forms.Field, name: ListName) -> CodeField:
    """Return a field for a code of a list in place of one for any text."""
    coded = CheckedCodeField(
        name,
        label=field.label,
        required=field.required,
        initial=field.initial,
        help_text=field.help_text,
    )
    coded.widget.attrs["class"] = "vTextField"
    return coded


class Checked(forms.ModelForm):
    """A form that checks what was changed, field by field. `checks` names the check of each field."""

    checks: dict[str, Check] = {}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.changed_data:
            if data.get(name) and isinstance(self.fields[name], ValueField):
                self.check(name, codes_within, self.fields[name].read(data[name]))
            elif data.get(name) and isinstance(data[name], str):
                self.check(name, text_for_xml, data[name])
                if name in self.checks and name not in self.errors:
                    self.check(name, self.checks[name], data[name])
        return data

    def check(self, name: str, check: Callable[..., None], *values: str) -> None:
        """Hang what a check says on a field."""
        try:
            check(*values)
        except ValidationError as error:
            self.add_error(name, error)
