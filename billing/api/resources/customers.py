"""Customers over the API."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock, parties
from billing.api.fields import ObjectIn, ObjectOut
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.parts import AddressIn, AddressOut, TextIn
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.einvoice.profiles import PROFILES
from billing.lists import Flag, Id, Listing, Moment, Text
from billing.platforms import permissions
from billing.platforms.models import Customer

from .parties import PartyFieldsIn, PartyOut

KNOWN_AS = Coalesce(NullIf("trading_name", Value("")), "name")

CUSTOMERS = Listing(
    filters={
        "id": Id("id"),
        "name": Text("known_as"),
        "legal_name": Text("name"),
        "email": Text("email"),
        "vat_number": Text("vat_number"),
        "country": Text("country"),
        "language": Text("language"),
        "currency": Text("currency"),
        "buyer_reference": Text("buyer_reference"),
        "external_reference": Text("external_reference"),
        "is_business": Flag("is_business"),
        "is_einvoice_enabled": Flag("is_einvoice_enabled"),
        "applies_credits": Flag("applies_credits"),
        "created_at": Moment("created_at"),
        "updated_at": Moment("updated_at"),
    },
    orders={"created_at": (), "name": (F("known_as"),), "updated_at": (F("updated_at"),)},
    columns={
        "id": "id",
        "name": "known_as",
        "legal_name": "name",
        "email": "email",
        "line1": "line1",
        "line2": "line2",
        "postal_code": "postal_code",
        "city": "city",
        "region": "region",
        "country": "country",
        "vat_number": "vat_number",
        "legal_id": "legal_id",
        "language": "language",
        "currency": "currency",
        "buyer_reference": "buyer_reference",
        "external_reference": "external_reference",
        "is_business": "is_business",
        "applies_credits": "applies_credits",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
)


class CustomerFieldsIn(PartyFieldsIn):
    language = TextIn(10, help_text="Of its documents: de, en, es, fr, it, nl or pl; default en.")
    currency = TextIn(3, help_text="Of its invoices, where they name none.")
    buyer_reference = TextIn(help_text="BT-10, the Leitweg-ID in Germany.")
    einvoice_profile = TextIn(30, help_text=f"One of {', '.join(PROFILES)}; default: the billing entity's.")
    is_einvoice_enabled = serializers.BooleanField(
        required=False, help_text="False: its e-invoices are made, and sent to nobody. Default true."
    )
    is_business = serializers.BooleanField(required=False)
    external_reference = TextIn(help_text="Your own id of the customer; no two have the same.")
    applies_credits = serializers.BooleanField(
        required=False, help_text="Credit may be given to its new invoices by itself."
    )
    delivery_address = AddressIn(required=False, allow_null=True, help_text="If it is another.")
    metadata = ObjectIn(required=False)


class CreateCustomerIn(CustomerFieldsIn):
    """A new customer."""

    name = serializers.CharField(max_length=300, help_text="What it is known as.")
    address = AddressIn()


class UpdateCustomerIn(CustomerFieldsIn):
    """What changes; the rest stays. Documents keep what they were made with."""


class CustomerOut(PartyOut):
    object = ObjectOut("customer")
    language = serializers.CharField()
    currency = serializers.CharField()
    buyer_reference = serializers.CharField()
    einvoice_profile = serializers.CharField()
    is_einvoice_enabled = serializers.BooleanField()
    is_business = serializers.BooleanField()
    external_reference = serializers.CharField()
    applies_credits = serializers.BooleanField()
    delivery_address = AddressOut(allow_null=True)
    metadata = serializers.DictField()
    balance_url = serializers.SerializerMethodField(help_text="What it owes, and what credit it has.")

    def get_balance_url(self, shape: dict[str, Any]) -> str:
        return f"/v1/customers/{shape['id']}/balance"


class CustomerView(BillingView):
    def customers(self) -> QuerySet[Customer]:
        rows: QuerySet[Customer] = Customer.objects.for_platform(self.platform)
        return rows

    def show(self, customer_id: str, status: int = 200) -> Response:
        return Response(CustomerOut(self.customers().find(customer_id)).data, status=status)


class Customers(CustomerView):
    needs: ClassVar = {"GET": permissions.CUSTOMER_VIEW, "POST": permissions.CUSTOMER_CREATE}

    @operation(
        "list_customers",
        "List customers",
        permission=permissions.CUSTOMER_VIEW,
        answers=list_of(CustomerOut),
        listing=CUSTOMERS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = self.customers().annotate(known_as=KNOWN_AS)
        return answer_list(request, CUSTOMERS, rows, CustomerOut)

    @operation(
        "create_customer",
        "Create a customer, who can be invoiced at once",
        permission=permissions.CUSTOMER_CREATE,
        answers=CustomerOut,
        status=201,
        body=CreateCustomerIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        said = CreateCustomerIn.read(request)
        customer = parties.create_customer(platform=self.platform, **said, actor=self.actor, at=clock.now())
        return self.show(customer.pk, status=201)


class OneCustomer(CustomerView):
    needs: ClassVar = {
        "GET": permissions.CUSTOMER_VIEW,
        "PATCH": permissions.CUSTOMER_UPDATE,
        "DELETE": permissions.CUSTOMER_UPDATE,
    }

    @operation(
        "retrieve_customer",
        "Retrieve a customer",
        permission=permissions.CUSTOMER_VIEW,
        answers=CustomerOut,
        refusals=(404,),
    )
    def get(self, request: Request, customer_id: str) -> Response:
        return self.show(customer_id)

    @operation(
        "update_customer",
        "Change a customer; final documents keep what they say, drafts are finalised with the change",
        permission=permissions.CUSTOMER_UPDATE,
        answers=CustomerOut,
        body=UpdateCustomerIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, customer_id: str) -> Response:
        parties.update_customer(
            platform=self.platform,
            customer_id=customer_id,
            **UpdateCustomerIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(customer_id)

    @operation(
        "delete_customer",
        "Delete a customer that no document refers to",
        permission=permissions.CUSTOMER_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, customer_id: str) -> Response:
        parties.delete_customer(
            platform=self.platform, customer_id=customer_id, actor=self.actor, at=clock.now()
        )
        return Response(status=204)
