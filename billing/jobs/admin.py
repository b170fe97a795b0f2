"""A window on jobs and on what became of their items."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.events.admin import WORK_COLUMNS, events_panel, pretty
from billing.platforms.admin import (
    OwnChoices,
    Panel,
    Window,
    link,
    link_to,
    link_to_id,
    moment,
    one_of,
    panel,
)

from .deeds import deeds
from .models import Job, JobItem
from .progress import with_progress

MOST_ITEMS_SHOWN = 100


@admin.register(Job)
class JobAdmin(Window):
    list_display = ("created_at", "deed", "status", "counts", "actor", "finished_at", link("platform"))
    list_display_links = ("created_at",)
    list_filter = ("status", one_of("deed", sorted(deeds())), ("platform", OwnChoices), "created_at")
    list_select_related = ("platform",)
    ordering = ("-id",)
    search_fields = ("=id", "=request_id", "actor")
    search_help_text = "The id of the job or of its request, or who asked for it."
    fieldsets = (
        (None, {"fields": ("deed", "said", "status", "counts", "created_at", "finished_at")}),
        (None, {"fields": ("id", link("platform"), "customer_id", "actor", "actor_id", "request_id")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_progress(super().get_queryset(request))

    @admin.display(description="items")
    def counts(self, job: Job) -> str:
        return f"{job.done} done, {job.failed} refused, of {job.total}"

    @admin.display(description="options")
    def said(self, job: Job) -> str:
        return pretty(job.options)

    def panels(self, job: Job) -> list[Panel]:
        columns = {
            "Item": lambda item: link_to(item, str(item.position)),
            "Of": lambda item: link_to_id(item.object_id),
            "Result": lambda item: link_to_id(item.result_id),
            "Problem": lambda item: item.problem["detail"] if item.problem else "",
            **WORK_COLUMNS,
        }
        items = JobItem.objects.filter(job=job).order_by("position")
        return [panel("Items", items, columns, most=MOST_ITEMS_SHOWN), events_panel(job.pk)]


@admin.register(JobItem)
class JobItemAdmin(Window):
    platform_path = "job__platform"
    list_display = ("id", link("job"), "position", "status", "of", "result", "attempts", "done")
    list_filter = ("status", ("job__platform", OwnChoices))
    list_select_related = ("job__platform",)
    heavy = ("problem",)
    ordering = ("-id",)
    search_fields = ("=object_id", "=result_id", "=id", "=job__id")
    search_help_text = "The id of the document, of the item or of the job."
    fieldsets = (
        (None, {"fields": ("id", link("job"), "position", "status", "of", "result", "what_was_wrong")}),
        ("Work", {"fields": ("attempts", "due_at", "leased_until", "done_at", "last_error")}),
    )

    @admin.display(description="of")
    def of(self, item: JobItem) -> str:
        return link_to_id(item.object_id)

    @admin.display(description="result")
    def result(self, item: JobItem) -> str:
        return link_to_id(item.result_id)

    @admin.display(description="done (UTC)")
    def done(self, item: JobItem) -> str:
        return moment(item.done_at)

    @admin.display(description="problem")
    def what_was_wrong(self, item: JobItem) -> str:
        return pretty(item.problem)
