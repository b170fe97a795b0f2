"""Jobs over the API: how far they are, what became of each item, and doing again what failed."""

from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import NothingIn, ObjectOut
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.permissions import require
from billing.api.schema import ProblemOut, list_of, operation
from billing.api.views import BillingView
from billing.jobs.create import create_job
from billing.jobs.deeds import deed_named, deeds
from billing.jobs.models import Job, JobItem
from billing.jobs.progress import parts_of, progress_of, with_progress
from billing.jobs.resume import resume_job
from billing.lists import Choice, Id, Listing, Moment
from billing.platforms import permissions


class Action(Choice):
    """What is done, to whatever: the first word of a deed's name."""

    OPERATORS = ("is",)

    def __init__(self) -> None:
        super().__init__("deed", ())

    def condition(self, operator: str, text: str) -> Q:
        self.words = sorted({parts_of(name)[0] for name in deeds()})
        return Q(deed__startswith=f"{self.read(text)}_")


JOBS = Listing(
    filters={
        "action": Action(),
        "status": Choice("status", Job.Status.choices),
        "created_at": Moment("created_at"),
        "finished_at": Moment("finished_at"),
    },
)
JOB_ITEMS = Listing(
    filters={
        "status": Choice("status", JobItem.Status.choices),
        "object_id": Id("object_id"),
        "result_id": Id("result_id"),
    },
    orders={"position": (F("position"),)},
    columns={
        "position": "position",
        "object_id": "object_id",
        "status": "status",
        "result_id": "result_id",
        "code": "problem__code",
        "detail": "problem__detail",
        "done_at": "done_at",
    },
)


class JobOut(serializers.Serializer):
    """The same action with many objects. It is RUNNING until every item has been DONE or has FAILED.

    `options` are those of the request.
    """

    object = ObjectOut("job")
    id = serializers.CharField()
    action = serializers.SerializerMethodField()
    object_type = serializers.SerializerMethodField(help_text="`invoice` or `credit_note`.")
    options = serializers.DictField()
    status = serializers.ChoiceField(choices=Job.Status.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    pending = serializers.SerializerMethodField()
    percent = serializers.SerializerMethodField(help_text="Of the items, how many have ended.")
    actor = serializers.CharField(help_text="Who asked for it, or resumed it last.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_action(self, job: Job) -> str:
        return parts_of(job.deed)[0]

    def get_object_type(self, job: Job) -> str:
        return parts_of(job.deed)[1]

    def get_pending(self, job: Job) -> int:
        return progress_of(job)["pending"]

    def get_percent(self, job: Job) -> int:
        return progress_of(job)["percent"]


class JobItemOut(serializers.Serializer):
    """One object of a job, and what has come of it: the id of a note, or the problem that was in the way."""

    object = ObjectOut("job_item")
    id = serializers.CharField()
    position = serializers.IntegerField(help_text="From 0, in the order of the request.")
    object_id = serializers.CharField()
    status = serializers.ChoiceField(choices=JobItem.Status.choices)
    result_id = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    done_at = serializers.DateTimeField(allow_null=True)

    def get_result_id(self, item: JobItem) -> str | None:
        return item.result_id or None

    @extend_schema_field(ProblemOut(allow_null=True))
    def get_problem(self, item: JobItem) -> dict[str, Any] | None:
        return item.problem


class JobView(BillingView):
    """A view of one platform's jobs."""

    def jobs(self) -> QuerySet[Job]:
        return Job.objects.for_platform(self.platform)

    def show(self, job_id: str, **options: Any) -> Response:
        return Response(JobOut(with_progress(self.jobs()).find(job_id)).data, **options)

    def begin(
        self, request: Request, deed: str, object_ids: list[str], options: dict[str, Any], **more: Any
    ) -> Response:
        """Have a deed done with many objects, for whoever may do it with one; answer with the job."""
        for permission in deed_named(deed).permissions(options):
            require(request, permission)
        job = create_job(
            platform=self.platform,
            deed=deed,
            object_ids=object_ids,
            options=options,
            actor=self.actor,
            at=clock.now(),
            **more,
        )
        return self.show(job.pk, status=202, headers={"Location": f"/v1/jobs/{job.pk}"})


class Jobs(JobView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_jobs",
        "List jobs",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(JobOut),
        listing=JOBS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return answer_list(request, JOBS, with_progress(self.jobs()), JobOut)


class OneJob(JobView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "retrieve_job",
        "Retrieve a job: how far it is",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=JobOut,
        refusals=(404,),
    )
    def get(self, request: Request, job_id: str) -> Response:
        return self.show(job_id)


class JobItems(JobView):
    needs: ClassVar = {"GET": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "list_job_items",
        "List the items of a job, each with its result or its problem",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=list_of(JobItemOut),
        listing=JOB_ITEMS,
        refusals=(404,),
    )
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        items = JobItem.objects.filter(job=self.jobs().find(job_id))
        return answer_list(request, JOB_ITEMS, items, JobItemOut)


class Resume(JobView):
    needs: ClassVar = {"POST": permissions.CREDIT_NOTE_VIEW}

    @operation(
        "resume_job",
        "Do the failed items of a job again; needs the permissions of the job's action too",
        permission=permissions.CREDIT_NOTE_VIEW,
        answers=JobOut,
        status=202,
        body=NothingIn,
        refusals=(404, 409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, job_id: str) -> Response:
        NothingIn.read(request)
        job = self.jobs().find(job_id)
        for permission in deed_named(job.deed).permissions(job.options):
            require(request, permission)
        resume_job(platform=self.platform, job_id=job_id, actor=self.actor, at=clock.now())
        return self.show(job_id, status=202, headers={"Location": f"/v1/jobs/{job_id}"})
