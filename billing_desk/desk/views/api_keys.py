"""API keys: managers make, rotate and revoke them. A secret is shown on one page, once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from billing import clock
from billing.access.keys import create_key, revoke_key, rotate_key
from billing.errors import BillingError
from billing.platforms.permissions import ACCESS_GRANT
from billing_desk.desk import queries
from billing_desk.desk.forms import NewApiKeyForm, NothingForm, RotateKeyForm
from billing_desk.desk.forms.fields import blame

from .asking import Asking
from .base import DeskView

SENT_FORMS, MOST_SENT_FORMS = "sent_key_forms", 20


class ApiKeys(DeskView):
    permissions = {"GET": ACCESS_GRANT}
    section = "settings"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = queries.api_key_list(member=self.member, at=clock.now())
        return self.render("desk/settings/api_keys.html", page=page, heading="API keys")


class TellsSecret(Asking):
    """A deed that ends in a secret: the page that shows it answers the deed itself, and is kept nowhere."""

    permissions = {"GET": ACCESS_GRANT, "POST": ACCESS_GRANT}
    section = "settings"
    tells = "desk/settings/api_key_secret.html"
    made_before = "The key was made already. Is its secret lost? Then rotate the key."

    def act(self, page: Any, form: forms.Form, **ids: str) -> HttpResponse:
        if self.was_sent_before():
            messages.warning(self.request, self.made_before)
            return redirect(self.back(**ids))
        try:
            key, secret = self.make(page, form, **ids)
        except BillingError as refusal:
            blame(form, refusal)
            return self.ask(page, form, refusal=refusal, status=refusal.status)
        self.remember_sent()
        return self.render(self.tells, key=key, secret=secret)

    def make(self, page: Any, form: Any, **ids: str) -> tuple[Any, str]:
        """Return the key and its secret."""
        raise NotImplementedError

    def was_sent_before(self) -> bool:
        """Tell whether this very form made a key already: it was loaded again, or sent twice."""
        return self.form_token != "" and self.form_token in self.request.session.get(SENT_FORMS, ())

    def remember_sent(self) -> None:
        sent = self.request.session.get(SENT_FORMS, [])
        self.request.session[SENT_FORMS] = [*sent, self.form_token][-MOST_SENT_FORMS:]

    @property
    def form_token(self) -> str:
        """What tells one showing of a form from the next."""
        return self.request.POST.get("csrfmiddlewaretoken", "")

    def back(self, **ids: str) -> str:
        return resolve_url("desk:api_keys")


class NewApiKey(TellsSecret):
    template = "desk/settings/new_api_key.html"
    heading = "New API key"

    def look(self) -> Any:
        return queries.new_api_key_of(member=self.member, memberships=self.request.memberships)

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NewApiKeyForm(data, page=page, initial={"customer": self.request.GET.get("customer", "")})

    def make(self, page: Any, form: NewApiKeyForm) -> tuple[Any, str]:
        return create_key(
            platform=self.platform, **form.wish(), granted=page.granted, actor=self.actor, at=clock.now()
        )


class RotateApiKey(TellsSecret):
    template = "desk/settings/rotate_api_key.html"
    heading = "Rotate the API key"

    def look(self, *, key_id: str) -> Any:
        return queries.rotating_key_of(
            member=self.member, memberships=self.request.memberships, key_id=key_id, at=clock.now()
        )

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return RotateKeyForm(data)

    def make(self, page: Any, form: RotateKeyForm, *, key_id: str) -> tuple[Any, str]:
        return rotate_key(
            platform=self.platform,
            key_id=key_id,
            overlap=form.cleaned_data["overlap"],
            granted=page.granted,
            actor=self.actor,
            at=clock.now(),
        )


class RevokeApiKey(Asking):
    permissions = {"GET": ACCESS_GRANT, "POST": ACCESS_GRANT}
    section = "settings"
    template = "desk/settings/revoke_api_key.html"
    heading = "Revoke the API key"

    def look(self, *, key_id: str) -> Any:
        return queries.revoking_key_of(member=self.member, key_id=key_id, at=clock.now())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NothingForm(data)

    def do(self, page: Any, said: dict[str, Any], *, key_id: str) -> str:
        key = revoke_key(platform=self.platform, key_id=key_id, actor=self.actor, at=clock.now())
        if page.home:
            return f"The key {key.name} lets nobody in here any more."
        return f"The key {key.name} was revoked. It lets nobody in any more."

    def back(self, **ids: str) -> str:
        return resolve_url("desk:api_keys")
