"""Many at once at the desk: rows are ticked, a page asks first, a job page shows what has come of each."""

import re

import pytest

from billing.jobs.models import Job
from billing.platforms.models import Customer
from credit_notes.models import CreditNote
from tests.desk.conftest import text_of
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_platform,
)
from tests.jobs.working import a_job, work_on

pytestmark = pytest.mark.django_db


def ticked(deed: str, *rows, **more) -> dict:
    """Return what the bar of a list sends."""
    return {"deed": deed, "id": [row.pk for row in rows], "list": "?"} | more


def confirmed(client, deed: str, *rows, **said):
    return client.post("/bulk/", {"deed": deed, "id": [row.pk for row in rows]} | said, follow=True)


def test_a_list_offers_what_a_person_may_do_with_many(clerk, viewer, platform):
    a_draft_note(a_final_invoice(platform))

    pages = [clerk.get(path).content.decode() for path in ("/credit-notes/", "/invoices/")]
    notes, invoices = (page.split('id="bulk-deed"')[1] for page in pages)

    assert re.findall(r'<option value="(\w+)"', notes) == [
        "finalize_credit_note",
        "send_credit_note",
        "approve_credit_note",
        "hold_credit_note",
        "release_credit_note",
        "delete_credit_note",
        "void_credit_note",
    ]
    assert re.findall(r'<option value="(\w+)"', invoices) == [
        "credit_invoice",
        "finalize_invoice",
        "send_invoice",
    ]
    for path in ("/credit-notes/", "/invoices/"):
        page = viewer.get(path).content.decode()
        assert 'name="id"' not in page
        assert 'id="bulk"' not in page


def test_crediting_many_asks_first_what_it_comes_to(clerk, platform):
    invoices = [a_final_invoice(platform), a_final_invoice(platform, lines=[a_line("50.00")])]
    credited, draft = a_final_invoice(platform), a_draft_invoice(platform)
    a_final_note(credited)
    yen = a_final_invoice(platform, currency="JPY", lines=[a_line("1000", currency="JPY")])

    page = text_of(clerk.get("/bulk/", ticked("credit_invoice", *invoices, credited, draft, yen)))

    assert "Credit 3 invoices Of 1 customer" in page
    assert "2 of those you chose are left out: drafts, or credited in full already." in page
    assert "Invoices 3 To credit in EUR €181.50 To credit in JPY JP¥1,210" in page
    assert "You get drafts, unless you finalise them at once." in page
    assert not Job.objects.exists()
    assert CreditNote.objects.count() == 1


def test_a_job_is_begun_and_its_page_shows_what_has_come_of_each(clerk, platform):
    good, other = a_final_invoice(platform, number="INV-1"), a_final_invoice(platform, number="INV-2")
    answer = confirmed(clerk, "credit_invoice", good, other, note="Outage", finalize="on")

    job = Job.objects.get()
    assert answer.redirect_chain == [(f"/jobs/{job.pk}/", 302)]
    page = text_of(answer)
    assert "“Credit 2 invoices” has begun." in page
    assert "Credit 2 invoices Running Clara Clerk" in page
    assert "Done 0 Refused 0 Waiting 2 All 2" in page
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert job.options == {"note": "Outage", "finalize": True}

    a_final_note(other)
    work_on(job)
    answer = clerk.get(f"/jobs/{job.pk}/")

    note = CreditNote.objects.get(invoice=good)
    page = text_of(answer)
    assert "Credit 2 invoices 1 refused Clara Clerk" in page
    assert f"INV-1 Done {note.number}" in page
    assert "INV-2 Refused INV-2 has been credited in full by" in page
    assert f'href="/credit-notes/{note.pk}/"' in answer.content.decode()
    assert "hx-trigger" not in answer.content.decode().split('id="job"')[1].split(">")[0]
    assert (note.status, note.note) == ("FINAL", "Outage")


def test_htmx_is_answered_with_the_progress_alone(clerk, platform):
    job = a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])

    part = clerk.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert part.lstrip().startswith('<div id="job"')


def test_finalising_many_warns_that_there_is_no_way_back(clerk, platform):
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(2)]
    Customer.objects.update(email="")

    page = text_of(clerk.get("/bulk/", ticked("finalize_credit_note", *drafts)))

    assert "Finalise 2 credit notes" in page
    assert "They are final: there is no way back." in page
    assert "1 customer has no e-mail address: if e-mail is asked for, theirs are refused." in page
    confirmed(clerk, "finalize_credit_note", *drafts)
    work_on(Job.objects.get())
    assert {note.status for note in CreditNote.objects.all()} == {"FINAL"}


def test_e_mailing_many_says_to_whom_it_cannot_go_and_what_follows(clerk, platform):
    note = a_final_note(a_final_invoice(platform))
    Customer.objects.update(email="")

    page = text_of(clerk.get("/bulk/", ticked("send_credit_note", note)))

    assert "E-mail 1 credit note" in page
    assert "What has left the house can no longer be voided" in page
    assert "1 customer has no e-mail address: theirs are refused." in page
    confirmed(clerk, "send_credit_note", note, message="As agreed on the phone.")
    job = work_on(Job.objects.get())
    assert job.options == {"message": "As agreed on the phone."}
    assert job.items.get().problem["code"] == "no_recipient"


def test_all_that_a_list_shows_can_be_chosen_beyond_its_page(clerk, platform):
    buyer = a_customer(platform, name="Zulu SA", vat_number="")
    for number in range(27):
        a_draft_note(a_final_invoice(platform, buyer=buyer, number=f"Z-{number:02}"))
    other = a_customer(platform, name="Alpha SA", vat_number="")
    a_draft_note(a_final_invoice(platform, buyer=other))

    wish = {"deed": "hold_credit_note", "all": "1", "list": "?q=Zulu&state=draft"}
    answer = clerk.get("/bulk/", wish)

    assert "Put on hold 27 credit notes" in text_of(answer)
    ids = re.findall(r'name="id" value="(\w+)"', answer.content.decode())
    assert len(ids) == 27
    assert ids == sorted(ids)
    assert "All that match, on every page" in text_of(clerk.get("/credit-notes/?q=Zulu&state=draft"))


@pytest.mark.parametrize("deed", ["void_credit_note", "credit_invoice"])
def test_what_must_be_said_is_asked_for(clerk, platform, deed):
    invoice = a_final_invoice(platform)
    row = invoice if deed == "credit_invoice" else a_final_note(invoice)
    platform.requires_reason = True
    platform.save()

    answer = confirmed(clerk, deed, row)

    assert answer.status_code == 400
    assert "Say why." in text_of(answer) or "This field is required." in text_of(answer)
    assert not Job.objects.exists()


def test_without_a_ticked_row_one_is_sent_back_and_told(clerk, platform):
    final = a_final_note(a_final_invoice(platform))

    nothing = clerk.get("/bulk/", {"deed": "finalize_credit_note"}, follow=True)
    unfit = clerk.get("/bulk/", ticked("finalize_credit_note", final), follow=True)

    assert nothing.redirect_chain == [("/credit-notes/", 302)]
    assert "Tick some rows of the list first." in text_of(nothing)
    assert "What was chosen is final already." in text_of(unfit)


def test_what_a_person_may_not_do_with_one_they_may_not_do_with_many(viewer, platform):
    draft = a_draft_note(a_final_invoice(platform))

    assert viewer.get("/bulk/", ticked("finalize_credit_note", draft)).status_code == 403
    assert confirmed(viewer, "finalize_credit_note", draft).status_code == 403
    assert viewer.get("/bulk/", {"deed": "pay_everything"}).status_code == 404
    job = work_on(a_job(platform, "finalize_credit_note", ["cn_nothing"]))
    assert viewer.get(f"/jobs/{job.pk}/").status_code == 200
    assert "Try the refused again" not in text_of(viewer.get(f"/jobs/{job.pk}/"))
    assert viewer.post(f"/jobs/{job.pk}/resume/").status_code == 403
    assert not Job.objects.filter(status="RUNNING").exists()


def test_another_platforms_rows_and_jobs_do_not_exist(clerk, platform):
    theirs = a_draft_note(a_final_invoice(a_platform("Zebra Holding")))
    job = a_job(theirs.platform, "finalize_credit_note", [theirs.pk])

    answer = clerk.get("/bulk/", ticked("finalize_credit_note", theirs), follow=True)

    assert "Tick some rows of the list first." in text_of(answer)
    assert clerk.get(f"/jobs/{job.pk}/").status_code == 404
    assert clerk.post(f"/jobs/{job.pk}/resume/").status_code == 404
    assert "No jobs yet" in text_of(clerk.get("/jobs/"))


def test_what_was_refused_is_tried_again(clerk, platform):
    draft = a_draft_invoice(platform)
    job = work_on(a_job(platform, "credit_invoice", [draft.pk]))
    work_on(a_job(platform, "finalize_invoice", [draft.pk]))

    answer = clerk.post(f"/jobs/{job.pk}/resume/", follow=True)

    assert "What was refused is tried again." in text_of(answer)
    assert "Credit 1 invoice Running" in text_of(answer)
    work_on(job)
    assert CreditNote.objects.count() == 1
    late = clerk.post(f"/jobs/{job.pk}/resume/", follow=True)
    assert "All 1 items are done." in text_of(late)


def test_the_items_of_a_job_are_narrowed_and_paged(clerk, platform):
    job = work_on(a_job(platform, "finalize_credit_note", [f"cn_{number:03}" for number in range(60)]))

    first = clerk.get(f"/jobs/{job.pk}/")
    second = clerk.get(f"/jobs/{job.pk}/?start=50")

    assert len(re.findall("There is no credit note", text_of(first))) == 50
    assert len(re.findall("There is no credit note", text_of(second))) == 10
    assert "No item is in that state." in text_of(clerk.get(f"/jobs/{job.pk}/?state=done"))
    for odd in ("start=-1", "start=x", "start=99999999999", "state=odd", "start=9999"):
        assert clerk.get(f"/jobs/{job.pk}/?{odd}").status_code == 200


def test_the_overview_tells_of_jobs_that_run_or_were_refused_something(clerk, platform):
    a_job(platform, "credit_invoice", [a_final_invoice(platform).pk])
    work_on(a_job(platform, "finalize_credit_note", ["cn_nothing"]))
    work_on(a_job(platform, "hold_credit_note", [a_draft_note(a_final_invoice(platform)).pk]))

    page = text_of(clerk.get("/"))

    assert "Credit 1 invoice Clara Clerk" in page
    assert "Finalise 1 credit note Clara Clerk" in page
    assert "Put on hold 1 credit note" not in page
    assert "Put on hold 1 credit note" in text_of(clerk.get("/jobs/"))


def test_the_pages_of_jobs_cost_the_same_queries_however_long_they_are(
    clerk, platform, django_assert_max_num_queries
):
    job = work_on(a_job(platform, "credit_invoice", [a_final_invoice(platform).pk]))
    with django_assert_max_num_queries(20) as queries:
        clerk.get(f"/jobs/{job.pk}/")
    usual = len(queries)
    long = work_on(a_job(platform, "credit_invoice", [a_final_invoice(platform).pk for _ in range(30)]))

    with django_assert_max_num_queries(usual):
        clerk.get(f"/jobs/{long.pk}/")
