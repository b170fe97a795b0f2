"""JSON as money needs it: a number is the decimal that was written, and nothing is guessed."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from billing.einvoice.untrusted import MAX_BYTES

MOST_BYTES = 1_000_000
MOST_DIGITS = 40


class ExactJSONParser(BaseParser):
    """Parse `application/json`. Numbers become exact decimals; NaN and repeated names are refused."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ParseError(f"The body is larger than {MOST_BYTES} bytes.")
        if not raw.strip():
            return {}
        try:
            return json.loads(
                raw.decode("utf-8"),
                parse_float=exact,
                parse_int=exact,
                parse_constant=no_constant,
                object_pairs_hook=no_repeats,
            )
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


def exact(text: str) -> Decimal | int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} characters")
    return Decimal(text) if not text.lstrip("-").isdigit() else int(text)


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the name {twice!r} is given twice")
    return found


class XMLBytesParser(BaseParser):
    """Hand an XML body on as bytes, unread; whoever reads it says what is wrong with it."""

    media_type = "application/xml"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        content: bytes = stream.read(MAX_BYTES + 1)  # one more than the reader takes, so that it refuses
        return content
