"""News of one object reaches one endpoint in the order in which it happened, whoever works at it."""

import json
import random
import time
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

import pytest

from billing import clock
from billing.events import relay, webhooks
from billing.events.endpoints import update_endpoint
from billing.events.models import Delivery, Event, Reaction
from billing.events.resending import ping_endpoint, resend_delivery
from billing.events.turns import HOLDS_UP_FOR, step_back
from credit_notes.services import hold_credit_note, release_credit_note
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_platform,
    a_webhook_endpoint,
)
from tests.threads import at_once
from tests.work import do_all_work

DRAFTED, HELD, RELEASED = (f"billing.credit_note.{verb}" for verb in ("drafted", "held", "released"))
THREE = [DRAFTED, HELD, RELEASED]


@pytest.fixture
def note(platform, listener):
    """A note that was drafted, held and released; the listener hears of these three."""
    a_webhook_endpoint(platform, listener.url, THREE)
    return a_moved_note(platform)


def a_moved_note(platform):
    note = a_draft_note(a_final_invoice(platform))
    whose = {"platform": platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    hold_credit_note(**whose)
    release_credit_note(**whose)
    return note


def put_on_their_way() -> None:
    for work in Reaction.objects.pending().filter(name="deliver_webhooks"):
        relay.react(reaction_id=work.pk, at=NOON)


def heard(listener) -> list[str]:
    return [json.loads(call.body)["type"] for call in listener.calls]


def the(type_: str) -> Delivery:
    return Delivery.objects.get(event__type=type_)


def deliver(type_: str, at: datetime = NOON) -> None:
    webhooks.deliver(delivery_id=the(type_).pk, at=at)


def test_what_happened_later_waits_for_what_happened_before_and_no_attempt_is_spent(note, listener):
    put_on_their_way()

    deliver(RELEASED)
    deliver(HELD)
    assert listener.calls == []
    assert set(Delivery.objects.values_list("status", "attempts")) == {("PENDING", 0)}

    for type_ in THREE:
        deliver(type_)
    assert heard(listener) == THREE


def test_a_reaction_that_runs_early_takes_what_came_before_along(note, listener):
    # given: the reaction to the last event runs first
    last = Reaction.objects.get(event__type=RELEASED, name="deliver_webhooks")

    # when
    relay.react(reaction_id=last.pk, at=NOON)

    # then
    assert set(Delivery.objects.values_list("event__type", flat=True)) == set(THREE)
    put_on_their_way()
    assert Delivery.objects.count() == 3
    deliver(RELEASED)
    assert listener.calls == []


def test_what_fails_holds_up_later_news_of_its_object_for_an_hour(note, listener):
    # given
    listener.answers = [(500, b"", {})]
    put_on_their_way()
    deliver(DRAFTED)

    # then
    deliver(HELD, at=NOON + HOLDS_UP_FOR - timedelta(seconds=1))
    assert heard(listener) == [DRAFTED]
    deliver(HELD, at=NOON + HOLDS_UP_FOR)
    deliver(RELEASED, at=NOON + HOLDS_UP_FOR)
    assert heard(listener) == [DRAFTED, HELD, RELEASED]
    assert the(DRAFTED).status == "PENDING"


def test_a_worker_that_dies_of_a_delivery_holds_up_later_news_for_no_longer(note, listener):
    # given: nothing was logged
    put_on_their_way()
    Delivery.objects.claim(the(DRAFTED).pk, at=NOON, lease=relay.LEASE)
    Delivery.objects.claim(the(DRAFTED).pk, at=NOON + timedelta(minutes=50), lease=relay.LEASE)

    # then
    deliver(HELD, at=NOON + HOLDS_UP_FOR - timedelta(seconds=1))
    assert heard(listener) == []
    deliver(HELD, at=NOON + HOLDS_UP_FOR)
    assert heard(listener) == [HELD]


def test_what_waits_for_its_turn_is_left_alone_by_the_sweep_for_five_minutes(note, listener):
    # given
    put_on_their_way()

    # when
    deliver(HELD)

    # then
    later = NOON + timedelta(minutes=5)
    assert the(HELD).pk not in relay.sweep(at=later - timedelta(seconds=1))[1]
    assert the(HELD).pk in relay.sweep(at=later)[1]


def test_what_another_worker_took_meanwhile_is_not_put_off(note, listener):
    # given: a worker who looks at it while it has to wait, and is slow to say so
    put_on_their_way()
    held = the(HELD)
    deliver(DRAFTED)
    listener.answers = [(500, b"", {})]
    deliver(HELD)
    due_at = the(HELD).due_at

    # when
    step_back(held, at=clock.now())

    # then
    assert the(HELD).due_at == due_at


def test_what_is_given_up_holds_up_nothing(note, listener):
    put_on_their_way()
    Delivery.objects.filter(event__type=DRAFTED).update(status="FAILED")

    deliver(HELD)

    assert heard(listener) == [HELD]


def test_other_objects_and_other_endpoints_wait_for_nobody(platform, note, listener):
    # given
    listener.answers = [(500, b"", {})]
    a_webhook_endpoint(platform, f"{listener.url}/other", THREE)
    other = a_moved_note(platform)
    put_on_their_way()
    first = Delivery.objects.filter(event__object_id=note.pk).order_by("event_id", "id")[0]
    webhooks.deliver(delivery_id=first.pk, at=NOON)

    # when
    do_all_work()

    # then
    told = [
        (call.path, json.loads(call.body)["object_id"], json.loads(call.body)["type"])
        for call in listener.calls
    ]
    assert [told_ for told_ in told if told_[:2] == ("/hooks", note.pk)] == [("/hooks", note.pk, DRAFTED)]
    for path, object_id in (("/hooks", other.pk), ("/hooks/other", note.pk), ("/hooks/other", other.pk)):
        assert [type_ for *where, type_ in told if tuple(where) == (path, object_id)] == THREE


def test_a_ping_waits_for_nobody_and_nobody_for_it(platform, listener):
    # given: an endpoint that hears of its own change, and fails at it
    listener.answers = [(500, b"", {})] * 2
    endpoint = a_webhook_endpoint(platform, listener.url)
    whose = {"platform": platform, "endpoint_id": endpoint.pk, "actor": CLERK, "at": NOON}
    update_endpoint(**whose, changes={"description": "first"})
    put_on_their_way()
    webhooks.deliver(delivery_id=Delivery.objects.get().pk, at=NOON)

    # when
    ping = ping_endpoint(**whose)
    webhooks.deliver(delivery_id=ping.pk, at=NOON)

    # then
    assert heard(listener) == ["billing.webhook_endpoint.updated", "billing.webhook_endpoint.pinged"]
    update_endpoint(**whose, changes={"description": "second"})
    Delivery.objects.exclude(pk=ping.pk).update(status="DONE")
    put_on_their_way()
    do_all_work()
    assert heard(listener)[2:] == ["billing.webhook_endpoint.updated"]


def test_what_was_resent_waits_its_turn_but_holds_up_nothing_for_long(platform, note, listener):
    # given
    do_all_work()
    late = NOON + HOLDS_UP_FOR
    whose = {"platform": platform, "endpoint_id": the(DRAFTED).endpoint_id, "actor": CLERK, "at": late}
    for type_ in (DRAFTED, RELEASED):
        resend_delivery(**whose, delivery_id=the(type_).pk)

    # when
    deliver(RELEASED, at=late)
    deliver(DRAFTED, at=late)

    # then
    assert heard(listener) == [*THREE, RELEASED, DRAFTED]


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    """Several workers at once, each taking whatever it is handed."""

    def test_eight_workers_who_take_what_they_find_keep_the_order_of_every_object(self, listener):
        # given
        platform = a_platform()
        a_webhook_endpoint(platform, f"{listener.url}/a", THREE)
        a_webhook_endpoint(platform, f"{listener.url}/b", THREE)
        notes = [a_moved_note(platform).pk for _ in range(4)]
        shuffled = random.Random(11)
        listener.answers = [(shuffled.choice((204, 204, 500)), b"", {}) for _ in range(30)]
        until = time.monotonic() + 45

        def work(seed: int) -> None:
            """Take whatever there is, in any order; what was put off is tried as if its pause were over."""
            shuffled = random.Random(seed)
            while time.monotonic() < until:
                news = list(
                    Reaction.objects.pending().filter(name="deliver_webhooks").values_list("pk", flat=True)
                )
                waiting = list(Delivery.objects.pending().values_list("pk", flat=True))
                if not news and not waiting:
                    return
                for pk in shuffled.sample(news, min(2, len(news))):
                    relay.react(reaction_id=pk, at=clock.now())
                for pk in shuffled.sample(waiting, min(3, len(waiting))):
                    webhooks.deliver(delivery_id=pk, at=clock.now() + timedelta(minutes=5))

        # when
        outcomes = at_once([partial(work, seed) for seed in range(8)])

        # then
        assert outcomes == [None] * 8
        assert set(Delivery.objects.values_list("status", flat=True)) == {"DONE"}
        taken = order_of_arrival(listener)
        assert len(taken) == 8
        for path in ("/hooks/a", "/hooks/b"):
            for note_id in notes:
                assert taken[path, note_id] == THREE

    def test_what_a_delivery_held_up_is_nudged_when_it_is_done(self, listener, monkeypatch):
        # given
        platform = a_platform()
        a_webhook_endpoint(platform, listener.url, THREE)
        a_moved_note(platform)
        put_on_their_way()
        nudged = []
        monkeypatch.setattr(webhooks, "nudge", lambda task, **ids: nudged.extend(ids["delivery_id"]))

        # when
        deliver(DRAFTED)

        # then
        assert nudged == [the(HELD).pk]

    def test_of_what_is_put_on_its_way_only_the_first_is_nudged(self, listener, monkeypatch):
        # given
        platform = a_platform()
        a_webhook_endpoint(platform, listener.url, THREE)
        a_moved_note(platform)
        last = Reaction.objects.get(event__type=RELEASED, name="deliver_webhooks")
        nudged = []
        monkeypatch.setattr(webhooks, "nudge", lambda task, **ids: nudged.extend(ids["delivery_id"]))

        # when
        relay.react(reaction_id=last.pk, at=NOON)

        # then
        assert nudged == [the(DRAFTED).pk]

    def test_sixteen_workers_send_one_delivery_once(self, listener):
        platform = a_platform()
        a_webhook_endpoint(platform, listener.url, THREE)
        a_moved_note(platform)
        put_on_their_way()

        at_once([partial(webhooks.deliver, delivery_id=the(DRAFTED).pk, at=NOON)] * 16)

        assert heard(listener) == [DRAFTED]


def order_of_arrival(listener) -> dict[tuple[str, str], list[str]]:
    """Return what each path said yes to of each object, in the order of its arrival."""
    found = defaultdict(list)
    for call in listener.taken:
        told = json.loads(call.body)
        found[call.path, told["object_id"]].append(told["type"])
    return found


def test_event_ids_sort_by_time(platform):
    note = a_moved_note(platform)

    ids = list(Event.objects.filter(object_id=note.pk).order_by("id").values_list("type", flat=True))

    assert ids == [DRAFTED, HELD, RELEASED]
