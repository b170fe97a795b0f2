"""What several things say alike: a text that may be missing, an address, an identifier."""

from typing import Any

from rest_framework import serializers

from .fields import Reading

LONG, TEXT, CODE = 300, 200, 20


class TextIn(serializers.CharField):
    """A text that need not be given; null and "" say that there is none."""

    def __init__(self, most: int = TEXT, **options: Any) -> None:
        super().__init__(max_length=most, allow_blank=True, allow_null=True, required=False, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)


class AddressIn(Reading):
    line1 = TextIn(LONG)
    line2 = TextIn(LONG)
    line3 = TextIn(LONG)
    city = TextIn()
    postal_code = TextIn(30)
    region = TextIn()
    country = serializers.CharField(max_length=2, help_text="ISO 3166-1; also XI.")


class IdentifierIn(Reading):
    id = serializers.CharField(max_length=TEXT)
    scheme = TextIn(CODE)


class AddressOut(serializers.Serializer):
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    line3 = serializers.CharField()
    city = serializers.CharField()
    postal_code = serializers.CharField()
    region = serializers.CharField()
    country = serializers.CharField()


class IdentifierOut(serializers.Serializer):
    id = serializers.CharField()
    scheme = serializers.CharField()
