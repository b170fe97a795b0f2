"""What every page of the admin stands on: whose rows it shows, windows, panels, and reasons asked for.

Master data is registered in billing_desk/admin: correcting it means checking codes, storing logos and
recording events, all of which lie above this room.
"""

from .columns import link, link_to, link_to_id, models_by_prefix, moment, money
from .panels import Panel, panel
from .reasons import asks_reason
from .tenancy import OwnChoices, OwnPlatforms, actor_of, one_of
from .window import Window

__all__ = [
    "OwnChoices",
    "OwnPlatforms",
    "Panel",
    "Window",
    "actor_of",
    "asks_reason",
    "link",
    "link_to",
    "link_to_id",
    "models_by_prefix",
    "moment",
    "money",
    "one_of",
    "panel",
]
