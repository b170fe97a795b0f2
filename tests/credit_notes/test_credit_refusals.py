"""What cannot be credited is refused by name, with the facts, and nothing has happened."""

import pytest

from billing.errors import BillingError
from billing.platforms.models import Customer
from credit_notes.services import finalize_credit_note
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_entity,
)

from .stories import refusal


@pytest.mark.parametrize("finalize", [False, True])
def test_a_chosen_adjustment_must_fit_into_what_is_owed(platform, finalize):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "50.00")

    refused = refusal(invoice, type="adjustment", finalize=finalize)

    assert (refused.code, refused.status, refused.field) == ("amount_exceeds_adjustable", 409, "type")
    assert refused.detail == (
        f"An adjustment of 121.00 EUR is more than the 71.00 EUR that {invoice.number} still owes. "
        "Choose refundable or store, or no type at all."
    )
    assert (refused.facts["requested"], refused.facts["limit"]) == ("121.00", "71.00")
    assert refused.facts["terms"]["amount_due"] == "71.00"


def test_a_drafted_adjustment_is_refused_once_the_invoice_has_been_paid(platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice, type="adjustment")
    a_payment(invoice, "121.00")
    before = digest_of_rows()

    # when
    with pytest.raises(BillingError) as caught:
        finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    # then
    assert caught.value.code == "amount_exceeds_adjustable"
    assert digest_of_rows() == before


def test_a_payment_in_progress_lowers_what_can_be_credited(platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    refused = refusal(invoice, finalize=True)

    assert refused.code == "amount_exceeds_creditable"
    assert refused.detail == (
        f"121.00 EUR is more than the 81.00 EUR that {invoice.number} allows now: "
        "payments of 40.00 EUR are still in progress."
    )
    assert refused.facts["terms"] == {
        "creditable": "121.00",
        "adjustable": "81.00",
        "refundable": "0.00",
        "total": "121.00",
        "credited": "0.00",
        "amount_due": "121.00",
        "payments_in_progress": "40.00",
        "received": "0.00",
        "cleared_by_notes": "0.00",
    }


def test_a_credited_invoice_is_not_credited_again(platform):
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice)

    refused = refusal(invoice)

    assert refused.code == "nothing_left_to_credit"
    assert refused.detail == f"{invoice.number} has been credited in full by CR-2026-000001."
    assert refused.facts["used_by"] == [{"id": note.pk, "number": "CR-2026-000001", "total": "121.00"}]


def test_a_credited_and_paid_invoice_is_not_credited_again(platform):
    invoice = a_paid_invoice(platform)
    a_final_note(invoice)

    assert refusal(invoice, finalize=True).code == "nothing_left_to_credit"


@pytest.mark.parametrize("finalize", [False, True])
def test_a_waiting_draft_is_named(platform, finalize):
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)

    refused = refusal(invoice, finalize=finalize)

    assert refused.code == "full_credit_is_drafted"
    assert refused.facts["used_by"] == [{"id": draft.pk, "number": draft.display_number, "status": "DRAFT"}]


@pytest.mark.parametrize("finalize", [False, True])
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([a_line("10.00"), a_line("-10.00", quantity="-1", unit_price="10.00")], "The total of {} is zero"),
        ([a_line("-10.00", quantity="-1", unit_price="10.00")], "{} has a negative total"),
    ],
)
def test_an_invoice_that_claims_nothing_is_not_credited(platform, lines, words, finalize):
    invoice = a_final_invoice(platform, lines=lines)

    refused = refusal(invoice, finalize=finalize)

    assert refused.code == "nothing_left_to_credit"
    assert refused.detail.startswith(words.format(invoice.number))


def test_a_draft_invoice_is_not_credited(platform):
    invoice = a_draft_invoice(platform)

    refused = refusal(invoice)

    assert refused.code == "invoice_not_final"
    assert refused.detail == f"{invoice.display_number} is a draft: edit or delete it instead."


def test_an_invoice_of_another_platform_does_not_exist(platform):
    invoice = a_final_invoice(platform)

    refused = refusal(invoice, platform=a_platform("Other Group"))

    assert (refused.code, refused.status) == ("not_found", 404)


@pytest.mark.parametrize(
    ("email", "words"),
    [("", "has no e-mail address"), ("ap at bieres", "has the e-mail address 'ap at bieres'")],
)
def test_nobody_can_be_notified_without_an_address(platform, email, words):
    invoice = a_final_invoice(platform, buyer=a_customer(platform, email=email))

    refused = refusal(invoice, finalize=True, notify=True)

    assert (refused.code, refused.field) == ("no_recipient", "notify")
    assert refused.detail == f"Bières du Nord SA {words}."


def test_a_note_that_would_break_a_rule_takes_no_number(platform):
    # given
    an_entity(platform)
    a_customer(platform, endpoint_id="", endpoint_scheme="")
    invoice = a_final_invoice(platform)

    # when
    refused = refusal(invoice, finalize=True)

    # then
    assert (refused.code, refused.status) == ("einvoice_invalid", 422)
    assert "PEPPOL-EN16931-R010" in [rule["id"] for rule in refused.facts["rules"]]
    Customer.objects.update(endpoint_id="0123456749", endpoint_scheme="0208")
    assert a_final_note(a_final_invoice(platform)).number == "CR-2026-000001"
