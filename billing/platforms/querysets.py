"""The first link of every query: whose rows."""

from typing import Any, Self

from django.db import models

from billing.errors import NotFound

SHARED = ""
"""The CUSTOMER_PATH of what is no customer's own: all who reach the platform may meet it."""


class PlatformQuerySet(models.QuerySet):
    """Rows that belong to a platform. Another platform's rows do not exist.

    Seen by a client (`Platform.seen_by`), only that customer's rows do. A model's CUSTOMER_PATH is the lookup
    of the customer's id by which they are found; a model that has none has nothing for clients.
    """

    def for_platform(self, platform: models.Model | None) -> Self:
        rows = self.filter(platform=platform)
        customer_id: str = getattr(platform, "seen_by", "")
        return rows.of_customer(customer_id) if customer_id else rows

    def of_customer(self, customer_id: str) -> Self:
        """Keep what a client of this customer may meet."""
        path: str | None = getattr(self.model, "CUSTOMER_PATH", None)
        if path is None:
            return self.none()
        return self if path == SHARED else self.filter(**{path: customer_id})

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
