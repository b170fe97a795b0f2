"""Credit given to invoices and withheld tax returned, over the API; and a customer's balance."""

from decimal import Decimal

import pytest

from billing.platforms import permissions
from credit_notes.models import Allocation
from tests.books import digest_of_rows
from tests.credit_notes.credits import a_credit_of, an_invoice_of, credited, due, given, left, withheld_from
from tests.factories import a_payment, a_platform

D = Decimal


def test_credit_is_given_to_an_invoice_and_the_note_is_answered(api, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")

    answer = api("POST", f"credit-notes/{note.pk}/allocations", {"invoice": invoice.pk, "amount": "40.50"})

    assert answer.status == 201
    shown = answer.body
    assert (shown["id"], shown["amount_allocated"], shown["amount_available"]) == (note.pk, "40.50", "59.50")
    row = Allocation.objects.get()
    assert [
        (each["id"], each["invoice"], each["amount"], each["reverses"]) for each in shown["allocations"]
    ] == [(row.pk, invoice.pk, "40.50", None)]


@pytest.mark.parametrize("written", [b"40.5", b'"40.50"', b"4.05e1"])
def test_an_amount_may_be_a_number_or_a_string(api, platform, written):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")

    body = b'{"invoice": "%b", "amount": %b}' % (invoice.pk.encode(), written)
    answer = api("POST", f"credit-notes/{note.pk}/allocations", body)

    assert (answer.status, due(invoice)) == (201, D("259.50"))


def test_without_an_invoice_the_oldest_are_cleared(api, platform):
    note = a_credit_of(platform, "500.00")
    first, second = an_invoice_of(platform, "300.00"), an_invoice_of(platform, "400.00")

    answer = api("POST", f"credit-notes/{note.pk}/allocations")

    assert [(each["invoice"], each["amount"]) for each in answer.body["allocations"]] == [
        (first.pk, "300.00"),
        (second.pk, "200.00"),
    ]
    assert answer.body["settlement"] == "refunded"


def test_the_same_key_gives_once(api, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    call = ("POST", f"credit-notes/{note.pk}/allocations", {"invoice": invoice.pk, "amount": "10"})

    first = api(*call, idempotency_key="a-1")
    second = api(*call, idempotency_key="a-1")

    assert (first.body, second.headers["Idempotent-Replayed"]) == (second.body, "true")
    assert left(note) == D("90.00")


def test_an_allocation_is_taken_back_by_its_id(api, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    row = given(note, invoice, "40.00")

    answer = api("DELETE", f"credit-notes/{note.pk}/allocations/{row.pk}")

    assert (answer.status, answer.body["amount_available"]) == (200, "100.00")
    assert [(each["amount"], each["reverses"]) for each in answer.body["allocations"]] == [
        ("40.00", None),
        ("-40.00", row.pk),
    ]
    again = api("DELETE", f"credit-notes/{note.pk}/allocations/{row.pk}")
    assert (again.status, again.body["code"]) == (409, "already_deallocated")


def test_an_allocation_is_found_under_its_own_note_only(api, platform):
    note, other = a_credit_of(platform, "100.00"), a_credit_of(platform, "100.00")
    row = given(note, an_invoice_of(platform, "300.00"))

    assert api("DELETE", f"credit-notes/{other.pk}/allocations/{row.pk}").status == 404


def test_an_invoice_is_given_credit_and_a_note_is_removed_from_it(api, platform):
    # given
    note, other = a_credit_of(platform, "40.00"), a_credit_of(platform, "20.00")
    invoice = an_invoice_of(platform, "100.00")

    # when
    applied = api("POST", f"invoices/{invoice.pk}/apply-credits")
    removed = api("POST", f"invoices/{invoice.pk}/remove-credit-note", {"credit_note": note.pk})

    # then
    assert (applied.status, removed.status) == (200, 200)
    assert (applied.body["amount_due"], removed.body["amount_due"]) == ("40.00", "80.00")
    assert [
        (each["credit_note"], each["number"], each["amount"]) for each in removed.body["allocations"]
    ] == [
        (note.pk, note.number, "40.00"),
        (other.pk, other.number, "20.00"),
        (note.pk, note.number, "-40.00"),
    ]


def test_an_invoice_is_given_the_credit_of_named_notes(api, platform):
    note, other = a_credit_of(platform, "40.00"), a_credit_of(platform, "20.00")
    invoice = an_invoice_of(platform, "100.00")

    api("POST", f"invoices/{invoice.pk}/apply-credits", {"credit_notes": [other.pk]})

    assert (due(invoice), left(note), left(other)) == (D("80.00"), D("40.00"), D(0))


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        (b"0", "An amount is more than zero."),
        (b"-1", "An amount is more than zero."),
        (b"1e30", "An amount is at most 999999999999.9999."),
        (b"1e-30", "No currency has amounts as fine as this."),
        (b'"NaN"', 'This is not an amount: write 12.50 or "12.50".'),
        (b'"Infinity"', 'This is not an amount: write 12.50 or "12.50".'),
        (b'"1,50"', 'This is not an amount: write 12.50 or "12.50".'),
        (b"true", 'This is not an amount: write 12.50 or "12.50".'),
        (b"[]", 'This is not an amount: write 12.50 or "12.50".'),
        (b'"' + b"9" * 400 + b'"', "An amount is at most 999999999999.9999."),
    ],
)
def test_what_is_no_amount_is_refused_by_name(api, platform, amount, sentence):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    before = digest_of_rows()

    body = b'{"invoice": "%b", "amount": %b}' % (invoice.pk.encode(), amount)
    answer = api("POST", f"credit-notes/{note.pk}/allocations", body)

    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, "invalid_request", "amount")
    assert sentence in answer.body["detail"]
    assert digest_of_rows() == before


def test_four_hundred_digits_and_nan_as_numbers_are_refused(api, platform):
    note = a_credit_of(platform, "100.00")

    for amount in (b"9" * 400, b"NaN", b"-Infinity", b"1e-999999999"):
        body = b'{"invoice": "inv_1", "amount": %b}' % amount
        assert api("POST", f"credit-notes/{note.pk}/allocations", body).status == 400


def test_an_amount_without_an_invoice_and_unknown_names_are_refused(api, platform):
    path = f"credit-notes/{a_credit_of(platform, '100.00').pk}/allocations"

    without = api("POST", path, {"amount": "1.00"})
    unknown = api("POST", path, {"invoices": []})

    assert (without.status, without.body["field"]) == (400, "amount")
    assert (unknown.status, unknown.body["field"]) == (400, "invoices")


def test_a_refusal_says_the_limit_its_terms_and_what_used_it_up(api, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    given(note, invoice, "60.00")

    answer = api("POST", f"credit-notes/{note.pk}/allocations", {"invoice": invoice.pk, "amount": 41})

    assert answer.status == 409
    assert answer.body == {
        "type": "/v1/problems/amount_exceeds_available",
        "title": "More would be given than the credit note has available",
        "status": 409,
        "detail": f"41.00 EUR is more than the 40.00 EUR that {note.number} has available.",
        "code": "amount_exceeds_available",
        "field": "amount",
        "requested": "41.00",
        "limit": "40.00",
        "currency": "EUR",
        "terms": {
            "total": "100.00",
            "amount_allocated": "60.00",
            "amount_refunded": "0.00",
            "amount_available": "40.00",
        },
        "used_by": [{"object": "invoice", "id": invoice.pk, "number": invoice.number, "amount": "60.00"}],
    }


def test_another_platforms_papers_do_not_exist(api, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    other = a_platform("Other")
    foreign_note, foreign = a_credit_of(other, "100.00"), an_invoice_of(other, "300.00")

    for method, path, body in (
        ("POST", f"credit-notes/{foreign_note.pk}/allocations", {"invoice": invoice.pk}),
        ("POST", f"credit-notes/{note.pk}/allocations", {"invoice": foreign.pk}),
        ("POST", f"invoices/{foreign.pk}/apply-credits", {}),
        ("POST", f"invoices/{invoice.pk}/apply-credits", {"credit_notes": [foreign_note.pk]}),
        ("POST", f"invoices/{invoice.pk}/remove-credit-note", {"credit_note": foreign_note.pk}),
        ("GET", f"customers/{foreign.customer_id}/balance", None),
    ):
        assert api(method, path, body).status == 404, path


def test_each_call_needs_its_permission(caller, platform):
    nothing = caller(platform, [])

    for method, path, needed in (
        ("POST", "credit-notes/x/allocations", permissions.CREDIT_NOTE_ALLOCATE),
        ("DELETE", "credit-notes/x/allocations/y", permissions.CREDIT_NOTE_ALLOCATE),
        ("POST", "invoices/x/apply-credits", permissions.CREDIT_NOTE_ALLOCATE),
        ("POST", "invoices/x/remove-credit-note", permissions.CREDIT_NOTE_ALLOCATE),
        ("POST", "credit-notes/x/tax-withheld-refunds", permissions.CREDIT_NOTE_REFUND),
        ("DELETE", "credit-notes/x/tax-withheld-refunds/y", permissions.CREDIT_NOTE_REFUND),
        ("GET", "customers/x/balance", permissions.CUSTOMER_VIEW),
    ):
        answer = nothing(method, path)
        assert answer.status == 403
        assert needed in answer.content.decode()


# Withheld tax


def test_withheld_tax_is_returned_and_the_return_removed(api, platform):
    # given
    invoice = an_invoice_of(platform, "100.00")
    withheld = withheld_from(invoice, "10.00")
    a_payment(invoice, "90.00")
    note = credited(invoice)
    path = f"credit-notes/{note.pk}/tax-withheld-refunds"
    day = str(note.date)

    # when
    returned = api("POST", path, {"date": day, "reference": "Form 16A", "amount": "6.00"})
    (shown,) = returned.body["tax_withheld_refunds"]
    removed = api("DELETE", f"{path}/{shown['id']}")

    # then
    assert (returned.status, returned.body["amount_refunded"]) == (201, "6.00")
    assert shown | {"id": ""} == {
        "id": "",
        "tax_withheld": withheld.pk,
        "amount": "6.00",
        "date": day,
        "reference": "Form 16A",
        "reverses": None,
    }
    assert (removed.status, removed.body["amount_refunded"]) == (200, "0.00")
    assert [row["amount"] for row in removed.body["tax_withheld_refunds"]] == ["6.00", "-6.00"]
    assert api("DELETE", f"{path}/{shown['id']}").body["code"] == "return_already_removed"
    assert api("POST", path, {"date": "soon"}).body["field"] == "date"
    assert api("DELETE", f"{path}/twr_none").status == 404


# The balance


def test_a_customers_balance_is_shown(api, platform):
    # given
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    row = given(note, invoice, "40.00")

    # when
    answer = api("GET", f"customers/{note.customer_id}/balance?limit=1")

    # then
    assert answer.status == 200
    assert answer.body == {
        "object": "customer_balance",
        "customer": note.customer_id,
        "accounts": [
            {
                "billing_entity": note.billing_entity_id,
                "currency": "EUR",
                "balance": "200.00",
                "amount_due": "260.00",
                "amount_available": "60.00",
                "amount_overpaid": "0.00",
                "open_invoice_count": 1,
                "credit_note_count": 1,
                "overpayment_count": 0,
                "open_invoices": [
                    {
                        "id": invoice.pk,
                        "number": invoice.number,
                        "date": "2026-11-03",
                        "due_date": "2026-12-03",
                        "currency": "EUR",
                        "total": "300.00",
                        "amount_due": "260.00",
                    }
                ],
                "credit_notes": [
                    {
                        "id": note.pk,
                        "number": note.number,
                        "type": "refundable",
                        "date": str(note.date),
                        "currency": "EUR",
                        "total": "100.00",
                        "amount_available": "60.00",
                    }
                ],
                "overpayments": [],
            }
        ],
        "movements": [
            {
                "kind": "allocation",
                "id": row.pk,
                "at": "2026-11-20T12:00:00Z",
                "date": None,
                "amount": "40.00",
                "currency": "EUR",
                "status": "",
                "invoice": {"id": invoice.pk, "number": invoice.number},
                "credit_note": {"id": note.pk, "number": note.number},
            }
        ],
    }
    refused = api("GET", f"customers/{note.customer_id}/balance?limit=0")
    assert (refused.status, refused.body["field"]) == (400, "limit")
