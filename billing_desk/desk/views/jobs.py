"""Jobs: the list, the page, trying again what was refused."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError, NotFound
from billing.jobs.models import Job
from billing.jobs.resume import resume_job
from billing.platforms.permissions import CREDIT_NOTE_VIEW
from billing_desk.desk import queries

from .base import DeskView
from .listing import wish_of

LONGEST_START = 4
"""Digits of a place among a job's items."""


class Jobs(DeskView):
    permissions = {"GET": CREDIT_NOTE_VIEW}
    section = "jobs"

    def get(self, request: HttpRequest) -> HttpResponse:
        listing = queries.job_list(member=self.member, wish=wish_of(request.GET))
        template = "_list.html" if self.wants_part else "list.html"
        return self.render(f"desk/jobs/{template}", listing=listing)


class JobPage(DeskView):
    """How far a job is. htmx asks again while it runs."""

    permissions = {"GET": CREDIT_NOTE_VIEW}
    section = "jobs"

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        start = request.GET.get("start", "")
        page = queries.job_page(
            member=self.member,
            job_id=job_id,
            state=request.GET.get("state", "all"),
            start=int(start) if start.isdecimal() and len(start) <= LONGEST_START else 0,
        )
        return self.render(f"desk/jobs/{'_job' if self.wants_part else 'page'}.html", page=page)


class ResumeJob(DeskView):
    permissions = {"POST": CREDIT_NOTE_VIEW}

    def post(self, request: HttpRequest, job_id: str) -> HttpResponse:
        job = Job.objects.for_platform(self.platform).find(job_id)
        if not queries.may_do(self.member, job):
            raise PermissionDenied(job.deed)
        try:
            resume_job(platform=self.platform, job_id=job_id, actor=self.actor, at=clock.now())
        except NotFound:
            raise
        except BillingError as refusal:
            messages.warning(request, refusal.detail)
        else:
            messages.success(request, "What was refused is tried again.")
        return redirect("desk:job", job_id)
