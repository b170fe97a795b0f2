"""Each event has a name, a meaning, somebody who records it, and says what it is about."""

import re
from pathlib import Path

from billing.events import names
from billing.events.meanings import MEANINGS
from billing.events.models import Event
from billing.events.payload import payload_of
from billing_desk.reactions import REACTIONS
from tests.audit.story import everything_happens

ROOT = Path(__file__).parents[2]
CONSTANTS = {name: value for name, value in vars(names).items() if name.isupper() and name != "ALL"}
PAPERS = ("billing.invoice.", "billing.credit_note.")
NOT_SENT = {"billing.master_data.corrected", "billing.work.tried_again"}
TO_ONE = {"billing.webhook_endpoint.pinged"}
"""Goes to the endpoint that is tested only."""


def test_every_name_has_a_meaning_that_is_a_sentence():
    assert set(MEANINGS) == names.ALL
    assert all(re.fullmatch(r"[A-Z].*\.", meaning) for meaning in MEANINGS.values())


def test_a_name_says_what_and_then_what_happened():
    assert all(re.fullmatch(r"billing\.[a-z_]+\.[a-z_]+", name) for name in names.ALL)
    assert len(set(CONSTANTS.values())) == len(CONSTANTS)


def test_every_event_is_recorded_by_somebody():
    sources = [
        path.read_text()
        for app in ("billing", "invoices", "credit_notes")
        for path in (ROOT / app).rglob("*.py")
        if path.name != "meanings.py"
    ]
    used = set(re.findall(r"\bnames\.([A-Z_]+)", "\n".join(sources)))

    assert {name for name in CONSTANTS if name not in used} == set()


def test_every_event_goes_to_webhooks_but_for_those_of_the_house():
    sent = {
        name for name, deeds in REACTIONS.items() if "deliver_webhooks" in {deed.__name__ for deed in deeds}
    }

    assert names.ALL - sent == NOT_SENT | TO_ONE


def test_every_event_says_what_it_is_about_and_what_was_otherwise(db):
    everything_happens()

    for event in Event.objects.all():
        data = payload_of(event)["data"]
        assert {"object", "id"} <= set(data["object"]), event
        assert isinstance(data["previous"], dict), event
        if event.type.startswith(PAPERS) and data["object"]["object"] in {"invoice", "credit_note"}:
            assert {"status", "number"} <= set(data["object"]), event
            assert data["object"]["id"] == event.object_id, event
        if "payment" in event.type:
            assert {"amount", "currency", "status", "amount_due", "method"} <= set(data["object"]), event
