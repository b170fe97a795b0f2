"""JSON as money needs it: a number is the decimal that was written, and nothing is guessed."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from billing.einvoice.hybrid import is_pdf
from billing.einvoice.untrusted import MAX_BYTES
from billing.errors import Invalid

from .bodies import BodyTooLarge, Unreadable

MOST_BYTES = 1_000_000
MOST_DIGITS = 40
MOST_LEVELS = 32
KEEPABLE = re.compile("[^\0\ud800-\udfff]*")
"""Texts that PostgreSQL can keep, and that an answer can repeat."""


class ExactJSONParser(BaseParser):
    """Parse `application/json`. Numbers become exact decimals; NaN and repeated names are refused."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        require_json(media_type or self.media_type)
        raw = whole_body(stream, parser_context, most=MOST_BYTES)
        if len(raw) > MOST_BYTES:
            raise BodyTooLarge(f"At most {MOST_BYTES} bytes of JSON are read.", limit=MOST_BYTES)
        if not raw.strip():
            return {}
        value = understood(raw)
        require_keepable(value)
        return value


def whole_body(stream: Any, context: Mapping[str, Any] | None, *, most: int) -> bytes:
    """Return a body; of one that is larger than `most` one byte more, so that its reader refuses it.

    :raises Unreadable: it broke off, and what came may say something else than the whole.
    """
    raw: bytes = stream.read(most + 1)
    told = context["request"].META.get("CONTENT_LENGTH") if context else None
    if told and len(raw) < min(int(told), most):
        raise Unreadable(f"The body broke off after {len(raw)} bytes.")
    return raw


def require_json(content_type: str) -> None:
    """Refuse a body that says it is something else, also if the framework would let it pass: `*/*`, UTF-16.

    :raises UnsupportedMediaType: naming it.
    """
    media_type, parameters = parse_header_parameters(content_type)
    charset = parameters.get("charset", "utf-8")
    if media_type != ExactJSONParser.media_type:
        raise UnsupportedMediaType(content_type)
    if charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(content_type, f"JSON is written in UTF-8, not in {charset}.")


def understood(raw: bytes) -> Any:
    """Return what JSON says.

    :raises ParseError: it says nothing, or two things, or something else than JSON can.
    """
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
        raise ParseError(f"The body is nested deeper than {MOST_LEVELS} levels.") from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error


def exact(text: str) -> Decimal | int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} characters")
    if text.lstrip("-").isdigit():
        return int(text)
    _, _, exponent = text.lower().partition("e")
    if len(exponent.lstrip("+-0")) > len(str(MOST_DIGITS)) or abs(int(exponent or 0)) > MOST_DIGITS:
        raise ValueError(f"a number has an exponent beyond {MOST_DIGITS}")
    return Decimal(text)


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the name {twice!r} is given twice")
    return found


def require_keepable(value: Any, path: str = "", level: int = 1) -> None:
    """Refuse what is nested too deeply for whoever reads it later, and texts that cannot be kept.

    :raises ParseError, Invalid: the latter names the field.
    """
    if isinstance(value, str):
        if not KEEPABLE.fullmatch(value):
            raise Invalid("The text has a character that cannot be kept: NUL, or half a pair.", field=path)
    elif isinstance(value, dict | list):
        if level > MOST_LEVELS:
            raise ParseError(f"The body is nested deeper than {MOST_LEVELS} levels.")
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str) and not KEEPABLE.fullmatch(name):
                raise Invalid("A name has a character that cannot be kept: NUL, or half a pair.", field=path)
            require_keepable(inner, f"{path}.{name}" if path else str(name), level + 1)


class FileParser(BaseParser):
    """Hand a file on as its bytes, whatever it is; of one that is too large one byte too many."""

    media_type = "*/*"
    most = 0

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return whole_body(stream, parser_context, most=self.most)


class XMLBytesParser(BaseParser):
    """Hand an XML body on as bytes, unread; whoever reads it says what is wrong with it.

    :raises UnsupportedMediaType: it is a PDF.
    """

    media_type = "application/xml"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        body = whole_body(stream, parser_context, most=MAX_BYTES)
        if is_pdf(body):
            raise UnsupportedMediaType(self.media_type, "The body is a PDF: send it as application/pdf.")
        return body


class PDFBytesParser(BaseParser):
    """Hand a PDF on as bytes, unread.

    :raises UnsupportedMediaType: it is none.
    """

    media_type = "application/pdf"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        body = whole_body(stream, parser_context, most=MAX_BYTES)
        if body and not is_pdf(body):
            raise UnsupportedMediaType(self.media_type, "The body is no PDF: XML is sent as application/xml.")
        return body
