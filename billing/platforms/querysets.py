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

        Others may still write rows that refer to them: at commit, PostgreSQL locks what a written row refers
        to, and would wait there, out of the order of locks, for whoever holds that.
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
