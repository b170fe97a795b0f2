"""Billing entities over the API."""

from typing import ClassVar

from django.db.models import F, QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock, parties
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.parts import AddressIn, TextIn
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.einvoice.profiles import PROFILES
from billing.lists import Id, Listing, Moment, Text
from billing.platforms import permissions
from billing.platforms.models import BillingEntity

from .customers import KNOWN_AS
from .parties import PartyFieldsIn, PartyOut

BILLING_ENTITIES = Listing(
    filters={
        "id": Id("id"),
        "name": Text("known_as"),
        "legal_name": Text("name"),
        "vat_number": Text("vat_number"),
        "country": Text("country"),
        "created_at": Moment("created_at"),
        "updated_at": Moment("updated_at"),
    },
    orders={"created_at": (), "name": (F("known_as"),)},
    columns={
        "id": "id",
        "name": "known_as",
        "legal_name": "name",
        "email": "email",
        "line1": "line1",
        "postal_code": "postal_code",
        "city": "city",
        "country": "country",
        "vat_number": "vat_number",
        "tax_number": "tax_number",
        "iban": "bank_account",
        "timezone": "time_zone",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
)


class BankAccountIn(Reading):
    """Where invoices ask to be paid."""

    iban = TextIn(40, help_text="Or the number of an account that has no IBAN.")
    bic = TextIn(15)
    name = TextIn(300, help_text="Whose account it is; default: the legal name.")


class BillingEntityFieldsIn(PartyFieldsIn):
    tax_number = TextIn(50, help_text="The local one (BT-32).")
    legal_info = TextIn(2000, help_text="Printed at the foot: capital, court, directors (BT-33).")
    language = TextIn(10, help_text="de, en, es, fr, it, nl or pl; default en.")
    accounting_currency = TextIn(3, help_text="In which VAT is told too, where an invoice has another.")
    bank_account = BankAccountIn(required=False, allow_null=True)
    creditor_id = TextIn(50, help_text="For SEPA direct debits.")
    timezone = TextIn(50, help_text="Whose days its documents are dated by: Europe/Paris. Default UTC.")
    einvoice_profile = TextIn(
        30, help_text=f"One of {', '.join(PROFILES)}; peppol-bis-3 gives way to en16931 where data lacks."
    )


class CreateBillingEntityIn(BillingEntityFieldsIn):
    """A new seller."""

    name = serializers.CharField(max_length=300, help_text="What it is known as.")
    address = AddressIn()


class UpdateBillingEntityIn(BillingEntityFieldsIn):
    """What changes; the rest stays. Documents keep what they were made with."""


class BankAccountOut(serializers.Serializer):
    iban = serializers.CharField()
    bic = serializers.CharField()
    name = serializers.CharField()


class BillingEntityOut(PartyOut):
    object = ObjectOut("billing_entity")
    tax_number = serializers.CharField()
    legal_info = serializers.CharField()
    language = serializers.CharField()
    accounting_currency = serializers.CharField()
    bank_account = BankAccountOut(allow_null=True)
    creditor_id = serializers.CharField()
    timezone = serializers.CharField()
    einvoice_profile = serializers.CharField()


class BillingEntityView(BillingView):
    def entities(self) -> QuerySet[BillingEntity]:
        rows: QuerySet[BillingEntity] = BillingEntity.objects.for_platform(self.platform)
        return rows

    def show(self, billing_entity_id: str, status: int = 200) -> Response:
        return Response(BillingEntityOut(self.entities().find(billing_entity_id)).data, status=status)


class BillingEntities(BillingEntityView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_billing_entities",
        "List billing entities, the legal sellers",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(BillingEntityOut),
        listing=BILLING_ENTITIES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = self.entities().annotate(known_as=KNOWN_AS)
        return answer_list(request, BILLING_ENTITIES, rows, BillingEntityOut)

    @operation(
        "create_billing_entity",
        "Create a billing entity, which numbers its own documents",
        permission=permissions.SETTINGS_UPDATE,
        answers=BillingEntityOut,
        status=201,
        body=CreateBillingEntityIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        said = CreateBillingEntityIn.read(request)
        entity = parties.create_billing_entity(
            platform=self.platform, **said, actor=self.actor, at=clock.now()
        )
        return self.show(entity.pk, status=201)


class OneBillingEntity(BillingEntityView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "PATCH": permissions.SETTINGS_UPDATE}

    @operation(
        "retrieve_billing_entity",
        "Retrieve a billing entity",
        permission=permissions.SETTINGS_VIEW,
        answers=BillingEntityOut,
        refusals=(404,),
    )
    def get(self, request: Request, billing_entity_id: str) -> Response:
        return self.show(billing_entity_id)

    @operation(
        "update_billing_entity",
        "Change a billing entity; final documents keep what they say",
        permission=permissions.SETTINGS_UPDATE,
        answers=BillingEntityOut,
        body=UpdateBillingEntityIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, billing_entity_id: str) -> Response:
        parties.update_billing_entity(
            platform=self.platform,
            billing_entity_id=billing_entity_id,
            **UpdateBillingEntityIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(billing_entity_id)
