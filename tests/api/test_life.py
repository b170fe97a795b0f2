"""Voiding, reversing, holding and releasing over the API."""

import pytest

from credit_notes.models import CreditNote
from tests.books import digest_of_rows
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_platform
from tests.work import do_all_work

WHY = {"reason": "Credited by mistake"}


def test_a_note_is_voided(api, platform):
    note = a_final_note(a_final_invoice(platform))

    answer = api("POST", f"credit-notes/{note.pk}/void", WHY)

    assert (answer.status, answer.body["status"], answer.body["settlement"]) == (200, "VOID", "voided")
    assert answer.body["number"] == "CR-2026-000001"
    assert answer.body["amount_allocated"] == "0.00"
    assert [row["amount"] for row in answer.body["allocations"]] == ["121.00", "-121.00"]
    assert answer.body["allocations"][1]["reverses"] == answer.body["allocations"][0]["id"]
    assert answer.body["voided_at"]
    invoice = api("GET", f"invoices/{note.invoice_id}").body
    assert (invoice["amount_due"], invoice["creditable"]) == ("121.00", "121.00")


def test_a_void_notes_pdf_is_the_marked_one(api, platform):
    # given
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    first = api("GET", f"credit-notes/{note.pk}/pdf")
    shown = api("GET", f"credit-notes/{note.pk}").body["files"]["pdf"]
    assert shown["name"] == "CR-2026-000001.pdf"

    # when
    voided = api("POST", f"credit-notes/{note.pk}/void", WHY)
    between = api("GET", f"credit-notes/{note.pk}/pdf")
    do_all_work()
    second = api("GET", f"credit-notes/{note.pk}/pdf")

    # then
    assert voided.body["files"]["pdf"] is None
    assert (between.status, between.body["code"]) == (404, "file_not_ready")
    assert (first.status, second.status) == (200, 200)
    assert first.content != second.content
    assert "CR-2026-000001-VOID.pdf" in second.headers["Content-Disposition"]
    assert "VOID" in api("GET", f"credit-notes/{note.pk}/download").headers["Location"]
    files = api("GET", f"credit-notes/{note.pk}").body["files"]
    assert files["pdf"]["name"] == "CR-2026-000001-VOID.pdf"
    assert files["xml"]["name"] == "CR-2026-000001.xml"


def test_a_note_is_reversed_by_an_invoice(api, platform):
    # given
    invoice = a_final_invoice(platform)
    note = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True, "notify": True}).body
    do_all_work()

    # when
    refused = api("POST", f"credit-notes/{note['id']}/void", WHY)
    answer = api("POST", f"credit-notes/{note['id']}/reverse", WHY)

    # then
    assert (refused.status, refused.body["code"]) == (409, "einvoice_already_sent")
    assert refused.body["messages"][0]["to"] == ["ap@bieres.example"]
    assert answer.status == 201
    made = answer.body
    assert (made["object"], made["status"], made["number"]) == ("invoice", "FINAL", "INV-2026-000001")
    assert (made["total"], made["amount_due"]) == ("121.00", "121.00")
    assert [line["net_amount"] for line in made["lines"]] == ["100.00"]
    shown = api("GET", f"invoices/{invoice.pk}").body
    assert (shown["amount_due"], shown["creditable"]) == ("0.00", "121.00")
    again = api("POST", f"credit-notes/{note['id']}/reverse", WHY)
    assert (again.status, again.body["code"]) == (409, "already_reversed")
    assert again.body["invoice"] == {"id": made["id"], "number": "INV-2026-000001"}


def test_a_reversal_with_a_key_is_done_once(api, platform):
    note = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", {"finalize": True, "notify": True})
    do_all_work()
    path = f"credit-notes/{note.body['id']}/reverse"

    first = api("POST", path, WHY, Idempotency_Key="undo-1")
    second = api("POST", path, WHY, Idempotency_Key="undo-1")

    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_draft_is_held_and_released(api, platform):
    draft = a_draft_note(a_final_invoice(platform))

    held = api("POST", f"credit-notes/{draft.pk}/hold")
    again = api("POST", f"credit-notes/{draft.pk}/hold")
    released = api("POST", f"credit-notes/{draft.pk}/release")

    assert (held.status, held.body["on_hold"]) == (200, True)
    assert (again.status, again.body["code"]) == (409, "already_on_hold")
    assert (released.status, released.body["on_hold"]) == (200, False)
    assert released.body["version"] == draft.version + 2


@pytest.mark.parametrize("deed", ["void", "reverse"])
@pytest.mark.parametrize(
    "body",
    [None, {}, {"reason": ""}, {"reason": "x" * 2001}, {"reason": None}, {"reason": "Why", "amount": 1}],
)
def test_a_body_of_the_wrong_shape_is_refused_and_changes_nothing(api, platform, deed, body):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    answer = api("POST", f"credit-notes/{note.pk}/{deed}", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert answer.body["field"] == ("amount" if body and "amount" in body else "reason")
    assert digest_of_rows() == before


@pytest.mark.parametrize("deed", ["hold", "release"])
def test_holding_and_releasing_take_no_fields(api, platform, deed):
    draft = a_draft_note(a_final_invoice(platform))

    answer = api("POST", f"credit-notes/{draft.pk}/{deed}", {"until": "tomorrow"})

    assert (answer.status, answer.body["field"]) == (400, "until")


@pytest.mark.parametrize(
    ("deed", "permission"),
    [
        ("void", "CREDIT_NOTE.VOID"),
        ("reverse", "CREDIT_NOTE.VOID"),
        ("hold", "CREDIT_NOTE.UPDATE"),
        ("release", "CREDIT_NOTE.UPDATE"),
    ],
)
def test_each_deed_needs_its_permission(caller, platform, deed, permission):
    note = a_final_note(a_final_invoice(platform))
    body = WHY if deed in ("void", "reverse") else {}

    without = caller(platform, ["CREDIT_NOTE.VIEW"])("POST", f"credit-notes/{note.pk}/{deed}", body)
    elsewhere = caller(a_platform("Else"), [permission])("POST", f"credit-notes/{note.pk}/{deed}", body)

    assert (without.status, without.body["permission"]) == (403, permission)
    assert (elsewhere.status, elsewhere.body["code"]) == (404, "not_found")
    assert CreditNote.objects.get(pk=note.pk).is_live
