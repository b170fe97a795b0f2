"""The settings: how a platform works, its series of numbers, its reasons."""

from dataclasses import dataclass
from datetime import date, datetime

from billing import clock
from billing.documents.gaps import PeriodReport, gap_report
from billing.documents.models import Series, SeriesCounter
from billing.documents.number_format import format_number, period_of
from billing.documents.series import example_of
from billing.events import corrections
from billing.platforms.models import BillingEntity, Member, Platform
from billing.platforms.permissions import SETTINGS_UPDATE
from billing_desk.desk.access import may
from credit_notes.models import ReasonCode
from credit_notes.services import reasons_of

Choices = list[tuple[str, str]]

KINDS = {Series.Kind.INVOICE: "Invoices", Series.Kind.CREDIT_NOTE: "Credit notes"}
RESETS = {"NEVER": "Never", "YEARLY": "Every year", "MONTHLY": "Every month"}


@dataclass(frozen=True)
class PlatformSettings:
    values: dict[str, object]
    seen: str  # a fingerprint of what was looked at
    may_change: bool


@dataclass(frozen=True)
class SeriesRow:
    id: str
    prefix: str
    kind: str
    reset: str
    next_number: str
    is_default: bool


@dataclass(frozen=True)
class EntitySeries:
    seller: str
    series: list[SeriesRow]


@dataclass(frozen=True)
class SeriesList:
    entities: list[EntitySeries]
    may_change: bool


@dataclass(frozen=True)
class MissingRow:
    """Numbers that no document has. `why` is empty where nobody knows."""

    numbers: str
    count: int
    why: str
    at: datetime | None


@dataclass(frozen=True)
class PeriodRow:
    period: str
    first: str
    last: str
    issued: int
    missing: list[MissingRow]
    dates_rise: bool
    is_clean: bool


@dataclass(frozen=True)
class SeriesPage:
    id: str
    name: str
    seller: str
    kind: str
    reset: str
    example: str
    next_number: str
    is_default: bool
    periods: list[PeriodRow]

    @property
    def is_clean(self) -> bool:
        return all(row.is_clean for row in self.periods)


@dataclass(frozen=True)
class NewSeries:
    entities: Choices


@dataclass(frozen=True)
class ReasonRow:
    id: str  # "" in the default list
    code: str
    name: str
    position: int


@dataclass(frozen=True)
class ReasonList:
    kind: str
    title: str
    rows: list[ReasonRow]
    is_default: bool
    is_required: bool


@dataclass(frozen=True)
class ReasonLists:
    lists: list[ReasonList]
    may_change: bool


@dataclass(frozen=True)
class ReasonPage:
    id: str
    code: str
    name: str
    position: int
    title: str


SETTINGS = (
    "finalizes_drafts_after_hours",
    "approval_above",
    "requires_reason",
    "requires_refund_reason",
    "applies_credits",
    "keeps_overpayments",
)
"""The columns of a platform that its managers set."""


def platform_settings_of(member: Member) -> PlatformSettings:
    """Return how a platform works."""
    platform = Platform.objects.get(pk=member.platform_id)
    return PlatformSettings(
        values={name: getattr(platform, name) for name in SETTINGS},
        seen=corrections.fingerprint(platform),
        may_change=may(member, SETTINGS_UPDATE),
    )


def series_list(*, member: Member, at: datetime) -> SeriesList:
    """Return the series of each billing entity."""
    entities = list(BillingEntity.objects.for_platform(member.platform).order_by("name", "pk"))
    series = list(Series.objects.for_platform(member.platform).order_by("-kind", "-is_default", "prefix"))
    counters = {
        (counter.series_id, counter.period): counter.last_number
        for counter in SeriesCounter.objects.filter(series__in=series)
    }
    return SeriesList(
        entities=[
            EntitySeries(
                seller=entity.name,
                series=[
                    series_row(row, counters, on=clock.day(at, entity.time_zone))
                    for row in series
                    if row.billing_entity_id == entity.pk
                ],
            )
            for entity in entities
        ],
        may_change=may(member, SETTINGS_UPDATE),
    )


def series_row(row: Series, counters: dict[tuple[str, str], int], *, on: date) -> SeriesRow:
    return SeriesRow(
        id=row.pk,
        prefix=row.prefix or "No prefix",
        kind=KINDS[Series.Kind(row.kind)],
        reset=RESETS[row.reset],
        next_number=next_number(row, counters, on=on),
        is_default=row.is_default,
    )


def next_number(row: Series, counters: dict[tuple[str, str], int], *, on: date) -> str:
    period = period_of(row, on)
    last = counters.get((row.pk, period), row.first_number - 1)
    return format_number(row, period=period, number=last + 1)


def series_page(*, member: Member, series_id: str, at: datetime) -> SeriesPage:
    """Return a series with what became of its numbers.

    :raises NotFound: the platform has no such series.
    """
    row: Series = (
        Series.objects.for_platform(member.platform).select_related("billing_entity").find(series_id)
    )
    counters = {(row.pk, counter.period): counter.last_number for counter in row.counters.all()}
    return SeriesPage(
        id=row.pk,
        name=row.prefix or "No prefix",
        seller=row.billing_entity.name,
        kind=KINDS[Series.Kind(row.kind)],
        reset=RESETS[row.reset],
        example=example_of(row),
        next_number=next_number(row, counters, on=clock.day(at, row.billing_entity.time_zone)),
        is_default=row.is_default,
        periods=[period_row(row, report) for report in gap_report(row)],
    )


def period_row(row: Series, report: PeriodReport) -> PeriodRow:
    def written(number: int) -> str:
        return format_number(row, period=report.period, number=number)

    return PeriodRow(
        period=report.period or "For ever",
        first=written(report.first),
        last=written(report.last),
        issued=report.issued,
        missing=[
            MissingRow(
                numbers=written(gap.first)
                if gap.first == gap.last
                else f"{written(gap.first)} to {written(gap.last)}",
                count=gap.last - gap.first + 1,
                why=f"left out when {gap.left_by} was given" if gap.is_explained else "",
                at=gap.left_at,
            )
            for gap in report.missing
        ],
        dates_rise=report.dates_rise,
        is_clean=report.is_clean,
    )


def new_series_of(*, member: Member) -> NewSeries:
    """Return the billing entities that can have another series."""
    rows = BillingEntity.objects.for_platform(member.platform).order_by("name", "pk")
    return NewSeries(entities=list(rows.values_list("pk", "name")))


def reason_lists(*, member: Member) -> ReasonLists:
    """Return the reasons for credit notes and for refunds."""
    return ReasonLists(
        lists=[reason_list(member.platform, kind) for kind in ReasonCode.Kind],
        may_change=may(member, SETTINGS_UPDATE),
    )


def reason_list(platform: Platform, kind: ReasonCode.Kind) -> ReasonList:
    own = ReasonCode.objects.for_platform(platform).filter(kind=kind, is_active=True)
    rows = [ReasonRow(row.pk, row.code, row.name, row.position) for row in own.order_by("position", "code")]
    default = [ReasonRow("", code, name, 0) for code, name in reasons_of(platform, kind)] if not rows else []
    is_refund = kind == ReasonCode.Kind.REFUND
    return ReasonList(
        kind=kind,
        title=str(kind.label),
        rows=rows or default,
        is_default=not rows,
        is_required=platform.requires_refund_reason if is_refund else platform.requires_reason,
    )


def reason_page(*, member: Member, reason_code_id: str) -> ReasonPage:
    """Return one reason of the platform's own lists.

    :raises NotFound: there is none of this id.
    """
    row: ReasonCode = ReasonCode.objects.for_platform(member.platform).find(reason_code_id)
    return ReasonPage(row.pk, row.code, row.name, row.position, row.get_kind_display())
