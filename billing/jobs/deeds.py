"""What a job can do with each of its objects: the table that the project names."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string


class Deed(NamedTuple):
    """A deed, and what whoever asks for it must be permitted.

    `do(platform=…, object_id=…, options=…, actor=…, at=…)` returns the id of what has come of it; it runs in
    the transaction that writes that down. `also_needs` names the permissions that options ask for besides.
    """

    do: Callable[..., str]
    needs: str
    also_needs: Mapping[str, str] = MappingProxyType({})

    def permissions(self, options: Mapping[str, Any]) -> list[str]:
        """Return what somebody must be permitted who asks for it with these options."""
        return [
            self.needs,
            *(permission for name, permission in self.also_needs.items() if options.get(name)),
        ]


@cache
def deeds() -> dict[str, Deed]:
    """Return the table of deeds, by names such as `void_credit_note`: what is done, and to what."""
    table: dict[str, Deed] = import_string(settings.JOB_DEEDS)
    return table


def deed_named(name: str) -> Deed:
    """Return a deed. A worker that is older than the job may not know it; it is asked again later."""
    return deeds()[name]
