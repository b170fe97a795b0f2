"""Identifiers: a prefix that says what a thing is, then 26 characters that sort by time (ULID).

One id serves as primary key, in the API, in logs and in URLs.
"""

import secrets
import time
from functools import partial
from threading import Lock

from django.db import models

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MAX_LENGTH = 40

_lock = Lock()
_last = 0


def new_id(prefix: str) -> str:
    """Return a fresh id such as `inv_01k9…`.

    Ids sort by the millisecond they were made in, and within one process in the order they were made.
    """
    global _last
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    with _lock:
        if number >> 80 <= _last >> 80:
            number = _last + 1 + secrets.randbits(32)
        _last = number
    return f"{prefix}_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def id_field(prefix: str) -> models.CharField:
    """Return a primary key column whose values are made by `new_id`."""
    return models.CharField(
        primary_key=True, max_length=MAX_LENGTH, default=partial(new_id, prefix), editable=False
    )
