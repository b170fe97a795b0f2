"""From the names that a caller sent to ours, and back: refusals name the fields as they were sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import exceptions, serializers

from billing.errors import BillingError, Invalid

from .aliases import BESIDE, Alias
from .problems import flatten

SentNames = dict[str, str]
"""Paths by our names, and what the caller called each that is called otherwise there."""


class GivenTwice(Invalid):
    code = "given_twice"
    title = "The same was given under two names"


def renamed(fields: Mapping[str, Any], aliases: tuple[Alias, ...], data: Any, sent: SentNames) -> Any:
    """Return a body with our names, for fields that may have aliases of their own. `sent` is filled.

    :raises GivenTwice: two names of one field.
    :raises ValidationError: a text is longer than its alias allows.
    """
    return level(fields, {alias.theirs: alias for alias in aliases}, data, "", "", sent)


def level(
    fields: Mapping[str, Any],
    aliases: dict[str, Alias],
    data: Any,
    ours: str,
    theirs: str,
    sent: SentNames,
) -> Any:
    """Rename one object, which stands at a path by our names and at one by theirs, and what is below it."""
    if not isinstance(data, dict):
        return data
    found: dict[str, Any] = {}
    paths: dict[str, str] = {}
    for name, value, path in unwrapped(aliases, data, theirs):
        alias = aliases.get(name)
        if alias and alias.most:
            require_short(value, alias, path)
        ours_now = alias.ours if alias else name
        if ours_now in found:
            raise GivenTwice(f"{paths[ours_now]} and {path} say the same: give one of them.", field=path)
        paths[ours_now] = path
        place = f"{ours}{ours_now}"
        if path != as_sent(place, sent):
            sent[place] = path
        found[ours_now] = below(fields.get(ours_now), value, place, path, sent)
    return found


def unwrapped(aliases: dict[str, Alias], data: dict[str, Any], at: str) -> Iterator[tuple[str, Any, str]]:
    """Yield each name with its value and path; what a wrapper holds comes as if it stood beside it."""
    for name, value in data.items():
        alias = aliases.get(name)
        if alias is None or alias.ours != BESIDE:
            yield name, value, f"{at}{name}"
        elif isinstance(value, dict):
            for inner, held in value.items():
                yield inner, held, f"{at}{name}.{inner}"
        else:
            raise serializers.ValidationError({f"{at}{name}": "This is not a JSON object."}, "invalid")


def below(field: Any, value: Any, ours: str, theirs: str, sent: SentNames) -> Any:
    """Rename what a field holds: an object, or a list of objects."""
    inner = getattr(field, "child", field)
    if not isinstance(inner, serializers.Serializer):
        return value
    aliases = {alias.theirs: alias for alias in getattr(inner, "aliases", ())}
    if inner is field:
        return level(inner.fields, aliases, value, f"{ours}.", f"{theirs}.", sent)
    if not isinstance(value, list):
        return value
    return [
        level(inner.fields, aliases, one, f"{ours}.{place}.", f"{theirs}.{place}.", sent)
        for place, one in enumerate(value)
    ]


def require_short(value: Any, alias: Alias, path: str) -> None:
    if isinstance(value, str) and len(value) > alias.most:
        message = f"{alias.theirs} has at most {alias.most} characters; {alias.ours} may be longer."
        raise serializers.ValidationError({path: message}, "max_length")


def as_sent(path: str, sent: SentNames) -> str:
    """Return a path by our names as the caller would write it.

    >>> as_sent("lines.0.quantity", {"lines": "line_items"})
    'line_items.0.quantity'
    """
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        known = sent.get(".".join(parts[:length]))
        if known is not None:
            return ".".join([known, *parts[length:]])
    return path


def tell_as_sent(exception: Exception, sent: SentNames) -> None:
    """Let a refusal name fields as the caller did."""
    if isinstance(exception, BillingError):
        exception.field = as_sent(exception.field, sent)
    elif isinstance(exception, exceptions.ValidationError):
        exception.detail = {as_sent(path, sent): [message] for path, message in flatten(exception.detail)}
