"""What customers and billing entities say alike, as callers send it and as they see it."""

from typing import Any

from rest_framework import serializers

from billing.api.fields import Reading, ThingOut
from billing.api.parts import CODE, LONG, TEXT, AddressIn, AddressOut, IdentifierIn, IdentifierOut, TextIn
from billing.parties.checks import oddities
from billing.platforms.shapes import shape_of


class LegalIdIn(Reading):
    id = serializers.CharField(max_length=100)
    scheme = TextIn(CODE, help_text="ISO 6523 ICD, such as 0106.")


class EndpointIn(Reading):
    id = serializers.CharField(max_length=TEXT)
    scheme = serializers.CharField(max_length=10, help_text="EAS code, such as 0088 or 9930.")


class ContactIn(Reading):
    name = TextIn()
    phone = TextIn(50)
    email = TextIn(254, help_text="The same address as `email` beside the contact; give it in one place.")


class PartyFieldsIn(Reading):
    """What a party may say. Null and "" unset a field; an object, if given, replaces the whole of it."""

    name = serializers.CharField(max_length=LONG, required=False, help_text="What it is known as.")
    legal_name = TextIn(LONG, help_text="Only if it is another than the name; documents name it.")
    email = TextIn(254, help_text="Where documents are sent to.")
    address = AddressIn(required=False)
    vat_number = TextIn(30, help_text="Kept in one piece, with the code of its country: DE136695976.")
    vat_number_prefix = TextIn(2, help_text="Only where it differs from the country: GB for XI.")
    legal_id = LegalIdIn(required=False, allow_null=True)
    endpoint = EndpointIn(
        required=False, allow_null=True, help_text="The electronic address, for e-invoices."
    )
    contact = ContactIn(required=False, allow_null=True)
    ids = IdentifierIn(many=True, required=False, max_length=20, help_text="Other identifiers.")

    def validate(self, party: dict[str, Any]) -> dict[str, Any]:
        """Take the e-mail address from wherever it was given."""
        email = (party.get("contact") or {}).pop("email", None)
        if email and party.get("email", email) != email:
            message = "A party has one e-mail address: this is another than `email`."
            raise serializers.ValidationError({"contact": {"email": message}})
        return party | ({"email": email} if email else {})


class ContactOut(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()


class WarningOut(serializers.Serializer):
    """What looks odd, and was kept all the same."""

    field = serializers.CharField()
    message = serializers.CharField()


class PartyOut(ThingOut):
    id = serializers.CharField()
    platform = serializers.CharField()
    name = serializers.CharField()
    legal_name = serializers.CharField(help_text="Empty where it is the name.")
    email = serializers.CharField()
    address = AddressOut()
    vat_number = serializers.CharField()
    vat_number_prefix = serializers.CharField()
    legal_id = IdentifierOut(allow_null=True)
    endpoint = IdentifierOut(allow_null=True)
    contact = ContactOut(allow_null=True)
    ids = IdentifierOut(many=True)
    warnings = WarningOut(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation(shape_of(instance) | {"warnings": warnings_of(instance)})


def warnings_of(party: Any) -> list[dict[str, str]]:
    return [
        {"field": "vat_number", "message": f"{finding.message}."} for finding in oddities(party.vat_number)
    ]
