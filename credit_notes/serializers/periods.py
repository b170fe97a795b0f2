"""What to credit by periods, groups and lines of an invoice, as Solvimon asks for it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.fields import AmountIn, Reading
from billing.errors import Invalid
from credit_notes.by_period import Node

from .lines import MOST_LINES


class NothingSelected(Invalid):
    code = "nothing_selected"
    title = "A list of what to credit is empty"


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


class LineNodeIn(Reading):
    line_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)


class GroupNodeIn(Reading):
    group_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)
    lines = LineNodeIn(many=True, required=False, allow_null=True, max_length=MOST_LINES)

    def validate(self, node: dict[str, Any]) -> dict[str, Any]:
        return refuse_empty(node, "lines")


class PeriodNodeIn(Reading):
    period_order = serializers.IntegerField(min_value=1)
    amount = NodeAmountIn(required=False, allow_null=True)
    groups = GroupNodeIn(many=True, required=False, allow_null=True, max_length=MOST_LINES)

    def validate(self, node: dict[str, Any]) -> dict[str, Any]:
        return refuse_empty(node, "groups")


def refuse_empty(wish: dict[str, Any], *names: str) -> dict[str, Any]:
    """Refuse a list without anything in it: leaving it out, or null, means all that is left.

    :raises NothingSelected: naming it.
    """
    for name in names:
        if wish.get(name) == []:
            raise NothingSelected("This is empty: leave it out to credit all that is left.", field=name)
    return wish


def node_of(node: dict[str, Any], name: str, below: str) -> Node:
    """Return a period, group or line."""
    next_name, next_below = {"groups": ("group", "lines"), "lines": ("line", "")}.get(below, ("", ""))
    amount, currency = node.get("amount") or (None, "")
    return Node(
        order=node[f"{name}_order"],
        amount=amount,
        currency=currency,
        children=tuple(node_of(child, next_name, next_below) for child in node.get(below) or ()),
    )
