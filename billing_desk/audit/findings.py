"""What the audit says: one line for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, NamedTuple

CENT = Decimal("0.01")


class Wrong(NamedTuple):
    """What a law found: which document, what of it, what is stored, and what it should be.

    `document` is an id; of a series, a table or a trigger, its name.
    """

    document: str
    number: str
    what: str
    stored: Any
    expected: Any


Law = Callable[[Any], Iterable[Wrong]]
"""A question to the Books. Its name is the code of its findings, its docstring says what must hold."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong, in words. `article` is the law's number in the list of laws."""

    article: int
    law: str
    document: str
    number: str
    what: str
    stored: str
    expected: str

    @classmethod
    def of(cls, law: Law, article: int, wrong: Wrong) -> Finding:
        return cls(
            article=article,
            law=law.__name__,
            document=wrong.document,
            number=wrong.number,
            what=wrong.what,
            stored=said(wrong.stored),
            expected=said(wrong.expected),
        )

    def __str__(self) -> str:
        about = " ".join(filter(None, [self.document, self.number]))
        return f"{self.law}: {about}: {self.what} is {self.stored}, should be {self.expected}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def said(value: Any) -> str:
    """Return a value as a finding says it: an amount with its cents, nothing as a word."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, Decimal):
        return f"{value:.2f}" if value == value.quantize(CENT) else f"{value.normalize():f}"
    return str(value)
