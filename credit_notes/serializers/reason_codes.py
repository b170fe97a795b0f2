"""Reason codes as the API takes and shows them."""

from rest_framework import serializers

from billing.api.fields import Reading
from billing.api.pagination import PageIn
from credit_notes.models import ReasonCode

LARGEST_POSITION = 10_000


class ReasonCodeListIn(PageIn):
    kind = serializers.ChoiceField(choices=ReasonCode.Kind.choices, required=False)


class ReasonCodeIn(Reading):
    """A reason for the platform's list. The first one of a kind replaces the default list."""

    kind = serializers.ChoiceField(choices=ReasonCode.Kind.choices, default=ReasonCode.Kind.CREDIT)
    code = serializers.CharField(max_length=50, help_text="As callers send it; capital letters count.")
    name = serializers.CharField(max_length=200, help_text="As it is printed.")
    position = serializers.IntegerField(
        min_value=0, max_value=LARGEST_POSITION, allow_null=True, default=None, help_text="Default: last."
    )


class UpdateReasonCodeIn(Reading):
    name = serializers.CharField(max_length=200, required=False)
    position = serializers.IntegerField(min_value=0, max_value=LARGEST_POSITION, required=False)


class ReasonCodeOut(serializers.Serializer):
    object = serializers.SerializerMethodField()
    id = serializers.CharField()
    kind = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def get_object(self, row: ReasonCode) -> str:
        return "reason_code"


class ReasonCodeListOut(serializers.Serializer):
    """A platform's own reasons, and as `allowed` the codes that callers may send now, by kind."""

    object = serializers.CharField()
    data = ReasonCodeOut(many=True)
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
    allowed = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
