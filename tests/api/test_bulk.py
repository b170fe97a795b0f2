"""Many at once over the API: a job is begun, watched and resumed."""

import pytest

from billing.jobs.models import Job
from billing.platforms.models import ApiKey
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
)
from tests.jobs.working import work_on
from tests.work import do_all_work

pytestmark = pytest.mark.django_db


def ids_of(rows) -> list[str]:
    return [row.pk for row in rows]


def begun(answer) -> Job:
    """Return the job that an answer tells of."""
    assert answer.status == 202, answer.body
    return Job.objects.get(pk=answer.body["id"])


def test_many_invoices_are_credited_by_a_job_that_tells_how_far_it_is(platform, api):
    invoices = [a_final_invoice(platform) for _ in range(3)]
    a_final_note(invoices[1])

    answer = api(
        "POST",
        "credit-notes/bulk",
        {"action": "credit", "invoices": ids_of(invoices), "finalize": True, "note": "Outage in May"},
    )

    job = begun(answer)
    assert answer.headers["Location"] == f"/v1/jobs/{job.pk}"
    assert answer.body == {
        "object": "job",
        "id": job.pk,
        "action": "credit",
        "object_type": "invoice",
        "options": {"finalize": True, "note": "Outage in May", "notify": False},
        "status": "RUNNING",
        "total": 3,
        "done": 0,
        "failed": 0,
        "pending": 3,
        "percent": 0,
        "actor": answer.body["actor"],
        "created_at": answer.body["created_at"],
        "finished_at": None,
    }
    assert "Test key" in answer.body["actor"]
    assert api("GET", f"jobs/{job.pk}").body == answer.body

    work_on(job)

    body = api("GET", f"jobs/{job.pk}").body
    told = [body[name] for name in ("status", "done", "failed", "pending", "percent")]
    assert told == ["DONE", 2, 1, 0, 100]
    assert body["finished_at"]
    items = api("GET", f"jobs/{job.pk}/items?order_direction=asc").body["data"]
    assert [item["object_id"] for item in items] == ids_of(invoices)
    assert [item["status"] for item in items] == ["DONE", "FAILED", "DONE"]
    made = CreditNote.objects.get(pk=items[0]["result_id"])
    assert (made.invoice_id, made.status, made.note) == (invoices[0].pk, "FINAL", "Outage in May")
    assert items[1]["result_id"] is None
    assert items[1]["problem"] == api("POST", f"invoices/{invoices[1].pk}/credit", {}).body
    assert items[0]["problem"] is None


def test_items_are_narrowed_by_their_status_and_exported(platform, api):
    good, draft = a_final_invoice(platform), a_draft_invoice(platform)
    job = begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": [good.pk, draft.pk]}))
    work_on(job)

    failed = api("GET", f"jobs/{job.pk}/items?status=FAILED&include=total").body
    table = api("GET", f"jobs/{job.pk}/items?format=csv").content.decode()

    assert failed["total"] == 1
    assert [item["object_id"] for item in failed["data"]] == [draft.pk]
    assert failed["data"][0]["problem"]["code"] == "invoice_not_final"
    assert f"1,{draft.pk},FAILED,,invoice_not_final," in table


ACTIONS = {
    "finalize": ({}, "FINAL"),
    "void": ({"reason": "Wrong customer"}, "VOID"),
    "hold": ({}, "DRAFT"),
    "delete": ({}, None),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_many_credit_notes_are_finalised_voided_held_and_deleted(platform, api, action):
    options, status = ACTIONS[action]
    make = a_final_note if action == "void" else a_draft_note
    notes = [make(a_final_invoice(platform)) for _ in range(2)]

    job = begun(api("POST", "credit-notes/bulk", {"action": action, "credit_notes": ids_of(notes)} | options))
    work_on(job)

    left = CreditNote.objects.filter(pk__in=ids_of(notes))
    assert {note.status for note in left} == ({status} if status else set())
    assert {note.on_hold for note in left} <= {action == "hold"}
    assert api("GET", f"jobs/{job.pk}").body["done"] == 2


@pytest.mark.parametrize("of", ["credit_notes", "invoices"])
def test_many_papers_are_e_mailed(platform, api, of, outbox):
    invoices = [a_final_invoice(platform), a_final_invoice(platform)]
    papers = invoices if of == "invoices" else [a_final_note(invoice) for invoice in invoices]
    draft = a_draft_invoice(platform) if of == "invoices" else a_draft_note(a_final_invoice(platform))
    do_all_work()
    address = "invoices/bulk" if of == "invoices" else "credit-notes/bulk"

    body = {
        "action": "send",
        of: ids_of([*papers, draft]),
        "subject": "Your papers",
        "cc": ["cfo@bieres.example"],
    }
    job = begun(api("POST", address, body))
    work_on(job)
    do_all_work()

    assert api("GET", f"jobs/{job.pk}").body["done"] == 2
    assert api("GET", f"jobs/{job.pk}").body["failed"] == 1
    assert [message["Subject"] for message in outbox] == ["Your papers"] * 2
    assert {message["Cc"] for message in outbox} == {"cfo@bieres.example"}


def test_many_invoices_are_finalised(platform, api):
    drafts = [a_draft_invoice(platform), a_draft_invoice(platform)]

    work_on(begun(api("POST", "invoices/bulk", {"action": "finalize", "invoices": ids_of(drafts)})))

    assert {invoice.status for invoice in Invoice.objects.all()} == {"FINAL"}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_request", "action"),
        ({"action": "pay", "invoices": ["inv_1"]}, "invalid_request", "action"),
        ({"action": ["credit"], "invoices": ["inv_1"]}, "invalid_request", "action"),
        ([], "invalid_request", "action"),
        ({"action": "credit"}, "invalid_request", "invoices"),
        ({"action": "credit", "invoices": "inv_1"}, "invalid_request", "invoices"),
        ({"action": "credit", "invoices": [{}]}, "invalid_request", "invoices.0"),
        ({"action": "credit", "invoices": ["inv\0"]}, "invalid_request", "invoices.0"),
        ({"action": "credit", "invoices": ["i" * 41]}, "invalid_request", "invoices.0"),
        ({"action": "credit", "credit_notes": ["cn_1"]}, "invalid_request", "credit_notes"),
        ({"action": "credit", "invoices": ["inv_1"], "reason": "x"}, "invalid_request", "reason"),
        ({"action": "credit", "invoices": ["inv_1"], "notify": True}, "invalid_request", "notify"),
        ({"action": "credit", "invoices": ["inv_1"], "type": "gift"}, "invalid_request", "type"),
        ({"action": "credit", "invoices": ["inv_1"], "date": "soon"}, "invalid_request", "date"),
        (
            {"action": "credit", "invoices": ["inv_1"], "reason_code": "x"},
            "reason_code_unknown",
            "reason_code",
        ),
        ({"action": "void", "credit_notes": ["cn_1"]}, "invalid_request", "reason"),
        ({"action": "finalize", "credit_notes": []}, "no_items", "credit_notes"),
        ({"action": "finalize", "credit_notes": ["cn_1", "cn_1"]}, "item_twice", "credit_notes"),
        (
            {"action": "finalize", "credit_notes": [f"cn_{number}" for number in range(1001)]},
            "too_many_items",
            "credit_notes",
        ),
    ],
)
def test_what_is_wrong_with_the_request_is_said_at_once_and_begins_nothing(api, body, code, field):
    before = digest_of_rows()

    answer = api("POST", "credit-notes/bulk", body)

    assert (answer.status, answer.body["code"]) == (400, code)
    assert answer.body["field"] in (field, f"{field}.0")
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("permissions", "body", "missing"),
    [
        (("CREDIT_NOTE.VIEW",), {"action": "credit", "invoices": ["inv_1"]}, "INVOICE.CREDIT.CREATE"),
        (
            ("CREDIT_NOTE.VIEW", "INVOICE.CREDIT.CREATE"),
            {"action": "credit", "invoices": ["inv_1"], "finalize": True},
            "CREDIT_NOTE.FINALIZE",
        ),
        (
            ("CREDIT_NOTE.VIEW",),
            {"action": "void", "credit_notes": ["cn_1"], "reason": "x"},
            "CREDIT_NOTE.VOID",
        ),
        (("INVOICE.CREDIT.CREATE",), {"action": "credit", "invoices": ["inv_1"]}, "CREDIT_NOTE.VIEW"),
    ],
)
def test_an_action_needs_the_permission_that_it_needs_for_one(platform, caller, permissions, body, missing):
    answer = caller(platform, permissions)("POST", "credit-notes/bulk", body)

    assert (answer.status, answer.body["code"]) == (403, "permission_denied")
    assert answer.body["permission"] == missing
    assert not Job.objects.exists()


def test_a_platform_that_wants_a_reason_code_is_asked_before_the_job_begins(platform, api):
    platform.requires_reason = True
    platform.save()
    invoice = a_final_invoice(platform)

    refused = api("POST", "credit-notes/bulk", {"action": "credit", "invoices": [invoice.pk]})
    taken = api(
        "POST",
        "credit-notes/bulk",
        {"action": "credit", "invoices": [invoice.pk], "reason_code": "order_cancellation"},
    )

    assert (refused.status, refused.body["code"]) == (400, "reason_code_required")
    work_on(begun(taken))
    assert CreditNote.objects.get().reason_code == "order_cancellation"


def test_the_same_key_begins_one_job(platform, api):
    body = {"action": "credit", "invoices": [a_final_invoice(platform).pk]}

    first = api("POST", "credit-notes/bulk", body, Idempotency_Key="bulk-1")
    second = api("POST", "credit-notes/bulk", body, Idempotency_Key="bulk-1")

    assert second.body == first.body
    assert second.status == 202
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert Job.objects.count() == 1


def test_only_what_failed_is_done_again(platform, api):
    draft, invoice = a_draft_invoice(platform), a_final_invoice(platform)
    job = begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": [draft.pk, invoice.pk]}))
    running = api("POST", f"jobs/{job.pk}/resume", {})
    work_on(job)
    api("POST", f"invoices/{draft.pk}/finalize", {})

    answer = api("POST", f"jobs/{job.pk}/resume", {})

    assert (running.status, running.body["code"]) == (409, "job_running")
    assert (answer.status, answer.body["status"], answer.body["pending"]) == (202, "RUNNING", 1)
    assert answer.headers["Location"] == f"/v1/jobs/{job.pk}"
    work_on(job)
    assert api("GET", f"jobs/{job.pk}").body["done"] == 2
    again = api("POST", f"jobs/{job.pk}/resume", {})
    assert (again.status, again.body["code"]) == (409, "nothing_to_resume")
    assert CreditNote.objects.count() == 2


def test_resuming_needs_what_the_action_needs(platform, api, caller):
    job = work_on(begun(api("POST", "credit-notes/bulk", {"action": "finalize", "credit_notes": ["cn_1"]})))

    answer = caller(platform, ("CREDIT_NOTE.VIEW",))("POST", f"jobs/{job.pk}/resume", {})

    assert (answer.status, answer.body["permission"]) == (403, "CREDIT_NOTE.FINALIZE")


def test_another_platforms_jobs_and_papers_do_not_exist(platform, api, caller):
    other = a_platform("Zebra Holding")
    theirs = a_final_invoice(other)
    job = begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": [theirs.pk]}))
    work_on(job)
    stranger = caller(other)

    [item] = api("GET", f"jobs/{job.pk}/items").body["data"]
    assert (item["status"], item["problem"]["code"]) == ("FAILED", "not_found")
    for method, path in (("GET", ""), ("GET", "/items"), ("POST", "/resume")):
        assert stranger(method, f"jobs/{job.pk}{path}", None if method == "GET" else {}).status == 404
    assert stranger("GET", "jobs").body["data"] == []
    assert not CreditNote.objects.exists()


def test_a_client_credits_its_own_customers_invoices_only(platform, caller):
    own = a_final_invoice(platform)
    theirs = a_final_invoice(platform, buyer=a_customer(platform, name="Other SA", vat_number=""))
    client = caller(platform, ("CREDIT_NOTE.VIEW", "INVOICE.CREDIT.CREATE"))
    ApiKey.objects.filter(platform=platform).update(reach="client", customer=own.customer)

    job = begun(client("POST", "credit-notes/bulk", {"action": "credit", "invoices": [own.pk, theirs.pk]}))
    work_on(job)

    items = client("GET", f"jobs/{job.pk}/items?order_direction=asc").body["data"]
    assert [(item["status"], (item["problem"] or {}).get("code")) for item in items] == [
        ("DONE", None),
        ("FAILED", "not_found"),
    ]
    ApiKey.objects.filter(platform=platform).update(customer=theirs.customer)
    assert client("GET", f"jobs/{job.pk}").status == 404
    assert client("GET", "jobs").body["data"] == []


def test_jobs_are_listed_newest_first_and_narrowed(platform, api):
    jobs = [
        begun(api("POST", "credit-notes/bulk", {"action": "finalize", "credit_notes": [f"cn_{number}"]}))
        for number in range(3)
    ]
    begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": ["inv_1"]}))
    work_on(jobs[0])

    finalizing = api("GET", "jobs?action=finalize").body["data"]

    assert [job["id"] for job in finalizing] == ids_of(reversed(jobs))
    assert [job["id"] for job in api("GET", "jobs?status=DONE").body["data"]] == [jobs[0].pk]
    assert api("GET", "jobs?action=pay").status == 400
    assert len(api("GET", "jobs?limit=2").body["data"]) == 2


def test_a_list_of_jobs_costs_the_same_queries_however_long_it_is(
    platform, api, django_assert_max_num_queries
):
    begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": ["inv_1"]}))
    with django_assert_max_num_queries(20) as queries:
        api("GET", "jobs")
    usual = len(queries)
    for _ in range(8):
        begun(api("POST", "credit-notes/bulk", {"action": "credit", "invoices": ["inv_1", "inv_2"]}))

    with django_assert_max_num_queries(usual):
        assert len(api("GET", "jobs").body["data"]) == 9
