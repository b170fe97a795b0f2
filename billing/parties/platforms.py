"""Change how a platform works."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.documents.columns import require_room
from billing.errors import Invalid, within
from billing.events import corrections
from billing.events.corrections import BY_API
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance

from .checks import one_line
from .refusals import PartyIncomplete

LONGEST_WAIT = 24 * 365
KEPT = Decimal("0.0001")


class SettingNotPossible(Invalid):
    code = "setting_not_possible"
    title = "A platform cannot work like that"


@entrance
def update_platform(*, platform: Platform, actor: str, at: datetime, **said: Any) -> Platform:
    """Change the settings that are said, and nothing else. `said` names columns of Platform.

    :raises Invalid: something of it cannot be so.
    """
    row = Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    require_possible(said)
    for name, value in said.items():
        setattr(row, name, value)
    if row.approval_above is not None:
        row.approval_above = row.approval_above.quantize(KEPT)
    corrections.correct_if_changed(row, reason=BY_API, actor=actor, at=at)
    return row


def require_possible(said: dict[str, Any]) -> None:
    """Refuse a setting that makes no sense.

    :raises SettingNotPossible, PartyIncomplete, ValueTooLarge, TextNotPossible: naming it.
    """
    name, limit, hours = (
        said.get(column) for column in ("name", "approval_above", "finalizes_drafts_after_hours")
    )
    require_room(Platform, said, field="")
    if "name" in said:
        if not name.strip():
            raise PartyIncomplete("It needs a name.", field="name")
        with within("name"):
            one_line(name)
    if limit is not None and limit < ZERO:
        raise SettingNotPossible(
            "A limit is not negative; with 0 every credit note needs an approval.", field="approval_above"
        )
    if hours is not None and not 1 <= hours <= LONGEST_WAIT:
        raise SettingNotPossible(
            f"1 to {LONGEST_WAIT} hours; without any, a person finalises drafts.",
            field="finalizes_drafts_after_hours",
        )
