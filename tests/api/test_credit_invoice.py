"""`POST /v1/invoices/{id}/credit` and what can be done with the note it makes."""

from credit_notes.models import CreditNote
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_line, a_payment


def test_an_empty_body_drafts_a_credit_of_the_entire_invoice(api, platform):
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00", rate="9")])

    answer = api("POST", f"invoices/{invoice.pk}/credit")

    assert answer.status == 201
    note = answer.body
    assert note["object"] == "credit_note"
    assert note["status"] == "DRAFT"
    assert note["number"] is None
    assert note["display_number"].startswith("CR-DRAFT-")
    assert note["type"] == "adjustment"
    assert (note["net_total"], note["tax_total"], note["total"]) == ("150.00", "25.50", "175.50")
    assert note["invoice"] == {"id": invoice.pk, "number": invoice.number, "date": "2026-11-03"}
    assert [(tax["category"], tax["rate"], tax["base"], tax["amount"]) for tax in note["taxes"]] == [
        ("S", "21", "100.00", "21.00"),
        ("S", "9", "50.00", "4.50"),
    ]
    assert [line["net_amount"] for line in note["lines"]] == ["100.00", "50.00"]
    assert [line["invoice_line"] for line in note["lines"]] == [line.pk for line in invoice.lines.all()]
    assert note["files"] == {"pdf": None, "html": None, "xml": None}


def test_a_note_finalised_at_once_is_numbered_and_clears_the_debt(api, platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00")

    note = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True, "note": "Wrong address"}).body

    assert note["number"] == "CR-2026-000001"
    assert (note["type"], note["settlement"]) == ("refundable", "refund_due")
    assert (note["amount_allocated"], note["amount_refunded"], note["amount_available"]) == (
        "100.00",
        "0.00",
        "21.00",
    )
    assert [(row["invoice"], row["amount"]) for row in note["allocations"]] == [(invoice.pk, "100.00")]
    shown = api("GET", f"invoices/{invoice.pk}").body
    assert (shown["status"], shown["amount_due"], shown["creditable"]) == ("FINAL", "0.00", "0.00")
    assert [(row["id"], row["number"]) for row in shown["linked_credit_notes"]] == [
        (note["id"], "CR-2026-000001")
    ]


def test_a_draft_is_edited_finalised_and_then_frozen(api, platform):
    note = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit").body

    edited = api("PATCH", f"credit-notes/{note['id']}", {"note": "Billed twice", "reason_code": "other"})
    final = api("POST", f"credit-notes/{note['id']}/finalize")
    refused = api("PATCH", f"credit-notes/{note['id']}", {"note": "Changed my mind"})

    assert (edited.status, edited.body["note"], edited.body["reason_code"]) == (200, "Billed twice", "other")
    assert (final.status, final.body["number"]) == (200, "CR-2026-000001")
    assert (refused.status, refused.body["code"]) == (409, "note_not_draft")
    assert CreditNote.objects.get(pk=note["id"]).note == "Billed twice"


def test_a_final_note_takes_an_internal_comment_only(api, platform):
    note = a_final_note(a_final_invoice(platform))

    answer = api("PATCH", f"credit-notes/{note.pk}", {"internal_comment": "Asked by phone"})

    assert (answer.status, answer.body["internal_comment"]) == (200, "Asked by phone")


def test_a_draft_can_be_deleted_and_a_final_note_cannot(api, platform):
    draft = a_draft_note(a_final_invoice(platform))
    final = a_final_note(a_final_invoice(platform))

    assert api("DELETE", f"credit-notes/{draft.pk}").status == 204
    assert api("GET", f"credit-notes/{draft.pk}").status == 404
    refused = api("DELETE", f"credit-notes/{final.pk}")
    assert (refused.status, refused.body["code"]) == (409, "note_not_draft")


def test_a_second_full_credit_is_refused_with_the_note_that_used_it_up(api, platform):
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice)

    answer = api("POST", f"invoices/{invoice.pk}/credit")

    assert answer.status == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body == {
        "type": "/v1/problems/nothing_left_to_credit",
        "title": "Nothing of this invoice is left to credit",
        "status": 409,
        "detail": f"{invoice.number} has been credited in full by CR-2026-000001.",
        "code": "nothing_left_to_credit",
        "limit": "0.00",
        "currency": "EUR",
        "terms": {
            "creditable": "0.00",
            "adjustable": "0.00",
            "refundable": "0.00",
            "total": "121.00",
            "credited": "121.00",
            "amount_due": "0.00",
            "payments_in_progress": "0.00",
            "received": "0.00",
            "cleared_by_notes": "121.00",
        },
        "used_by": [{"id": note.pk, "number": "CR-2026-000001", "total": "121.00"}],
    }


def test_a_second_full_draft_is_refused_and_named(api, platform):
    draft = a_draft_note(a_final_invoice(platform))

    answer = api("POST", f"invoices/{draft.invoice_id}/credit")

    assert (answer.status, answer.body["code"]) == (409, "full_credit_is_drafted")
    assert answer.body["used_by"][0]["id"] == draft.pk
    assert CreditNote.objects.count() == 1


def test_a_payment_in_progress_lowers_what_can_be_credited(api, platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    answer = api("POST", f"invoices/{invoice.pk}/credit")

    assert (answer.status, answer.body["code"]) == (409, "amount_exceeds_creditable")
    assert (answer.body["requested"], answer.body["limit"]) == ("121.00", "81.00")
    assert answer.body["terms"]["payments_in_progress"] == "40.00"


def test_lists_go_newest_first_by_cursor(api, platform):
    notes = [a_draft_note(a_final_invoice(platform)) for _ in range(3)]

    first = api("GET", "credit-notes?limit=2").body
    second = api("GET", f"credit-notes?limit=2&cursor={first['next_cursor']}").body

    assert [row["id"] for row in first["data"]] == [notes[2].pk, notes[1].pk]
    assert first["has_more"] is True
    assert [row["id"] for row in second["data"]] == [notes[0].pk]
    assert (second["has_more"], second["next_cursor"]) == (False, None)


def test_lists_are_filtered(api, platform):
    invoice, other = a_final_invoice(platform), a_final_invoice(platform)
    note = a_draft_note(invoice)
    a_final_note(other)

    assert [row["id"] for row in api("GET", f"credit-notes?invoice={invoice.pk}").body["data"]] == [note.pk]
    assert [row["id"] for row in api("GET", "credit-notes?status=DRAFT").body["data"]] == [note.pk]
    assert [row["id"] for row in api("GET", f"invoices?number={other.number}").body["data"]] == [other.pk]


def test_a_page_costs_the_same_queries_whatever_its_size(api, platform, django_assert_num_queries):
    for _ in range(8):
        a_final_note(a_final_invoice(platform))
    api("GET", "invoices?limit=1")

    with django_assert_num_queries(6):
        assert len(api("GET", "invoices?limit=1").body["data"]) == 1
    with django_assert_num_queries(6):
        assert len(api("GET", "invoices?limit=8").body["data"]) == 8


def test_an_invoice_that_cannot_be_an_e_invoice_is_refused_and_uses_no_number(api, platform):
    invoice = a_final_invoice(platform, buyer_reference="")

    answer = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True})

    assert (answer.status, answer.body["code"]) == (422, "einvoice_invalid")
    assert "PEPPOL-EN16931-R003" in [rule["id"] for rule in answer.body["rules"]]
    assert CreditNote.objects.count() == 0
    following = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", {"finalize": True})
    assert following.body["number"] == "CR-2026-000001"
