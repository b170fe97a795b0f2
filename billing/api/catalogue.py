"""Every code that a refusal can have: what it means, and what to do about it.

Title and status stand on the refusal's class; the texts are in `problem_texts/`, one TOML file a topic.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import autodiscover_modules
from msgspec import Struct, convert

from billing.errors import BillingError, problem

from .problems import CODES

FOLDER = Path(__file__).parent / "problem_texts"
TOPICS = (
    "requests",
    "credentials",
    "lists",
    "master_data",
    "numbers",
    "invoices",
    "payments",
    "crediting",
    "credit_notes",
    "settling",
    "undoing",
    "papers",
    "einvoices",
    "bulk",
    "webhooks",
    "operations",
)


class Fact(NamedTuple):
    name: str
    meaning: str


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """What is written about a code. `facts` are explained in `facts.toml`, `own_facts` here."""

    meaning: str
    remedy: str
    example: dict[str, Any]
    facts: list[str] = []
    own_facts: dict[str, str] = {}


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of texts."""

    title: str
    about: str
    codes: dict[str, Text]


class Entry(NamedTuple):
    """A code as its page tells it."""

    code: str
    status: int
    title: str
    topic: str
    meaning: str
    remedy: str
    facts: tuple[Fact, ...]
    example: dict[str, Any]


class Chapter(NamedTuple):
    """The codes of a topic."""

    name: str
    title: str
    about: str
    entries: tuple[Entry, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return all that there is, in the order to read it in."""
    shared = texts("facts")
    known = kinds()
    return tuple(
        Chapter(
            name,
            topic.title,
            topic.about,
            tuple(
                entry_of(code, text, *known[code], topic=topic.title, shared=shared)
                for code, text in sorted(topic.codes.items())
            ),
        )
        for name in TOPICS
        for topic in [convert(texts(name), Topic)]
    )


@cache
def entries() -> dict[str, Entry]:
    """Return all codes by their names."""
    return {entry.code: entry for chapter in chapters() for entry in chapter.entries}


def codes_by_status() -> dict[int, list[str]]:
    """Return which codes may come with which status."""
    found: dict[int, list[str]] = {}
    for entry in sorted(entries().values()):
        found.setdefault(entry.status, []).append(entry.code)
    return dict(sorted(found.items()))


def texts(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def entry_of(code: str, text: Text, status: int, title: str, *, topic: str, shared: dict[str, str]) -> Entry:
    own = text.own_facts.items()
    facts = [Fact(name, shared[name]) for name in text.facts] + [Fact(*each) for each in own]
    example = problem(code, status, title, text.example.get("detail", title))
    return Entry(code, status, title, topic, text.meaning, text.remedy, tuple(facts), example | text.example)


def kinds() -> dict[str, tuple[int, str]]:
    """Return status and title of every code; the addresses and the tasks import whatever may refuse."""
    import_module(settings.ROOT_URLCONF)
    autodiscover_modules("tasks")
    ours = {refusal.code: (refusal.status, refusal.title) for refusal in refusals()}
    return ours | {code: (kind.status_code, title) for kind, (code, title) in CODES.items()}


def refusals(below: type[BillingError] = BillingError) -> Iterator[type[BillingError]]:
    """Yield every refusal that has been imported."""
    for refusal in below.__subclasses__():
        yield refusal
        yield from refusals(refusal)
