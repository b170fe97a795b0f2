"""Whether a receiver can take an e-invoice: nobody is asked, the own list, a directory over HTTP."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from billing.documents.snapshot import Identifier
from billing.exchange.lookup import find
from billing.exchange.models import KnownReceiver
from billing.exchange.port import NotNow, Refused
from tests.access_point import an_access_point, answering, hanging_up
from tests.factories import a_platform, an_entity

from .parcels import a_channel

pytestmark = pytest.mark.django_db

BELGIAN = Identifier("0123456749", "0208")
PEPPOL = "peppol-bis-3"


@pytest.fixture
def entity(platform):
    return an_entity(platform)


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    cache.clear()
    with an_access_point() as point:
        yield point


@pytest.fixture
def channel(entity, point):
    return a_channel(
        entity, transport="http", address=point.url, lookup="http", lookup_address=point.directory
    )


def refusal_of(channel, receiver, profile=PEPPOL) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        find(channel, receiver, profile)
    return caught.value.reason_code, caught.value.detail


def known(platform, identifier="0123456749", profiles=(), scheme="0208"):
    return KnownReceiver.objects.create(
        platform=platform, scheme=scheme, identifier=identifier, profiles=list(profiles)
    )


def test_by_email_nobody_needs_an_electronic_address(entity):
    assert find(a_channel(entity, transport="email", lookup="static"), None, PEPPOL).receiver is None


@pytest.mark.parametrize("lookup", ["none", "static", "http"])
def test_without_an_address_nobody_is_found(entity, lookup):
    assert refusal_of(a_channel(entity, transport="http", lookup=lookup), None)[0] == "no_receiver_address"


def test_without_a_lookup_whoever_has_an_address_is_found(entity):
    assert find(a_channel(entity, transport="directory"), BELGIAN, PEPPOL).receiver == BELGIAN


def test_the_own_list_finds_who_is_on_it_with_the_profile(platform, entity):
    channel = a_channel(entity, transport="directory", lookup="static")
    known(platform)
    known(platform, "de:4711", ["xrechnung-3"], scheme="0204")
    known(a_platform("Other"), "other", scheme="0204")

    assert find(channel, BELGIAN, PEPPOL).receiver == BELGIAN
    assert find(channel, Identifier("DE:4711", "0204"), "xrechnung-3").receiver.id == "DE:4711"
    for stranger in (
        Identifier("de:4711", "0204"),
        Identifier("0123456749", "0204"),
        Identifier("other", "0204"),
    ):
        assert refusal_of(channel, stranger) == (
            "receiver_not_found",
            f"{stranger.scheme}:{stranger.id} takes no documents of peppol-bis-3.",
        )


def test_a_directory_is_asked_by_scheme_id_and_profile(point, channel):
    point.receivers[("0208", "0123456749")] = [PEPPOL]

    assert find(channel, BELGIAN, PEPPOL).receiver == BELGIAN
    assert point.questions == [{"scheme": "0208", "id": "0123456749", "profile": PEPPOL}]
    assert refusal_of(channel, BELGIAN, "factur-x")[0] == "receiver_not_found"
    assert refusal_of(channel, Identifier("1", "0208"))[0] == "receiver_not_found"


def test_what_is_odd_in_an_address_is_escaped_and_a_query_is_kept(point, channel):
    channel.lookup_address = f"{point.directory}?network=test#top"

    refusal_of(channel, Identifier("a&b=c d/ä", "0208"))

    assert point.questions == [{"network": "test", "scheme": "0208", "id": "a&b=c d/ä", "profile": PEPPOL}]


def test_an_answer_is_remembered_for_minutes(point, channel):
    point.receivers[("0208", "0123456749")] = [PEPPOL]
    for _ in range(3):
        find(channel, BELGIAN, PEPPOL)
        refusal_of(channel, Identifier("1", "0208"))

    assert len(point.questions) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, b"{}"),
        (400, b"{}"),
        (204, b""),
        (200, b""),
        (200, b"yes"),
        (200, b'{"receives": "true"}'),
        (200, b"{}"),
    ],
)
def test_a_directory_that_does_not_say_is_asked_again(point, channel, status, said):
    point.receivers[("0208", "0123456749")] = [PEPPOL]
    point.moods = [answering(status, said)]

    with pytest.raises(NotNow, match="answered"):
        find(channel, BELGIAN, PEPPOL)
    assert find(channel, BELGIAN, PEPPOL).receiver == BELGIAN


def test_a_directory_that_hangs_up_stalls_or_asks_to_wait_is_asked_again(settings, point, channel):
    point.moods = [hanging_up_without_taking, answering(429, {}, Retry_After="30")]

    with pytest.raises(NotNow, match="gave no answer"):
        find(channel, BELGIAN, PEPPOL)
    with pytest.raises(NotNow) as caught:
        find(channel, BELGIAN, PEPPOL)
    assert caught.value.pause == timedelta(seconds=30)


def hanging_up_without_taking(handler, call) -> None:
    handler.point.take = lambda call: {}
    hanging_up(handler, call)


def test_a_private_directory_is_not_asked(settings, point, channel):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False

    with pytest.raises(NotNow, match="not public"):
        find(channel, BELGIAN, PEPPOL)
    assert point.questions == []


def test_without_redis_a_directory_is_asked_each_time(settings, point, channel):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    point.receivers[("0208", "0123456749")] = [PEPPOL]

    for _ in range(2):
        assert find(channel, BELGIAN, PEPPOL).receiver == BELGIAN
    assert len(point.questions) == 2
