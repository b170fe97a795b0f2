"""What becomes of a credit note's amount: pure decisions."""

from decimal import Decimal


def choose_type(total: Decimal, adjustable: Decimal) -> str:
    """Return the type of a note when nobody chose one: it clears debt if it fits, else money is owed."""
    return "adjustment" if total <= adjustable else "refundable"
