"""The audit of books that are right, and how it is told what is wrong with others."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from billing.platforms.models import Platform
from billing_desk.audit import audit
from billing_desk.audit.laws import LAWS
from billing_desk.audit.nightly import last_audit
from billing_desk.demo import seed
from billing_desk.tasks import audit_books
from tests.books import digest_of_rows
from tests.factories import NOON, a_final_invoice, a_final_note
from tests.work import do_all_work

from .faults import FAULTS, commit


def test_books_in_which_everything_happened_are_right(story):
    before = digest_of_rows()

    report = audit()

    assert [str(finding) for finding in report.findings] == []
    assert report.looked_at["invoices"] > 10
    assert report.looked_at["credit_notes"] == 11
    assert report.looked_at["files"] > 20
    assert digest_of_rows() == before


def test_the_demo_is_right(story):
    platform = seed(username="maria", password="secret-42", api_key="key", at=NOON)
    do_all_work()

    report = audit(platform_id=platform.pk)

    assert [str(finding) for finding in report.findings] == []
    assert 0 < report.looked_at["credit_notes"] < report.looked_at["invoices"]


def test_a_platform_is_audited_apart_from_others(story):
    commit(FAULTS["an allocation was thrown away"], story)

    assert not audit(platform_id=story.platform, files=False).holds
    assert audit(platform_id=story.stranger, files=False).holds


def test_a_row_that_another_platform_refers_to_is_found_from_both_sides(story):
    commit(FAULTS["an invoice was moved to another platform"], story)

    for platform in (story.platform, story.stranger):
        laws = audit(platform_id=platform, files=False).by_law()
        assert "no_row_refers_to_another_platform" in laws


def test_the_command_says_that_all_holds(story, capsys):
    call_command("audit")

    told = capsys.readouterr().out.splitlines()
    assert len(told) == 1
    assert told[0].endswith("All of them hold.")


def test_the_command_names_each_finding_on_a_line_and_fails(story, capsys):
    commit(FAULTS["a note's number was changed"], story)

    with pytest.raises(CommandError, match=r"^2 findings\.$") as caught:
        call_command("audit", "--no-files", platform=story.platform)

    assert caught.value.returncode == 1
    written, frozen, summary = capsys.readouterr().out.splitlines()
    number = "CR-2026-000001"
    assert written == (
        f"law 6: numbers_are_written_by_their_series: {story.half} CR-2026-000777: "
        f"its number is CR-2026-000777, should be {number}"
    )
    assert frozen == (
        f"law 8: columns_say_what_was_frozen: {story.half} CR-2026-000777: "
        f"number is CR-2026-000777, should be {number}"
    )
    assert ", 0 files, " in summary
    assert summary.endswith("2 of them are broken.")


def test_the_command_writes_json(story, capsys):
    commit(FAULTS["an adjustment was taken out of its debt"], story)

    with pytest.raises(CommandError):
        call_command("audit", "--no-files", "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    assert {finding["law"] for finding in told["findings"]} >= {"an_adjustment_clears_debt_whole"}
    [finding] = [one for one in told["findings"] if one["law"] == "an_adjustment_clears_debt_whole"]
    assert finding == {
        "article": 4,
        "law": "an_adjustment_clears_debt_whole",
        "document": story.adjustment,
        "number": finding["number"],
        "what": "amount_allocated of an adjustment",
        "stored": "0.00",
        "expected": "53.78",
    }


def test_the_command_knows_only_platforms_that_are_there(story):
    with pytest.raises(CommandError, match="Name one platform"):
        call_command("audit", platform="nobody's")


def test_at_night_what_is_wrong_is_logged_as_an_error_and_remembered(story, client):
    with capture_logs() as quiet:
        audit_books()
    commit(FAULTS["a payment was thrown away"], story)
    with capture_logs() as loud:
        audit_books()

    assert [(entry["log_level"], entry["event"]) for entry in quiet] == [("info", "The books are right.")]
    [entry] = loud
    assert (entry["log_level"], entry["event"]) == ("error", "The books are wrong.")
    assert entry["laws"]["settled_amounts_are_sums_of_rows"] == 1
    assert entry["found"] == last_audit()["found"] == sum(entry["laws"].values())
    assert client.get("/readyz").json()["audit"]["laws"] == entry["laws"]


def test_more_papers_take_no_more_queries(story):
    with CaptureQueriesContext(connection) as few:
        audit(files=False)
    platform = Platform.objects.get(pk=story.platform)
    for _ in range(5):
        a_final_note(a_final_invoice(platform))

    with CaptureQueriesContext(connection) as more:
        assert audit(files=False).holds

    assert len(more) == len(few)
    laws = sum(map(len, LAWS.values()))
    assert len(few) < 4 * laws


@pytest.mark.parametrize("law", [law for laws in LAWS.values() for law in laws], ids=lambda law: law.__name__)
def test_a_law_says_in_words_what_must_hold(law):
    assert law.__doc__
    assert law.__doc__.splitlines()[0].endswith(".")
