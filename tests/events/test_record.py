"""Events are written with what they tell of, and a worker is nudged; without a broker the sweep does it."""

import socket

import pytest
from django.db import transaction

from billing.events import names, relay
from billing.events.models import Event, Reaction
from billing.events.record import reactions, record, request_id
from billing_desk.celery import app
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice
from invoices.models import Invoice
from tests.factories import CLERK, NOON, a_final_invoice, a_platform
from tests.work import do_all_work

MINUTE = NOON.replace(minute=1)


def test_an_event_and_its_reactions_are_written_together(platform):
    invoice = a_final_invoice(platform)

    event = Event.objects.get(type="billing.invoice.imported")

    assert (event.object_id, event.platform, event.actor, event.created_at) == (
        invoice.pk,
        platform,
        CLERK,
        NOON,
    )
    assert [(row.name, row.status, row.attempts) for row in event.reactions.all()] == [
        ("render_invoice_pdf", "PENDING", 0),
        ("deliver_webhooks", "PENDING", 0),
    ]


def test_what_is_rolled_back_leaves_no_event(platform):
    invoice = a_final_invoice(platform)
    before = Event.objects.count(), Reaction.objects.count()

    with transaction.atomic():
        record(names.INVOICE_PDF_GENERATED, platform=platform, about=invoice, at=NOON)
        assert Event.objects.count() == before[0] + 1
        transaction.set_rollback(True)

    assert (Event.objects.count(), Reaction.objects.count()) == before


def test_only_declared_events_are_recorded(platform):
    with pytest.raises(AssertionError, match=r"undeclared events: \{'billing.invoice.eaten'\}"):
        record("billing.invoice.eaten", platform=platform, about=platform, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_what_it_tells_of():
    platform = a_platform()

    with pytest.raises(AssertionError, match="record needs a transaction"):
        record(names.INVOICE_PDF_GENERATED, platform=platform, about=platform, at=NOON)


def test_an_event_carries_the_id_of_its_request(platform):
    token = request_id.set("req_7")
    try:
        a_final_invoice(platform)
    finally:
        request_id.reset(token)

    assert set(Event.objects.filter(type__contains="invoice").values_list("request_id", flat=True)) == {
        "req_7"
    }


def test_the_table_of_reactions_names_only_declared_events():
    assert set(reactions()) <= names.ALL


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_fails_nothing_and_the_sweep_finds_the_work(broker_at, caplog):
    # given
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        broker_at(unused.getsockname()[1])
    invoice = a_final_invoice(a_platform())

    # when
    note = credit_invoice(
        platform=invoice.platform, invoice_id=invoice.pk, finalize=True, actor=CLERK, at=NOON
    )

    # then
    assert CreditNote.objects.get(pk=note.pk).number == "CR-2026-000001"
    assert "The broker did not take a nudge" in caplog.text
    left = set(Reaction.objects.values_list("pk", flat=True))
    assert set(Reaction.objects.pending().values_list("pk", flat=True)) == left
    assert set(relay.sweep(at=MINUTE)[0]) == left


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_hangs_holds_up_one_request_and_then_none(broker_at, monkeypatch, caplog):
    # given
    patience = app.conf.broker_transport_options
    assert patience["socket_timeout"] == 3
    monkeypatch.setitem(patience, "socket_timeout", 0.2)
    platform = a_platform()

    # when
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        broker_at(silent.getsockname()[1])
        a_final_invoice(platform)
        a_final_invoice(platform)

    # then
    assert caplog.text.count("The broker did not take a nudge (Timeout reading from socket)") == 1
    assert Invoice.objects.count() == 2
    assert Reaction.objects.pending().count() == Reaction.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_nothing_is_nudged_before_it_is_committed(broker_at, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        broker_at(unused.getsockname()[1])

    with transaction.atomic():
        a_final_invoice(a_platform())
        assert "nudge" not in caplog.text

    assert "The broker did not take a nudge" in caplog.text


def test_all_that_follows_an_import_comes_to_an_end(platform):
    invoice = a_final_invoice(platform)

    do_all_work()

    assert not Reaction.objects.exclude(status="DONE").exists()
    assert list(Event.objects.filter(object_id=invoice.pk).values_list("type", flat=True)) == [
        "billing.invoice.imported",
        "billing.invoice.pdf_generated",
    ]
