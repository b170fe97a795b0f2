"""Ask why before a deed is done to the chosen rows, then do it row by row and say how it went."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from billing.errors import BillingError

MOST_ROWS = 50
LONGEST_REASON = 500

Deed = Callable[..., str]
Action = Callable[[Any, HttpRequest, QuerySet], HttpResponse | None]


class NotAllowed(BillingError):
    code = "not_allowed"
    status = 403
    title = "Your role does not allow this"


class ReasonField(forms.CharField):
    """Why it is done. Never empty."""

    def __init__(self, **options: Any) -> None:
        defaults = {
            "label": "Reason for this correction",
            "max_length": LONGEST_REASON,
            "widget": AdminTextareaWidget(attrs={"rows": 2}),
            "help_text": "Kept for ever, with your name, the time and what was changed.",
            "error_messages": {"required": "Say why: the reason is kept with the correction."},
        }
        super().__init__(**defaults | options)


class ReasonForm(forms.Form):
    reason = ReasonField(label="Reason", help_text="Kept for ever, with your name and the time.")


def asks_reason(label: str, *, needs: str) -> Callable[[Deed], Action]:
    """Turn `deed(admin, request, row, reason)` into an action on the rows that were chosen.

    The deed returns a sentence for the person, or raises a BillingError, whose sentence is shown. `needs` is
    the permission it takes on the row's platform.
    """

    def decorate(deed: Deed) -> Action:
        @admin.action(description=label)
        @wraps(deed)
        def action(self: Any, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
            form = ReasonForm(request.POST if "reason" in request.POST else None)
            chosen = list(rows[: MOST_ROWS + 1])
            if len(chosen) > MOST_ROWS:
                self.message_user(request, f"Choose at most {MOST_ROWS} at once.", messages.ERROR)
                return None
            if not form.is_valid():
                return ask(self, request, label=label, action=deed.__name__, rows=chosen, form=form)
            for row in chosen:
                do(self, request, row, deed, reason=form.cleaned_data["reason"], needs=needs)
            return None

        action.needs = needs
        return action

    return decorate


def ask(
    self: Any, request: HttpRequest, *, label: str, action: str, rows: list[Any], form: ReasonForm
) -> HttpResponse:
    context = {
        **self.admin_site.each_context(request),
        "title": label,
        "opts": self.opts,
        "action": action,
        "rows": rows,
        "form": form,
        "checkbox": ACTION_CHECKBOX_NAME,
        "media": self.media,
    }
    return TemplateResponse(request, "admin/ask_reason.html", context)


def do(self: Any, request: HttpRequest, row: Any, deed: Deed, *, reason: str, needs: str) -> None:
    """Do it, and say how it went."""
    name = str(row)
    try:
        if not self.may(request, needs, row):
            raise NotAllowed(f"It takes the permission {needs} on this platform.")
        done = deed(self, request, row, reason)
    except BillingError as refusal:
        self.message_user(request, f"{name}: {refusal.detail}", messages.ERROR)
    else:
        self.message_user(request, done, messages.SUCCESS)
