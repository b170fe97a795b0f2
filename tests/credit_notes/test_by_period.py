"""Periods, groups and lines of an invoice by their order, as Solvimon asks for them."""

from datetime import date
from decimal import Decimal

import pytest

from billing.documents.snapshot import Period
from billing.platforms.models import Platform
from credit_notes.by_period import Node
from credit_notes.models import CreditNote
from credit_notes.services import selection_by_period
from invoices.models import Invoice, InvoiceLine
from invoices.services import finalize_invoice
from tests.factories import CLERK, NOON, a_draft_invoice, a_final_invoice, a_line, a_platform

from .stories import issue, nets_of, refused

JANUARY = Period(start=date(2026, 1, 1), end=date(2026, 1, 31))
FEBRUARY = Period(start=date(2026, 2, 1), end=date(2026, 2, 28))


def a_subscription(platform: Platform) -> Invoice:
    """Two periods: January with seats (10 and 30) and usage (60), February with seats (50)."""
    lines = [
        a_line("10.00", period=JANUARY),
        a_line("30.00", period=JANUARY),
        a_line("60.00", period=JANUARY),
        a_line("50.00", period=FEBRUARY),
    ]
    invoice = a_draft_invoice(platform, lines=lines)
    for position, group in enumerate(["Seats", "Seats", "Usage", "Seats"], start=1):
        InvoiceLine.objects.filter(invoice=invoice, position=position).update(group=group)
    finalize_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    return Invoice.objects.get(pk=invoice.pk)


def credited(invoice: Invoice, *periods: Node) -> CreditNote:
    selection = selection_by_period(platform=invoice.platform, invoice_id=invoice.pk, periods=periods)
    return issue(invoice, selection)


def test_a_period_is_all_its_lines(platform):
    assert nets_of(credited(a_subscription(platform), Node(order=1))) == ["10.00", "30.00", "60.00"]


def test_an_amount_counts_at_the_lowest_level_and_is_spread_below(platform):
    invoice = a_subscription(platform)
    seats = Node(order=1, amount=Decimal("8.00"))
    usage = Node(order=2, amount=Decimal("999.00"), children=(Node(order=1, amount=Decimal("5.00")),))

    note = credited(invoice, Node(order=1, children=(seats, usage)), Node(order=2, amount=Decimal("1.00")))

    assert nets_of(note) == ["2.00", "6.00", "5.00", "1.00"]
    assert note.total == Decimal("16.94")


def test_what_is_left_is_spread_after_earlier_notes(platform):
    invoice = a_subscription(platform)
    credited(invoice, Node(order=1, children=(Node(order=1, children=(Node(order=2),)),)))

    assert nets_of(credited(invoice, Node(order=1, amount=Decimal("7.00")))) == ["1.00", "6.00"]
    refusal = refused(lambda: credited(invoice, Node(order=1, amount=Decimal("63.01"))))
    assert (refusal.code, refusal.field, refusal.facts["limit"]) == (
        "exceeds_line_remaining",
        "periods.0.amount",
        "63.00",
    )


@pytest.mark.parametrize(
    ("node", "field"),
    [
        (Node(order=3), "periods.0.period_order"),
        (Node(order=2, children=(Node(order=2),)), "periods.0.groups.0.group_order"),
        (
            Node(order=1, children=(Node(order=2, children=(Node(order=2),)),)),
            "periods.0.groups.0.lines.0.line_order",
        ),
    ],
)
def test_what_is_not_on_the_invoice_is_named(platform, node, field):
    invoice = a_subscription(platform)

    refusal = refused(lambda: credited(invoice, node))

    assert (refusal.code, refusal.field) == ("unknown_period", field)


def test_an_invoice_without_periods_has_one(platform):
    invoice = a_final_invoice(platform, lines=[a_line("10.00"), a_line("20.00")])

    assert nets_of(credited(invoice, Node(order=1, children=(Node(order=1),)))) == ["10.00", "20.00"]


def test_only_a_final_invoice_of_the_platform_has_periods_to_credit(platform):
    draft, theirs = a_draft_invoice(platform), a_final_invoice(a_platform("Other Group"))
    theirs.platform = platform

    assert refused(lambda: credited(draft, Node(order=1))).code == "invoice_not_final"
    assert refused(lambda: credited(theirs, Node(order=1))).code == "not_found"
