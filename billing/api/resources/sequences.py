"""Number series over the API, which calls them sequences, and the report of their gaps."""

from contextlib import suppress
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.documents.default_series import make_default
from billing.documents.gaps import Missing, PeriodReport, gap_report
from billing.documents.models import Series
from billing.documents.number_format import MOST_DIGITS, format_number
from billing.documents.series import create_series, example_of
from billing.events.corrections import NothingToCorrect
from billing.lists import Choice, Flag, Id, Listing, Text
from billing.platforms import permissions

LARGEST_FIRST = 2**31 - 1


SEQUENCES = Listing(
    filters={
        "kind": Choice("kind", Series.Kind.choices),
        "billing_entity": Id("billing_entity_id"),
        "prefix": Text("prefix"),
        "is_default": Flag("is_default"),
    },
)


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


class UpdateSequenceIn(Reading):
    """The one thing that changes: numbers of a series all look alike, so another look is another series."""

    is_default = serializers.BooleanField(
        help_text="True: it numbers what names no series, in place of the series that did."
    )

    def validate_is_default(self, said: bool) -> bool:
        if not said:
            raise serializers.ValidationError("Make another series the default one instead.")
        return said


class CounterOut(serializers.Serializer):
    """How far a series has come in one period: "2026", "2026-07", or "" where it never starts anew."""

    period = serializers.CharField()
    last_number = serializers.IntegerField()
    last_date = serializers.DateField()


class SequenceOut(serializers.Serializer):
    object = ObjectOut("sequence")
    id = serializers.CharField()
    billing_entity = serializers.CharField(source="billing_entity_id")
    kind = serializers.ChoiceField(choices=Series.Kind.choices)
    prefix = serializers.CharField()
    reset = serializers.ChoiceField(choices=Series.Reset.choices)
    separator = serializers.CharField()
    digits = serializers.IntegerField()
    first_number = serializers.IntegerField()
    is_default = serializers.BooleanField()
    example = serializers.SerializerMethodField()
    counters = CounterOut(many=True)

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
    ahead = serializers.ListField(
        child=serializers.CharField(),
        help_text="Numbers beyond the last that were given in an edit; the series will pass over them.",
    )
    is_clean = serializers.BooleanField()


class GapReportOut(serializers.Serializer):
    """What became of each number of a series. It is clean if every one was issued or is explained."""

    object = ObjectOut("gap_report")
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
    ahead = [format_number(series, period=report.period, number=number) for number in report.ahead]
    told = {"count": report.count, "is_clean": report.is_clean, "missing": missing, "ahead": ahead}
    return report._asdict() | told


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
        listing=SEQUENCES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, SEQUENCES, self.sequences(), SequenceOut)

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
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "PATCH": permissions.SETTINGS_UPDATE}

    @operation(
        "retrieve_sequence",
        "Retrieve a number series",
        permission=permissions.SETTINGS_VIEW,
        answers=SequenceOut,
        refusals=(404,),
    )
    def get(self, request: Request, sequence_id: str) -> Response:
        return Response(SequenceOut(self.sequences().find(sequence_id)).data)

    @operation(
        "update_sequence",
        "Make a number series the default one of its kind",
        permission=permissions.SETTINGS_UPDATE,
        answers=SequenceOut,
        body=UpdateSequenceIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, sequence_id: str) -> Response:
        UpdateSequenceIn.read(request)
        with suppress(NothingToCorrect):
            make_default(platform=self.platform, series_id=sequence_id, actor=self.actor, at=clock.now())
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
