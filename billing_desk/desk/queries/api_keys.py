"""API keys as the settings show them: who comes in by which, how far it reaches, and until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.access.granting import Granted
from billing.access.keys import keys_acting_on, require_not_revoked, require_rotatable
from billing.platforms import permissions
from billing.platforms.models import ApiKey, Customer, Member, Reach
from billing.platforms.permissions import ACCESS_GRANT, ALL, EVERYTHING, OF_ROLE, READING, allows, of_client

MOST_ENDED = 50
MOST_CUSTOMERS = 300
MOST_NAMED = 3

Choices = list[tuple[str, str]]

AREAS: dict[str, str] = {
    "INVOICE": "Invoices",
    "CREDIT_NOTE": "Credit notes",
    "PAYMENT": "Payments",
    "CUSTOMER": "Customers",
    "SETTINGS": "Settings",
    "EVENT": "Events",
    "ACCESS": "Access",
}
"""Permissions by the first part of their name, in the order of the form."""

WORDS: dict[str, str] = {
    permissions.INVOICE_VIEW: "See invoices",
    permissions.INVOICE_CREATE: "Create and import invoices",
    permissions.INVOICE_UPDATE: "Edit and delete drafts",
    permissions.INVOICE_FINALIZE: "Finalise invoices",
    permissions.INVOICE_CREDIT_CREATE: "Credit invoices",
    permissions.INVOICE_SEND_EMAIL: "E-mail invoices",
    permissions.INVOICE_PDF_DOWNLOAD: "Read PDFs",
    permissions.INVOICE_UBL_DOWNLOAD: "Read e-invoices",
    permissions.CREDIT_NOTE_VIEW: "See credit notes",
    permissions.CREDIT_NOTE_CREATE: "Create credit notes",
    permissions.CREDIT_NOTE_UPDATE: "Edit and delete drafts",
    permissions.CREDIT_NOTE_FINALIZE: "Finalise credit notes",
    permissions.CREDIT_NOTE_APPROVE: "Approve somebody else's drafts",
    permissions.CREDIT_NOTE_VOID: "Void and reverse",
    permissions.CREDIT_NOTE_REFUND: "Pay credit out",
    permissions.CREDIT_NOTE_ALLOCATE: "Use credit on invoices",
    permissions.CREDIT_NOTE_SEND_EMAIL: "E-mail credit notes",
    permissions.CREDIT_NOTE_PDF_DOWNLOAD: "Read PDFs and e-invoices",
    permissions.PAYMENT_VIEW: "See payments",
    permissions.PAYMENT_CREATE: "Record payments",
    permissions.PAYMENT_UPDATE: "Settle payments",
    permissions.CUSTOMER_VIEW: "See customers",
    permissions.CUSTOMER_CREATE: "Create customers",
    permissions.CUSTOMER_UPDATE: "Change customers",
    permissions.EVENT_VIEW: "See events",
    permissions.SETTINGS_VIEW: "See settings",
    permissions.SETTINGS_UPDATE: "Change settings",
    permissions.ACCESS_GRANT: "Make and revoke API keys",
}


@dataclass(frozen=True)
class ApiKeyRow:
    """A key in the list. `ends_at` is when it will end, or has."""

    id: str
    name: str
    prefix: str
    reach: str
    may: str
    last_used_at: datetime | None
    state: str  # ACTIVE, REPLACED (valid for a while yet), EXPIRED, REVOKED
    ends_at: datetime | None
    home: str  # the platform that it belongs to, if that is another one


@dataclass(frozen=True)
class ApiKeyList:
    valid: list[ApiKeyRow]
    ended: list[ApiKeyRow]


@dataclass(frozen=True)
class NewApiKey:
    """What a person can choose from for a new key; `areas` groups the permissions that are theirs to give."""

    areas: list[tuple[str, Choices]]
    customers: Choices
    platforms: Choices  # others on which the person may make keys
    platform: str
    granted: Granted


@dataclass(frozen=True)
class RotatingKey:
    key: ApiKeyRow
    granted: Granted


def api_key_list(*, member: Member, at: datetime) -> ApiKeyList:
    """Return the keys that act for the platform: the valid ones, and the latest that have ended."""
    keys = keys_acting_on(member.platform).select_related("customer", "replaced_by", "platform")
    keys = keys.prefetch_related("more_platforms").order_by("-id")
    rows = [row_of(key, member=member, at=at) for key in keys]
    return ApiKeyList(
        valid=[row for row in rows if row.state in {"ACTIVE", "REPLACED"}],
        ended=[row for row in rows if row.state in {"EXPIRED", "REVOKED"}][:MOST_ENDED],
    )


def revoking_key_of(*, member: Member, key_id: str, at: datetime) -> ApiKeyRow:
    """Return one key that is to be revoked.

    :raises KeyNotValid: it was.
    """
    key = keys_acting_on(member.platform).select_related("customer", "replaced_by", "platform").find(key_id)
    require_not_revoked(key)
    return row_of(key, member=member, at=at)


def rotating_key_of(
    *, member: Member, memberships: Sequence[Member], key_id: str, at: datetime
) -> RotatingKey:
    """Return one key that is to be rotated.

    :raises BillingError: it has ended, or was rotated before.
    """
    keys = ApiKey.objects.for_platform(member.platform).select_related("customer", "replaced_by", "platform")
    key = keys.find(key_id)
    require_rotatable(key, at=at)
    return RotatingKey(key=row_of(key, member=member, at=at), granted=granted_to(memberships))


def new_api_key_of(*, member: Member, memberships: Sequence[Member]) -> NewApiKey:
    """Return what a person can choose from for a new key."""
    granted = granted_to(memberships)
    own = [name for name in sorted(ALL) if allows(granted[member.platform_id], name)]
    customers = Customer.objects.for_platform(member.platform).order_by("name", "pk")
    return NewApiKey(
        areas=[
            (title, [(name, WORDS.get(name, name)) for name in own if name.partition(".")[0] == area])
            for area, title in AREAS.items()
        ],
        customers=list(customers.values_list("pk", "name")[:MOST_CUSTOMERS]),
        platforms=[
            (other.platform_id, other.platform.name)
            for other in memberships
            if other.platform_id != member.platform_id and allows(OF_ROLE[other.role], ACCESS_GRANT)
        ],
        platform=member.platform.name,
        granted=granted,
    )


def granted_to(memberships: Sequence[Member]) -> Granted:
    """Return what a person may grant on each of their platforms."""
    return {member.platform_id: OF_ROLE[member.role] for member in memberships}


def row_of(key: ApiKey, *, member: Member, at: datetime) -> ApiKeyRow:
    return ApiKeyRow(
        id=key.pk,
        name=key.name,
        prefix=key.prefix,
        reach=reach_of(key),
        may=may_of(of_client(key.permissions) if key.reach == Reach.CLIENT else key.permissions),
        last_used_at=key.last_used_at,
        state=state_of(key, at=at),
        ends_at=key.revoked_at or key.expires_at,
        home="" if key.platform_id == member.platform_id else key.platform.name,
    )


def state_of(key: ApiKey, *, at: datetime) -> str:
    if key.revoked_at:
        return "REVOKED"
    if not key.is_valid_at(at):
        return "EXPIRED"
    return "REPLACED" if hasattr(key, "replaced_by") else "ACTIVE"


def reach_of(key: ApiKey) -> str:
    if key.reach == Reach.CLIENT:
        return str(key.customer)
    others = len(key.more_platforms.all()) if key.reach == Reach.DIRECTORY else 0
    return f"{others + 1} platforms" if others else "This platform"


def may_of(granted: Collection[str]) -> str:
    """Say in a few words what a key may do."""
    if EVERYTHING in granted:
        return "Everything"
    if READING.issuperset(granted):
        return "Everything, only to read" if READING.issubset(granted) else "Some things, only to read"
    names = sorted(granted)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
