"""Master data, which people may correct, each time for a reason that stays."""

from . import (
    api_keys,
    channels,
    gateway_accounts,
    known_receivers,
    parties,
    people,
    platforms,
    reason_codes,
    series,
    sessions,
    webhooks,
)

__all__ = [
    "api_keys",
    "channels",
    "gateway_accounts",
    "known_receivers",
    "parties",
    "people",
    "platforms",
    "reason_codes",
    "series",
    "sessions",
    "webhooks",
]
