"""People and their places on platforms."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.platforms.admin import OwnChoices, Panel, link, link_to, panel
from billing.platforms.admin.tenancy import platforms_where
from billing.platforms.models import Member, User
from billing.platforms.permissions import ACCESS_GRANT

from .correcting import CorrectionForm, MasterDataAdmin

POWERS = ("is_superuser", "is_staff", "is_active")

admin.site.unregister(Group)  # roles say who may do what, not groups


class UserForm(CorrectionForm):
    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave it empty to keep the one there is.",
    )
    asked_by: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.asked_by.is_superuser:
            del self.fields["new_password"]

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse to lock oneself out."""
        data = super().clean() or self.cleaned_data
        if self.instance.pk == self.asked_by.pk:
            for name in POWERS:
                if data.get(name) is False and getattr(self.asked_by, name):
                    self.add_error(name, "You cannot take this from yourself.")
        return data


@admin.register(User)
class UserAdmin(MasterDataAdmin):
    """Superusers correct everybody; managers the names and addresses of those who are theirs alone."""

    form = UserForm
    needs = ACCESS_GRANT
    list_display = ("username", "first_name", "last_name", "email", *POWERS, "last_login")
    list_filter = POWERS
    ordering = ("username",)
    search_fields = ("username", "first_name", "last_name", "email", "=id")
    sections = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    for_superusers = ("Sign-in", {"fields": ("new_password",)})
    fixed = ()
    made = ("id", "date_joined", "last_login")

    def own(self, rows: QuerySet, platform_ids: list[str]) -> QuerySet:
        return rows.filter(pk__in=Member.objects.filter(platform__in=platform_ids).values("user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser

    def may(self, request: HttpRequest, permission: str, row: User) -> bool:
        """Managers may correct a person whose every place is on a platform they manage."""
        if request.user.is_superuser:
            return True
        places = set(row.memberships.values_list("platform_id", flat=True))
        return not row.is_superuser and places <= set(platforms_where(request, permission))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        powers = () if request.user.is_superuser else (*POWERS, "username")
        return (*super().get_readonly_fields(request, obj), *powers)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        sections = super().get_fieldsets(request, obj)
        return [self.for_superusers, *sections] if request.user.is_superuser else sections

    def get_form(self, request: HttpRequest, obj: User | None = None, **options: Any) -> type[UserForm]:
        form: type[UserForm] = super().get_form(request, obj, **options)
        form.asked_by = request.user
        return form

    def save_form(self, request: HttpRequest, form: UserForm, change: bool) -> User:
        user: User = super().save_form(request, form, change)
        password = form.cleaned_data.get("new_password")
        if password:
            user.set_password(password)
        elif not change:
            user.set_unusable_password()
        return user

    def correct(self, request: HttpRequest, obj: User, form: UserForm, **why: Any) -> None:
        super().correct(request, obj, form, **why)
        if obj.pk == request.user.pk and form.cleaned_data.get("new_password"):
            update_session_auth_hash(request, obj)

    def panels(self, user: User) -> list[Panel]:
        columns = {
            "Platform": lambda member: link_to(member, str(member.platform)),
            "Role": lambda member: member.role,
            "Customer": lambda member: link_to(member.customer),
        }
        places = user.memberships.select_related("platform", "user", "customer")
        return [panel("Places", places, columns), *super().panels(user)]


class MemberForm(CorrectionForm):
    def clean(self) -> dict[str, Any]:
        """Refuse a client without a customer of the platform, and anybody else with one."""
        data = super().clean() or self.cleaned_data
        customer, is_client = data.get("customer"), data.get("role") == Member.Role.CLIENT
        platform = data.get("platform") or getattr(self.instance, "platform", None)
        if is_client and customer is None:
            self.add_error("customer", "A client sees the papers of one customer: choose whose.")
        if not is_client and customer is not None:
            self.add_error("customer", "Only a client has a customer.")
        if customer is not None and customer.platform != platform:
            self.add_error("customer", "This customer is on another platform.")
        return data


@admin.register(Member)
class MemberAdmin(MasterDataAdmin):
    form = MemberForm
    needs = ACCESS_GRANT
    list_display = ("__str__", link("user"), link("platform"), "role", link("customer"))
    list_filter = ("role", ("platform", OwnChoices))
    list_select_related = ("user", "platform", "customer")
    ordering = ("platform__name", "user__username")
    search_fields = ("user__username", "user__email", "platform__name")
    autocomplete_fields = ("customer",)
    sections = ((None, {"fields": ("user", "platform", "role", "customer")}),)
    fixed = ("user", "platform")
    made = ()
