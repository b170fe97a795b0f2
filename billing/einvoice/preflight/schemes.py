"""Identifiers that must, or may, say which scheme they belong to."""

from collections.abc import Iterator

from billing.documents.snapshot import Identifier
from billing.einvoice.codes import ListName, is_known
from billing.einvoice.findings import Finding, gap

WORDS: dict[ListName, str] = {
    "identifier_schemes": "ISO 6523",
    "endpoint_schemes": "the list of electronic addresses (EAS)",
    "object_schemes": "UNTDID 1153",
}


def scheme(
    missing: str,
    unknown: str,
    identifier: Identifier | None,
    place: str,
    field: str,
    *,
    known: ListName = "identifier_schemes",
) -> Iterator[Finding]:
    """Yield that an identifier's scheme is missing, if rule `missing` asks for one, or is in no list."""
    if identifier is None or not identifier.id.strip():
        return
    if missing and not identifier.scheme:
        message = f"The identifier {identifier.id} needs its scheme, from {WORDS[known]}"
        yield gap(missing, message, place, f"{field}.scheme")
    elif identifier.scheme and not is_known(known, identifier.scheme):
        message = f"The scheme {identifier.scheme} of an identifier is not in {WORDS[known]}"
        yield gap(unknown, message, place, f"{field}.scheme")
