"""Undoing a note that can no longer be voided, by an invoice over its amounts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.documents import files
from billing.documents.models import StoredFile
from billing.errors import BillingError
from billing.events.models import Event
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Selection
from credit_notes.services import allocate, reverse_credit_note, void_credit_note
from credit_notes.services.credit import credit as credit_as_wished
from credit_notes.services.limits import standing_of
from credit_notes.services.refund import refund
from credit_notes.services.settle_refund import settle_refund
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_entity,
)
from tests.work import do_all_work

from .stories import credit

LATER = NOON + timedelta(days=1)


def reverse(note: CreditNote, **fields: object) -> Invoice:
    """Reverse a note, and return the invoice as it is stored."""
    wish = {"platform": note.platform, "credit_note_id": note.pk, "reason": "Credited by mistake"}
    made = reverse_credit_note(**wish | {"actor": CLERK, "at": LATER} | fields)
    return Invoice.objects.with_snapshot().get(pk=made.pk)


def refused(note: CreditNote, **fields: object) -> BillingError:
    """Return how reversing was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        reverse(note, **fields)
    assert digest_of_rows() == before
    return caught.value


def e_mailed(invoice: Invoice, **wish: object) -> CreditNote:
    """Return a final note on an invoice that has left the house."""
    note = credit(invoice, finalize=True, notify=True, **wish)
    do_all_work()
    return CreditNote.objects.get(pk=note.pk)


def refunded(note: CreditNote, amount: str) -> CreditNote:
    """Pay an amount of a note out."""
    wish = {"platform": note.platform, "actor": CLERK, "at": NOON}
    for row in refund(**wish, credit_note_id=note.pk, amount=Decimal(amount)):
        settle_refund(**wish, refund_id=row.pk, succeeded=True)
    return CreditNote.objects.get(pk=note.pk)


# What it does


def test_reversing_issues_an_invoice_over_the_same_amounts_that_names_the_note(platform):
    # given
    lines = [a_line("100.00"), a_line("50.00", rate="9", name="Book"), a_line("-10.00", name="Deposit")]
    original = a_final_invoice(platform, lines=[*lines[:2], a_line("10.00", quantity="-1", name="Deposit")])
    note = e_mailed(original, note="Returned")

    # when
    invoice = reverse(note)

    # then
    assert (invoice.status, invoice.number, invoice.type_code) == ("FINAL", "INV-2026-000001", "380")
    assert (invoice.date, invoice.due_date) == (date(2026, 11, 21), date(2026, 11, 21))
    assert (invoice.customer, invoice.billing_entity) == (note.customer, note.billing_entity)
    assert (invoice.net_total, invoice.tax_total, invoice.total) == (
        note.net_total,
        note.tax_total,
        note.total,
    )
    assert [(line.name, line.net_amount) for line in invoice.lines.all()] == [
        (line.name, line.net_amount) for line in note.lines.all()
    ]
    assert invoice.preceding == [{"number": note.number, "date": "2026-11-20", "kind": "credit_note"}]
    assert invoice.snapshot.reason == "Credited by mistake"
    assert invoice.snapshot.payment_means[0].account == "NL91ABNA0417164300"
    assert invoice.einvoice_rules["ruleset"]
    assert (invoice.series.kind, invoice.series_period, invoice.series_number) == ("INVOICE", "2026", 1)


def test_a_reversed_note_stays_as_it_is_but_no_longer_counts(platform):
    # given
    original = a_final_invoice(platform)
    note = e_mailed(original)

    # when
    invoice = reverse(note)

    # then
    reversed_ = CreditNote.objects.get(pk=note.pk)
    assert (reversed_.status, reversed_.reversed_by, reversed_.reversed_at) == ("FINAL", invoice, LATER)
    assert not reversed_.is_live
    assert list(CreditNote.objects.live()) == []
    assert (reversed_.amount_allocated, reversed_.settlement) == (Decimal("121.00"), "adjusted")
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("121.00")


def test_the_original_can_be_credited_in_full_again(platform):
    # given
    original = a_final_invoice(platform)
    invoice = reverse(e_mailed(original))

    # when
    standing = standing_of(Invoice.objects.with_settlement().get(pk=original.pk))
    right = credit(original, finalize=True)

    # then: its debt was cleared by the note, which counts now as credit that it received
    assert standing.limits == (Decimal("121.00"), Decimal("0.00"), Decimal("121.00"))
    assert standing.used_by == []
    assert (right.total, right.type, right.amount_available) == (
        Decimal("121.00"),
        "refundable",
        Decimal("121.00"),
    )
    allocate(platform=platform, credit_note_id=right.pk, invoice_id=invoice.pk, actor=CLERK, at=LATER)
    due = Invoice.objects.filter(pk__in=[original.pk, invoice.pk]).values_list("amount_due", flat=True)
    assert list(due) == [Decimal(0), Decimal(0)]


def test_what_the_note_still_had_clears_the_new_invoice_at_once(platform):
    # given
    original = a_final_invoice(platform)
    a_payment(original, "100.00")
    note = e_mailed(original)
    note = refunded(note, "30.00")
    assert (note.amount_allocated, note.amount_refunded, note.amount_available) == (
        Decimal("21.00"),
        Decimal("30.00"),
        Decimal("70.00"),
    )

    # when
    invoice = reverse(note)

    # then
    note = CreditNote.objects.get(pk=note.pk)
    assert (note.amount_allocated, note.amount_available) == (Decimal("91.00"), Decimal("0.00"))
    assert [(row.invoice_id, row.amount) for row in note.allocations.order_by("id")] == [
        (original.pk, Decimal("21.00")),
        (invoice.pk, Decimal("70.00")),
    ]
    assert (invoice.amount_credited, invoice.amount_due) == (Decimal("70.00"), Decimal("51.00"))


def test_a_store_note_whose_credit_was_used_elsewhere_is_reversed(platform):
    # given
    note = credit(a_paid_invoice(platform), finalize=True, type="store")
    other = a_final_invoice(platform, lines=[a_line("50.00")])
    allocate(platform=platform, credit_note_id=note.pk, invoice_id=other.pk, actor=CLERK, at=NOON)

    # when
    invoice = reverse(note)

    # then
    assert (invoice.amount_credited, invoice.amount_due) == (Decimal("60.50"), Decimal("60.50"))
    assert Invoice.objects.get(pk=other.pk).amount_due == Decimal(0)


def test_a_standalone_note_is_reversed(platform):
    # given
    an_entity(platform)
    customer = a_customer(platform)
    bonus = FreeLine(
        name="Loyalty bonus", quantity=Decimal(1), unit_price=Decimal("80.00"), tax_rate=Decimal(21)
    )
    wish = Wish(customer_id=customer.pk, free=(bonus,), currency="EUR", note="Thank you")
    note = credit_as_wished(platform=platform, wish=wish, finalize=True, notify=True, actor=CLERK, at=NOON)
    do_all_work()

    # when
    invoice = reverse(CreditNote.objects.get(pk=note.pk))

    # then
    assert (invoice.total, invoice.amount_due) == (Decimal("96.80"), Decimal("0.00"))
    assert invoice.snapshot.payment_means[0].account == "NL91ABNA0417164300"


def test_a_note_over_several_invoices_is_reversed_by_one(platform):
    # given
    originals = [a_final_invoice(platform), a_final_invoice(platform, lines=[a_line("10.00")])]
    wish = Wish(selections=tuple((invoice.pk, Selection()) for invoice in originals))
    note = credit_as_wished(platform=platform, wish=wish, finalize=True, notify=True, actor=CLERK, at=NOON)
    do_all_work()

    # when
    invoice = reverse(CreditNote.objects.get(pk=note.pk))

    # then
    assert (invoice.total, invoice.lines.count()) == (Decimal("133.10"), 2)
    for original in Invoice.objects.with_settlement().filter(pk__in=[row.pk for row in originals]):
        assert standing_of(original).limits.creditable == original.total


def test_cash_rounding_and_the_accounting_currency_are_taken_back_with_the_rest(platform):
    # given
    original = a_final_invoice(
        platform,
        lines=[a_line("100.01")],
        rounding_amount=Decimal("-0.01"),
        accounting_currency="USD",
        accounting_tax_total=Decimal("23.10"),
    )

    # when
    invoice = reverse(e_mailed(original))

    # then
    assert (invoice.tax_total, invoice.rounding_amount, invoice.total) == (
        Decimal("21.00"),
        Decimal("-0.01"),
        Decimal("121.00"),
    )
    assert (invoice.accounting_currency, invoice.accounting_tax_total) == ("USD", Decimal("23.10"))


def test_a_note_over_nothing_is_reversed_by_an_invoice_over_nothing(platform):
    # given
    nothing = FreeLine(
        name="Correct address", quantity=Decimal(1), unit_price=Decimal(0), tax_rate=Decimal(21)
    )
    note = e_mailed(a_final_invoice(platform), selection=Selection(free=(nothing,)), note="Wrong address")

    # when
    invoice = reverse(note)

    # then
    assert (invoice.status, invoice.total, invoice.amount_due) == ("FINAL", Decimal(0), Decimal(0))
    assert CreditNote.objects.get(pk=note.pk).reversed_by == invoice


def test_payment_terms_of_the_original_are_those_of_the_reversal(platform):
    original = a_final_invoice(platform, payment_terms="30 days net")  # 3 November, due 3 December

    invoice = reverse(e_mailed(original))

    assert (invoice.payment_terms, invoice.due_date) == ("30 days net", date(2026, 12, 21))


def test_reversing_tells_what_happened_in_order(platform):
    # given
    note = e_mailed(a_paid_invoice(platform))
    start = Event.objects.count()

    # when
    invoice = reverse(note)

    # then
    events = list(Event.objects.order_by("id")[start:])
    assert [(event.type, event.object_id) for event in events] == [
        ("billing.invoice.finalized", invoice.pk),
        ("billing.invoice.credited", invoice.pk),
        ("billing.credit_note.allocated", note.pk),
        ("billing.credit_note.reversed", note.pk),
    ]
    assert {event.actor for event in events} == {CLERK}
    reversed_ = events[-1].data
    assert reversed_["object"]["reversed_by"] == {"id": invoice.pk, "number": "INV-2026-000001"}
    assert reversed_["previous"]["amount_available"] == "121.00"
    assert reversed_["object"]["amount_available"] == "0.00"
    assert reversed_["reason"] == "Credited by mistake"
    assert events[0].data["object"]["number"] == "INV-2026-000001"


def test_the_paper_of_the_invoice_is_drawn(platform):
    invoice = reverse(e_mailed(a_final_invoice(platform)))

    do_all_work()

    assert files.get(document=invoice, kind="pdf").name == "INV-2026-000001.pdf"
    assert not StoredFile.objects.filter(kind="void_pdf").exists()


def test_the_reversal_is_not_credited_itself_but_cleared_by_a_new_credit_of_the_original(platform):
    # given
    original = a_final_invoice(platform)
    invoice = reverse(e_mailed(original))

    # when
    with pytest.raises(BillingError) as caught:
        credit(invoice, finalize=True, at=LATER)
    note = credit(original, finalize=True, at=LATER)
    allocate(platform=platform, credit_note_id=note.pk, invoice_id=invoice.pk, actor=CLERK, at=LATER)

    # then
    assert caught.value.code == "reversal_not_credited"
    assert caught.value.facts["originals"] == [{"id": original.pk, "number": original.number}]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal(0)
    assert standing_of(Invoice.objects.get(pk=original.pk)).limits.creditable == Decimal(0)


# What stands in the way


def test_what_can_be_voided_is_voided_instead(platform):
    refusal = refused(a_final_note(a_final_invoice(platform)))

    assert refusal.code == "void_instead"


def test_drafts_and_void_and_reversed_notes_are_refused_by_name(platform):
    draft = a_draft_note(a_final_invoice(platform))
    assert refused(draft).code == "note_not_final"

    note = a_final_note(a_final_invoice(platform))
    void_credit_note(platform=platform, credit_note_id=note.pk, reason="Twice", actor=CLERK, at=NOON)
    assert refused(note).code == "already_voided"

    note = e_mailed(a_final_invoice(platform))
    invoice = reverse(note)
    refusal = refused(note)
    assert refusal.code == "already_reversed"
    assert refusal.facts["invoice"] == {"id": invoice.pk, "number": invoice.number}
    with pytest.raises(BillingError) as caught:
        void_credit_note(platform=platform, credit_note_id=note.pk, reason="Too late", actor=CLERK, at=LATER)
    assert caught.value.code == "already_reversed"


def test_a_refund_on_its_way_is_waited_for(platform):
    note = a_final_note(a_paid_invoice(platform))
    [row] = refund(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)

    refusal = refused(note)

    assert refusal.code == "has_pending_refunds"
    assert refusal.facts["refunds"] == [{"id": row.pk, "status": "PENDING"}]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_reversing_needs_a_reason_that_can_be_kept(platform, reason):
    refusal = refused(e_mailed(a_final_invoice(platform)), reason=reason)

    assert (refusal.code, refusal.field) == ("reason_required", "reason")


def test_a_reason_that_no_e_invoice_can_carry_uses_no_number(platform):
    note = e_mailed(a_final_invoice(platform))

    refusal = refused(note, reason="Bell \x07")

    assert refusal.code == "einvoice_invalid"
    assert reverse(note).number == "INV-2026-000001"


def test_another_platforms_note_is_not_there(platform):
    note = e_mailed(a_final_invoice(platform))

    assert refused(note, platform=a_platform("Somebody else")).code == "not_found"
