"""Counting in Redis: how often something happened since its window began. Without it nothing is counted."""

import logging
import time
from functools import cache
from typing import NamedTuple

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

WINDOW = 60
"""Seconds; a window begins with the first thing that is counted in it."""
PATIENCE = 0.5
"""Seconds that Redis may take."""
LEFT_ALONE_FOR = 30.0
"""Seconds after Redis did not answer: one that hangs would otherwise hold up every request."""
_is_down_until = 0.0

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
"""Runs in Redis as one, so no count is lost or without an end, however many ask."""


class Count(NamedTuple):
    """How often it happened, this time included, and for how many milliseconds the window is still open."""

    times: int
    open_for: int


def count(name: str) -> Count | None:
    """Count `name` once more, in one round trip; None if Redis does not answer, which is logged."""
    global _is_down_until
    if time.monotonic() < _is_down_until:
        return None
    try:
        return Count(*counter()(keys=[f"count:{name}"], args=[int(WINDOW * 1000)]))
    except redis.RedisError as error:
        _is_down_until = time.monotonic() + LEFT_ALONE_FOR
        logger.warning("Redis did not count (%s); requests are not limited for a while.", error)
        return None


@cache
def counter() -> redis.commands.core.Script:
    """Return the script, with a client that waits for nothing; a connection that was dropped is made anew."""
    once_more = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=once_more
    )
    return client.register_script(COUNT)
