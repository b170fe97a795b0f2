"""Approvals as the API takes them."""

from rest_framework import serializers

from billing.api.fields import Reading


class ApproveIn(Reading):
    version = serializers.IntegerField(
        min_value=1, required=False, help_text="The one that was looked at: a draft changed since is refused."
    )
