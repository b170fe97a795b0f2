"""The settings: managers change them, everybody else reads them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from billing import clock
from billing.documents.series import create_series
from billing.errors import BillingError
from billing.events import corrections
from billing.platforms.models import Platform
from billing.platforms.permissions import SETTINGS_UPDATE, SETTINGS_VIEW
from billing_desk.desk import queries
from billing_desk.desk.forms import NewReasonForm, ReasonNameForm, SeriesForm, SettingsForm
from billing_desk.desk.forms.fields import blame
from credit_notes.models import ReasonCode
from credit_notes.services import add_reason_code, change_reason_code, retire_reason_code

from .asking import Asking
from .base import DeskView

WHY = "Changed on the desk's settings page"
"""Kept with each correction, where nobody was asked."""


class Settings(Asking):
    permissions = {"GET": SETTINGS_VIEW, "POST": SETTINGS_UPDATE}
    section = "settings"
    template = "desk/settings/general.html"
    heading = "Settings"

    def look(self) -> Any:
        return queries.platform_settings_of(self.member)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        form = SettingsForm(data, initial=page.values | {"seen": page.seen})
        if not page.may_change:
            for field in form.fields.values():
                field.disabled = True
        return form

    def do(self, page: Any, said: dict[str, Any]) -> str:
        platform = Platform.objects.get(pk=self.platform.pk)
        for name in queries.SETTINGS:
            setattr(platform, name, said[name])
        try:
            corrections.correct(platform, reason=WHY, actor=self.actor, at=clock.now(), seen=said["seen"])
        except corrections.NothingToCorrect:
            return "Nothing was changed: the settings say all that already."
        return "The settings were saved."

    def back(self, **ids: str) -> str:
        return resolve_url("desk:settings")


class SeriesList(DeskView):
    permissions = {"GET": SETTINGS_VIEW}
    section = "settings"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = queries.series_list(member=self.member, at=clock.now())
        return self.render("desk/settings/series_list.html", page=page, heading="Number series")


class SeriesPage(DeskView):
    permissions = {"GET": SETTINGS_VIEW}
    section = "settings"

    def get(self, request: HttpRequest, series_id: str) -> HttpResponse:
        page = queries.series_page(member=self.member, series_id=series_id, at=clock.now())
        return self.render("desk/settings/series.html", page=page)


class NewSeries(Asking):
    permissions = {"GET": SETTINGS_UPDATE, "POST": SETTINGS_UPDATE}
    section = "settings"
    template = "desk/settings/new_series.html"
    heading = "New series"

    def look(self) -> Any:
        return queries.new_series_of(member=self.member)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return SeriesForm(data, page=page)

    def do(self, page: Any, said: dict[str, Any]) -> str:
        series = create_series(platform=self.platform, **said, actor=self.actor, at=clock.now())
        return f"The series {series.prefix or 'without a prefix'} was made."

    def back(self, **ids: str) -> str:
        return resolve_url("desk:series_list")


class Reasons(DeskView):
    """Both lists; a new reason is posted with the kind of its list."""

    permissions = {"GET": SETTINGS_VIEW, "POST": SETTINGS_UPDATE}
    section = "settings"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        kind = request.POST.get("kind", "")
        if kind not in ReasonCode.Kind.values:
            kind = ReasonCode.Kind.CREDIT
        form = NewReasonForm(request.POST, prefix=kind)
        if not form.is_valid():
            return self.show(kind=kind, form=form, status=400)
        try:
            row = add_reason_code(
                platform=self.platform,
                kind=kind,
                **form.cleaned_data,
                reason=WHY,
                actor=self.actor,
                at=clock.now(),
            )
        except BillingError as refusal:
            blame(form, refusal)
            return self.show(kind=kind, form=form, refusal=refusal, status=refusal.status)
        messages.success(request, f"The reason {row.name} was added.")
        return redirect("desk:reasons")

    def show(
        self,
        *,
        kind: str = "",
        form: forms.Form | None = None,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = queries.reason_lists(member=self.member)
        lists = [
            (row, form if form and row.kind == kind else NewReasonForm(prefix=row.kind)) for row in page.lists
        ]
        return self.render(
            "desk/settings/reasons.html",
            page=page,
            lists=lists,
            form=form,
            refusal=refusal,
            heading="Reasons",
            status=status,
        )


class ChangeReason(Asking):
    permissions = {"GET": SETTINGS_UPDATE, "POST": SETTINGS_UPDATE}
    section = "settings"
    template = "desk/settings/reason.html"
    heading = "Change the reason"

    def look(self, *, reason_code_id: str) -> Any:
        return queries.reason_page(member=self.member, reason_code_id=reason_code_id)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return ReasonNameForm(data, initial={"name": page.name, "position": page.position})

    def do(self, page: Any, said: dict[str, Any], *, reason_code_id: str) -> str:
        row = change_reason_code(
            platform=self.platform,
            reason_code_id=reason_code_id,
            **said,
            reason=WHY,
            actor=self.actor,
            at=clock.now(),
        )
        return f"The reason {row.code} is called {row.name}."

    def back(self, **ids: str) -> str:
        return resolve_url("desk:reasons")


class RetireReason(DeskView):
    """Take a reason off its list; adding its code again brings it back."""

    permissions = {"POST": SETTINGS_UPDATE}

    def post(self, request: HttpRequest, reason_code_id: str) -> HttpResponse:
        try:
            row = retire_reason_code(
                platform=self.platform,
                reason_code_id=reason_code_id,
                reason=WHY,
                actor=self.actor,
                at=clock.now(),
            )
        except corrections.NothingToCorrect:
            messages.info(request, "It is off the list already.")
        else:
            messages.success(request, f"{row.name} is off the list. Documents that have it keep it.")
        return redirect("desk:reasons")
