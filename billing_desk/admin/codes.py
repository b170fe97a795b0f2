"""What a corrector may write: codes of the official lists, zones, languages, accounts, plain text.

What stands there already and is not touched is not judged again: imported master data may be older than a
list.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as NumberError

from billing.documents import snapshot
from billing.einvoice.check_digits import looks_right, shape_of
from billing.einvoice.codes import ListName, is_known
from billing.paper.words import LANGUAGES

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
PROFILES = (("peppol-bis-3", "Peppol BIS Billing 3.0"), ("en16931", "EN 16931"))
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Check = Callable[[str], None]


def code_of(name: ListName, kind: str, example: str) -> Check:
    """Return a check that a text is a code of a list, spelled exactly so."""

    def check(text: str) -> None:
        if not is_known(name, text):
            raise ValidationError(f"{text} is not {kind}; {example} is one.")

    return check


country = code_of(
    "countries", "a country code of ISO 3166 (Greece is GR, the United Kingdom GB)", "XI for Northern Ireland"
)
currency = code_of("currencies", "a currency of ISO 4217", "EUR")
endpoint_scheme = code_of("endpoint_schemes", "a scheme of electronic addresses (EAS)", "0088")
identifier_scheme = code_of("identifier_schemes", "a scheme of identifiers (ISO 6523)", "0106")


def account(text: str) -> None:
    """Check an account number that looks like an IBAN."""
    if re.match(r"[A-Za-z]{2}\d\d", text):
        try:
            iban.validate(text)
        except NumberError as error:
            raise ValidationError(
                f"{text} is not an IBAN: a character is wrong, missing or too many."
            ) from error


def bank(text: str) -> None:
    if not bic.is_valid(text):
        raise ValidationError(f"{text} is not a BIC: it has 8 or 11 characters, such as ABNANL2A.")


def identifier(text: str, scheme: str) -> None:
    """Check an identifier by what its scheme says of its shape, if it says anything."""
    if not looks_right(text, scheme):
        raise ValidationError(f"{text} is not {shape_of(scheme)}, as scheme {scheme} asks.")


def text_for_xml(text: str) -> None:
    """Refuse what no XML document can hold."""
    found = NOT_IN_XML.search(text)
    if found:
        raise ValidationError(f"The character {found.group()!r} cannot be written into an e-invoice.")


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


@cache
def time_zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def time_zone(text: str) -> None:
    if text not in time_zones():
        raise ValidationError(f"There is no time zone {text}; Europe/Amsterdam is one.")


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
