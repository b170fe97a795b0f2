"""The code lists of EN 16931 and Peppol: which codes a document may use, and how each is called.

A file a list lies in `code_lists/`, with its source and version, and is read when it is first asked for.
"""

import difflib
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

ListName = Literal[
    "currencies",
    "peppol_currencies",
    "countries",
    "endpoint_schemes",
    "peppol_endpoint_schemes",
    "identifier_schemes",
    "object_schemes",
    "classification_lists",
    "payment_means",
    "allowance_reasons",
    "charge_reasons",
    "tax_categories",
    "exemption_codes",
    "tax_point_codes",
    "units",
    "mime_types",
    "invoice_types",
    "credit_note_types",
    "peppol_invoice_types",
    "peppol_credit_note_types",
]
NAMES: tuple[ListName, ...] = get_args(ListName)

MOST_FOUND = 20
MOST_NEAR = 3
LONGEST_SEARCH = 100
SHORTEST_ALIKE = 4
BY_CODE, BY_NAME, BY_PREFIX, BY_WORDS = range(4)
"""How a code answers a search, the best first."""
SPLIT = re.compile(r"[^\w%€$£¥]+")

Choice = tuple[str, str]
"""A code and its name."""


class CodeList(msgspec.Struct, frozen=True):
    """A list as its file has it.

    `of` says which official list it is and where it is used, `source` and `version` where its codes are from,
    `names` where their names are. `common` are the codes that are offered first; `also` has words by which
    people know a code, beside its name.
    """

    title: str
    of: str
    source: str
    version: str
    names: str
    common: tuple[str, ...]
    also: dict[str, str]
    codes: dict[str, str]


@cache
def about(name: ListName) -> CodeList:
    """Return a list with all that is known of it."""
    content = files(__package__).joinpath("code_lists", f"{name}.json").read_bytes()
    return msgspec.json.decode(content, type=CodeList)


@cache
def code_list(name: ListName) -> frozenset[str]:
    """Return the codes of a list, such as the 251 of `countries`."""
    return frozenset(about(name).codes)


def is_known(name: ListName, code: str) -> bool:
    """Tell whether a list has the code, spelled exactly so.

    >>> is_known("units", "HUR"), is_known("units", "h")
    (True, False)
    """
    return code in code_list(name)


def name_of(name: ListName, code: str) -> str:
    """Return what a code is called in English; the code itself where no name is known.

    >>> name_of("units", "HUR"), name_of("units", "??")
    ('hour', '??')
    """
    return about(name).codes.get(code, code)


def code_in(name: ListName, text: str) -> str:
    """Return the code that a person meant by `text`: a code in small letters, or a whole name.

    What is neither comes back as it is.

    >>> code_in("units", "hur"), code_in("countries", "austria"), code_in("units", "h")
    ('HUR', 'AT', 'h')
    """
    written = text.strip()
    if is_known(name, written) or not written:
        return written
    if is_known(name, written.upper()):
        return written.upper()
    named = [code for code, each in about(name).codes.items() if folded(each) == folded(written)]
    return named[0] if len(named) == 1 else written


def search(name: ListName, text: str, limit: int = MOST_FOUND) -> list[Choice]:
    """Return the codes that somebody may be looking for who typed `text`, the likeliest first.

    The code itself, then what is called or known by just this, then codes that begin with it, then names with
    words that begin with its words; common codes first, short names before long ones. Accents and capitals do
    not count. Without a text all codes are found.

    >>> search("countries", "osterr")
    [('AT', 'Austria')]
    """
    codes = about(name).codes
    return [(code, codes[code]) for _, code in _ranked(name, text)[:limit]]


def near(name: ListName, text: str) -> list[Choice]:
    """Return what somebody may have meant who wrote an unknown code; nothing if that cannot be guessed.

    >>> near("units", "h"), near("countries", "Germeny")
    ([('HUR', 'hour')], [('DE', 'Germany')])
    """
    ranked = _ranked(name, text) if folded(text) else []
    found = [code for kind, code in ranked if kind == BY_NAME] or [code for _, code in ranked]
    if not found:
        called = _called(name)
        alike = difflib.get_close_matches(folded(text[:LONGEST_SEARCH]), called, MOST_NEAR, cutoff=0.75)
        found = list(dict.fromkeys(called[each] for each in alike))
    return [(code, name_of(name, code)) for code in found[:MOST_NEAR]]


def did_you_mean(name: ListName, text: str) -> str:
    """Return a sentence that suggests what may have been meant, after a blank; empty if nothing comes near.

    >>> did_you_mean("countries", "UK")
    ' Did you mean GB (United Kingdom)?'
    """
    found = [f"{code} ({called})" for code, called in near(name, text)]
    if not found:
        return ""
    *others, last = found
    return f" Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def folded(text: str) -> str:
    """Return a text as it is compared: small letters without accents, words set apart by one blank.

    >>> folded("Côte d’Ivoire")
    'cote d ivoire'
    """
    plain = unicodedata.normalize("NFKD", text).casefold().replace("ł", "l").replace("ø", "o")
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(SPLIT.sub(" ", letters).split())


class _Entry(msgspec.Struct, frozen=True):
    """A code as it is searched: itself and its name folded, and where it stands among the common ones."""

    code: str
    spelled: str
    name: str
    also: tuple[str, ...]
    place: int

    def answers(self, wanted: str) -> int | None:
        """Return how well a folded text is answered by this code, the least the best; None for not at all."""
        if not wanted or wanted == self.spelled:
            return BY_CODE
        if wanted == self.name or wanted in self.also:
            return BY_NAME
        if self.spelled.startswith(wanted):
            return BY_PREFIX
        words = (*self.name.split(), *self.also)
        is_told = all(any(word.startswith(part) for word in words) for part in wanted.split())
        return BY_WORDS if is_told else None


@cache
def _entries(name: ListName) -> tuple[_Entry, ...]:
    known = about(name)
    places = {code: place for place, code in enumerate(known.common)}
    return tuple(
        _Entry(
            code,
            folded(code),
            folded(called),
            tuple(folded(known.also.get(code, "")).split()),
            places.get(code, len(places)),
        )
        for code, called in known.codes.items()
    )


@cache
def _called(name: ListName) -> dict[str, str]:
    """Return the names and the longer words of them, each with the code that has it; the commonest wins."""
    called: dict[str, str] = {}
    for entry in sorted(_entries(name), key=lambda entry: (entry.place, len(entry.name))):
        for text in (entry.name, *entry.also, *entry.name.split()):
            if len(text) >= SHORTEST_ALIKE:
                called.setdefault(text, entry.code)
    return called


def _ranked(name: ListName, text: str) -> list[tuple[int, str]]:
    """Return how each code answers a text, and the code, the best first."""
    wanted = folded(text[:LONGEST_SEARCH])
    found = [
        (kind, entry.place, len(entry.name) if kind == BY_WORDS else 0, entry.code)
        for entry in _entries(name)
        if (kind := entry.answers(wanted)) is not None
    ]
    return [(kind, code) for kind, _, _, code in sorted(found)]
