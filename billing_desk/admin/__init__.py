"""Master data, which people may correct, each time for a reason that stays."""

from . import api_keys, gateway_accounts, parties, people, platforms, reason_codes, series, sessions, webhooks

__all__ = [
    "api_keys",
    "gateway_accounts",
    "parties",
    "people",
    "platforms",
    "reason_codes",
    "series",
    "sessions",
    "webhooks",
]
