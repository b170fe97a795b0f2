"""Tables of rows that grow without JavaScript."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

MOST_ROWS = 1000


def more_rows(data: QueryDict, prefix: str, *, by: int, blank: Mapping[str, str]) -> QueryDict:
    """Return what was posted, with more empty rows in the table of a prefix.

    `blank` is what an empty row says; it is no news, and a row that says no more does not count.
    """
    grown = data.copy()
    name = f"{prefix}-TOTAL_FORMS"
    rows = int(grown[name]) if grown.get(name, "").isdecimal() else 0
    if rows + by <= MOST_ROWS:
        grown[name] = str(rows + by)
        for row in range(rows, rows + by):
            grown.update({f"{prefix}-{row}-{field}": value for field, value in blank.items()})
    return grown


def filled(formset: BaseFormSet) -> list[Any]:
    """Return the rows that say something and were not left out. The formset is valid."""
    known, out = formset.initial_form_count(), formset.deleted_forms
    return [
        form
        for place, form in enumerate(formset.forms)
        if form not in out and (place < known or form.has_changed())
    ]


class Table(BaseFormSet):
    """Rows that can be left out."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Leave out"


def table(form: type[forms.Form], extra: int) -> type[BaseFormSet]:
    """Return a table of rows that can be left out and added to."""
    return formset_factory(
        form,
        formset=Table,
        extra=extra,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS,
        can_delete=True,
        can_delete_extra=False,
    )
