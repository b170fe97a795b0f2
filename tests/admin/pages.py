"""Opening pages of the admin, and filling in their forms as a browser would."""

from typing import Any

from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from billing.events.models import Event
from billing.platforms.models import User

WHY = "The customer moved house."


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address_of(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def page_of(row: models.Model, page: str = "change") -> str:
    return address_of(type(row), page, row.pk)


def filled_in(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would post if the person pressed Save at once."""
    form = client.get(address).context["adminform"].form
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if bound.name.endswith("_at"):
            data |= {f"{bound.name}_0": "", f"{bound.name}_1": ""}
        elif value not in (None, False):
            data[bound.name] = value
    return data


def correct(client: Client, row: models.Model, **changes: Any) -> HttpResponse:
    """Change fields on a row's page and save it; the reason is WHY unless another is given."""
    data = filled_in(client, page_of(row)) | {"reason": WHY} | changes
    return client.post(page_of(row), data, follow=True)


def add(client: Client, model: type[models.Model], **fields: Any) -> HttpResponse:
    address = address_of(model, "add")
    return client.post(address, filled_in(client, address) | {"reason": WHY} | fields, follow=True)


def remove(client: Client, row: models.Model, **fields: Any) -> HttpResponse:
    return client.post(page_of(row, "delete"), {"post": "yes", "reason": WHY} | fields, follow=True)


def act(client: Client, action: str, *rows: models.Model, **fields: Any) -> HttpResponse:
    """Choose rows of a list, an action, and give the reason WHY unless another is given."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], "reason": WHY} | fields
    return client.post(address_of(type(rows[0]), "changelist"), data, follow=True)


def said(response: HttpResponse) -> list[str]:
    """Return the messages on a page."""
    return [str(message) for message in response.context["messages"]]


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    """Return what a form refused, by field."""
    return dict(response.context["adminform"].form.errors)


def corrections() -> list[Event]:
    return list(Event.objects.filter(type="billing.master_data.corrected").order_by("id"))
