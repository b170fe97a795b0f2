"""An invoice as a caller asks for it."""

from typing import Any, ClassVar, get_type_hints

import msgspec
from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, NumberIn, ObjectIn, PercentIn, Reading
from billing.api.parts import AddressIn, IdentifierIn
from invoices.models import Invoice
from invoices.wish import InvoiceWish

MOST_PARTS = 5_000
LONG, TEXT, CODE = 10_000, 200, 20


def words(longest: int = TEXT, **options: Any) -> serializers.CharField:
    """A text that need not be given, and may be empty."""
    return serializers.CharField(max_length=longest, allow_blank=True, required=False, **options)


class PeriodIn(Reading):
    start = serializers.DateField(required=False)
    end = serializers.DateField(required=False)

    def validate(self, period: dict[str, Any]) -> dict[str, Any]:
        if "start" in period and "end" in period and period["end"] < period["start"]:
            raise serializers.ValidationError({"end": "The period ends before it starts."})
        return period


class DeliveryIn(Reading):
    """Where and when: `country` alone, or the whole `address`."""

    name = words()
    location = IdentifierIn(required=False)
    date = serializers.DateField(required=False)
    country = serializers.CharField(max_length=2, required=False)
    address = AddressIn(required=False)

    def validate(self, delivery: dict[str, Any]) -> dict[str, Any]:
        country = delivery.pop("country", "")
        if country and "address" in delivery:
            raise serializers.ValidationError({"country": "Give the country or the address, which has one."})
        return delivery | ({"address": {"country": country}} if country else {})


class PaymentMeansIn(Reading):
    code = serializers.CharField(
        max_length=3, help_text="UNTDID 4461: 30 transfer, 59 direct debit, 48 card, 10 cash."
    )
    text = words()
    remittance = words()
    account = words(40, help_text="IBAN.")
    account_name = words()
    bic = words(15)
    card_number = words(20, help_text="Its last digits.")
    card_holder = words()
    mandate = words(50)
    debited_account = words(40)


class NoteIn(Reading):
    text = serializers.CharField(max_length=LONG)
    subject_code = words(3)


class PrecedingIn(Reading):
    number = serializers.CharField(max_length=TEXT)
    date = serializers.DateField(required=False)


class AttachmentIn(Reading):
    """A supporting document by its address; one whose file was put to the draft needs none."""

    id = serializers.CharField(max_length=TEXT)
    description = words(1000)
    uri = serializers.URLField(
        max_length=1000, required=False, allow_blank=True, help_text="Not of one whose file is here."
    )


class PayeeIn(Reading):
    name = serializers.CharField(max_length=300)
    id = IdentifierIn(required=False)
    legal_id = IdentifierIn(required=False)


class TaxRepresentativeIn(Reading):
    name = serializers.CharField(max_length=300)
    vat_number = serializers.CharField(max_length=30)
    address = AddressIn()


class LineAllowanceChargeIn(Reading):
    """An `amount`, or a `percent` of `base_amount`, which is by default all that it stands on."""

    is_charge = serializers.BooleanField()
    amount = AmountIn(required=False)
    percent = PercentIn(required=False)
    base_amount = AmountIn(required=False)
    reason = words(300)
    reason_code = words(10)


class AllowanceChargeIn(LineAllowanceChargeIn):
    """One on the whole invoice belongs to a VAT category and rate: that of the lines, if all share one."""

    tax_category = words(2)
    tax_rate = PercentIn(required=False, allow_null=True)


class ItemIdsIn(Reading):
    seller = words()
    buyer = words()
    standard = IdentifierIn(required=False)


class ClassificationIn(Reading):
    id = serializers.CharField(max_length=TEXT)
    list_id = serializers.CharField(max_length=CODE)
    list_version = words(CODE)


class AttributeIn(Reading):
    name = serializers.CharField(max_length=TEXT)
    value = serializers.CharField(max_length=TEXT)


class LineIn(Reading):
    """One line. With `price_type` tax_inclusive its price, allowances and charges contain the VAT."""

    aliases: ClassVar = aliases.INVOICE_LINE

    name = serializers.CharField(max_length=1000)
    description = words(LONG)
    note = words(LONG)
    quantity = NumberIn(negative=True, help_text="Negative for what comes back; not 0.")
    unit = serializers.CharField(max_length=10, required=False, help_text="UNECE Rec 20; default C62.")
    unit_price = NumberIn(zero=True)
    base_quantity = NumberIn(required=False, help_text="The price is for so many.")
    tax_category = serializers.CharField(max_length=2, required=False, help_text="Default S.")
    tax_rate = PercentIn(required=False, allow_null=True)
    exemption_reason = words(1000)
    exemption_code = words(CODE, help_text="VATEX.")
    allowances_charges = LineAllowanceChargeIn(many=True, required=False, max_length=100)
    period = PeriodIn(required=False, allow_null=True)
    group = words()
    item_ids = ItemIdsIn(required=False)
    classifications = ClassificationIn(many=True, required=False, max_length=100)
    origin_country = words(2)
    attributes = AttributeIn(many=True, required=False, max_length=100)
    object_id = IdentifierIn(required=False, allow_null=True)
    order_line = words(100)
    accounting_cost = words()

    def validate(self, line: dict[str, Any]) -> dict[str, Any]:
        ids = line.pop("item_ids", {})
        kinds = {"seller": "seller_item_id", "buyer": "buyer_item_id", "standard": "standard_item_id"}
        line |= {name: ids[kind] for kind, name in kinds.items() if kind in ids}
        if "accounting_cost" in line:
            line["accounting_reference"] = line.pop("accounting_cost")
        return line


class InvoiceFieldsIn(Reading):
    """What an invoice may say. Nothing is required; what is left out the master data says, or nobody."""

    aliases: ClassVar = aliases.INVOICE

    customer = serializers.CharField(max_length=40, required=False)
    billing_entity = serializers.CharField(max_length=40, required=False, help_text="Default: the only one.")
    lines = LineIn(many=True, required=False, max_length=MOST_PARTS)
    allowances_charges = AllowanceChargeIn(many=True, required=False, max_length=MOST_PARTS)
    price_type = serializers.ChoiceField(choices=Invoice.PriceType.choices, required=False)
    currency = serializers.CharField(max_length=3, required=False, help_text="Default: the customer's.")
    accounting_currency = words(3)
    exchange_rate = NumberIn(
        required=False,
        allow_null=True,
        help_text="So many of the accounting currency for one of the invoice's.",
    )
    rounding_amount = AmountIn(negative=True, required=False, help_text="Cash rounding.")
    series = words(40, help_text="Its prefix or id; an unknown prefix starts a series.")
    number = words(help_text="It must fit the series and be larger than its last.")
    type_code = serializers.CharField(max_length=5, required=False, help_text="UNTDID 1001; default 380.")
    language = serializers.CharField(max_length=10, required=False, help_text="Default: the customer's.")
    template = words(100, help_text="Its id or name, or a built-in look; default: the platform's.")
    timezone = words(
        50, help_text="Its days count, such as Europe/Paris's, unless the billing entity's are behind."
    )
    date = serializers.DateField(
        required=False, allow_null=True, help_text="Default: the day it is finalised."
    )
    due_date = serializers.DateField(required=False, allow_null=True)
    tax_point_date = serializers.DateField(required=False, allow_null=True)
    tax_point_code = words(5)
    payment_terms = words(2000)
    buyer_reference = words()
    project_reference = words()
    contract_reference = words()
    purchase_order_number = words()
    sales_order_reference = words()
    receiving_advice_reference = words()
    despatch_advice_reference = words()
    tender_reference = words()
    object_id = IdentifierIn(required=False, allow_null=True)
    accounting_reference = words()
    payee = PayeeIn(required=False, allow_null=True)
    tax_representative = TaxRepresentativeIn(required=False, allow_null=True)
    delivery = DeliveryIn(required=False, allow_null=True)
    period = PeriodIn(required=False, allow_null=True)
    payment_means = PaymentMeansIn(
        many=True,
        required=False,
        max_length=20,
        help_text="Default: a transfer to the seller.",
    )
    creditor_id = words(50)
    note = words(LONG, help_text="One remark; `notes` takes several.")
    notes = NoteIn(many=True, required=False, max_length=20)
    preceding = PrecedingIn(many=True, required=False, max_length=100, help_text="Invoices it refers to.")
    attachments = AttachmentIn(many=True, required=False, max_length=20)
    metadata = ObjectIn(required=False)
    custom_fields = ObjectIn(required=False)
    internal_comment = words(LONG)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if "note" in wish and "notes" in wish:
            raise serializers.ValidationError({"note": "Give one note, or notes."})
        if "note" in wish:
            note = wish.pop("note")
            wish["notes"] = [{"text": note}] if note else []
        return wish


class CreateInvoiceIn(InvoiceFieldsIn):
    """A one-off invoice: a draft, or with `finalize` a final one."""

    customer = serializers.CharField(max_length=40)
    lines = LineIn(many=True, max_length=MOST_PARTS)
    finalize = serializers.BooleanField(default=False)
    notify = serializers.BooleanField(default=False, help_text="With `finalize`: e-mail it to the customer.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if wish["notify"] and not wish["finalize"]:
            message = "Only a final invoice is sent: give `finalize` too, or `notify` when you finalise it."
            raise serializers.ValidationError({"notify": message})
        return super().validate(wish)


class UpdateInvoiceIn(InvoiceFieldsIn):
    """Changes to a draft; lines, if given, replace all of them. Of a final one: comment and metadata."""

    version = serializers.IntegerField(required=False, help_text="The one you looked at.")


class ReplaceInvoiceIn(UpdateInvoiceIn):
    """All that a draft says: what is not given is as in a new invoice. Its lines have to be given.

    Its parties, its number and its series stay unless others are given. Of a final one: comment and metadata.
    """


class FinalizeInvoiceIn(Reading):
    notify = serializers.BooleanField(default=False, help_text="E-mail it to the customer.")
    version = serializers.IntegerField(required=False, help_text="The one you looked at.")


RENAMED = {
    "purchase_order_number": "purchase_order_reference",
    "preceding": "references",
    "timezone": "time_zone",
}
KINDS = get_type_hints(InvoiceWish)


def said_in(read: dict[str, Any]) -> dict[str, Any]:
    """Return what was read as fields of an InvoiceWish."""
    named = {RENAMED.get(name, name): value for name, value in read.items()}
    return {name: msgspec.convert(value, KINDS[name]) for name, value in named.items()}
