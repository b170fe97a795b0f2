"""Number series. What is part of a number stays as it is once the first number is out."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing import clock
from billing.documents.default_series import make_default
from billing.documents.gaps import Missing, gap_report
from billing.documents.models import Series
from billing.documents.series import add_series, refuse_clash, require_possible, start_after_imports
from billing.errors import BillingError
from billing.events import corrections
from billing.platforms.admin import OwnChoices, Panel, actor_of, asks_reason, link, moment, panel
from billing.platforms.permissions import MASTER_DATA_CORRECT
from billing.transactions import entrance

from .codes import Checked
from .correcting import CorrectionForm, MasterDataAdmin

FORMAT = ("prefix", "separator", "reset", "digits", "first_number")


class SeriesForm(Checked, CorrectionForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.instance.platform = self.entity(data).platform if self.entity(data) else None
        self.refuse_twin(data)
        if {*FORMAT} & {*self.changed_data} and not self.errors:
            self.refuse_clash(data)
        return data

    def refuse_clash(self, data: dict[str, Any]) -> None:
        """Refuse a format that cannot be read again, or that another series could write."""
        for name, value in data.items():
            if name in {*FORMAT, "billing_entity", "kind"}:
                setattr(self.instance, name, value)
        try:
            require_possible(self.instance)
            refuse_clash(self.instance)
        except BillingError as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.detail)

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

    def add(self, request: HttpRequest, obj: Series, form: SeriesForm, **why: Any) -> None:
        add(obj, **why)

    def correct(self, request: HttpRequest, obj: Series, form: SeriesForm, **why: Any) -> None:
        correct(obj, **why)

    @asks_reason("Make it the default series", needs=MASTER_DATA_CORRECT)
    def make_default(self, request: HttpRequest, series: Series, reason: str) -> str:
        make_default(
            platform=series.platform,
            series_id=series.pk,
            reason=reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        return f"{series} numbers new documents of this kind from now on."

    def panels(self, series: Series) -> list[Panel]:
        columns = {
            "Period": lambda counter: counter.period or "for ever",
            "Last number": lambda counter: counter.last_number,
            "Last date": lambda counter: counter.last_date,
        }
        return [
            panel("Numbers taken", series.counters.order_by("-period"), columns),
            panel("Numbers without a document", missing_from(series), MISSING),
            *super().panels(series),
        ]


MISSING: dict[str, Any] = {
    "Period": lambda row: row[0] or "for ever",
    "From": lambda row: row[1].first,
    "To": lambda row: row[1].last,
    "Because of": lambda row: row[1].left_by or "Nobody knows",
    "Since": lambda row: moment(row[1].left_at),
}


def missing_from(series: Series) -> list[tuple[str, Missing]]:
    return [(report.period, part) for report in gap_report(series) for part in report.missing]


@entrance
def add(series: Series, *, reason: str, actor: str, at: datetime) -> None:
    """Make a series, and keep why."""
    add_series(series, actor=actor, at=at)
    corrections.added(series, reason=reason, actor=actor, at=at)


@entrance
def correct(series: Series, **why: Any) -> None:
    """Correct a series; one without numbers starts after those that documents came with."""
    corrections.correct(series, **why)
    if not series.counters.exists():
        start_after_imports(series)
