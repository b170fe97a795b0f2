"""Identifiers: a prefix that says what a thing is, then 26 characters that sort by time (ULID).

One id serves as primary key, in the API, in logs and in URLs.
"""

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
MAX_LENGTH = 32
"""The width of every id column: a prefix of up to five letters, an underscore, 26 characters."""


def new_id(prefix: str) -> str:
    """Return a fresh id such as `inv_01k9…`; ids made in different milliseconds sort by time."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{prefix}_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
