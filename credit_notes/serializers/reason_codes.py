"""Reason codes as the API takes and shows them."""

from rest_framework import serializers

from billing.api.fields import ObjectOut, Reading
from billing.api.schema import list_of
from credit_notes.models import ReasonCode

LARGEST_POSITION = 10_000


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
    object = ObjectOut("reason_code")
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=ReasonCode.Kind.choices)
    code = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ReasonCodeListOut(list_of(ReasonCodeOut)):
    """A platform's own reasons, and as `allowed` the codes that callers may send now, by kind."""

    allowed = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
