"""What a caller wants to have credited, as the API takes it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.fields import AmountIn, NumberIn, ObjectIn, PercentIn, Reading
from billing.documents.snapshot import Period
from billing.errors import Invalid
from billing.money import ZERO
from credit_notes.by_period import Node
from credit_notes.models import LONGEST_NOTE, CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from invoices.serializers.wishes import PeriodIn

MOST_LINES = 10_000
SHORT_NOTE = 200


class LinesAndTotal(Invalid):
    code = "lines_and_total_both_given"
    title = "It was said twice what to credit"


class TaxIn(Reading):
    """A tax as it is named elsewhere: its rate counts."""

    name = serializers.CharField(max_length=100, required=False)
    rate = PercentIn()
    tax_total = NumberIn(zero=True, required=False, help_text="Read and worked out anew.")


class CreditLineIn(Reading):
    """A part of a line of the invoice, or a free line, which has a name and a price instead.

    Of an invoice's line give a `quantity`, or a `net_amount` without VAT, or neither for all that is left.
    Where the line is negative, so are they.
    """

    invoice_line = serializers.CharField(max_length=40, required=False)
    quantity = NumberIn(negative=True, required=False)
    net_amount = AmountIn(negative=True, required=False)
    name = serializers.CharField(max_length=1000, required=False)
    description = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False)
    unit = serializers.CharField(max_length=10, required=False, help_text="UNECE Rec 20; default C62.")
    unit_price = NumberIn(zero=True, required=False, help_text="Without VAT.")
    unit_amount = NumberIn(zero=True, required=False, help_text="The same as `unit_price`.")
    tax_category = serializers.CharField(max_length=2, required=False)
    tax_rate = PercentIn(required=False, allow_null=True)
    taxes = TaxIn(many=True, required=False, help_text="At most one; `tax_rate` says the same.")
    period = PeriodIn(required=False)

    def validate(self, line: dict[str, Any]) -> dict[str, Any]:
        if "unit_amount" in line:
            line["unit_price"] = line.pop("unit_amount")
        if len(line.get("taxes", ())) > 1:
            message = "A line has one rate of VAT; several on one line cannot be written on an e-invoice."
            raise serializers.ValidationError({"taxes": message})
        if line.get("taxes"):
            line["tax_rate"] = line["taxes"][0]["rate"]
        if "invoice_line" not in line:
            self.require_free(line)
        return line

    def require_free(self, line: dict[str, Any]) -> None:
        missing = [name for name in ("name", "quantity", "unit_price") if name not in line]
        if missing:
            message = f"Name an invoice_line, or give a free line its {', '.join(missing)}."
            raise serializers.ValidationError({missing[0]: message})
        if "net_amount" in line:
            raise serializers.ValidationError({"net_amount": "A free line has a quantity and a unit_price."})
        if line["quantity"] < ZERO:
            raise serializers.ValidationError({"quantity": "The quantity of a free line is not negative."})


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "object"}]})
class NodeAmountIn(AmountIn):
    """An amount without VAT, plain or as {"quantity", "currency"}; without one, all that is left is meant."""

    default_error_messages = {
        "not_an_object": "Give an amount, or an object of its quantity and its currency.",
        "no_currency": "A currency is three letters, such as EUR.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return super().to_internal_value(data), ""
        if set(data) - {"quantity", "currency"} or "quantity" not in data:
            self.fail("not_an_object")
        currency = data.get("currency", "")
        if not isinstance(currency, str) or len(currency) > len("EUR"):
            self.fail("no_currency")
        return super().to_internal_value(data["quantity"]), currency


def refuse_empty(node: dict[str, Any], name: str) -> dict[str, Any]:
    """Refuse a list without anything in it: leaving it out means all that is left."""
    if node.get(name) == []:
        raise serializers.ValidationError({name: "This is empty: leave it out to credit all that is left."})
    return node


class LineNodeIn(Reading):
    line_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)


class GroupNodeIn(Reading):
    group_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)
    lines = LineNodeIn(many=True, required=False, max_length=MOST_LINES)

    def validate(self, node: dict[str, Any]) -> dict[str, Any]:
        return refuse_empty(node, "lines")


class PeriodNodeIn(Reading):
    period_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)
    groups = GroupNodeIn(many=True, required=False, max_length=MOST_LINES)

    def validate(self, node: dict[str, Any]) -> dict[str, Any]:
        return refuse_empty(node, "groups")


class SelectionIn(Reading):
    """What to credit of an invoice: lines, or a lump sum, or periods; nothing is all that is left."""

    lines = CreditLineIn(many=True, required=False, max_length=MOST_LINES)
    amount = AmountIn(zero=True, required=False, help_text="A lump sum with VAT; 0 corrects data only.")
    periods = PeriodNodeIn(
        many=True, required=False, max_length=MOST_LINES, help_text="By their order on the invoice, from 1."
    )
    groups = GroupNodeIn(
        many=True, required=False, max_length=MOST_LINES, help_text="Groups of the first period."
    )

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        given = [
            name for name in ("lines", "line_items", "amount", "total", "periods", "groups") if name in wish
        ]
        if len(given) > 1:
            detail = f"Give one of {' and '.join(given)}: each says what to credit."
            raise LinesAndTotal(detail, field=given[1])
        for name in ("lines", "line_items", "periods", "groups"):
            if wish.get(name) == []:
                message = "This is empty: leave it out to credit all that is left."
                raise serializers.ValidationError({name: message})
        return wish


class InvoicePartIn(SelectionIn):
    invoice = serializers.CharField(max_length=40)


class NoteFieldsIn(SelectionIn):
    """What a note says beside its amounts."""

    note = serializers.CharField(
        max_length=LONGEST_NOTE, allow_blank=True, required=False, help_text="Printed: why it is credited."
    )
    reason_code = serializers.CharField(max_length=50, allow_blank=True, required=False)
    type = serializers.ChoiceField(
        choices=CreditNote.Type.choices, required=False, help_text="Default: by what is unpaid."
    )
    credit_details_source = serializers.ChoiceField(
        choices=CreditNote.Details.choices,
        required=False,
        help_text="The parties as on the invoice (default), or as they are today.",
    )
    delivery_date = serializers.DateField(required=False)
    date = serializers.DateField(required=False, help_text="Default: the day it is finalised.")
    sequence = serializers.CharField(
        max_length=40, required=False, help_text="The series by its prefix or id; an unknown one is created."
    )
    number = serializers.CharField(
        max_length=200, required=False, help_text="It must fit the series and be larger than its last."
    )
    internal_comment = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False)
    metadata = ObjectIn(required=False)
    custom_fields = ObjectIn(required=False)


class IssueIn(NoteFieldsIn):
    """Fields of a new note that say what becomes of it at once."""

    force_init_on_hold = serializers.BooleanField(default=False)
    finalize = serializers.BooleanField(default=False)
    notify = serializers.BooleanField(default=False, help_text="With `finalize`: e-mail it to the customer.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        if wish["notify"] and not wish["finalize"]:
            message = "Only a final note is sent: give `finalize` too, or `notify` when you finalise it."
            raise serializers.ValidationError({"notify": message})
        return wish


class CreditInvoiceIn(IssueIn):
    """How to credit an invoice. Nothing is required: an empty body drafts a credit of the entire invoice."""


class CreateCreditNoteIn(IssueIn):
    """A note on an invoice, on several, or for a customer without one. It is issued at once.

    `line_items`, `notes` and `total` say the same as `lines`, `note` and `amount`.
    """

    invoice = serializers.CharField(max_length=40, required=False)
    invoices = InvoicePartIn(many=True, required=False, max_length=100)
    customer = serializers.CharField(max_length=40, required=False, help_text="Without an invoice.")
    billing_entity = serializers.CharField(max_length=40, required=False, help_text="Default: the only one.")
    currency = serializers.CharField(max_length=3, required=False)
    line_items = CreditLineIn(many=True, required=False, max_length=MOST_LINES)
    notes = serializers.CharField(max_length=SHORT_NOTE, allow_blank=True, required=False)
    total = AmountIn(zero=True, required=False)
    finalize = serializers.BooleanField(default=True)

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        given = [name for name in ("invoice", "invoices", "customer") if name in wish]
        if len(given) != 1:
            message = "Give one of invoice, invoices and customer."
            raise serializers.ValidationError({given[1] if given else "invoice": message})
        if "customer" in wish and not (wish.get("lines") or wish.get("line_items")):
            raise serializers.ValidationError({"line_items": "A note without an invoice needs lines."})
        for alias, name in (("line_items", "lines"), ("notes", "note"), ("total", "amount")):
            if alias in wish:
                wish[name] = wish.pop(alias)
        require_parts(wish)
        return wish


class UpdateCreditNoteIn(NoteFieldsIn):
    """Changes to a draft: lines, if given, replace all of it. Of a final note: comment and metadata."""

    invoices = InvoicePartIn(many=True, required=False, max_length=100)
    version = serializers.IntegerField(required=False, help_text="The one you looked at.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = super().validate(wish)
        require_parts(wish)
        return wish


class CreditAndCopyIn(Reading):
    """How to credit an entire invoice and draft it anew, to be corrected."""

    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")
    credit_details_source = serializers.ChoiceField(choices=CreditNote.Details.choices, default="ORIGINAL")
    update_credit_invoice_to_final = serializers.BooleanField(default=False)
    update_new_invoice_to_final = serializers.BooleanField(default=False)


class FinalizeIn(Reading):
    notify = serializers.BooleanField(default=False, help_text="E-mail it to the customer.")
    version = serializers.IntegerField(required=False, help_text="The one you looked at.")
    total = AmountIn(zero=True, required=False, help_text="What you expect it to come to.")


class WriteOffIn(Reading):
    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, default="write_off")
    finalize = serializers.BooleanField(default=True)
    notify = serializers.BooleanField(default=False)


def require_parts(wish: dict[str, Any]) -> None:
    """Refuse invoices without any, and what would have to be said of one of them."""
    if "invoices" not in wish:
        return
    if not wish["invoices"]:
        raise serializers.ValidationError({"invoices": "This is empty: name the invoices to credit."})
    for name in ("lines", "amount", "periods", "groups"):
        if name in wish:
            raise LinesAndTotal(f"Say within `invoices` what to credit of each, not in {name}.", field=name)


def selection_in(wish: dict[str, Any]) -> Selection | list[Node]:
    """Return what is to be credited of one invoice; periods still have to be looked up on it."""
    if "periods" in wish:
        return [node_of(period, "period", "groups") for period in wish["periods"]]
    if "groups" in wish:
        children = tuple(node_of(group, "group", "lines") for group in wish["groups"])
        return [Node(order=1, children=children)]
    lines = wish.get("lines", ())
    return Selection(
        amount=wish.get("amount"),
        picks=tuple(pick_of(line, place) for place, line in enumerate(lines) if "invoice_line" in line),
        free=tuple(free_of(line) for line in lines if "invoice_line" not in line),
    )


def pick_of(line: dict[str, Any], place: int) -> Pick:
    said = {"invoice_line": line["invoice_line"], "tax_rate": line.get("tax_rate")}
    if "net_amount" in line and ("quantity" in line or "unit_price" in line):
        message = "Give a net_amount, or a quantity with or without a unit_price."
        raise serializers.ValidationError({"lines": {str(place): {"net_amount": message}}})
    if "unit_price" in line:
        return Pick(net_amount=line.get("quantity", Decimal(1)) * line["unit_price"], **said)
    return Pick(quantity=line.get("quantity"), net_amount=line.get("net_amount"), **said)


def bonus_of(lines: Sequence[dict[str, Any]]) -> tuple[FreeLine, ...]:
    """Return the lines of a note without an invoice."""
    for place, line in enumerate(lines):
        if "invoice_line" in line:
            message = "A note without an invoice takes nothing of an invoice's line."
            raise serializers.ValidationError({"lines": {str(place): {"invoice_line": message}}})
    return tuple(free_of(line) for line in lines)


def free_of(line: dict[str, Any]) -> FreeLine:
    period = line.get("period")
    return FreeLine(
        name=line["name"],
        description=line.get("description", ""),
        quantity=line["quantity"],
        unit=line.get("unit", "C62"),
        unit_price=line["unit_price"],
        tax_category=line.get("tax_category", ""),
        tax_rate=line.get("tax_rate"),
        period=Period(**period) if period else None,
    )


def node_of(node: dict[str, Any], name: str, below: str) -> Node:
    """Return a period, group or line."""
    next_name, next_below = {"groups": ("group", "lines"), "lines": ("line", "")}.get(below, ("", ""))
    amount, currency = node.get("amount") or (None, "")
    return Node(
        order=node[f"{name}_order"],
        amount=amount,
        currency=currency,
        children=tuple(node_of(child, next_name, next_below) for child in node.get(below, ())),
    )


RENAMED = {"credit_details_source": "details_source", "sequence": "series"}
SAID = (
    "note",
    "reason_code",
    "type",
    "credit_details_source",
    "delivery_date",
    "date",
    "sequence",
    "number",
    "internal_comment",
    "metadata",
    "custom_fields",
)


def said_in(wish: dict[str, Any]) -> dict[str, Any]:
    """Return what a note is to say beside its amounts, by the names of `Wish`."""
    return {RENAMED.get(name, name): wish[name] for name in SAID if name in wish}
