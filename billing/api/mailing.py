"""A message about a document as callers ask for it, and as it is answered."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.mailing import Message
from billing.paper.mail import MOST_SUBJECT, MOST_TEXT

from .fields import ObjectOut, Reading

LONGEST_ADDRESS = 320
MOST_LISTED = 100
"""How many addresses are read; how many a message may have is refused by its own name."""


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 20}]}
)
class AddressesIn(serializers.ListField):
    """One address, or a list of them."""

    child = serializers.CharField(max_length=LONGEST_ADDRESS)
    default_error_messages: ClassVar = {"not_a_list": "Give an address, or a list of addresses."}

    def to_internal_value(self, data: Any) -> list[str]:
        addresses: list[str] = super().to_internal_value([data] if isinstance(data, str) else data)
        return addresses


class SendIn(Reading):
    """All of it may be left out: then the customer gets the usual message."""

    to = AddressesIn(
        required=False,
        allow_empty=False,
        max_length=MOST_LISTED,
        help_text="Default: the customer's address.",
    )
    cc = AddressesIn(required=False, max_length=MOST_LISTED)
    subject = serializers.CharField(max_length=MOST_SUBJECT, required=False, trim_whitespace=False)
    message = serializers.CharField(
        max_length=MOST_TEXT,
        required=False,
        trim_whitespace=False,
        help_text="In place of the usual words; number, date and total follow it.",
    )


class MessageOut(serializers.Serializer):
    """A message that waits to be sent. An event `…emailed` or `…email_failed` tells what becomes of it."""

    object = ObjectOut("message")
    id = serializers.CharField(help_text="That of the event that asks for it.")
    to = serializers.ListField(child=serializers.EmailField())
    cc = serializers.ListField(child=serializers.EmailField())
    subject = serializers.CharField()
    status = serializers.SerializerMethodField()

    def get_status(self, message: Message) -> str:
        return "queued"
