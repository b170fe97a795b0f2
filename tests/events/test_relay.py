"""Each deed is done once, by one worker; what fails is tried again, and given up in the end."""

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from django.core.files.storage import default_storage

from billing import clock
from billing.documents.models import StoredFile
from billing.events import relay, webhooks
from billing.events.models import Delivery, Event, Reaction
from billing.events.relay import LEASE, LONGEST_PAUSE, MOST_ATTEMPTS
from billing.platforms.models import Customer
from credit_notes.models import SentMessage
from tests.factories import (
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    a_webhook_endpoint,
)
from tests.threads import at_once
from tests.work import do_all_work


@pytest.fixture
def work(platform) -> Reaction:
    """A reaction that nobody has done yet: the invoice's PDF."""
    a_final_invoice(platform)
    return Reaction.objects.get(name="render_invoice_pdf")


def the(work: Reaction) -> Reaction:
    return Reaction.objects.get(pk=work.pk)


def test_one_worker_has_it_until_its_lease_runs_out(work):
    claim = partial(Reaction.objects.claim, work.pk, lease=LEASE)

    first = claim(at=NOON)
    assert (first.attempts, first.leased_until, first.due_at) == (1, NOON + LEASE, NOON + LEASE)
    assert claim(at=NOON + LEASE - timedelta(seconds=1)) is None
    assert claim(at=NOON + LEASE).attempts == 2


def test_what_is_done_is_not_done_again(work):
    relay.react(reaction_id=work.pk, at=NOON)
    assert the(work).status == "DONE"
    assert the(work).done_at is not None

    relay.react(reaction_id=work.pk, at=NOON + 2 * LEASE)

    assert the(work).attempts == 1
    assert StoredFile.objects.count() == 2


def test_the_sweep_hands_out_what_is_due_and_then_leaves_it_alone(work):
    assert work.due_at == NOON + timedelta(seconds=10)

    assert work.pk not in relay.sweep(at=NOON + timedelta(seconds=9))[0]
    assert work.pk in relay.sweep(at=NOON + timedelta(seconds=10))[0]
    assert work.pk not in relay.sweep(at=NOON + timedelta(seconds=69))[0]
    assert work.pk in relay.sweep(at=NOON + timedelta(seconds=70))[0]


def test_a_dead_workers_work_is_handed_out_when_its_lease_is_over(work):
    relay.sweep(at=NOON + timedelta(seconds=10))
    Reaction.objects.claim(work.pk, at=NOON, lease=LEASE)

    assert work.pk not in relay.sweep(at=NOON + LEASE - timedelta(seconds=1))[0]
    assert work.pk in relay.sweep(at=NOON + LEASE)[0]


def test_every_reaction_three_times_in_any_order_takes_effect_once(platform, outbox):
    # given
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice, notify=True)

    # when: all that is known at a time is done three times over, in another order each time
    shuffled = random.Random(7)
    while todo := list(Reaction.objects.pending()):
        calls = todo * 3
        shuffled.shuffle(calls)
        for row in calls:
            Reaction.objects.filter(pk=row.pk).update(status="PENDING", leased_until=None)
            relay.react(reaction_id=row.pk, at=NOON)

    # then
    kinds = StoredFile.objects.order_by("kind").values_list("document_id", "kind")
    papers = [(paper.pk, kind) for paper in (invoice, note) for kind in ("html", "pdf")]
    assert sorted(kinds) == sorted([*papers, (note.pk, "xml")])
    assert [message["Message-ID"] for message in outbox] == [
        f"<{SentMessage.objects.get().event_id}@localhost>"
    ]
    assert Counter(Event.objects.values_list("type", "object_id")).most_common(1)[0][1] == 1


def test_a_deed_that_fails_is_put_off_longer_each_time(platform, listener):
    # given
    listener.answers = [(500, b"no", {})] * 30
    a_webhook_endpoint(platform, listener.url, ["billing.invoice.imported"])
    a_final_invoice(platform)
    do_all_work()
    delivery = Delivery.objects.get()
    pauses = []

    # when
    for attempts in (0, 1, 4, 9, 60):
        Delivery.objects.update(attempts=attempts, leased_until=None)
        began = clock.now()
        deliver(delivery)
        delivery = Delivery.objects.get()
        pauses.append((delivery.due_at - began).total_seconds())

    # then
    expected = (5, 10, 80, 2560, LONGEST_PAUSE.total_seconds())
    assert all(0.8 * pause <= took <= 1.21 * pause for took, pause in zip(pauses, expected, strict=True))
    assert (delivery.status, delivery.leased_until) == ("PENDING", delivery.due_at)
    assert delivery.last_error == f"NotDelivered: {listener.url} answered 500"


def deliver(delivery: Delivery) -> None:
    webhooks.deliver(delivery_id=delivery.pk, at=NOON)


def test_a_deed_that_always_fails_is_given_up_after_a_week(platform, listener):
    # given
    listener.answers = [(503, b"", {})] * 3
    a_webhook_endpoint(platform, listener.url, ["billing.invoice.imported"])
    a_final_invoice(platform)
    do_all_work()

    # when
    Delivery.objects.update(attempts=MOST_ATTEMPTS - 1, leased_until=None)
    deliver(Delivery.objects.get())

    # then
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("FAILED", MOST_ATTEMPTS)
    pauses = [min(5 * 2**number, 3600) for number in range(MOST_ATTEMPTS - 1)]
    assert timedelta(days=7) <= timedelta(seconds=sum(pauses)) < timedelta(days=7, hours=1)


def test_a_deed_that_kills_its_workers_comes_to_an_end(work):
    Reaction.objects.filter(pk=work.pk).update(attempts=MOST_ATTEMPTS, leased_until=NOON)

    relay.react(reaction_id=work.pk, at=NOON)

    assert the(work).status == "FAILED"
    assert the(work).last_error == (
        f"workers_died: {MOST_ATTEMPTS} attempts were begun and none came to an end."
    )
    assert not StoredFile.objects.exists()


def test_a_reaction_that_this_worker_does_not_know_is_left_for_a_newer_one(work):
    Reaction.objects.filter(pk=work.pk).update(name="print_on_parchment")

    relay.react(reaction_id=work.pk, at=NOON)

    assert (the(work).status, the(work).last_error) == ("PENDING", "KeyError: 'print_on_parchment'")


def test_what_is_refused_for_good_is_given_up_at_once(platform):
    # given
    a_final_note(a_final_invoice(platform), notify=True)
    Customer.objects.update(email="")

    # when
    do_all_work()

    # then
    mail = Reaction.objects.get(name="email_credit_note")
    assert (mail.status, mail.attempts) == ("FAILED", 1)
    assert mail.last_error.startswith("no_recipient: ")


def test_a_damaged_file_is_noticed_and_waited_for(platform):
    # given
    note = a_final_note(a_final_invoice(platform))
    pdf = Reaction.objects.get(name="render_credit_note_pdf")
    relay.react(reaction_id=pdf.pk, at=NOON)
    stored = StoredFile.objects.get(document_id=note.pk, kind="pdf")
    whole = default_storage.open(stored.key).read()
    default_storage.save(stored.key, BytesIO(whole[:-1]))

    # when
    xml = Reaction.objects.get(name="write_credit_note_xml")
    relay.react(reaction_id=xml.pk, at=NOON)

    # then
    assert the(xml).status == "PENDING"
    assert the(xml).last_error.startswith("file_is_damaged: CR-2026-000001.pdf does not have the digest")
    default_storage.save(stored.key, BytesIO(whole))
    relay.react(reaction_id=xml.pk, at=the(xml).due_at)
    assert the(xml).status == "DONE"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Many workers in the same moment."""

    def test_sixteen_workers_do_one_reaction_once(self):
        a_final_invoice(a_platform())
        work = Reaction.objects.get(name="render_invoice_pdf")

        outcomes = at_once([partial(relay.react, reaction_id=work.pk, at=NOON)] * 16)

        assert outcomes == [None] * 16
        assert (the(work).status, the(work).attempts) == ("DONE", 1)
        assert Event.objects.filter(type="billing.invoice.pdf_generated").count() == 1

    def test_two_workers_who_both_believe_it_is_theirs_leave_one_file_and_one_event(self):
        # given
        platform = a_platform()
        note = a_final_note(a_final_invoice(platform))
        event = Event.objects.get(type="billing.credit_note.finalized")
        deed = relay.reactions()[event.type]["render_credit_note_pdf"]

        # when
        outcomes = at_once([partial(deed, event=event, at=NOON)] * 4)

        # then
        assert outcomes == [None] * 4
        assert StoredFile.objects.filter(document_id=note.pk, kind="pdf").count() == 1
        assert Event.objects.filter(type="billing.credit_note.pdf_generated").count() == 1

    def test_two_sweeps_hand_out_different_work(self):
        platform = a_platform()
        for _ in range(5):
            a_draft_note(a_final_invoice(platform))
        late = NOON + timedelta(minutes=1)

        handed_out = at_once([partial(relay.sweep, at=late)] * 4)

        reactions = [pk for found, _ in handed_out for pk in found]
        assert len(reactions) == len(set(reactions))
        assert set(reactions) == set(Reaction.objects.values_list("pk", flat=True))
