"""What becomes of a credit note's amount: pure decisions."""

from collections.abc import Sequence
from decimal import Decimal

from billing.money import ZERO


def choose_type(total: Decimal, cleared: Decimal, *, is_standalone: bool = False) -> str:
    """Return the type of a note when nobody chose one: it clears debt if all of it does, else money is owed.

    `cleared` is what of it clears the debt of its own invoices; a note without one clears none.
    """
    return "adjustment" if total <= cleared and not is_standalone else "refundable"


def pour(amount: Decimal, sources: Sequence[Decimal]) -> list[Decimal]:
    """Return what each source gives towards an amount: in their order, each as much as it has.

    >>> pour(Decimal(40), [Decimal(30), Decimal(5), Decimal(20)])
    [Decimal('30'), Decimal('5'), Decimal('5')]
    """
    given = []
    for source in sources:
        part = max(min(source, amount), ZERO)
        given.append(part)
        amount -= part
    return given
