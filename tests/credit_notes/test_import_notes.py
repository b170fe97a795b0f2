"""Credit notes that were issued elsewhere: their number, their date, and where their money went."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail

from billing.documents.gaps import gap_report
from billing.documents.models import NumberGap, Series
from billing.documents.numbering import take_number
from billing.documents.series import series_named
from billing.errors import BillingError
from billing.events.models import Event, Reaction
from billing.platforms.models import Platform
from billing_desk.audit.audit import audit
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import import_credit_note
from credit_notes.services.import_ import PastAllocation, PastRefund
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
)
from tests.work import do_all_work

THEN = date(2026, 11, 5)
"""After the invoices of these stories, of 3 November, and before today."""
ALL = Selection()


def a_past_note(invoice: Invoice, selection: Selection = ALL, **wish) -> CreditNote:
    """A note on an invoice, imported as CR-2026-000007 of 5 November unless told otherwise."""
    rest = {name: wish.pop(name) for name in ("allocations", "refunds", "at", "approved") if name in wish}
    defaults = {"selections": ((invoice.pk, selection),), "number": "CR-2026-000007", "date": THEN}
    return import_credit_note(
        platform=invoice.platform, wish=Wish(**defaults | wish), **{"actor": CLERK, "at": NOON} | rest
    )


def refused(code: str, invoice: Invoice, *args, **wish) -> BillingError:
    """Return how an import was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        a_past_note(invoice, *args, **wish)
    assert caught.value.code == code, caught.value.detail
    assert digest_of_rows() == before
    return caught.value


def test_a_note_keeps_its_number_and_date_and_clears_its_invoices_debt(platform):
    invoice = a_final_invoice(platform)

    note = a_past_note(invoice, reason_code="order_change", note="As agreed.")

    assert (note.status, note.number, note.date, note.type) == (
        "FINAL",
        "CR-2026-000007",
        THEN,
        "adjustment",
    )
    assert (note.series.prefix, note.series_period, note.series_number) == ("CR", "2026", 7)
    assert (note.finalized_at, note.note, note.einvoice_rules) == (NOON, "As agreed.", {})
    snapshot = CreditNote.objects.with_snapshot().get(pk=note.pk).snapshot
    assert (snapshot.number, snapshot.date, snapshot.totals.total) == (
        "CR-2026-000007",
        THEN,
        Decimal("121.00"),
    )
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.amount_credited, invoice.amount_due) == (Decimal("121.00"), Decimal("0.00"))
    types = Event.objects.filter(object_id=note.pk).order_by("id").values_list("type", flat=True)
    assert list(types) == ["billing.credit_note.imported", "billing.credit_note.allocated"]


def test_nobody_gets_a_message_and_no_paper_is_drawn(platform):
    note = a_past_note(a_final_invoice(platform))

    do_all_work()

    assert mail.outbox == []
    assert Reaction.objects.filter(event__object_id=note.pk).exclude(name="deliver_webhooks").count() == 0


def test_later_notes_go_on_behind_an_imported_one(platform):
    # when history comes in any order
    a_past_note(a_final_invoice(platform), number="CR-2026-000007")
    a_past_note(a_final_invoice(platform), number="CR-2026-000003", date=date(2026, 11, 4))
    a_past_note(a_final_invoice(platform), number="CR-2026-000008")

    # then
    assert a_final_note(a_final_invoice(platform)).number == "CR-2026-000009"
    assert NumberGap.objects.get().left_by == "CR-2026-000007"
    (report,) = gap_report(Series.objects.get())
    assert report.is_clean
    assert [(part.first, part.last) for part in report.missing] == [(1, 2), (4, 6)]


def test_a_number_that_no_series_writes_is_kept_and_a_later_series_respects_it(platform):
    note = a_past_note(a_final_invoice(platform), number="GS-2026-000041")

    assert (note.number, note.series, note.series_number) == ("GS-2026-000041", None, None)
    assert a_final_note(a_final_invoice(platform)).number == "CR-2026-000001"
    later = a_past_note(a_final_invoice(platform), number="A 17", date=date(2026, 11, 4))
    assert later.number == "A 17"


def test_what_a_note_brought_with_it_is_never_written_by_a_series_that_comes_later(platform):
    note = a_past_note(a_final_invoice(platform), number="GS-2026-000041")

    series = series_named(note.billing_entity, Series.Kind.CREDIT_NOTE, "GS", actor=CLERK, at=NOON)

    assert take_number(series, on=NOON.date()).text == "GS-2026-000042"


def test_a_number_is_imported_once(platform):
    note = a_past_note(a_final_invoice(platform))

    refusal = refused("number_in_use", a_final_invoice(platform))

    assert refusal.facts["used_by"] == [{"id": note.pk}]
    a_past_note(a_final_invoice(platform), number="A 17")
    refused("number_in_use", a_final_invoice(platform), number="A 17")


def test_a_number_that_was_given_out_here_is_not_imported(platform):
    a_final_note(a_final_invoice(platform))
    a_final_note(a_final_invoice(platform))

    refused("number_in_use", a_final_invoice(platform), number="CR-2026-000001")
    refused("date_before_last_issued", a_final_invoice(platform), number="CR-2026-000009")


def test_a_number_between_others_has_a_date_between_theirs(platform):
    a_past_note(a_final_invoice(platform), number="CR-2026-000002", date=date(2026, 11, 5))
    a_past_note(a_final_invoice(platform), number="CR-2026-000007", date=date(2026, 11, 7))

    refused(
        "date_out_of_sequence", a_final_invoice(platform), number="CR-2026-000004", date=date(2026, 11, 4)
    )
    refused(
        "date_out_of_sequence", a_final_invoice(platform), number="CR-2026-000004", date=date(2026, 11, 8)
    )
    assert a_past_note(a_final_invoice(platform), number="CR-2026-000004", date=date(2026, 11, 6)).pk


def test_a_number_of_another_year_than_its_date_is_refused(platform):
    refusal = refused("number_does_not_fit", a_final_invoice(platform), number="CR-2025-000042")

    assert refusal.facts == {"example": "CR-2026-000001"}


def test_the_audit_finds_nothing_wrong_with_history(platform):
    # given notes with places, without, from before a series, and a refund and an allocation
    a_past_note(a_final_invoice(platform), number="CR-2026-000007")
    a_past_note(a_final_invoice(platform), number="CR-2026-000003", date=date(2026, 11, 4))
    note = a_past_note(a_final_invoice(platform), number="GS-2026-000041")
    series_named(note.billing_entity, Series.Kind.CREDIT_NOTE, "GS", actor=CLERK, at=NOON)
    other = a_final_invoice(platform)
    a_past_note(
        a_paid_invoice(platform),
        number="A 17",
        allocations=gone_to(other, "21.00"),
        refunds=paid_back("50.00"),
    )
    a_final_note(a_final_invoice(platform))

    # then
    assert [str(finding) for finding in audit(files=False).findings] == []


def test_a_part_of_an_invoice_is_credited_to_the_cent(platform):
    lines = [
        a_line("68.33", rate="20"),
        a_line("68.33", rate="20"),
        a_line("57.50", rate="20"),
        a_line("85.00", rate="20"),
    ]
    invoice = a_final_invoice(platform, lines=lines)
    ids = list(invoice.lines.order_by("position").values_list("pk", flat=True))

    totals = [
        a_past_note(invoice, Selection(picks=(Pick(invoice_line=line),)), number=f"CR-2026-{place:06}").total
        for place, line in enumerate(ids, start=1)
    ]

    assert totals == [Decimal("82.00"), Decimal("81.99"), Decimal("69.00"), Decimal("102.00")]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("0.00")


def test_a_lump_sum_is_spread_over_the_lines(platform):
    invoice = a_final_invoice(platform)

    note = a_past_note(invoice, Selection(amount=Decimal("60.50")))

    assert (note.net_total, note.tax_total, note.total) == (
        Decimal("50.00"),
        Decimal("10.50"),
        Decimal("60.50"),
    )


def test_the_limits_hold_for_history_too(platform):
    invoice = a_final_invoice(platform)
    a_past_note(invoice, Selection(amount=Decimal("100.00")))

    refusal = refused(
        "amount_exceeds_creditable", invoice, Selection(amount=Decimal("21.01")), number="CR-2026-000008"
    )

    assert refusal.facts["limit"] == "21.00"


def test_a_bonus_without_an_invoice_has_its_customer(platform):
    invoice = a_final_invoice(platform)
    line = FreeLine(name="Bonus", quantity=Decimal(1), unit_price=Decimal("50.00"), tax_rate=Decimal(21))

    note = a_past_note(invoice, selections=(), customer_id=invoice.customer_id, currency="EUR", free=(line,))

    assert (note.type, note.invoice, note.total, note.amount_available) == (
        "refundable",
        None,
        Decimal("60.50"),
        Decimal("60.50"),
    )


def test_its_money_is_where_it_went(platform):
    # given a paid invoice, and another one that the note's credit went to
    invoice, other = a_paid_invoice(platform), a_final_invoice(platform)

    # when
    note = a_past_note(
        invoice,
        allocations=[PastAllocation(invoice=other.pk, amount=Decimal("21.00"))],
        refunds=[
            PastRefund(
                amount=Decimal("50.00"), date=date(2026, 11, 6), method="bank_transfer", reference="R1"
            ),
            PastRefund(amount=Decimal("10.00"), date=date(2026, 11, 7), method="cash"),
        ],
    )

    # then
    assert (note.amount_allocated, note.amount_refunded, note.amount_available) == (
        Decimal("21.00"),
        Decimal("60.00"),
        Decimal("40.00"),
    )
    assert note.settlement == "refund_due"
    assert Invoice.objects.get(pk=other.pk).amount_due == Decimal("100.00")
    refunds = note.refunds.order_by("id").values_list("amount", "status", "date", "method", "reference")
    assert list(refunds) == [
        (Decimal("50.00"), "SUCCEEDED", date(2026, 11, 6), "bank_transfer", "R1"),
        (Decimal("10.00"), "SUCCEEDED", date(2026, 11, 7), "cash", ""),
    ]


def gone_to(invoice: Invoice | str, amount: str) -> list[PastAllocation]:
    return [PastAllocation(invoice=getattr(invoice, "pk", invoice), amount=Decimal(amount))]


def paid_back(amount: str, day: date = THEN) -> list[PastRefund]:
    return [PastRefund(amount=Decimal(amount), date=day, method="cash")]


@pytest.mark.parametrize(
    ("refunds", "code", "field"),
    [
        (paid_back("121.01"), "refund_exceeds_available", "refunds.0.amount"),
        (paid_back("0"), "amount_not_possible", "refunds.0.amount"),
        (paid_back("-5"), "amount_not_possible", "refunds.0.amount"),
        (paid_back("0.001"), "amount_not_possible", "refunds.0.amount"),
        (paid_back("1e30"), "amount_not_possible", "refunds.0.amount"),
        (paid_back("NaN"), "amount_not_possible", "refunds.0.amount"),
        (paid_back("5", date(2026, 11, 4)), "date_before_note", "refunds.0.date"),
        (paid_back("5", date(2026, 11, 21)), "date_in_future", "refunds.0.date"),
        (paid_back("100") + paid_back("22"), "refund_exceeds_available", "refunds.1.amount"),
    ],
)
def test_money_that_cannot_have_been_returned_is_refused(platform, refunds, code, field):
    assert refused(code, a_paid_invoice(platform), refunds=refunds).field == field


def test_credit_that_cannot_have_gone_there_is_refused(platform):
    # given
    invoice, open_one = a_paid_invoice(platform), a_final_invoice(platform)
    stranger = a_customer(platform, name="Somebody else", vat_number="", endpoint_id="", endpoint_scheme="")
    theirs = a_final_invoice(platform, buyer=stranger, profile="en16931")
    dollars = a_final_invoice(platform, currency="USD")

    # then
    for other, amount, code, field in [
        (open_one, "121.01", "amount_exceeds_available", "allocations.0.amount"),
        (open_one, "0", "amount_not_possible", "allocations.0.amount"),
        (theirs, "5", "customer_mismatch", "allocations.0.invoice"),
        (dollars, "5", "currency_mismatch", "allocations.0.invoice"),
        (invoice, "5", "own_invoice_allocated", "allocations.0.invoice"),
        (a_paid_invoice(platform), "5", "nothing_due", "allocations.0"),
        ("inv_unknown", "5", "not_found", ""),
    ]:
        assert refused(code, invoice, allocations=gone_to(other, amount)).field == field
    a_payment(open_one, "100.00")
    refused("amount_exceeds_due", invoice, allocations=gone_to(open_one, "21.01"))


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"number": ""}, "invalid_request", "number"),
        ({"number": "  "}, "invalid_request", "number"),
        ({"number": " CR-2026-000007"}, "invalid_request", "number"),
        ({"number": "CR\n7"}, "invalid_request", "number"),
        ({"number": "CR\0"}, "invalid_request", "number"),
        ({"number": "9" * 400}, "value_too_large", "number"),
        ({"date": None}, "invalid_request", "date"),
        ({"date": date(2026, 11, 21)}, "date_in_future", "date"),
        ({"date": date(2026, 11, 2)}, "date_not_possible", "date"),
        ({"reason_code": "because"}, "reason_code_unknown", "reason_code"),
    ],
)
def test_what_cannot_have_been_issued_is_refused(platform, wish, code, field):
    assert refused(code, a_final_invoice(platform), **wish).field == field


def test_a_huge_number_is_kept_as_a_text_that_no_series_reaches(platform):
    note = a_past_note(a_final_invoice(platform), number=f"CR-2026-{2**63}")

    assert note.series_number is None
    assert a_final_note(a_final_invoice(platform)).number == "CR-2026-000001"


def test_history_is_no_way_around_an_approval(platform):
    Platform.objects.update(approval_above=0)
    invoice = a_final_invoice(Platform.objects.get())
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        a_past_note(invoice)

    assert caught.value.code == "approval_required"
    assert digest_of_rows() == before
    assert a_past_note(invoice, approved=True).status == "FINAL"


def test_another_platforms_invoice_does_not_exist(platform):
    theirs = a_final_invoice(a_platform("Zebra Holding"))
    before = digest_of_rows()

    with pytest.raises(BillingError, match="There is no invoice"):
        import_credit_note(
            platform=platform,
            wish=Wish(selections=((theirs.pk, ALL),), number="A 17", date=THEN),
            actor=CLERK,
            at=NOON,
        )

    assert digest_of_rows() == before
