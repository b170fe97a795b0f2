"""Whose rows an administrator sees, and what he may do with them.

A superuser sees every platform; other staff sees those on which it is a member, and the role there says what
it may do (billing/platforms/permissions.py). Django's own groups and permissions are not asked.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.platforms.keys import SECRET_COLUMNS
from billing.platforms.models import Member
from billing.platforms.permissions import OF_ROLE, allows


def actor_of(request: HttpRequest) -> str:
    """Return how events name the person who asks."""
    name: str = request.user.known_as
    return name


def roles_of(request: HttpRequest) -> dict[str, str]:
    """Return a person's role on each platform, by the platform's id; read once a request.

    A client's is none: what the admin shows is the platform's.
    """
    if not hasattr(request, "roles_by_platform"):
        places = Member.objects.filter(user_id=request.user.pk).exclude(role=Member.Role.CLIENT)
        roles = places.values_list("platform_id", "role")
        request.roles_by_platform = dict(roles)
    return request.roles_by_platform


def platforms_where(request: HttpRequest, permission: str) -> list[str]:
    """Return the ids of the platforms on which a person's role covers a permission."""
    return [
        platform_id for platform_id, role in roles_of(request).items() if allows(OF_ROLE[role], permission)
    ]


class OwnPlatforms(admin.ModelAdmin):
    """A page whose rows are those of the person's own platforms, in lists, filters and direct addresses.

    `platform_path` leads from a row to its platform, as a lookup; `heavy` names columns that are left in the
    database until they are looked at.
    """

    platform_path = "platform"
    heavy: ClassVar[Sequence[str]] = ()
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).defer(*self.heavy)
        return rows if request.user.is_superuser else self.own(rows, list(roles_of(request)))

    def own(self, rows: QuerySet, platform_ids: list[str]) -> QuerySet:
        return rows.filter(**{f"{self.platform_path}__in": platform_ids})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if "\0" in object_id:  # PostgreSQL has no such text
            return None
        return super().get_object(request, object_id, from_field)

    def may_somewhere(self, request: HttpRequest, permission: str) -> bool:
        """Tell whether a person may do something on one platform at least."""
        return request.user.is_superuser or bool(platforms_where(request, permission))

    def may(self, request: HttpRequest, permission: str, row: Any) -> bool:
        """Tell whether a person may do something on the platform of a row."""
        if request.user.is_superuser:
            return True
        return self.platform_id_of(row) in platforms_where(request, permission)

    def platform_id_of(self, row: Any) -> str | None:
        """Return whose a row is."""
        *way, last = self.platform_path.split("__")
        for name in way:
            row = getattr(row, name)
        platform_id: str | None = row.pk if last == "pk" else getattr(row, f"{last}_id")
        return platform_id

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by a secret: they would give it away letter by letter."""
        if SECRET_COLUMNS & set(lookup.split("__")) or "\0" in value:
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out the actions that the person may not do anywhere (see `asks_reason`)."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if self.may_somewhere(request, action[0].needs)
        }

    # Who did what is told by the events, with reasons; a second history would only disagree with them.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...


def one_of(name: str, values: Sequence[str]) -> type[admin.SimpleListFilter]:
    """Return a filter by a column whose values are known: a list of them would mean reading every row."""

    class OneOf(admin.SimpleListFilter):
        title = name.replace("_", " ")
        parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
            return [(value, value) for value in values]

        def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
            return rows.filter(**{name: self.value()}) if self.value() in values else rows

    return OneOf


class OwnChoices(admin.RelatedFieldListFilter):
    """A filter by a related row that offers only those the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        related = model_admin.admin_site.get_model_admin(field.related_model)
        own = related.get_queryset(request).order_by().values("pk")
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": own})
