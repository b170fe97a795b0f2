"""Taking a note back: the books are where they were, its number stays used, what is in the way is named."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pypdf
import pytest
from django.core import mail
from django.db import connection

from billing.documents import files
from billing.documents.models import StoredFile
from billing.errors import BillingError
from billing.events import relay
from billing.events.models import Event, Reaction
from billing.platforms.models import Customer
from credit_notes.models import Allocation, CreditNote
from credit_notes.selection import Pick, Selection
from credit_notes.services import allocate, deallocate, return_tax_withheld, void_credit_note
from credit_notes.services.credit import credit as credit_as_wished
from credit_notes.services.refund import refund
from credit_notes.services.settle_refund import settle_refund
from credit_notes.services.withheld import remove_tax_withheld_refund
from credit_notes.wish import Wish
from invoices.models import Invoice, TaxWithheld
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

LATER = NOON + timedelta(hours=3)


def void(note: CreditNote, **fields: object) -> CreditNote:
    wish = {"platform": note.platform, "credit_note_id": note.pk, "reason": "Sent to the wrong customer"}
    return void_credit_note(**wish | {"actor": CLERK, "at": LATER} | fields)


def refused(note: CreditNote, **fields: object) -> BillingError:
    """Return how voiding was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        void(note, **fields)
    assert digest_of_rows() == before
    return caught.value


def books_of(invoice: Invoice) -> dict[str, object]:
    """Return all columns of an invoice and its customer, but not when they changed, and the live credit."""
    found: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table, pk in ((Invoice, invoice.pk), (Customer, invoice.customer_id)):
            name = table._meta.db_table
            cursor.execute(f"SELECT to_jsonb(t) - 'updated_at' FROM {name} t WHERE id = %s", [pk])
            found[name] = cursor.fetchone()[0]
    rows = Allocation.objects.filter(invoice=invoice)
    return found | {"credit": sum((row.amount for row in rows), Decimal(0))}


# What it does


def test_voiding_an_adjustment_makes_the_invoice_due_again(platform):
    # given
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice)

    # when
    void(note)

    # then
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("121.00")
    rows = list(note.allocations.order_by("id"))
    assert [row.amount for row in rows] == [Decimal("121.00"), Decimal("-121.00")]
    assert rows[1].reverses == rows[0]
    note = CreditNote.objects.get(pk=note.pk)
    assert (note.status, note.settlement, note.number) == ("VOID", "voided", "CR-2026-000001")
    assert (note.void_reason, note.voided_at) == ("Sent to the wrong customer", LATER)
    assert (note.amount_allocated, note.amount_refunded) == (Decimal(0), Decimal(0))
    assert not note.is_live


@pytest.mark.parametrize("type", ["", "refundable", "store"])
@pytest.mark.parametrize("paid", ["", "50.00", "121.00"])
def test_voiding_puts_invoice_and_customer_exactly_where_they_were(platform, type, paid):
    # given
    invoice = a_final_invoice(platform)
    if paid:
        a_payment(invoice, paid)
    before = books_of(invoice)
    note = credit(invoice, finalize=True, type=type)

    # when
    void(note)

    # then
    assert books_of(invoice) == before


def test_the_right_note_can_be_issued_after_the_wrong_one_and_takes_the_next_number(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00", rate="9")])
    wrong = a_final_note(invoice)

    # when
    void(wrong)
    right = credit(invoice, finalize=True, note="The right one")

    # then
    assert (right.number, right.total) == ("CR-2026-000002", Decimal("175.50"))
    assert [(tax.base, tax.amount) for tax in right.taxes] == [
        (Decimal("100.00"), Decimal("21.00")),
        (Decimal("50.00"), Decimal("4.50")),
    ]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal(0)


def test_a_void_partial_note_no_longer_counts_between_two_others(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("33.33"), a_line("33.33"), a_line("33.34")])
    lines = [line.pk for line in invoice.lines.all()]
    notes = [
        credit(invoice, finalize=True, selection=Selection(picks=(Pick(invoice_line=line),)))
        for line in lines[:2]
    ]
    assert [note.total for note in notes] == [Decimal("40.33"), Decimal("40.33")]

    # when
    void(notes[0])
    rest = credit(invoice, finalize=True)

    # then: with the note that stands, it makes up the invoice exactly
    assert rest.total == Decimal("80.67")
    assert rest.total + notes[1].total == invoice.total
    assert rest.tax_total + notes[1].tax_total == invoice.tax_total


def test_a_note_over_several_invoices_gives_each_of_them_its_debt_back(platform):
    # given
    invoices = [a_final_invoice(platform), a_final_invoice(platform, lines=[a_line("10.00")])]
    before = [books_of(invoice) for invoice in invoices]
    wish = Wish(selections=tuple((invoice.pk, Selection()) for invoice in invoices))
    note = credit_as_wished(platform=platform, wish=wish, finalize=True, actor=CLERK, at=NOON)
    assert [row.amount for row in note.allocations.all()] == [Decimal("121.00"), Decimal("12.10")]

    # when
    void(note)

    # then
    assert [books_of(invoice) for invoice in invoices] == before


def test_voiding_tells_what_was_and_what_is(platform):
    # given
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00")
    note = a_final_note(invoice)
    start = Event.objects.count()

    # when
    void(note)

    # then
    removed, voided = Event.objects.order_by("id")[start:]
    assert (removed.type, removed.object_id) == ("billing.invoice.credit_removed", invoice.pk)
    assert removed.data["object"]["amount_due"] == "100.00"
    assert removed.data["previous"]["amount_due"] == "0.00"
    assert (removed.data["credit_note"], removed.data["amount"]) == (note.pk, "100.00")
    assert (voided.type, voided.object_id) == ("billing.credit_note.voided", note.pk)
    assert voided.data["object"]["status"] == "VOID"
    assert voided.data["previous"]["status"] == "FINAL"
    assert voided.data["previous"]["amount_allocated"] == "100.00"
    assert voided.data["reason"] == "Sent to the wrong customer"
    assert {removed.actor, voided.actor} == {CLERK}
    assert CreditNote.objects.get(pk=note.pk).version == note.version + 1


# What stands in the way


def test_a_draft_is_not_voided(platform):
    refusal = refused(a_draft_note(a_final_invoice(platform)))

    assert refusal.code == "note_not_final"


def test_a_note_is_voided_once(platform):
    note = a_final_note(a_final_invoice(platform))
    void(note)

    refusal = refused(note)

    assert (refusal.code, refusal.facts["number"]) == ("already_voided", "CR-2026-000001")


def test_a_refund_stands_in_the_way_from_its_beginning_until_it_fails(platform):
    # given
    note = a_final_note(a_paid_invoice(platform))
    [row] = refund(platform=platform, credit_note_id=note.pk, amount=Decimal("20.00"), actor=CLERK, at=NOON)
    wish = {"platform": platform, "refund_id": row.pk, "actor": CLERK, "at": NOON}

    # then
    refusal = refused(note)
    assert refusal.code == "has_refunds"
    assert "still pending" in refusal.detail
    assert refusal.facts["refunds"] == [
        {"id": row.pk, "amount": "20.00", "status": "PENDING", "method": "bank_transfer"}
    ]

    settle_refund(**wish, succeeded=False, failure="The account is closed")
    assert void(note).status == "VOID"


def test_money_that_was_refunded_stands_in_the_way(platform):
    note = a_final_note(a_paid_invoice(platform))
    [row] = refund(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    settle_refund(platform=platform, refund_id=row.pk, succeeded=True, actor=CLERK, at=NOON)

    refusal = refused(note)

    assert refusal.code == "has_refunds"
    assert refusal.detail == "121.00 EUR of CR-2026-000001 has been refunded. Reverse it instead."


def test_returned_withheld_tax_stands_in_the_way_until_the_return_is_removed(platform):
    # given
    invoice = a_final_invoice(platform)
    withheld = {"amount": Decimal("10.00"), "date": NOON.date(), "created_at": NOON}
    TaxWithheld.objects.create(platform=platform, invoice=invoice, **withheld)
    Invoice.objects.filter(pk=invoice.pk).update(amount_withheld=Decimal("10.00"))
    note = a_final_note(Invoice.objects.get(pk=invoice.pk))
    wish = {"platform": platform, "actor": CLERK, "at": NOON}
    row = return_tax_withheld(**wish, credit_note_id=note.pk, date=NOON.date())

    # then
    refusal = refused(note)
    assert refusal.code == "has_tax_withheld_refunds"
    assert refusal.facts["tax_withheld_refunds"] == [
        {"id": row.pk, "amount": "10.00", "date": NOON.date().isoformat()}
    ]

    remove_tax_withheld_refund(**wish, refund_id=row.pk)
    assert void(note).status == "VOID"


def test_credit_at_another_invoice_stands_in_the_way_until_it_is_taken_back(platform):
    # given
    note = a_final_note(a_paid_invoice(platform))
    other = a_final_invoice(platform, lines=[a_line("50.00")])
    wish = {"platform": platform, "actor": CLERK, "at": NOON}
    row = allocate(**wish, credit_note_id=note.pk, invoice_id=other.pk)

    # then
    refusal = refused(note)
    assert refusal.code == "has_allocations"
    assert refusal.facts["allocations"] == [
        {"id": row.pk, "amount": "60.50", "invoice": {"id": other.pk, "number": other.number}}
    ]
    assert other.number in refusal.detail

    deallocate(**wish, allocation_id=row.pk)
    assert void(note).status == "VOID"


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 2001, "nul\0"])
def test_voiding_needs_a_reason_that_can_be_kept(platform, reason):
    note = a_final_note(a_final_invoice(platform))

    refusal = refused(note, reason=reason)

    assert (refusal.code, refusal.field) == ("reason_required", "reason")


def test_another_platforms_note_is_not_there(platform):
    note = a_final_note(a_final_invoice(platform))

    refusal = refused(note, platform=a_platform("Somebody else"))

    assert refusal.code == "not_found"
    assert refused(note, credit_note_id="\0").code == "not_found"


# The e-mail


def test_a_note_that_was_e_mailed_has_left_the_house(platform):
    note = credit(a_final_invoice(platform), finalize=True, notify=True)
    do_all_work()

    refusal = refused(note)

    assert refusal.code == "einvoice_already_sent"
    assert "ap@bieres.example" in refusal.detail
    assert [message["to"] for message in refusal.facts["messages"]] == [["ap@bieres.example"]]


def test_a_note_that_was_voided_in_time_is_not_e_mailed(platform):
    # given
    note = credit(a_final_invoice(platform), finalize=True, notify=True)

    # when
    void(note)
    do_all_work()

    # then
    assert mail.outbox == []
    assert not note.messages.exists()
    assert not Reaction.objects.exclude(status="DONE").exists()


def test_a_note_is_not_voided_while_a_worker_has_its_e_mail_in_hand(platform):
    # given: everything is made, and a worker has just taken the e-mail
    note = credit(a_final_invoice(platform), finalize=True, notify=True)
    work = {"event__object_id": note.pk, "name": "email_credit_note"}
    while not (waiting := Reaction.objects.filter(**work).first()):
        for reaction in Reaction.objects.pending().filter(attempts=0):
            relay.react(reaction_id=reaction.pk, at=NOON)
    Reaction.objects.claim(waiting.pk, at=LATER, lease=relay.LEASE)

    # then
    refusal = refused(note)
    assert (refusal.code, refusal.facts["messages"]) == ("einvoice_already_sent", [])
    assert "at this moment" in refusal.detail
    assert void(note, at=LATER + relay.LEASE).status == "VOID"


def test_an_e_mail_that_nobody_asked_for_does_not_stand_in_the_way(platform):
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    Reaction.objects.filter(name="email_credit_note").update(
        status="PENDING", leased_until=LATER + relay.LEASE
    )

    assert void(note).status == "VOID"


# The paper


def words_on(file: StoredFile) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(files.read(file))).pages)


@pytest.mark.parametrize(("language", "word"), [("en", "Void"), ("de", "Ungültig"), ("pl", "Unieważniona")])
def test_the_paper_of_a_void_note_says_so_and_the_first_one_stays_as_it_was(platform, language, word):
    # given
    an_entity(platform)
    note = a_final_note(a_final_invoice(platform, buyer=a_customer(platform, language=language)))
    do_all_work()
    issued = files.get(document=note, kind="pdf")

    # when
    void(note)
    do_all_work()

    # then
    note = CreditNote.objects.get(pk=note.pk)
    marked = files.shown(document=note, kind="pdf")
    assert (marked.kind, marked.name) == ("void_pdf", "CR-2026-000001-VOID.pdf")
    assert words_on(marked).count(word) == 2  # above the title, and across the page
    assert word not in words_on(issued)
    assert files.get(document=note, kind="pdf") == issued
    assert StoredFile.objects.filter(document_id=note.pk).count() == 5
    assert not Reaction.objects.exclude(status="DONE").exists()


def test_a_note_that_is_voided_before_its_papers_are_made_gets_them_all(platform):
    note = a_final_note(a_final_invoice(platform))
    void(note)

    do_all_work()
    do_all_work()

    kinds = StoredFile.objects.filter(document_id=note.pk).values_list("kind", flat=True)
    assert sorted(kinds) == ["html", "pdf", "void_html", "void_pdf", "xml"]


def test_a_void_note_shows_no_paper_until_the_marked_one_is_made(platform):
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    void(note)

    with pytest.raises(BillingError) as caught:
        files.shown(document=CreditNote.objects.get(pk=note.pk), kind="pdf")

    assert (caught.value.code, caught.value.status) == ("file_not_ready", 404)
