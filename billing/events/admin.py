"""A window on what happened and on what follows from it; failed work can be tried again, for a reason."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from billing import clock
from billing.platforms.admin import (
    OwnChoices,
    Panel,
    Window,
    actor_of,
    asks_reason,
    link,
    link_to,
    link_to_id,
    moment,
    one_of,
    panel,
)
from billing.platforms.permissions import WORK_TRY_AGAIN

from . import names
from .models import Delivery, DeliveryAttempt, Event, Reaction, Work
from .retry import try_again

MOST_EVENTS = 50
LONGEST_VALUE = 200


def events_panel(object_id: str) -> Panel:
    """Return what happened to an object: when, what, who, why, and which values a correction changed."""
    events = Event.objects.filter(object_id=object_id).order_by("-id")
    columns = {
        "When (UTC)": lambda event: link_to(event, moment(event.created_at)),
        "What": lambda event: event.type.removeprefix("billing."),
        "Who": lambda event: event.actor or "Billing Desk",
        "Why": lambda event: event.data.get("reason", ""),
        "Before → after": changes_of,
    }
    return panel("What happened", events, columns, most=MOST_EVENTS)


def changes_of(event: Event) -> str:
    """Return what a correction or another deed changed, a line for each column."""
    before = event.data.get("before") or event.data.get("previous") or {}
    now = event.data | event.data.get("object", {})
    after = event.data.get("after") or {name: now.get(name) for name in before}
    changed = [
        (label, in_short(then), in_short(now))
        for name in (before | after)
        for label, then, now in changes_within(name, before.get(name), after.get(name))
    ]
    withheld = [(name,) for name in event.data.get("withheld", ())]
    return format_html_join("", "<div>{}: {} → {}</div>", changed) + format_html_join(
        "", "<div>{}: withheld</div>", withheld
    )


def changes_within(name: str, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """Return what changed of a value, part by part if it has parts; `before` may have only those that did."""
    if not isinstance(after, dict) or not isinstance(before, dict | None):
        return [(name, before, after)]
    known = before if before is not None else [key for key in after if not isinstance(after[key], dict)]
    pairs = [(key, (before or {}).get(key), after.get(key)) for key in known]
    return [(f"{name} {key}", then, now) for key, then, now in pairs if (then or "") != (now or "")]


def in_short(value: Any) -> str:
    if value in (None, ""):
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def pretty(value: Any) -> str:
    """Return JSON as a block of indented text."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


@admin.register(Event)
class EventAdmin(Window):
    list_display = ("created_at", "type", "about", "actor", "why", link("platform"))
    list_display_links = ("created_at",)
    list_filter = (one_of("type", sorted(names.ALL)), ("platform", OwnChoices), "created_at")
    list_select_related = ("platform",)
    ordering = ("-id",)
    search_fields = ("=object_id", "=id", "=request_id", "actor")
    search_help_text = "The id of the thing or of the event, the id of the request, or who did it."
    fieldsets = (
        (None, {"fields": ("type", "about", "why", "actor", "created_at")}),
        (None, {"fields": ("id", link("platform"), "request_id", "content")}),
    )

    @admin.display(description="about")
    def about(self, event: Event) -> str:
        return link_to_id(event.object_id)

    @admin.display(description="reason")
    def why(self, event: Event) -> str:
        return event.data.get("reason", "")

    @admin.display(description="data")
    def content(self, event: Event) -> str:
        return pretty(event.data)

    def panels(self, event: Event) -> list[Panel]:
        reactions = {
            "Reaction": lambda row: link_to(row, row.name),
            **WORK_COLUMNS,
        }
        deliveries = {
            "To": lambda row: link_to(row, row.endpoint.url),
            "Answer": lambda row: row.response_status,
            **WORK_COLUMNS,
        }
        return [
            panel("Reactions", event.reactions.all(), reactions),
            panel("Deliveries", event.deliveries.select_related("endpoint"), deliveries),
            events_panel(event.pk),
        ]


WORK_COLUMNS = {
    "Status": lambda row: row.status,
    "Attempts": lambda row: row.attempts,
    "Next try (UTC)": lambda row: moment(row.due_at) if row.status == Work.Status.PENDING else "–",
    "Done (UTC)": lambda row: moment(row.done_at),
    "Last error": lambda row: row.last_error[:LONGEST_VALUE],
}


class WorkAdmin(Window):
    """Reactions and deliveries: what is to be done because of an event."""

    platform_path = "event__platform"
    list_select_related = ("event__platform",)
    ordering = ("-pk",)
    actions = ("try_again",)

    @admin.display(description="about")
    def about(self, work: Work) -> str:
        return link_to_id(work.event.object_id)

    @admin.display(description="after")
    def after(self, work: Work) -> str:
        return link_to(work.event, work.event.type)

    @asks_reason("Try again now", needs=WORK_TRY_AGAIN)
    def try_again(self, request: HttpRequest, work: Work, reason: str) -> str:
        try_again(work, reason=reason, actor=actor_of(request), at=clock.now())
        return f"{work} will be tried again in a few seconds."

    def panels(self, work: Work) -> list[Panel]:
        return [events_panel(work.event_id)]


@admin.register(Reaction)
class ReactionAdmin(WorkAdmin):
    list_display = ("name", "status", "after", "about", "attempts", "due_at", "done_at", "last_error")
    list_filter = ("status", ("event__platform", OwnChoices))
    search_fields = ("=event__object_id", "=event__id", "=name")
    search_help_text = "The id of the document or of the event, or the reaction's name."
    fieldsets = (
        (None, {"fields": ("name", "status", "after", "about")}),
        ("Work", {"fields": ("attempts", "due_at", "leased_until", "done_at", "last_error")}),
    )


@admin.register(Delivery)
class DeliveryAdmin(WorkAdmin):
    list_display = (
        "id",
        "status",
        link("endpoint"),
        "after",
        "about",
        "attempts",
        "response_status",
        "due_at",
    )
    list_filter = ("status", ("endpoint", OwnChoices), ("event__platform", OwnChoices))
    list_select_related = ("event__platform", "endpoint")
    heavy = ("response_body",)
    search_fields = ("=event__object_id", "=event__id", "=id")
    search_help_text = "The id of the document, of the event or of the delivery."
    fieldsets = (
        (None, {"fields": ("id", "status", link("endpoint"), "after", "about")}),
        (
            "Work",
            {"fields": ("attempts", "first_tried_at", "due_at", "leased_until", "done_at", "last_error")},
        ),
        ("Answer", {"fields": ("response_status", "response_body")}),
    )

    def panels(self, delivery: Delivery) -> list[Panel]:
        return [panel("Attempts", delivery.log.all(), ATTEMPT_COLUMNS), *super().panels(delivery)]


ATTEMPT_COLUMNS = {
    "When (UTC)": lambda row: link_to(row, moment(row.at)),
    "Took": lambda row: f"{row.milliseconds} ms",
    "Answer": lambda row: row.response_status or "–",
    "Error": lambda row: row.error[:LONGEST_VALUE],
}


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(Window):
    platform_path = "delivery__endpoint__platform"
    list_display = ("at", link("delivery"), "response_status", "milliseconds", "error")
    list_filter = (("delivery__endpoint", OwnChoices),)
    list_select_related = ("delivery__endpoint",)
    ordering = ("-id",)
    heavy = ("request_headers", "request_body", "response_headers", "response_body")
    search_fields = ("=delivery__event__id", "=delivery__id")
    search_help_text = "The id of the event or of the delivery."
    fieldsets = (
        (None, {"fields": ("at", link("delivery"), "url", "milliseconds", "error")}),
        ("Sent", {"fields": ("sent_headers", "request_body")}),
        ("Came back", {"fields": ("response_status", "came_headers", "response_body")}),
    )

    @admin.display(description="headers")
    def sent_headers(self, attempt: DeliveryAttempt) -> str:
        return pretty(attempt.request_headers)

    @admin.display(description="headers")
    def came_headers(self, attempt: DeliveryAttempt) -> str:
        return pretty(attempt.response_headers)
