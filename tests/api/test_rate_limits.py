"""So many requests a minute for each credential, and for each address of those who have none."""

import socket
import time
from collections import Counter
from datetime import timedelta

import pytest
import redis
from django.conf import settings as configured
from django.test import Client, RequestFactory

from billing import clock
from billing.api import counting
from billing.api.edge import address_of
from billing.api.throttling import TooManyRequests, limit, take
from billing.ids import new_id
from billing.platforms.models import ApiKey
from tests.factories import a_final_invoice, a_platform
from tests.threads import at_once

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "Retry-After")


@pytest.fixture(autouse=True)
def nobody_has_asked(settings, monkeypatch):
    """Limits of a usual server; and addresses and Redis as if nobody had asked yet."""
    settings.API_REQUESTS_PER_MINUTE, settings.API_STRANGERS_PER_MINUTE = 1200, 120
    monkeypatch.setattr(counting, "_is_down_until", 0.0)
    client = redis.Redis.from_url(configured.REDIS_URL)
    for name in client.scan_iter("count:address:*"):
        client.delete(name)


def told(answer):
    return [answer.headers.get(name) for name in HEADERS]


def test_every_answer_says_what_is_left(platform, api):
    first, refused, unknown = api("GET", "invoices"), api("GET", "invoices/inv_0"), api("PUT", "invoices")

    assert [answer.status for answer in (first, refused, unknown)] == [200, 404, 405]
    assert told(first) == ["1200", "1199", "60", "1200;w=60", None]
    assert [answer.headers["RateLimit-Remaining"] for answer in (refused, unknown)] == ["1198", "1197"]


def test_a_missing_permission_counts_too(platform, caller):
    answer = caller(platform, ["INVOICE.VIEW"])("GET", "credit-notes")

    assert (answer.status, answer.headers["RateLimit-Remaining"]) == (403, "1199")


def test_who_asks_too_often_is_told_when_to_come_again(platform, api, settings):
    settings.API_REQUESTS_PER_MINUTE = 3

    answers = [api("GET", "invoices") for _ in range(5)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert (refused.body["code"], refused.body["limit"]) == ("too_many_requests", 3)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert told(refused)[:2] == ["3", "0"]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"]
    assert refused.body["retry_after"] == int(refused.headers["Retry-After"])


def test_a_refused_post_has_done_nothing(platform, api, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    invoice = a_final_invoice(platform)
    api("GET", "invoices")

    answer = api("POST", f"invoices/{invoice.pk}/credit", {})

    assert answer.status == 429
    assert invoice.credit_note_references.count() == 0


def test_a_key_may_have_a_limit_of_its_own(platform, api, caller):
    ApiKey.objects.update(requests_per_minute=2)
    other = caller(platform)

    assert [api("GET", "invoices").status for _ in range(3)] == [200, 200, 429]
    assert told(other("GET", "invoices"))[0] == "1200"


def test_zero_is_no_limit(platform, api, settings):
    settings.API_REQUESTS_PER_MINUTE = 0

    assert told(api("GET", "invoices")) == [None] * 5


def test_keys_of_one_platform_count_apart(platform, api, caller, settings):
    settings.API_REQUESTS_PER_MINUTE = 1

    assert [api("GET", "invoices").status, caller(platform)("GET", "invoices").status] == [200, 200]


def test_a_window_ends_and_another_begins(monkeypatch):
    monkeypatch.setattr(counting, "WINDOW", 0.2)
    name = new_id("test")

    first = take(name, "", per_minute=1), take(name, "", per_minute=1)
    time.sleep(0.25)

    assert [allowance.is_used_up for allowance in first] == [False, True]
    assert not take(name, "", per_minute=1).is_used_up


@pytest.mark.django_db(transaction=True)
def test_exactly_so_many_of_all_that_come_at_once_are_answered():
    name = new_id("test")

    allowances = at_once([lambda: take(name, "", per_minute=10)] * 40)

    assert Counter(allowance.is_used_up for allowance in allowances) == {False: 10, True: 30}
    assert sorted(allowance.remaining for allowance in allowances)[-10:] == list(range(10))


@pytest.mark.django_db(transaction=True)
def test_exactly_so_many_requests_at_once_are_answered(caller):
    api = caller(a_platform())
    ApiKey.objects.update(requests_per_minute=7)

    answers = at_once([lambda: api("GET", "invoices").status] * 24)

    assert Counter(answers) == {200: 7, 429: 17}


def test_strangers_are_limited_by_their_address(db, settings):
    settings.API_STRANGERS_PER_MINUTE = 3

    def call(path: str, secret: str = "", **more: str) -> int:
        headers = {"X-API-KEY": secret} if secret else {}
        return Client().get(f"/v1/{path}", headers=headers, **more).status_code

    assert [call("invoices"), call("invoices", "bd_wrong"), call("nowhere")] == [401, 401, 404]
    assert [call("invoices"), call("invoices", "bd_wrong"), call("nowhere"), call("problems")] == [429] * 4
    assert call("invoices", REMOTE_ADDR="192.0.2.7") == 401


def test_a_valid_key_is_answered_wherever_strangers_come_from(platform, api, settings):
    settings.API_STRANGERS_PER_MINUTE = 1
    assert [Client().get("/v1/invoices").status_code for _ in range(2)] == [401, 429]

    assert api("GET", "invoices").status == 200


def test_expired_and_revoked_keys_count_as_strangers(platform, api, settings):
    settings.API_STRANGERS_PER_MINUTE = 1
    ApiKey.objects.update(expires_at=clock.now() - timedelta(days=1))

    assert [api("GET", "invoices").status for _ in range(2)] == [401, 429]


def test_a_providers_word_is_never_turned_away(db, settings):
    settings.API_STRANGERS_PER_MINUTE = 1

    statuses = {Client().post("/v1/gateways/stripe/gwa_0").status_code for _ in range(3)}

    assert 429 not in statuses


def test_pages_of_the_desk_are_not_limited(db, settings):
    settings.API_STRANGERS_PER_MINUTE = 1

    answers = [Client().get("/sign-in/") for _ in range(3)]

    assert all("RateLimit-Limit" not in answer.headers for answer in answers)


def test_attempts_are_limited_by_any_name():
    key = new_id("test")
    for _ in range(2):
        limit("sign-in", key, per_minute=2)

    with pytest.raises(TooManyRequests) as refused:
        limit("sign-in", key, per_minute=2)

    assert refused.value.facts["limit"] == 2
    limit("sign-in", f"{key} somebody else, 🐻\0\ud800", per_minute=2)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (3, "198.51.100.1, 203.0.113.9", "192.0.2.1"),
    ],
)
def test_an_address_is_what_our_own_proxies_saw(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    assert address_of(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **headers)) == address


@pytest.fixture
def redis_at(settings, monkeypatch):
    """A function that sends counts to another port of this machine."""
    counting.counter.cache_clear()
    yield lambda port: setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{port}/0")
    counting.counter.cache_clear()


def test_without_redis_nobody_is_limited_and_it_is_said_once(platform, api, redis_at, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        redis_at(unused.getsockname()[1])
        ApiKey.objects.update(requests_per_minute=1)

        answers = [api("GET", "invoices") for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    assert told(answers[0]) == [None] * 5
    assert caplog.text.count("Redis did not count") == 1


def test_a_redis_that_hangs_holds_up_one_request_and_then_none(platform, api, redis_at, caplog):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        redis_at(silent.getsockname()[1])
        began = time.monotonic()

        answers = [api("GET", "invoices").status for _ in range(5)]

    assert answers == [200] * 5
    assert time.monotonic() - began < 2 * counting.PATIENCE + 1
    assert caplog.text.count("Redis did not count (Timeout") == 1


def test_a_request_makes_one_round_trip_to_redis(platform, api):
    api("GET", "invoices")
    client = redis.Redis.from_url(configured.REDIS_URL)

    def calls() -> Counter:
        return Counter({name: stats["calls"] for name, stats in client.info("commandstats").items()})

    before = calls()
    for _ in range(5):
        api("GET", "invoices")

    made = calls() - before
    del made["cmdstat_info"]
    assert made == {"cmdstat_evalsha": 5, "cmdstat_incr": 5, "cmdstat_pttl": 5}
