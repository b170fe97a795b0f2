"""What every page of master data does: ask why, store through `corrections`, and show what was corrected."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from billing import clock
from billing.errors import BillingError
from billing.events import corrections
from billing.events.admin import events_panel
from billing.platforms.admin import OwnPlatforms, Panel, actor_of
from billing.platforms.admin.reasons import ReasonField, ReasonForm
from billing.platforms.admin.tenancy import platforms_where
from billing.platforms.admin.window import WithPanels
from billing.platforms.permissions import MASTER_DATA_CORRECT


class CorrectionForm(forms.ModelForm):
    """A row of master data, why it is corrected, and what the corrector was looking at."""

    reason = ReasonField()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["seen"].initial = corrections.fingerprint(self.instance)

    @property
    def advice(self) -> list[str]:
        """What is odd about it, though it may be stored: shown when it was."""
        return []


class MasterDataAdmin(WithPanels, OwnPlatforms):
    """A page for correcting. `sections` are its fieldsets; what is `fixed` is chosen once, on adding; what is
    `made` is never chosen.

    `needs` is the permission it takes on the row's platform to add, change or delete.
    """

    form = CorrectionForm
    needs = MASTER_DATA_CORRECT
    sections: ClassVar[Any] = ()
    for_writers: ClassVar[Any] = ()
    fixed: ClassVar[tuple[str, ...]] = ("platform",)
    made: ClassVar[tuple[Any, ...]] = ("id",)
    delete_confirmation_template = "admin/remove.html"

    # Who may do what.

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_somewhere(request, self.needs)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may_somewhere(request, self.needs) if obj is None else self.may(request, self.needs, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    # What the page shows.

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        record = [("Record", {"fields": self.made})] if obj and self.made else []
        if obj and not self.has_change_permission(request, obj):
            return [*self.sections, *record]
        why = ("Why", {"fields": ("reason", "seen")})
        return [*self.sections, *self.for_writers, *record, why]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[Any, ...]:
        return (*self.made, *self.fixed) if obj else self.made

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer only what the person may add to."""
        related = self.admin_site.get_model_admin(field.related_model)
        rows = related.get_queryset(request)
        if not request.user.is_superuser:
            rows = related.own(rows, platforms_where(request, self.needs))
        return super().formfield_for_foreignkey(field, request, queryset=rows, **options)

    def panels(self, row: models.Model) -> list[Panel]:
        return [events_panel(row.pk)]

    # What happens.

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **options)
        except BillingError as refusal:
            return self.refused(request, refusal)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, {"form": ReasonForm()} | (extra_context or {}))
        except BillingError as refusal:
            return self.refused(request, refusal)

    def refused(self, request: HttpRequest, refusal: BillingError) -> HttpResponse:
        """Say why, and show the page again as things are now."""
        self.message_user(request, refusal.detail, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        why: dict[str, Any] = {
            "reason": form.cleaned_data["reason"],
            "actor": actor_of(request),
            "at": clock.now(),
        }
        if change:
            self.correct(request, obj, form, seen=form.cleaned_data["seen"], **why)
        else:
            self.add(request, obj, form, **why)
        for sentence in form.advice:
            self.message_user(request, sentence, messages.WARNING)

    def add(self, request: HttpRequest, obj: Any, form: Any, **why: Any) -> None:
        corrections.add(obj, **why)

    def correct(self, request: HttpRequest, obj: Any, form: Any, **why: Any) -> None:
        corrections.correct(obj, **why)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        reason = request.POST.get("reason", "")
        corrections.remove(obj, reason=reason, actor=actor_of(request), at=clock.now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Tell what stands in the way of a deletion. Nothing is ever deleted along with something else."""
        (row,) = objs
        return [str(row)], {}, set(), corrections.uses_of(row)
