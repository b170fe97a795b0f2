"""Number series. What is part of a number stays as it is once the first number is out."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing import clock
from billing.documents.models import Series
from billing.events import corrections
from billing.platforms.admin import OwnChoices, Panel, actor_of, asks_reason, link, panel
from billing.platforms.permissions import MASTER_DATA_CORRECT
from billing.transactions import entrance

from .codes import Checked
from .correcting import CorrectionForm, MasterDataAdmin

FORMAT = ("prefix", "separator", "reset", "digits", "first_number")
LONGEST_NUMBER = 12


class SeriesForm(Checked, CorrectionForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.instance.platform = self.entity(data).platform if self.entity(data) else None
        self.refuse_twin(data)
        if "digits" in data and not 1 <= data["digits"] <= LONGEST_NUMBER:
            self.add_error("digits", f"A number has 1 to {LONGEST_NUMBER} digits.")
        if data.get("first_number") == 0:
            self.add_error("first_number", "Numbers start at 1 or higher.")
        return data

    def entity(self, data: dict[str, Any]) -> Any:
        return data.get("billing_entity") or (
            self.instance.billing_entity if self.instance.billing_entity_id else None
        )

    def refuse_twin(self, data: dict[str, Any]) -> None:
        entity, prefix = self.entity(data), data.get("prefix")
        kind = data.get("kind") or self.instance.kind
        same = Series.objects.filter(billing_entity=entity, kind=kind).exclude(pk=self.instance.pk)
        if prefix and same.filter(prefix=prefix).exists():
            self.add_error("prefix", f"{entity} has a series {prefix} of this kind.")
        if self.instance._state.adding:
            self.instance.is_default = not same.filter(is_default=True).exists()


@admin.register(Series)
class SeriesAdmin(MasterDataAdmin):
    form = SeriesForm
    list_display = ("prefix", "kind", link("billing_entity"), "reset", "is_default", link("platform"))
    list_filter = ("kind", "is_default", ("platform", OwnChoices), ("billing_entity", OwnChoices))
    list_select_related = ("platform", "billing_entity")
    ordering = ("billing_entity", "kind", "prefix")
    search_fields = ("prefix", "billing_entity__name", "=id")
    sections = (
        (None, {"fields": ("billing_entity", "kind")}),
        ("The number", {"fields": FORMAT}),
    )
    fixed = ("billing_entity", "kind")
    made = ("id", "is_default", link("platform"))
    actions = ("make_default",)

    def get_readonly_fields(self, request: HttpRequest, obj: Series | None = None) -> tuple[Any, ...]:
        used = obj is not None and obj.counters.exists()
        return (*super().get_readonly_fields(request, obj), *(FORMAT if used else ()))

    @asks_reason("Make it the default series", needs=MASTER_DATA_CORRECT)
    def make_default(self, request: HttpRequest, series: Series, reason: str) -> str:
        make_default(series, reason=reason, actor=actor_of(request), at=clock.now())
        return f"{series} numbers new documents of this kind from now on."

    def panels(self, series: Series) -> list[Panel]:
        columns = {
            "Period": lambda counter: counter.period or "for ever",
            "Last number": lambda counter: counter.last_number,
            "Last date": lambda counter: counter.last_date,
        }
        return [panel("Numbers taken", series.counters.order_by("-period"), columns), *super().panels(series)]


@entrance
def make_default(series: Series, **why: Any) -> None:
    """Let a series number new documents in place of the one that did.

    :raises NothingToCorrect: it is the default.
    """
    same = Series.objects.filter(billing_entity=series.billing_entity_id, kind=series.kind)
    for row in [*same.filter(is_default=True).exclude(pk=series.pk).order_by("pk"), series]:
        row.is_default = row.pk == series.pk
        corrections.correct(row, **why)
