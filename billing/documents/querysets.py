"""How papers are asked for."""

from typing import Self

from django.db import models

from billing.platforms.querysets import PlatformQuerySet


class DocumentQuerySet(PlatformQuerySet):
    """Rows without their snapshot, which is most of a row and seldom needed, unless it is asked for."""

    def with_snapshot(self) -> Self:
        return self.defer(None)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    @classmethod
    def as_lean_manager(cls) -> models.Manager:
        """Return a manager that leaves the snapshot in the database until it is looked at."""

        class LeanManager(models.Manager.from_queryset(cls)):
            def get_queryset(self) -> Self:
                return super().get_queryset().defer("snapshot")

        return LeanManager()
