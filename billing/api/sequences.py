"""Number series over the API, which calls them sequences, and the report of their gaps."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.documents.gaps import Missing, PeriodReport, gap_report
from billing.documents.models import Series
from billing.documents.number_format import MOST_DIGITS, format_number
from billing.documents.series import create_series, example_of
from billing.platforms import permissions

from .fields import Reading
from .idempotency import idempotent
from .pagination import PageIn, page
from .schema import list_of, operation
from .views import BillingView

LARGEST_FIRST = 2**31 - 1


class SequenceListIn(PageIn):
    kind = serializers.ChoiceField(choices=Series.Kind.choices, required=False)
    billing_entity = serializers.CharField(required=False)


class SequenceIn(Reading):
    """A new series. Its numbers are written `prefix separator period separator number`."""

    billing_entity = serializers.CharField(default="", help_text="Default: the only one.")
    kind = serializers.ChoiceField(choices=Series.Kind.choices)
    prefix = serializers.CharField(max_length=30, allow_blank=True, help_text="Also its name.")
    reset = serializers.ChoiceField(choices=Series.Reset.choices, default=Series.Reset.YEARLY)
    separator = serializers.CharField(max_length=3, allow_blank=True, trim_whitespace=False, default="-")
    digits = serializers.IntegerField(min_value=0, max_value=MOST_DIGITS, default=6)
    first_number = serializers.IntegerField(min_value=1, max_value=LARGEST_FIRST, default=1)
    is_default = serializers.BooleanField(
        default=False, help_text="It numbers what names no series, in place of the series that did."
    )


class CounterOut(serializers.Serializer):
    """How far a series has come in one period: "2026", "2026-07", or "" where it never starts anew."""

    period = serializers.CharField()
    last_number = serializers.IntegerField()
    last_date = serializers.DateField()


class SequenceOut(serializers.Serializer):
    object = serializers.SerializerMethodField()
    id = serializers.CharField()
    billing_entity = serializers.CharField(source="billing_entity_id")
    kind = serializers.CharField()
    prefix = serializers.CharField()
    reset = serializers.CharField()
    separator = serializers.CharField()
    digits = serializers.IntegerField()
    first_number = serializers.IntegerField()
    is_default = serializers.BooleanField()
    example = serializers.SerializerMethodField()
    counters = CounterOut(many=True)

    def get_object(self, series: Series) -> str:
        return "sequence"

    def get_example(self, series: Series) -> str:
        return example_of(series)


class MissingOut(serializers.Serializer):
    """Numbers that no document has. `left_by` is the number that was given instead; null: nobody knows."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()
    from_number = serializers.CharField()
    to_number = serializers.CharField()
    is_explained = serializers.BooleanField()
    left_by = serializers.CharField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)


class PeriodOut(serializers.Serializer):
    period = serializers.CharField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    count = serializers.IntegerField()
    issued = serializers.IntegerField()
    missing = MissingOut(many=True)
    dates_rise = serializers.BooleanField()
    is_clean = serializers.BooleanField()


class GapReportOut(serializers.Serializer):
    """What became of each number of a series. It is clean if every one was issued or is explained."""

    object = serializers.CharField()
    sequence = serializers.CharField()
    is_clean = serializers.BooleanField()
    periods = PeriodOut(many=True)


def gap_report_of(series: Series) -> dict[str, Any]:
    """Return the gap report as `GapReportOut` shows it."""
    reports = gap_report(series)
    return {
        "object": "gap_report",
        "sequence": series.pk,
        "is_clean": all(report.is_clean for report in reports),
        "periods": [period_of(series, report) for report in reports],
    }


def period_of(series: Series, report: PeriodReport) -> dict[str, Any]:
    missing = [missing_of(series, report.period, part) for part in report.missing]
    return report._asdict() | {"count": report.count, "is_clean": report.is_clean, "missing": missing}


def missing_of(series: Series, period: str, part: Missing) -> dict[str, Any]:
    return part._asdict() | {
        "from_number": format_number(series, period=period, number=part.first),
        "to_number": format_number(series, period=period, number=part.last),
        "is_explained": part.is_explained,
        "left_by": part.left_by or None,
    }


class SequenceView(BillingView):
    def sequences(self) -> QuerySet[Series]:
        rows: QuerySet[Series] = Series.objects.for_platform(self.platform)
        return rows.prefetch_related("counters")


class Sequences(SequenceView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_sequences",
        "List number series",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(SequenceOut),
        query=SequenceListIn,
    )
    def get(self, request: Request) -> Response:
        wish = SequenceListIn.read_query(request)
        columns = {"kind": "kind", "billing_entity": "billing_entity_id"}
        rows = self.sequences().filter(**{columns[name]: wish[name] for name in columns if name in wish})
        return page(request, rows, lambda row: SequenceOut(row).data, wish)

    @operation(
        "create_sequence",
        "Create a number series",
        permission=permissions.SETTINGS_UPDATE,
        answers=SequenceOut,
        status=201,
        body=SequenceIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = SequenceIn.read(request)
        series = create_series(
            platform=self.platform,
            billing_entity_id=wish.pop("billing_entity"),
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return Response(SequenceOut(self.sequences().find(series.pk)).data, status=201)


class OneSequence(SequenceView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW}

    @operation(
        "retrieve_sequence",
        "Retrieve a number series",
        permission=permissions.SETTINGS_VIEW,
        answers=SequenceOut,
        refusals=(404,),
    )
    def get(self, request: Request, sequence_id: str) -> Response:
        return Response(SequenceOut(self.sequences().find(sequence_id)).data)


class Gaps(SequenceView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW}

    @operation(
        "report_gaps",
        "Report the numbers of a series that no document has, and why",
        permission=permissions.SETTINGS_VIEW,
        answers=GapReportOut,
        refusals=(404,),
    )
    def get(self, request: Request, sequence_id: str) -> Response:
        return Response(GapReportOut(gap_report_of(self.sequences().find(sequence_id))).data)
