"""Importing credit notes over the API."""

import pytest

from credit_notes.models import CreditNote
from tests.books import digest_of_rows
from tests.factories import a_final_invoice, a_paid_invoice


def a_body(invoice, **fields) -> dict:
    return {"invoice": invoice.pk, "number": "CR-2026-000007", "date": "2026-11-05"} | fields


def test_a_note_is_imported_with_all_that_became_of_it(platform, api):
    invoice, other = a_paid_invoice(platform), a_final_invoice(platform)

    answer = api(
        "POST",
        "credit-notes/import",
        a_body(
            invoice,
            total="100.00",
            type="refundable",
            reason_code="order_change",
            notes="As agreed.",
            allocations=[{"invoice": other.pk, "amount": "21.00"}],
            refunds=[{"amount": 50, "date": "2026-11-06", "method": "cash", "reference": "R1"}],
        ),
        Idempotency_Key="import-7",
    )

    assert answer.status == 201, answer.body
    body = answer.body
    assert (body["number"], body["date"], body["status"], body["type"], body["note"]) == (
        "CR-2026-000007",
        "2026-11-05",
        "FINAL",
        "refundable",
        "As agreed.",
    )
    assert (body["total"], body["amount_allocated"], body["amount_refunded"], body["amount_available"]) == (
        "100.00",
        "21.00",
        "50.00",
        "29.00",
    )
    assert [row["status"] for row in body["refunds"]] == ["SUCCEEDED"]
    assert CreditNote.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": None}, "number"),
        ({"date": None}, "date"),
        ({"finalize": False}, "finalize"),
        ({"notify": True}, "notify"),
        ({"sequence": "CR"}, "sequence"),
        ({"total": "NaN"}, "total"),
        ({"total": "1", "lines": [{"name": "x", "quantity": 1, "unit_price": 1}]}, "amount"),
        ({"refunds": [{"amount": "-1", "date": "2026-11-06", "method": "cash"}]}, "refunds.0.amount"),
        ({"refunds": [{"amount": "1", "date": "2026-11-06", "method": "overpayment"}]}, "refunds.0.method"),
        ({"refunds": [{"amount": "1", "date": "6/11/26", "method": "cash"}]}, "refunds.0.date"),
        ({"allocations": [{"invoice": "inv_1"}]}, "allocations.0.amount"),
        ({"allocations": [{"invoice": "inv_1", "amount": 10**30}]}, "allocations.0.amount"),
        ({"customer": "cus_1"}, "customer"),
    ],
)
def test_an_import_of_the_wrong_shape_is_refused_by_field(platform, api, fields, field):
    invoice = a_paid_invoice(platform)
    before = digest_of_rows()

    answer = api("POST", "credit-notes/import", a_body(invoice, **fields))

    codes = {"invalid_request", "lines_and_total_both_given", "invoice_or_customer"}
    assert (answer.status, answer.body["code"] in codes) == (400, True), answer.body
    assert answer.body["field"] in {field, "total"}
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("missing", "fields"),
    [
        ("CREDIT_NOTE.FINALIZE", {}),
        ("CREDIT_NOTE.ALLOCATE", {"allocations": [{"invoice": "inv_1", "amount": "1"}]}),
        ("CREDIT_NOTE.REFUND", {"refunds": [{"amount": "1", "date": "2026-11-06", "method": "cash"}]}),
    ],
)
def test_an_import_takes_the_permissions_of_all_that_it_does(platform, caller, missing, fields):
    granted = {"CREDIT_NOTE.CREATE", "CREDIT_NOTE.FINALIZE", "CREDIT_NOTE.ALLOCATE", "CREDIT_NOTE.REFUND"}
    limited = caller(platform, permissions=sorted(granted - {missing}))

    answer = limited("POST", "credit-notes/import", a_body(a_paid_invoice(platform), **fields))

    assert (answer.status, answer.body["permission"]) == (403, missing)
