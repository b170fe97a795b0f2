"""A job does the same deed with many objects: each once, whatever becomes of the others."""

from datetime import timedelta
from functools import partial

import pytest

from billing.errors import BillingError, NotFound
from billing.events.models import Event
from billing.events.record import actor_id, nudge, request_id
from billing.events.relay import LEASE
from billing.jobs import run
from billing.jobs.create import create_job
from billing.jobs.models import Job, JobItem
from billing.jobs.resume import resume_job
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_paid_invoice,
    a_platform,
)
from tests.threads import at_once, deadlocks

from .working import a_job, items_of, work_on

pytestmark = pytest.mark.django_db


def ids_of(rows) -> list[str]:
    return [row.pk for row in rows]


def notes_of(platform) -> dict[str, CreditNote]:
    return {note.invoice_id: note for note in CreditNote.objects.for_platform(platform)}


# What it does


def test_each_invoice_of_a_job_is_credited_in_the_order_it_was_named(platform):
    invoices = [a_final_invoice(platform) for _ in range(3)]

    job = work_on(a_job(platform, "credit_invoice", ids_of(invoices), finalize=True, note="Outage"))

    notes = notes_of(platform)
    assert [item.result_id for item in items_of(job)] == [notes[invoice.pk].pk for invoice in invoices]
    assert [notes[invoice.pk].number for invoice in invoices] == [
        f"CR-2026-{place:06}" for place in (1, 2, 3)
    ]
    assert {note.note for note in notes.values()} == {"Outage"}
    assert (job.status, job.finished_at is not None) == ("DONE", True)


def test_a_refused_item_keeps_the_problem_that_the_api_would_answer_and_the_others_go_on(platform):
    credited = a_final_invoice(platform, number="INV-1")
    note = a_final_note(credited)
    open_invoice = a_final_invoice(platform)

    job = work_on(a_job(platform, "credit_invoice", [credited.pk, open_invoice.pk]))

    refused, done = items_of(job)
    assert (refused.status, done.status, job.status) == ("FAILED", "DONE", "DONE")
    assert refused.problem == {
        "type": "/v1/problems/nothing_left_to_credit",
        "title": "Nothing of this invoice is left to credit",
        "status": 409,
        "code": "nothing_left_to_credit",
        "detail": f"INV-1 has been credited in full by {note.number}.",
        "limit": "0.00",
        "currency": "EUR",
        "terms": refused.problem["terms"],
        "used_by": [{"id": note.pk, "number": note.number, "total": "121.00"}],
    }
    assert (refused.result_id, done.problem) == ("", None)


@pytest.mark.parametrize("whose", ["nobody's", "another platform's"])
def test_what_is_not_on_the_platform_is_not_found(platform, whose):
    other = a_final_invoice(a_platform("Zebra Holding"))
    object_id = other.pk if whose == "another platform's" else "inv_nothing"

    job = work_on(a_job(platform, "credit_invoice", [object_id]))

    [item] = items_of(job)
    assert (item.status, item.problem["code"], item.problem["status"]) == ("FAILED", "not_found", 404)
    assert not CreditNote.objects.exists()


def test_a_client_reaches_no_further_through_a_job(platform):
    own = a_final_invoice(platform)
    theirs = a_final_invoice(platform, buyer=a_customer(platform, name="Other SA", vat_number=""))
    seen = Platform.objects.get(pk=platform.pk)
    seen.seen_by = own.customer_id

    job = work_on(a_job(seen, "credit_invoice", [own.pk, theirs.pk]))

    assert [item.status for item in items_of(job)] == ["DONE", "FAILED"]
    assert [note.invoice_id for note in CreditNote.objects.all()] == [own.pk]
    assert job.customer_id == own.customer_id
    theirs_platform = Platform.objects.get(pk=platform.pk)
    theirs_platform.seen_by = theirs.customer_id
    with pytest.raises(NotFound):
        Job.objects.for_platform(theirs_platform).find(job.pk)


DEEDS = {
    "finalize_credit_note": ({"notify": False}, "FINAL"),
    "delete_credit_note": ({}, None),
    "hold_credit_note": ({}, "DRAFT"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_drafts_are_finalised_deleted_and_held(platform, deed):
    options, status = DEEDS[deed]
    draft = a_draft_note(a_final_invoice(platform))

    job = work_on(a_job(platform, deed, [draft.pk], **options))

    [item] = items_of(job)
    note = CreditNote.objects.filter(pk=draft.pk).first()
    assert item.status == "DONE"
    assert item.result_id == (draft.pk if note else "")
    assert (note.status if note else None) == status
    assert (note.on_hold if note else None) == (deed == "hold_credit_note" if note else None)


def test_notes_are_released_and_voided(platform):
    held = a_draft_note(a_final_invoice(platform), on_hold=True)
    final = a_final_note(a_final_invoice(platform))

    work_on(a_job(platform, "release_credit_note", [held.pk]))
    work_on(a_job(platform, "void_credit_note", [final.pk], reason="Wrong customer"))

    assert not CreditNote.objects.get(pk=held.pk).on_hold
    voided = CreditNote.objects.get(pk=final.pk)
    assert (voided.status, voided.void_reason) == ("VOID", "Wrong customer")


def test_whoever_asked_for_the_job_approves_and_not_what_they_wrote(platform):
    token = actor_id.set("usr_author")
    own = a_draft_note(a_final_invoice(platform))
    actor_id.reset(token)
    theirs = a_draft_note(a_final_invoice(platform))
    token = actor_id.set("usr_author")
    job = a_job(platform, "approve_credit_note", [own.pk, theirs.pk])
    actor_id.reset(token)

    work_on(job)

    assert [item.status for item in items_of(job)] == ["FAILED", "DONE"]
    assert items_of(job)[0].problem["code"] == "own_draft_not_approved"
    assert CreditNote.objects.get(pk=theirs.pk).approved_by == "usr_author"


def test_draft_invoices_are_finalised(platform):
    draft = a_draft_invoice(platform)

    work_on(a_job(platform, "finalize_invoice", [draft.pk], notify=False))

    assert Invoice.objects.get(pk=draft.pk).status == "FINAL"


def test_days_travel_as_texts_and_arrive_as_days(platform):
    invoice = a_final_invoice(platform)

    work_on(
        a_job(
            platform,
            "credit_invoice",
            [invoice.pk],
            date="2026-11-19",
            delivery_date="2026-11-01",
            credit_details_source="CURRENT",
        )
    )

    note = CreditNote.objects.get()
    assert (str(note.date), str(note.delivery.date), note.details_source) == (
        "2026-11-19",
        "2026-11-01",
        "CURRENT",
    )


# What it tells


def test_a_job_tells_of_its_beginning_and_of_its_end_once(platform):
    invoices = [a_final_invoice(platform), a_final_invoice(platform)]
    a_final_note(invoices[1])

    job = work_on(a_job(platform, "credit_invoice", ids_of(invoices)))
    work_on(job)
    for item in items_of(job):
        run.do_item(item_id=item.pk, at=NOON + 10 * LEASE)

    told = [(event.type, event.data) for event in Event.objects.filter(object_id=job.pk).order_by("id")]
    same = {"object": "job", "id": job.pk, "action": "credit", "object_type": "invoice", "total": 2}
    assert told == [
        (
            "billing.job.created",
            {"object": same | {"status": "RUNNING", "done": 0, "failed": 0, "pending": 2, "percent": 0}},
        ),
        (
            "billing.job.finished",
            {
                "object": same | {"status": "DONE", "done": 1, "failed": 1, "pending": 0, "percent": 100},
                "previous": {"status": "RUNNING"},
            },
        ),
    ]


def test_what_a_job_does_is_told_in_the_name_and_the_request_of_whoever_asked(platform):
    invoice = a_final_invoice(platform)
    tokens = actor_id.set("usr_clara"), request_id.set("req-42")
    job = a_job(platform, "credit_invoice", [invoice.pk])
    actor_id.reset(tokens[0])
    request_id.reset(tokens[1])

    work_on(job)

    drafted = Event.objects.get(type="billing.credit_note.drafted")
    finished = Event.objects.get(type="billing.job.finished")
    assert (drafted.actor, drafted.actor_id, drafted.request_id) == (CLERK, "usr_clara", "req-42")
    assert (finished.actor, finished.actor_id, finished.request_id) == (CLERK, "usr_clara", "req-42")
    assert (actor_id.get(), request_id.get()) == ("", "")


# What is refused


@pytest.mark.parametrize(
    ("ids", "code", "facts"),
    [
        ([], "no_items", {}),
        ([f"inv_{number}" for number in range(1001)], "too_many_items", {"limit": 1000, "requested": 1001}),
        (["inv_1", "inv_2", "inv_1"], "item_twice", {"items": ["inv_1"]}),
    ],
)
def test_a_job_takes_on_one_to_a_thousand_distinct_objects(platform, ids, code, facts):
    before = digest_of_rows()

    with pytest.raises(BillingError) as refused:
        create_job(
            platform=platform,
            deed="credit_invoice",
            object_ids=ids,
            options={},
            actor=CLERK,
            at=NOON,
            field="invoices",
        )

    assert (refused.value.code, refused.value.field, refused.value.facts) == (code, "invoices", facts)
    assert digest_of_rows() == before


# What fails


def test_what_crashes_is_tried_again_and_given_up_in_the_end_and_the_job_ends(platform):
    invoice, other = a_final_invoice(platform), a_final_invoice(platform)
    job = a_job(platform, "credit_invoice", [invoice.pk, other.pk], nonsense=True)
    first, second = items_of(job)

    for attempt in range(1, run.MOST_ATTEMPTS + 1):
        assert JobItem.objects.get(pk=first.pk).status == "PENDING"
        run.do_item(item_id=first.pk, at=NOON + attempt * timedelta(days=10_000))

    given_up = JobItem.objects.get(pk=first.pk)
    assert (given_up.status, given_up.attempts) == ("FAILED", run.MOST_ATTEMPTS)
    assert given_up.problem["code"] == "tried_in_vain"
    assert given_up.problem["status"] == 500
    assert "nonsense" in given_up.last_error
    assert "nonsense" not in str(given_up.problem)
    assert Job.objects.get().status == "RUNNING"
    for attempt in range(1, run.MOST_ATTEMPTS + 1):
        run.do_item(item_id=second.pk, at=NOON + attempt * timedelta(days=10_000))
    assert Job.objects.get().status == "DONE"
    assert not CreditNote.objects.exists()


def test_an_item_that_kills_every_worker_comes_to_an_end_too(platform):
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])
    [item] = items_of(job)

    for attempt in range(run.MOST_ATTEMPTS):
        assert JobItem.objects.claim(item.pk, at=NOON + attempt * LEASE, lease=LEASE)
    run.do_item(item_id=item.pk, at=NOON + run.MOST_ATTEMPTS * LEASE)

    [item] = items_of(job)
    assert (item.status, item.problem["code"]) == ("FAILED", "tried_in_vain")
    assert item.last_error.startswith("workers_died")
    assert Job.objects.get().status == "DONE"


def test_a_worker_whose_lease_ran_out_undoes_what_it_did(platform):
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk], finalize=True)
    [item] = items_of(job)
    slow = JobItem.objects.select_related("job__platform").claim(item.pk, at=NOON, lease=LEASE)
    quick = JobItem.objects.select_related("job__platform").claim(item.pk, at=NOON + LEASE, lease=LEASE)

    with pytest.raises(run.AnotherHasIt):
        run.do(slow, at=NOON)
    assert not CreditNote.objects.exists()
    run.do(quick, at=NOON + LEASE)

    assert CreditNote.objects.get().number == "CR-2026-000001"
    assert Job.objects.get().status == "DONE"


def test_an_item_is_done_once_however_often_it_is_handed_out(platform):
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])
    [item] = items_of(job)

    for minute in range(3):
        run.do_item(item_id=item.pk, at=NOON + minute * 2 * LEASE)

    assert CreditNote.objects.count() == 1
    assert items_of(job)[0].attempts == 1


# Handing out


def test_a_job_has_only_a_portion_on_its_way(platform):
    job = a_job(platform, "credit_invoice", [f"inv_{number}" for number in range(50)])
    later = NOON + timedelta(seconds=1)

    first = run.hand_out(job_id=job.pk, at=later)

    assert [item.pk for item in items_of(job)[: run.PORTION]] == first
    assert run.hand_out(job_id=job.pk, at=later) == []
    run.do_item(item_id=first[0], at=later)
    assert run.hand_out(job_id=job.pk, at=later) == [items_of(job)[run.PORTION].pk]


def test_the_sweep_finds_the_jobs_that_nobody_works_on(platform):
    lost = a_job(platform, "credit_invoice", ["inv_1"])
    done = work_on(a_job(platform, "credit_invoice", ["inv_1"]))

    assert run.sweep(at=NOON) == [lost.pk]
    run.hand_out(job_id=lost.pk, at=NOON)
    assert run.sweep(at=NOON) == []
    assert run.sweep(at=NOON + timedelta(seconds=61)) == [lost.pk]
    assert done.status == "DONE"


def test_work_that_waits_for_its_next_turn_does_not_hold_up_the_rest(platform):
    job = a_job(platform, "credit_invoice", [f"inv_{number}" for number in range(50)])
    later = NOON + timedelta(seconds=1)
    portion = run.hand_out(job_id=job.pk, at=later)
    JobItem.objects.filter(pk__in=portion).update(last_error="TypeError", leased_until=later)

    assert len(run.hand_out(job_id=job.pk, at=later)) == run.PORTION


# Resuming


def test_only_what_failed_is_done_again(platform):
    draft = a_draft_invoice(platform)
    invoice = a_final_invoice(platform)
    job = work_on(a_job(platform, "credit_invoice", [draft.pk, invoice.pk]))
    assert [item.status for item in items_of(job)] == ["FAILED", "DONE"]
    work_on(a_job(platform, "finalize_invoice", [draft.pk]))

    token = actor_id.set("usr_maria")
    resumed = resume_job(platform=platform, job_id=job.pk, actor="Maria Manager", at=NOON)
    actor_id.reset(token)
    assert (resumed.status, resumed.finished_at) == ("RUNNING", None)
    job = work_on(job)

    assert [item.status for item in items_of(job)] == ["DONE", "DONE"]
    assert items_of(job)[0].problem is None
    assert sorted(notes_of(platform)) == sorted([draft.pk, invoice.pk])
    again = Event.objects.get(type="billing.work.tried_again")
    assert (again.object_id, again.actor, again.actor_id) == (job.pk, "Maria Manager", "usr_maria")
    assert again.data["object"]["pending"] == 1
    assert again.data["previous"] == {"status": "DONE", "failed": 1, "pending": 0, "percent": 100}
    drafted = Event.objects.filter(type="billing.credit_note.drafted").last()
    assert (drafted.actor, drafted.actor_id) == ("Maria Manager", "usr_maria")
    assert Event.objects.filter(type="billing.job.finished", object_id=job.pk).count() == 2


def test_a_job_that_runs_or_has_done_everything_is_not_resumed(platform):
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])
    resume = partial(resume_job, platform=platform, job_id=job.pk, actor=CLERK, at=NOON)
    before = digest_of_rows()

    with pytest.raises(BillingError) as running:
        resume()
    assert digest_of_rows() == before
    work_on(job)
    before = digest_of_rows()
    with pytest.raises(BillingError) as done:
        resume()

    assert (running.value.code, running.value.status) == ("job_running", 409)
    assert (done.value.code, done.value.status) == ("nothing_to_resume", 409)
    assert digest_of_rows() == before


def test_another_platforms_job_does_not_exist(platform):
    job = work_on(a_job(platform, "credit_invoice", ["inv_1"]))

    with pytest.raises(NotFound):
        resume_job(platform=a_platform("Zebra Holding"), job_id=job.pk, actor=CLERK, at=NOON)


# Many at once


@pytest.mark.django_db(transaction=True)
def test_workers_who_do_the_last_items_at_once_end_the_job_once(transactional_db):
    platform = a_platform()
    invoices = [a_paid_invoice(platform) for _ in range(12)]
    job = a_job(platform, "credit_invoice", ids_of(invoices), finalize=True)
    before = deadlocks()

    outcomes = at_once([partial(run.do_item, item_id=item.pk, at=NOON) for item in items_of(job) * 2])

    assert outcomes == [None] * 24
    assert CreditNote.objects.count() == 12
    assert len({note.invoice_id for note in CreditNote.objects.all()}) == 12
    assert Job.objects.get().status == "DONE"
    assert Event.objects.filter(type="billing.job.finished").count() == 1
    assert deadlocks() == before


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_no_job(transactional_db, monkeypatch):
    platform = a_platform()
    monkeypatch.setattr("billing.events.record._broker_is_down_until", float("inf"))
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])
    nudge("go_on", room="jobs", job_id=[job.pk])

    [job_id] = run.sweep(at=NOON)
    work_on(Job.objects.get(pk=job_id))

    assert CreditNote.objects.count() == 1
