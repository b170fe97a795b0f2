"""What of an invoice may still be credited, cleared and refunded."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import ZERO
from credit_notes.balances import choose_type
from invoices.balances import Limits, Settlement, is_overdue, limits, payment_status, terms

CENTS = st.integers(0, 10**6).map(lambda cents: Decimal(cents) / 100)


def standing(
    total: str, *, due: str, received: str = "0", in_progress: str = "0", **notes: str
) -> Settlement:
    credited, cleared = notes.get("credited", "0"), notes.get("cleared", "0")
    return Settlement(*map(Decimal, (total, due, received, in_progress, credited, cleared)))


@pytest.mark.parametrize(
    ("settlement", "expected", "most"),
    [
        pytest.param(standing("121", due="121"), Limits(121, 121, 0), 121, id="unpaid"),
        pytest.param(standing("121", due="0", received="121"), Limits(121, 0, 121), 121, id="paid"),
        pytest.param(standing("121", due="71", received="50"), Limits(121, 71, 50), 121, id="half paid"),
        pytest.param(
            standing("121", due="121", in_progress="50"), Limits(121, 71, 0), 71, id="a payment is on its way"
        ),
        pytest.param(
            standing("121", due="21", received="100", in_progress="50"),
            Limits(121, 0, 100),
            100,
            id="more is on its way than is due",
        ),
        pytest.param(
            standing("121", due="0", credited="121", cleared="121"), Limits(0, 0, 0), 0, id="credited, unpaid"
        ),
        pytest.param(
            standing("121", due="0", received="121", credited="121"), Limits(0, 0, 0), 0, id="credited, paid"
        ),
        pytest.param(
            standing("100", due="0", received="40", credited="80", cleared="60"),
            Limits(20, 0, 20),
            20,
            id="credited in part",
        ),
        pytest.param(standing("0", due="0"), Limits(0, 0, 0), 0, id="worth nothing"),
        pytest.param(standing("-50", due="-50"), Limits(0, 0, 0), 0, id="itself a credit"),
    ],
)
def test_the_limits_follow_from_where_the_invoice_stands(settlement, expected, most):
    assert limits(settlement) == expected
    assert limits(settlement).most == most


def test_a_refusal_can_show_how_a_limit_is_made_up():
    assert terms(standing("121", due="71", received="50", in_progress="7")) == {
        "creditable": Decimal(121),
        "adjustable": Decimal(64),
        "refundable": Decimal(50),
        "total": Decimal(121),
        "credited": ZERO,
        "amount_due": Decimal(71),
        "payments_in_progress": Decimal(7),
        "received": Decimal(50),
        "cleared_by_notes": ZERO,
    }


@given(total=CENTS, received=CENTS, in_progress=CENTS)
def test_no_limit_is_negative_and_none_exceeds_the_total(total, received, in_progress):
    received = min(received, total)
    found = limits(Settlement(total, total - received, received, in_progress, ZERO, ZERO))

    assert all(ZERO <= limit <= total for limit in (*found, found.most))


@pytest.mark.parametrize(
    ("adjustable", "type"),
    [("121.00", "adjustment"), ("120.99", "refundable"), ("0", "refundable"), ("200", "adjustment")],
)
def test_a_note_clears_debt_if_it_fits_and_else_owes_money(adjustable, type):
    assert choose_type(Decimal("121.00"), Decimal(adjustable)) == type


@pytest.mark.parametrize(
    ("settlement", "due_date", "status", "overdue"),
    [
        (standing("121", due="121"), date(2026, 11, 20), "not_paid", False),
        (standing("121", due="121"), date(2026, 11, 19), "payment_due", True),
        (standing("121", due="121"), None, "not_paid", False),
        (standing("121", due="71", received="50"), date(2026, 11, 20), "partially_paid", False),
        (standing("121", due="71", received="50"), date(2026, 11, 19), "partially_paid", True),
        (standing("121", due="0", received="121"), date(2026, 11, 19), "paid", False),
        (standing("121", due="0", credited="121", cleared="121"), None, "paid", False),
        (standing("0", due="0"), date(2026, 11, 19), "paid", False),
    ],
)
def test_an_invoice_says_how_far_it_is_settled(settlement, due_date, status, overdue):
    on = date(2026, 11, 20)

    assert payment_status(settlement, due_date=due_date, on=on) == status
    assert is_overdue(settlement, due_date=due_date, on=on) is overdue
