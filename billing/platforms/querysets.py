"""The first link of every query: whose rows."""

from typing import Any, Self

from django.db import models

from billing.errors import NotFound


class PlatformQuerySet(models.QuerySet):
    """Rows that belong to a platform. Another platform's rows do not exist."""

    def for_platform(self, platform: models.Model) -> Self:
        return self.filter(platform=platform)

    def locked(self) -> Self:
        """Lock the rows when the query runs, in the order of their ids.

        Rows that refer to them may be written meanwhile: at commit, PostgreSQL looks up again what a row refers
        to that was changed twice, and would wait there for whoever holds that, out of the order of locks.
        """
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def find(self, pk: str) -> Any:
        """Return one row.

        :raises NotFound: there is none on this platform.
        """
        row = None if "\0" in pk else self.filter(pk=pk).first()
        if row is None:
            raise NotFound(f"There is no {self.model._meta.verbose_name} {pk!r} here.", id=pk)
        return row
