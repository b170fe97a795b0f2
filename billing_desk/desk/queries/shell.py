"""What stands around every page: where one is, who one is, and what waits."""

from dataclasses import dataclass

from billing.platforms.models import Member
from billing.platforms.permissions import ACCESS_GRANT, INVOICE_CREATE
from billing_desk.desk.access import may
from credit_notes.models import CreditNote

MOST_COUNTED = 99


@dataclass(frozen=True)
class Shell:
    platform: str
    others: list[tuple[str, str]]  # id and name of the person's other platforms
    person: str
    role: str
    is_staff: bool
    can_import: bool
    can_grant: bool
    drafts: str  # how many credit notes wait to be finalised; "" for none


def shell_of(member: Member, memberships: list[Member]) -> Shell:
    """Return the surroundings of a page."""
    return Shell(
        platform=member.platform.name,
        others=[(other.platform_id, other.platform.name) for other in memberships if other.pk != member.pk],
        person=member.user.known_as,
        role=member.get_role_display(),
        is_staff=member.user.is_staff,
        can_import=may(member, INVOICE_CREATE),
        can_grant=may(member, ACCESS_GRANT),
        drafts=counted(CreditNote.objects.for_platform(member.platform).drafts()[: MOST_COUNTED + 1].count()),
    )


def counted(number: int) -> str:
    """Write a count as a badge shows it: nothing for none, 99+ for many."""
    if number > MOST_COUNTED:
        return f"{MOST_COUNTED}+"
    return str(number) if number else ""
