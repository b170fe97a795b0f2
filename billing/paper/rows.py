"""The lines of a document as rows of its table."""

from dataclasses import dataclass

from billing.documents.snapshot import Line
from billing.paper.formats import Formats
from billing.paper.sums import adjustment

ROOM = {"quantity": 12, "unit_price": 14, "amount": 16}
"""How many characters each column of numbers takes; a row with a longer one is set smaller."""


@dataclass(frozen=True)
class Row:
    """One row: its main texts, and smaller ones under the name."""

    position: str
    name: str
    small: list[str]
    quantity: str
    unit_price: str
    per: str
    tax: str
    amount: str

    @property
    def is_wide(self) -> bool:
        """Whether its numbers need a smaller type."""
        return any(len(getattr(self, column)) > room for column, room in ROOM.items())


def row_of(line: Line, formats: Formats) -> Row:
    """Return a line as it is printed."""
    return Row(
        position=line.id,
        name=line.name,
        small=_small(line, formats),
        quantity=formats.quantity(line.quantity, line.unit),
        unit_price=formats.price(line.unit_price),
        per=_per(line, formats),
        tax=_tax(line, formats),
        amount=formats.amount(line.net_amount),
    )


def _small(line: Line, formats: Formats) -> list[str]:
    labels = formats.words.labels
    texts = [
        line.description if line.description != line.name else "",
        line.note,
        formats.period(line.period) if line.period else "",
        f"{labels.item_number} {line.seller_item_id}" if line.seller_item_id else "",
        f"{labels.order_line} {line.order_line}" if line.order_line else "",
    ]
    texts += [f"{attribute.name}: {attribute.value}" for attribute in line.attributes]
    texts += ["\u2002".join(adjustment(item, formats)) for item in line.allowances_charges]
    return [text for text in texts if text]


def _per(line: Line, formats: Formats) -> str:
    """What a price is for, when that is not one unit."""
    if line.base_quantity is None or line.base_quantity == 1:
        return ""
    quantity = formats.quantity(line.base_quantity, line.base_quantity_unit or line.unit)
    return formats.words.sentences.per.format(quantity=quantity)


def _tax(line: Line, formats: Formats) -> str:
    rate = "" if line.tax_rate is None else formats.rate(line.tax_rate)
    category = "" if line.tax_category in ("S", "Z") else line.tax_category
    return f"{rate} {category}".strip()
