"""Webhook endpoints are made, changed, given new secrets, tested, switched off when failing, deleted."""

import json
from datetime import timedelta
from functools import partial

import pytest
from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.errors import NotFound
from billing.events import endpoints, relay, webhooks
from billing.events.addresses import AddressNotAllowed
from billing.events.corrections import CorrectedMeanwhile, fingerprint
from billing.events.endpoints import (
    EndpointDisabled,
    EventTypeUnknown,
    PayloadVersionUnknown,
    TooManyEndpoints,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    update_endpoint,
)
from billing.events.models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from billing.events.resending import ping_endpoint, resend_delivery
from billing.events.retry import NothingToTryAgain
from billing.events.tasks import forget_old_attempts
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_final_invoice, a_member, a_platform, a_webhook_endpoint
from tests.threads import at_once
from tests.work import do_all_work

IMPORTED = "billing.invoice.imported"
URL = "https://acme.example/hooks"
DAY = timedelta(days=1)


def by(platform, **more):
    return {"platform": platform, "actor": CLERK, "at": NOON} | more


def of(endpoint, **more):
    return by(endpoint.platform, endpoint_id=endpoint.pk) | more


def the(endpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk=endpoint.pk)


def told(type_: str) -> list[Event]:
    return list(Event.objects.filter(type=f"billing.webhook_endpoint.{type_}").order_by("id"))


def test_an_endpoint_is_made_with_a_secret_that_no_event_tells(platform):
    endpoint = create_endpoint(**by(platform), url=URL, event_types=[IMPORTED, IMPORTED], description="Books")

    assert endpoint.secret.startswith("whsec_")
    (event,) = told("created")
    assert (event.object_id, event.actor) == (endpoint.pk, CLERK)
    assert event.data == {
        "object": {
            "object": "webhook_endpoint",
            "id": endpoint.pk,
            "url": URL,
            "description": "Books",
            "event_types": [IMPORTED],
            "is_enabled": True,
            "disabled_because": "",
            "api_version": "2026-11-22",
            "previous_secret_until": None,
        },
        "previous": {},
    }


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"url": "http://127.0.0.1/"}, AddressNotAllowed, "url"),
        ({"event_types": [IMPORTED, "billing.invoice.eaten"]}, EventTypeUnknown, "event_types.1"),
        ({"api_version": "2020-01-01"}, PayloadVersionUnknown, "api_version"),
    ],
)
def test_what_cannot_be_sent_to_is_neither_made_nor_become(platform, settings, wrong, refusal, field):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    endpoint = create_endpoint(**by(platform), url=URL)
    before = digest_of_rows()

    with pytest.raises(refusal) as made:
        create_endpoint(**by(platform), **{"url": URL} | wrong)
    with pytest.raises(refusal) as changed:
        update_endpoint(**of(endpoint), changes=wrong)

    assert (made.value.field, changed.value.field) == (field, field)
    assert digest_of_rows() == before


def test_a_platform_has_so_many_endpoints_and_no_more(platform, monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 2)
    for _ in range(2):
        create_endpoint(**by(platform), url=URL)

    with pytest.raises(TooManyEndpoints):
        create_endpoint(**by(platform), url=URL)

    assert create_endpoint(**by(a_platform("Other Group")), url=URL).pk


def test_a_change_tells_what_was_otherwise_and_no_change_tells_nothing(platform):
    endpoint = create_endpoint(**by(platform), url=URL)

    update_endpoint(**of(endpoint), changes={"description": "Books", "event_types": [IMPORTED]})
    update_endpoint(**of(endpoint), changes={"description": "Books", "url": URL})

    (event,) = told("updated")
    assert event.data["previous"] == {"description": "", "event_types": []}
    assert event.data["object"]["event_types"] == [IMPORTED]


def test_who_looked_at_something_else_is_told(platform):
    endpoint = create_endpoint(**by(platform), url=URL)
    seen = fingerprint(the(endpoint))
    update_endpoint(**of(endpoint), changes={"description": "faster"})

    with pytest.raises(CorrectedMeanwhile):
        update_endpoint(**of(endpoint), changes={"description": "slower"}, seen=seen)

    assert the(endpoint).description == "faster"


def test_another_platforms_endpoint_does_not_exist(platform):
    endpoint, other = create_endpoint(**by(platform), url=URL), a_platform("Other Group")
    delivery = ping_endpoint(**of(endpoint))
    before = digest_of_rows()

    for deed, more in (
        (update_endpoint, {"changes": {"description": "mine"}}),
        (rotate_secret, {}),
        (delete_endpoint, {}),
        (ping_endpoint, {}),
        (resend_delivery, {"delivery_id": delivery.pk}),
    ):
        with pytest.raises(NotFound):
            deed(**of(endpoint, platform=other), **more)

    assert digest_of_rows() == before


def test_a_new_secret_leaves_the_one_before_for_a_while_or_not_at_all(platform):
    endpoint = create_endpoint(**by(platform), url=URL)
    first = endpoint.secret

    second = rotate_secret(**of(endpoint)).secret
    assert (the(endpoint).previous_secret, the(endpoint).previous_secret_until) == (first, NOON + DAY)
    third = rotate_secret(**of(endpoint), overlap=timedelta(hours=1)).secret
    assert the(endpoint).previous_secret == second
    rotate_secret(**of(endpoint), overlap=timedelta(0))
    assert (the(endpoint).previous_secret, the(endpoint).previous_secret_until) == ("", None)

    assert len({first, second, third, the(endpoint).secret}) == 4
    said = json.dumps([event.data for event in told("rotated")])
    assert len(told("rotated")) == 3
    assert all(secret not in said for secret in (first, second, third, the(endpoint).secret))


def test_a_ping_reaches_this_endpoint_only_whatever_it_listens_to(platform, listener):
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_webhook_endpoint(platform, f"{listener.url}/other")

    delivery = ping_endpoint(**of(endpoint))
    do_all_work(at=clock.now())

    (call,) = listener.calls
    assert (
        Webhook(endpoint.secret).verify(call.body, call.headers)["type"] == "billing.webhook_endpoint.pinged"
    )
    assert Delivery.objects.get() == delivery
    assert Delivery.objects.get().status == "DONE"


def test_what_was_delivered_is_sent_again_under_its_old_id(platform, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    delivery = Delivery.objects.get()

    # when
    again = resend_delivery(**of(endpoint), delivery_id=delivery.pk)
    do_all_work(at=clock.now())

    # then
    assert (again.status, again.attempts, again.done_at) == ("PENDING", 0, None)
    assert [call.headers["webhook-id"] for call in listener.calls] == [delivery.event_id] * 2
    assert (Delivery.objects.get().status, DeliveryAttempt.objects.count()) == ("DONE", 2)
    event = Event.objects.get(type="billing.work.tried_again")
    assert (event.object_id, event.data["previous"]["status"]) == (delivery.event_id, "DONE")


def test_what_waits_for_its_next_turn_goes_out_now_but_not_what_a_worker_has(platform, listener):
    # given
    listener.answers = [(503, b"", {"Retry-After": "3600"})]
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=NOON)
    delivery = Delivery.objects.get()
    now = clock.now()

    # when
    resend_delivery(**of(endpoint, at=now), delivery_id=delivery.pk)
    Delivery.objects.claim(delivery.pk, at=now, lease=relay.LEASE)

    # then
    with pytest.raises(NothingToTryAgain):
        resend_delivery(**of(endpoint, at=now), delivery_id=delivery.pk)
    assert Delivery.objects.get().attempts == 1


def test_nothing_is_sent_to_a_disabled_endpoint(platform, listener):
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    update_endpoint(**of(endpoint), changes={"is_enabled": False})
    before = digest_of_rows()

    with pytest.raises(EndpointDisabled):
        ping_endpoint(**of(endpoint))
    with pytest.raises(EndpointDisabled):
        resend_delivery(**of(endpoint), delivery_id=Delivery.objects.get().pk)

    assert digest_of_rows() == before


def test_an_endpoint_goes_with_its_deliveries_and_the_events_stay(platform, listener):
    # given
    listener.answers = [(204, b"", {}), (500, b"", {})]
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    a_final_invoice(platform)
    do_all_work()
    events = Event.objects.filter(type=IMPORTED).count()

    # when
    delete_endpoint(**of(endpoint))

    # then
    for model in (WebhookEndpoint, Delivery, DeliveryAttempt):
        assert not model.objects.exists()
    assert Event.objects.filter(type=IMPORTED).count() == events == 2
    (event,) = told("deleted")
    assert event.data["deliveries"] == {"PENDING": 1, "DONE": 1, "FAILED": 0}


def test_an_endpoint_that_goes_while_it_is_called_disturbs_nobody(platform, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    for work in relay.Reaction.objects.pending().filter(name="deliver_webhooks"):
        relay.react(reaction_id=work.pk, at=NOON)
    claimed = Delivery.objects.select_related("event", "endpoint").claim(
        Delivery.objects.get().pk, at=NOON, lease=relay.LEASE
    )
    delete_endpoint(**of(endpoint))

    # when
    relay.attempt(claimed, lambda: webhooks.send(claimed, at=NOON))

    # then
    assert len(listener.calls) == 1
    assert not Delivery.objects.exists()
    assert not DeliveryAttempt.objects.exists()


def test_however_many_deliveries_an_endpoint_has_it_is_deleted_by_the_same_few_queries(
    platform, listener, django_assert_max_num_queries
):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    other = a_webhook_endpoint(platform, f"{listener.url}/other", [IMPORTED])
    for _ in range(5):
        a_final_invoice(platform)
    do_all_work()
    ids = [row.pk for row in endpoint.deliveries.all()]

    # when
    with django_assert_max_num_queries(20) as asked:
        delete_endpoint(**of(endpoint))

    # then
    about = [query["sql"] for query in asked if "events_delivery" in query["sql"]]
    assert sum(sql.startswith("DELETE") for sql in about) == 2
    assert [sql for sql in about if any(pk in sql for pk in ids)] == []
    assert [row.endpoint for row in Delivery.objects.all()] == [other] * 5
    assert DeliveryAttempt.objects.filter(delivery__endpoint=other).count() == 5
    assert told("deleted")[0].data["deliveries"] == {"PENDING": 0, "DONE": 5, "FAILED": 0}


@pytest.mark.django_db(transaction=True)
def test_endpoints_that_are_made_at_once_are_counted(monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 3)
    platform = a_platform()

    outcomes = at_once([partial(create_endpoint, **by(platform), url=URL)] * 12)

    assert WebhookEndpoint.objects.count() == 3
    assert sum(isinstance(outcome, TooManyEndpoints) for outcome in outcomes) == 9


@pytest.mark.django_db(transaction=True)
def test_endpoints_that_are_deleted_in_the_midst_of_work_leave_nothing_behind(listener):
    # given
    platform = a_platform()
    doomed = [a_webhook_endpoint(platform, f"{listener.url}/{n}", [IMPORTED]) for n in range(3)]
    for _ in range(6):
        a_final_invoice(platform)

    def work() -> None:
        for row in relay.Reaction.objects.pending().filter(name="deliver_webhooks"):
            relay.react(reaction_id=row.pk, at=NOON)
        for row in Delivery.objects.all():
            webhooks.deliver(delivery_id=row.pk, at=NOON)

    # when
    deletions = [partial(delete_endpoint, **of(endpoint)) for endpoint in doomed]
    outcomes = at_once([work, work, *deletions, work])

    # then
    assert outcomes == [None] * 6
    assert not WebhookEndpoint.objects.exists()
    assert not Delivery.objects.exists()
    assert not DeliveryAttempt.objects.exists()


def test_a_test_that_fails_is_tried_three_times(platform, listener):
    # given
    listener.answers = [(500, b"", {})] * 10
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    ping = ping_endpoint(**of(endpoint))
    until = clock.now() + timedelta(minutes=1)

    # when
    for _ in range(5):
        webhooks.deliver(delivery_id=ping.pk, at=until)

    # then
    assert len(listener.calls) == 3
    assert (Delivery.objects.get().status, Delivery.objects.get().attempts) == ("FAILED", 3)


@pytest.mark.django_db(transaction=True)
def test_what_waits_goes_out_though_its_endpoint_is_enabled_while_a_worker_puts_it_off(listener):
    # given: a worker that saw the endpoint disabled
    platform = a_platform()
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    for work in relay.Reaction.objects.pending().filter(name="deliver_webhooks"):
        relay.react(reaction_id=work.pk, at=NOON)
    update_endpoint(**of(endpoint), changes={"is_enabled": False})
    seen = Delivery.objects.select_related("event", "endpoint").get()

    # when
    update_endpoint(**of(endpoint), changes={"is_enabled": True})
    waits = webhooks.waits_for_its_endpoint(seen, at=NOON)

    # then
    assert not waits
    assert Delivery.objects.get().due_at == NOON


def test_what_was_taken_as_its_endpoint_was_disabled_waits_as_well(platform, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    for work in relay.Reaction.objects.pending().filter(name="deliver_webhooks"):
        relay.react(reaction_id=work.pk, at=NOON)
    update_endpoint(**of(endpoint), changes={"is_enabled": False})
    rows = Delivery.objects.select_related("event", "endpoint")
    claimed = rows.claim(Delivery.objects.get().pk, at=NOON, lease=relay.LEASE)

    # when
    relay.attempt(claimed, lambda: webhooks.send(claimed, at=NOON))

    # then
    assert Delivery.objects.get().status == "PENDING"
    assert listener.calls == []


@pytest.fixture
def failing(platform, listener) -> WebhookEndpoint:
    """An endpoint at which the first delivery has just failed."""
    listener.answers = [(500, b"", {})] * 50
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work()
    return the(endpoint)


def try_again(at) -> None:
    Delivery.objects.pending().update(leased_until=None, due_at=at)
    for delivery in Delivery.objects.pending():
        webhooks.deliver(delivery_id=delivery.pk, at=at)


def test_an_endpoint_at_which_something_arrived_meanwhile_stays_enabled(platform, failing, listener):
    # given: a worker that is sending, while another one's delivery arrives
    later = NOON + 6 * DAY
    rows = Delivery.objects.select_related("event", "endpoint")
    claimed = rows.claim(Delivery.objects.get().pk, at=later, lease=relay.LEASE)
    WebhookEndpoint.objects.update(failing_since=None)

    # when
    relay.attempt(claimed, lambda: webhooks.send(claimed, at=later))

    # then
    assert the(failing).is_enabled
    assert the(failing).failing_since == later


def test_an_endpoint_at_which_nothing_arrives_for_five_days_is_disabled_and_the_managers_are_told(
    platform, failing, outbox, listener
):
    # given
    a_member(platform, role="MANAGER", username="mona")
    a_member(platform, role="MANAGER", username="gone", is_active=False)
    a_member(platform, role="CLERK", username="clara")
    a_webhook_endpoint(platform, f"{listener.url}/other", ["billing.webhook_endpoint.disabled"])
    assert failing.failing_since == NOON

    # when
    try_again(NOON + 5 * DAY - timedelta(seconds=1))
    assert the(failing).is_enabled
    try_again(NOON + 5 * DAY)

    # then
    disabled = the(failing)
    assert (disabled.is_enabled, disabled.disabled_at) == (False, NOON + 5 * DAY)
    assert disabled.disabled_because == f"Nothing arrived for 5 days. {listener.url} answered 500."
    (event,) = told("disabled")
    assert event.data["previous"] == {"is_enabled": True}

    # when
    listener.answers = []
    listener.calls.clear()
    do_all_work(at=NOON + 5 * DAY)

    # then
    (mail,) = outbox
    assert mail["To"] == "mona@acme.example"
    assert mail["Subject"] == f"Webhooks to {listener.url} are switched off"
    assert mail["Message-ID"] == f"<{event.pk}@localhost>"
    assert f"{listener.url} answered 500." in mail.get_content()
    assert [(call.path, json.loads(call.body)["type"]) for call in listener.calls] == [
        ("/hooks/other", "billing.webhook_endpoint.disabled")
    ]


def test_one_yes_clears_the_record(failing, listener):
    listener.answers = []

    try_again(NOON + 3 * DAY)

    assert the(failing).failing_since is None
    assert the(failing).is_enabled


def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(platform, listener):
    listener.answers = [(410, b"", {})]
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    do_all_work()

    assert (the(endpoint).is_enabled, the(endpoint).disabled_because) == (False, "It answered 410 Gone.")
    assert Delivery.objects.get().status == "PENDING"
    assert len(told("disabled")) == 1


def test_what_waited_goes_out_when_an_endpoint_is_enabled_again(platform, failing, listener):
    # given
    try_again(NOON + 5 * DAY)
    listener.answers = []
    listener.calls.clear()
    later = NOON + 6 * DAY
    attempts = Delivery.objects.get().attempts

    # when
    try_again(later)

    # then it stays, off the sweep's hands
    waiting = Delivery.objects.get()
    assert (listener.calls, waiting.status, waiting.attempts) == ([], "PENDING", attempts)
    assert waiting.due_at == NOON + 7 * DAY
    assert relay.sweep(at=later)[1] == []

    # when
    update_endpoint(**of(failing, at=later), changes={"is_enabled": True})

    # then
    enabled = the(failing)
    assert (enabled.failing_since, enabled.disabled_at, enabled.disabled_because) == (None, None, "")
    assert relay.sweep(at=later)[1] == [waiting.pk]
    webhooks.deliver(delivery_id=waiting.pk, at=later)
    assert Delivery.objects.get().status == "DONE"


def test_what_waited_for_seven_days_is_given_up(failing, listener):
    try_again(NOON + 5 * DAY)

    try_again(NOON + 7 * DAY)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.last_error) == (
        "FAILED",
        f"endpoint_disabled: {listener.url} is disabled.",
    )


def test_another_address_starts_with_a_clean_record(failing, listener):
    update_endpoint(**of(failing), changes={"url": f"{listener.url}/new"})

    assert the(failing).failing_since is None
    try_again(NOON + 6 * DAY)
    assert the(failing).is_enabled


def test_the_log_of_attempts_is_forgotten_after_thirty_days_and_the_delivery_is_not(platform, listener):
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work()
    delivery = Delivery.objects.get()
    old, new = delivery.log.get(), delivery.log.get()
    DeliveryAttempt.objects.filter(pk=old.pk).update(at=clock.now() - 31 * DAY)
    new.pk, new.at = None, clock.now() - 29 * DAY
    new.save()

    forget_old_attempts()

    assert list(delivery.log.all()) == [new]
    assert Delivery.objects.get().status == "DONE"
