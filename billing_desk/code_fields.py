"""Form fields for codes of the official lists: typed or chosen by name, checked, shown with their names."""

from functools import cache
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.einvoice.codes import ListName, about, code_in, did_you_mean, is_known, name_of, search

LONGEST_CODE = 100
MOST_SUGGESTED = 300
"""Of a list with more codes only the common ones are suggested; where JavaScript runs, all are searched."""


class CodeInput(forms.TextInput):
    """A field for writing a code, with its name beside it. static/js/codes.js makes it a combobox.

    Without JavaScript the browser suggests codes from a list on the page. `suggests` is false where another
    field, or `suggested_codes`, brings that list.
    """

    def __init__(self, *lists: ListName, suggests: bool = True, attrs: dict[str, str] | None = None) -> None:
        self.lists, self.suggests = lists, suggests
        plain = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(plain | {"data-codes": " ".join(lists), "list": list_id(lists)} | (attrs or {}))

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = dict(attrs or {})
        called = f"{attrs.get('id', name)}_name"
        attrs["aria-describedby"] = f"{attrs.get('aria-describedby', '')} {called}".strip()
        return format_html(
            '{}<small class="code-name" id="{}">{}</small>{}',
            super().render(name, value, attrs, renderer),
            called,
            name_among(self.lists, str(value or "")),
            suggested(self.lists) if self.suggests else "",
        )


class CodeField(forms.CharField):
    """A code of one of some lists. Small letters and whole names are understood.

    `kept` is a code that stands there already: it is taken even if no list has it.
    """

    def __init__(self, *lists: ListName, suggests: bool = True, kept: str = "", **options: Any) -> None:
        self.lists, self.kept = lists, kept
        options.setdefault("max_length", LONGEST_CODE)
        super().__init__(widget=CodeInput(*lists, suggests=suggests), **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Let whole names be typed."""
        return {}

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        meant = [(name, code_in(name, text)) for name in self.lists]
        return next((code for name, code in meant if is_known(name, code)), text)

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value or value == self.kept or any(is_known(name, value) for name in self.lists):
            return
        titles = " or ".join(about(name).title for name in self.lists)
        meant = next(filter(None, (did_you_mean(name, value) for name in self.lists)), "")
        raise forms.ValidationError(
            f"“{value[:LONGEST_CODE]}” is none of the {titles}.{meant}", code="unknown"
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, self.to_python(data))


def name_among(lists: tuple[ListName, ...], code: str) -> str:
    """Return what a code is called in the first of some lists that has it; empty if none has."""
    return next((name_of(name, code) for name in lists if is_known(name, code)), "")


def found_among(lists: tuple[ListName, ...], text: str, limit: int) -> list[tuple[str, str]]:
    """Return the codes that a text finds in some lists, each list's likeliest first."""
    return [choice for name in lists for choice in search(name, text, limit // len(lists))]


@cache
def suggested(lists: tuple[ListName, ...]) -> SafeString:
    """Return the list from which a browser without JavaScript suggests."""
    found: list[tuple[str, str]] = []
    for name in lists:
        known = about(name)
        all_of_it = len(known.codes) <= MOST_SUGGESTED
        found += search(name, "", len(known.codes) if all_of_it else len(known.common))
    options = format_html_join("", '<option value="{}">{}</option>', found)
    return format_html('<datalist id="{}">{}</datalist>', list_id(lists), options)


def list_id(lists: tuple[ListName, ...]) -> str:
    return "-".join(("codes", *lists))
