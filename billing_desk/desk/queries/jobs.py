"""Jobs: the list, and the page on which one watches a job and sees what became of each item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from billing.jobs.deeds import deed_named
from billing.jobs.models import Job, JobItem
from billing.jobs.progress import progress_of, with_progress
from billing.platforms.models import BillingEntity, Member
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from invoices.models import Invoice

from .badges import Badge
from .bulk import BULK_DEEDS, label_of, said
from .paging import Listing, Tab, Wish, page_of

ITEMS_ON_A_PAGE = 50
FEW = 5
STAYS_FOR = timedelta(days=7)
"""How long the overview tells of what was refused."""
STATES = {"all": "All", "failed": "Refused", "done": "Done", "pending": "Waiting"}
RUNNING = Badge("Running", "brand", "loader")
DONE = Badge("Done", "ok", "circle-check")
ITEM_BADGES = {
    "PENDING": Badge("Waiting", "plain", "clock"),
    "DONE": DONE,
    "FAILED": Badge("Refused", "bad", "circle-x"),
}


@dataclass(frozen=True)
class JobRow:
    id: str
    title: str
    who: str
    at: datetime
    badge: Badge
    is_running: bool
    total: int
    done: int
    failed: int
    pending: int
    percent: int

    @property
    def ended(self) -> int:
        return self.done + self.failed


@dataclass(frozen=True)
class ItemRow:
    """An item, and what became of it. An empty address leads nowhere: the thing is gone, or never was."""

    label: str
    address: str
    badge: Badge
    result: str
    result_address: str
    refusal: str


@dataclass(frozen=True)
class JobPage:
    row: JobRow
    finished_at: datetime | None
    kind: str
    items: list[ItemRow]
    tabs: list[Tab]
    state: str
    before: str
    after: str
    may_resume: bool


def job_list(*, member: Member, wish: Wish) -> Listing:
    """Return a page of a platform's jobs, the newest first."""
    jobs = Job.objects.for_platform(member.platform)
    keys, newer, older = page_of(jobs.values("id"), wish)
    rows = with_progress(jobs).filter(pk__in=[key["id"] for key in keys]).order_by("-pk")
    zone = zone_of(member)
    return Listing([job_row(job, zone) for job in rows], wish, [], newer, older)


def jobs_to_look_at(member: Member, *, at: datetime) -> list[JobRow]:
    """Return the jobs that run, and the latest of which something was refused."""
    recent = Q(status=Job.Status.RUNNING) | Q(finished_at__gte=at - STAYS_FOR)
    jobs = with_progress(Job.objects.for_platform(member.platform).filter(recent))
    rows = list(jobs.filter(Q(status=Job.Status.RUNNING) | Q(failed__gt=0)).order_by("-pk")[:FEW])
    zone = zone_of(member) if rows else None
    return [job_row(job, zone) for job in rows if zone]


def zone_of(member: Member) -> ZoneInfo:
    """Return the time zone in which a platform reads its jobs: that of its first billing entity."""
    entity = BillingEntity.objects.for_platform(member.platform).order_by("pk").first()
    return ZoneInfo(entity.time_zone if entity else "UTC")


def job_row(job: Job, zone: ZoneInfo) -> JobRow:
    """Return a job in words. It comes `with_progress`."""
    return JobRow(
        id=job.pk,
        title=f"{BULK_DEEDS[job.deed].doing} {said(job.total, kind_of(job))}",
        who=job.actor,
        at=job.created_at.astimezone(zone),
        badge=badge_of(job),
        is_running=job.status == Job.Status.RUNNING,
        **progress_of(job),
    )


def kind_of(job: Job) -> str:
    return BULK_DEEDS[job.deed].kind


def badge_of(job: Job) -> Badge:
    if job.status == Job.Status.RUNNING:
        return RUNNING
    return Badge(f"{job.failed:,} refused", "warn", "triangle-alert") if job.failed else DONE


def job_page(*, member: Member, job_id: str, state: str, start: int) -> JobPage:
    """Return a job, and its items of a state from the `start`-th on.

    :raises NotFound: the platform has no such job.
    """
    job = with_progress(Job.objects.for_platform(member.platform)).find(job_id)
    zone, state = zone_of(member), state if state in STATES else "all"
    items = JobItem.objects.filter(job=job).order_by("position")
    if state != "all":
        items = items.filter(status=state.upper())
    shown = list(items[start : start + ITEMS_ON_A_PAGE + 1])
    page, has_more = shown[:ITEMS_ON_A_PAGE], len(shown) > ITEMS_ON_A_PAGE
    ended = job.status == Job.Status.DONE
    return JobPage(
        row=job_row(job, zone),
        finished_at=job.finished_at.astimezone(zone) if job.finished_at else None,
        kind=kind_of(job),
        items=item_rows(member, job, page),
        tabs=[Tab(words, address(state=name), name == state) for name, words in STATES.items()],
        state=state,
        before=address(state=state, start=max(start - ITEMS_ON_A_PAGE, 0)) if start else "",
        after=address(state=state, start=start + ITEMS_ON_A_PAGE) if has_more else "",
        may_resume=bool(ended and job.failed and may_do(member, job)),
    )


def may_do(member: Member, job: Job) -> bool:
    return all(may(member, permission) for permission in deed_named(job.deed).permissions(job.options))


def address(**wish: Any) -> str:
    return "?" + urlencode({name: value for name, value in wish.items() if value and value != "all"})


def item_rows(member: Member, job: Job, items: Sequence[JobItem]) -> list[ItemRow]:
    """Return items with the numbers of what they are about and of what has come of them."""
    ids = [pk for item in items for pk in (item.object_id, item.result_id) if pk]
    numbers = {
        "invoice": numbers_of(Invoice, member, ids),
        "credit_note": numbers_of(CreditNote, member, ids),
    }
    kind = kind_of(job)
    return [item_row(item, kind, numbers) for item in items]


def numbers_of(model: Any, member: Member, ids: Sequence[str]) -> dict[str, str]:
    """Return the numbers of the papers that are there, by their ids."""
    return dict(model.objects.for_platform(member.platform).filter(pk__in=ids).values_list("pk", "number"))


def item_row(item: JobItem, kind: str, numbers: dict[str, dict[str, str]]) -> ItemRow:
    result_kind = "credit_note" if item.result_id.startswith("cn_") else "invoice"
    is_new = bool(item.result_id) and item.result_id != item.object_id
    return ItemRow(
        label=label_of(kind, item.object_id, numbers[kind].get(item.object_id, "")),
        address=address_of(kind, item.object_id) if item.object_id in numbers[kind] else "",
        badge=ITEM_BADGES[item.status],
        result=label_of(result_kind, item.result_id, numbers[result_kind].get(item.result_id, ""))
        if is_new
        else "",
        result_address=address_of(result_kind, item.result_id)
        if item.result_id in numbers[result_kind]
        else "",
        refusal=item.problem["detail"] if item.problem else "",
    )


def address_of(kind: str, object_id: str) -> str:
    return reverse(f"desk:{kind}", args=[object_id])
