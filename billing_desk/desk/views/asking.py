"""A deed that moves money, or has no way back, asks first: one page says what it will do, and does it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from billing.errors import BillingError, NotFound
from billing_desk.desk.forms.fields import blame

from .base import DeskView


class Asking(DeskView):
    """GET shows what would happen; POST does it, or shows why not beside what was typed.

    A view says what the page shows (`look`), which form it has (`form_for`), how it is done (`do`, which
    returns the flash) and where to go afterwards (`back`). `ids` are those of the address.
    """

    template: ClassVar[str]
    heading: ClassVar[str] = ""

    def get(self, request: HttpRequest, **ids: str) -> HttpResponse:
        try:
            page = self.look(**ids)
        except BillingError as refusal:
            return self.turn_away(refusal, **ids)
        return self.ask(page, self.form_for(page))

    def post(self, request: HttpRequest, **ids: str) -> HttpResponse:
        try:
            page = self.look(**ids)
        except BillingError as refusal:
            return self.turn_away(refusal, **ids)
        form = self.form_for(page, request.POST)
        if not form.is_valid():
            return self.ask(page, form, status=400)
        return self.act(page, form, **ids)

    def act(self, page: Any, form: forms.Form, **ids: str) -> HttpResponse:
        try:
            said = self.do(page, form.cleaned_data, **ids)
        except BillingError as refusal:
            blame(form, refusal)
            return self.ask(page, form, refusal=refusal, status=refusal.status)
        messages.success(self.request, said)
        return redirect(self.back(**ids))

    def ask(
        self,
        page: Any,
        form: forms.Form,
        *,
        refusal: BillingError | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        context = {"page": page, "form": form, "refusal": refusal, "heading": self.heading} | more
        return self.render(self.template, **context, status=status)

    def turn_away(self, refusal: BillingError, **ids: str) -> HttpResponse:
        """Send whoever came late, or clicked twice, to what has become of it."""
        if isinstance(refusal, NotFound):
            raise refusal
        messages.warning(self.request, refusal.detail)
        return redirect(self.back(**ids))

    def look(self, **ids: str) -> Any:
        """Return what the page shows.

        :raises BillingError: the deed is not possible at all.
        """
        raise NotImplementedError

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        raise NotImplementedError

    def do(self, page: Any, said: dict[str, Any], **ids: str) -> str:
        """Do it and return what to tell."""
        raise NotImplementedError

    def back(self, **ids: str) -> str:
        return resolve_url("desk:credit_note", ids["credit_note_id"])
