"""JSON columns whose content is a value of the semantic model, written by hand and checked as one."""

import json
from types import UnionType
from typing import Any, get_args

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.html import format_html

from billing.documents import snapshot

LONGEST_JSON = 20_000


class JSONField(forms.JSONField):
    """JSON that PostgreSQL can keep."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_JSON:
            raise ValidationError(f"It has {len(value)} characters; {LONGEST_JSON} is the most.")
        try:
            data = super().to_python(value)
            written = json.dumps(data, allow_nan=False, ensure_ascii=False)
            written.encode()
        except (ValueError, RecursionError) as error:
            raise ValidationError("It is not JSON that can be kept.") from error
        if "\\u0000" in written:
            raise ValidationError("It holds the character NUL, which cannot be kept.")
        return data

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what a refused form shows: what was written, also if it is nested too deep to read."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)


class ObjectField(JSONField):
    """A JSON object of names and texts."""

    def clean(self, value: Any) -> dict[str, Any]:
        data = super().clean(value) or {}
        if not isinstance(data, dict):
            raise ValidationError('Write an object, such as {"cost centre": "4410"}.')
        return data


class ValueField(JSONField):
    """JSON of a value of `snapshot`, or of a list of them; `example` shows how it is written."""

    def __init__(self, kind: Any, *, example: str, empty: type = dict, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.kind, self.empty = kind, empty
        self.help_text = format_html("{} Such as <code>{}</code>.", self.help_text, example)

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value) if value else ""

    def clean(self, value: Any) -> Any:
        data = super().clean(value)
        if data in (None, "", [], {}):
            return self.empty()
        value = self.read(data)
        refuse_unknown_names(data, self.kind)
        return snapshot.to_json(value)

    def read(self, data: Any) -> Any:
        """Return what JSON says as the value of `snapshot`."""
        try:
            return snapshot.from_json(data, self.kind)
        except msgspec.ValidationError as error:
            raise ValidationError(f"It does not say what it should: {error}.") from error


def refuse_unknown_names(data: Any, kind: Any) -> None:
    """Refuse a misspelt name, which would be dropped without a word."""
    if isinstance(data, list):
        for item in data:
            refuse_unknown_names(item, struct_in(kind))
    elif isinstance(data, dict):
        fields = {field.name: field.type for field in msgspec.structs.fields(struct_in(kind))}
        for name, value in data.items():
            if name not in fields:
                raise ValidationError(f"There is no “{name}” in it, only {', '.join(fields)}.")
            refuse_unknown_names(value, fields[name])


def struct_in(kind: Any) -> Any:
    """Return the struct of `Struct`, `Struct | None` or `tuple[Struct, ...]`."""
    if isinstance(kind, UnionType) or get_args(kind):
        return get_args(kind)[0]
    return kind
