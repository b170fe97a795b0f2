"""Twelve things that a credit-note desk gets right or does not: each once through the whole house."""

from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.db import Error, connection, transaction
from lxml import etree

from billing.api.idempotency import take_turn
from billing.documents import files
from billing.documents.snapshot import Address, Delivery
from billing.einvoice import gate
from billing.errors import BillingError
from billing.platforms.models import Platform
from billing_desk.audit import audit
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import (
    allocate_oldest_first,
    credit,
    deallocate,
    delete_draft,
    record_refund,
    void_credit_note,
)
from credit_notes.wish import Wish
from invoices.models import Invoice
from invoices.services import record_tax_withheld
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
    an_api_key,
    an_entity,
)
from tests.threads import at_once
from tests.work import do_all_work

from .stories import (
    a_free_line,
    again,
    balance_of,
    due,
    finalize,
    four_lines,
    issue,
    lump_sum,
    pick,
    refusal,
    refused,
    sums_of,
)

BY: dict[str, Any] = {"actor": CLERK, "at": NOON}
TODAY = NOON.date()


def xml_of(paper: CreditNote | Invoice) -> etree._Element:
    return etree.fromstring(gate.require_valid(paper.snapshot))


def texts(xml: etree._Element, path: str) -> list[str]:
    """Return the texts at a path of local names."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    return [each.text or "" for each in xml.xpath(f".//{steps}")]


# 1


def test_the_credit_of_a_paid_invoice_equals_it_but_for_type_number_date_and_reference(platform):
    # given
    lines = [a_line("100.00", quantity="2", unit_price="50"), a_line("19.99", rate="9"), a_line("7.77")]
    invoice = a_paid_invoice(platform, lines=lines)
    invoice = Invoice.objects.with_snapshot().get(pk=invoice.pk)

    # when
    note = CreditNote.objects.with_snapshot().get(pk=issue(invoice, Selection()).pk)

    # then
    assert (note.type, note.settlement, note.amount_available) == ("refundable", "refund_due", invoice.total)
    credited, billed = xml_of(note), xml_of(invoice)
    assert texts(credited, "CreditNoteTypeCode") == ["381"]
    assert texts(credited, "BillingReference/InvoiceDocumentReference/ID") == [invoice.number]
    assert texts(credited, "BillingReference/InvoiceDocumentReference/IssueDate") == ["2026-11-03"]
    assert texts(credited, "CreditedQuantity") == texts(billed, "InvoicedQuantity") == ["2", "1", "1"]
    for same in (
        "Item/Name",
        "PriceAmount",
        "LineExtensionAmount",
        "TaxSubtotal/TaxableAmount",
        "TaxSubtotal/TaxAmount",
        "TaxInclusiveAmount",
        "PartyLegalEntity/RegistrationName",
    ):
        assert texts(credited, same) == texts(billed, same) != []


# 2


@pytest.mark.parametrize(
    ("order", "totals"),
    [
        ((1, 3, 4, 2), ["82.00", "69.00", "101.99", "82.00"]),
        ((1, 2, 3, 4), ["82.00", "81.99", "69.00", "102.00"]),
    ],
)
def test_four_notes_differ_by_a_cent_with_their_order_and_always_come_to_334_99(platform, order, totals):
    invoice = four_lines(platform)

    notes = [issue(invoice, pick(invoice, position)) for position in order]

    assert [sums_of(note)[2] for note in notes] == totals
    assert (sum(note.total for note in notes), due(invoice)) == (Decimal("334.99"), "0.00")


# 3


def test_unpaid_half_paid_and_payment_on_its_way(platform):
    # given
    unpaid, half, coming = (a_final_invoice(platform) for _ in range(3))
    a_payment(half, "60.50")
    a_payment(coming, "40.00", method="direct_debit", status="IN_PROGRESS")

    # then
    assert balance_of(issue(unpaid, Selection())) == ("adjustment", "121.00", "0.00", "0.00")
    assert balance_of(issue(half, Selection())) == ("refundable", "60.50", "0.00", "60.50")
    refused_ = refusal(coming, finalize=True)
    assert (refused_.code, refused_.facts["limit"]) == ("amount_exceeds_creditable", "81.00")
    assert refused_.facts["terms"]["payments_in_progress"] == "40.00"
    assert "payments of 40.00 EUR are still in progress" in refused_.detail


# 4


def test_500_of_credit_clears_300_and_half_of_400_and_one_is_taken_back(platform):
    # given
    def an_invoice(total: str, due_date: date) -> Invoice:
        return a_final_invoice(
            platform, lines=[a_line(total, rate="0", category="Z")], due_date=due_date, date=date(2026, 1, 1)
        )

    credited = an_invoice("500.00", date(2026, 2, 1))
    a_payment(credited, "500.00")
    note = issue(credited, Selection())
    old, new = an_invoice("300.00", date(2026, 3, 1)), an_invoice("400.00", date(2026, 4, 1))

    # when
    first, second = allocate_oldest_first(platform=platform, credit_note_id=note.pk, **BY)

    # then
    assert (due(old), due(new)) == ("0.00", "200.00")
    assert balance_of(again(note)) == ("refundable", "500.00", "0.00", "0.00")
    void = partial(void_credit_note, platform=platform, credit_note_id=note.pk, reason="Wrong", **BY)
    undo = partial(deallocate, platform=platform, **BY)
    undo(allocation_id=first.pk)
    assert (due(old), due(new)) == ("300.00", "200.00")
    assert refused(void).code == "has_allocations"
    undo(allocation_id=second.pk)
    assert again(void()).settlement == "voided"


# 5


def test_40_is_returned_against_30_offline_5_withheld_and_5_online(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("55.00", rate="0", category="Z")])
    a_payment(invoice, "30.00", method="cash")
    a_payment(invoice, "20.00", method="stripe", reference="pi_1")
    record_tax_withheld(platform=platform, invoice_id=invoice.pk, amount=Decimal("5.00"), date=TODAY, **BY)
    note = issue(invoice, Selection())

    # when
    rows = record_refund(
        platform=platform,
        credit_note_id=note.pk,
        amount=Decimal("40.00"),
        date=TODAY,
        method="bank_transfer",
        **BY,
    )

    # then
    assert [f"{row.amount:.2f}" for row in rows] == ["30.00", "5.00", "5.00"]
    assert balance_of(again(note)) == ("refundable", "0.00", "40.00", "15.00")


# 6


class Crash(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers_and_a_crash_gives_its_number_back(transactional_db):
    # given
    platform = Platform.objects.create(name="Acme Group")
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(3)]

    def crash() -> None:
        with transaction.atomic():
            assert finalize(drafts[2]).number == "CR-2026-000001"
            raise Crash

    with pytest.raises(Crash):
        crash()

    # when
    at_once([partial(finalize, draft) for draft in drafts[:2]])

    # then
    assert sorted(again(draft).number for draft in drafts) == ["", "CR-2026-000001", "CR-2026-000002"]


# 7


@pytest.mark.django_db(transaction=True)
def test_a_key_is_answered_once_replayed_and_refused_for_another_body(transactional_db, client):
    # given
    platform = Platform.objects.create(name="Acme Group")
    invoice = a_final_invoice(platform)
    headers = {"X-API-KEY": an_api_key(platform), "Idempotency-Key": "month-end"}

    def post(body: dict[str, Any]) -> Any:
        return client.post(
            f"/v1/invoices/{invoice.pk}/credit", body, content_type="application/json", headers=headers
        )

    # when
    def while_another_runs() -> Any:
        with transaction.atomic():
            assert take_turn(f"{platform.pk}::month-end")
            return at_once([lambda: post({"finalize": True})])[0]

    in_flight = while_another_runs()
    first, second, other = post({"finalize": True}), post({"finalize": True}), post({"finalize": False})

    # then
    assert (in_flight.status_code, in_flight.json()["code"]) == (409, "request_in_progress")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert CreditNote.objects.count() == 1


# 8


def test_a_negative_line_stays_negative_on_a_note_of_type_381(platform):
    lines = [a_line("100.00"), a_line("-20.00", quantity="-2", unit_price="10.00", name="Discount")]
    invoice = a_final_invoice(platform, lines=lines)

    note = CreditNote.objects.with_snapshot().get(pk=issue(invoice, Selection()).pk)

    xml = xml_of(note)
    assert texts(xml, "CreditNoteTypeCode") == ["381"]
    assert texts(xml, "CreditedQuantity") == ["1", "-2"]
    assert texts(xml, "CreditNoteLine/LineExtensionAmount") == ["100.00", "-20.00"]
    assert texts(xml, "PriceAmount") == ["100.00", "10.00"]
    assert texts(xml, "PayableAmount") == ["96.80"]


# 9


@pytest.mark.parametrize("rate", ["16", "25.5"])
def test_a_note_keeps_the_rate_of_its_invoice_whatever_it_is_today(platform, rate):
    invoice = a_final_invoice(platform, lines=[a_line("99.99", rate=rate)])

    note = issue(invoice, lump_sum("10.00"))

    assert [tax.rate for tax in note.taxes] == [Decimal(rate)]


@pytest.mark.parametrize(
    ("category", "country", "fields"),
    [
        ("AE", "BE", {}),
        ("K", "BE", {}),
        ("G", "CH", {"vat_number": "", "endpoint_id": "7300010000001", "endpoint_scheme": "0088"}),
        ("O", "BE", {"vat_number": ""}),
    ],
)
def test_a_note_keeps_why_there_is_no_vat(platform, category, country, fields):
    # given
    buyer = a_customer(platform, country=country, **fields)
    seller = an_entity(platform, **({"vat_number": "", "tax_number": "NL-1"} if category == "O" else {}))
    rate = None if category == "O" else "0"
    said: dict[str, Any] = {"delivery": delivered(country)} if category in "KG" else {}
    line = a_line("99.99", rate=rate, category=category)
    invoice = a_final_invoice(platform, seller=seller, buyer=buyer, lines=[line], **said)

    # when
    note = issue(invoice, lump_sum("33.33"))

    # then
    (tax,) = note.taxes
    (billed,) = invoice.taxes
    assert (tax.category, tax.exemption_reason, tax.exemption_code) == (
        category,
        billed.exemption_reason,
        billed.exemption_code,
    )
    assert (tax.base, tax.amount, note.total) == (Decimal("33.33"), Decimal("0.00"), Decimal("33.33"))


def delivered(country: str) -> Delivery:
    return Delivery(date=date(2026, 11, 1), address=Address(line1="Dock 1", city="Port", country=country))


# 10


def test_yen_have_no_decimals_and_a_northern_irish_buyer_its_own_vat_prefix(platform):
    buyer = a_customer(
        platform,
        country="XI",
        vat_number="XI110305878",
        city="Belfast",
        postal_code="BT1 5GS",
        endpoint_id="7300010000001",
        endpoint_scheme="0088",
    )
    invoice = a_final_invoice(
        platform, buyer=buyer, lines=[a_line("1000", rate="10", currency="JPY")], currency="JPY"
    )

    note = CreditNote.objects.with_snapshot().get(pk=issue(invoice, lump_sum("333")).pk)

    assert texts(xml_of(note), "PayableAmount") == ["333"]
    assert texts(xml_of(note), "AccountingCustomerParty/Party/PartyTaxScheme/CompanyID") == ["XI110305878"]


def test_dinars_have_three_decimals_until_an_e_invoice_forbids_them(platform):
    invoice = a_final_invoice(
        platform, lines=[a_line("1.500", rate="5", currency="KWD")], currency="KWD", profile="en16931"
    )

    assert credit_of(invoice, lump_sum("0.525")).total == Decimal("0.525")
    assert refusal(invoice, selection=lump_sum("0.525"), finalize=True).facts["rules"][0]["id"] == (
        "BD-CURRENCY-PLACES"
    )


def credit_of(invoice: Invoice, selection: Selection) -> CreditNote:
    wish = Wish(selections=((invoice.pk, selection),))
    return CreditNote.objects.get(pk=credit(platform=invoice.platform, wish=wish, **BY).pk)


def test_a_self_billed_invoice_and_a_bonus_have_type_codes_of_their_own(platform):
    self_billed = a_final_invoice(platform, type_code="389", profile="en16931")
    customer = again(self_billed.customer)
    wish = Wish(customer_id=customer.pk, currency="EUR", free=(a_free_line("5.00", rate="21"),))

    bonus = credit(platform=platform, wish=wish, finalize=True, **BY)

    assert issue(self_billed, Selection()).snapshot.type_code == "261"
    bonus = CreditNote.objects.with_snapshot().get(pk=bonus.pk)
    assert texts(xml_of(bonus), "CreditNoteTypeCode") == ["83"]
    assert texts(xml_of(bonus), "BillingReference") == []


# 11


def test_a_draft_is_deleted_and_a_final_note_cannot_be_changed_by_anybody(platform):
    # given
    draft, note = a_draft_note(a_final_invoice(platform)), a_final_note(a_final_invoice(platform))
    delete = partial(delete_draft, platform=platform, **BY)

    # then
    delete(credit_note_id=draft.pk)
    assert not CreditNote.objects.filter(pk=draft.pk).exists()
    assert refused(lambda: delete(credit_note_id=note.pk)).code == "note_not_draft"
    note.note = "Another reason"
    with pytest.raises(BillingError) as caught:
        note.save()
    assert caught.value.code == "document_is_final"
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credit_notes_creditnote SET note = 'Another' WHERE id = %s", [note.pk])
    assert audit(platform_id=platform.pk).holds


def test_what_somebody_changes_behind_the_triggers_is_found_by_the_audit(platform):
    note = a_final_note(a_final_invoice(platform))
    assert audit(platform_id=platform.pk).holds

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE credit_notes_creditnote"
            " SET snapshot = jsonb_set(snapshot, '{totals,net_total}', '\"1.00\"') WHERE id = %s",
            [note.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")

    findings = audit(platform_id=platform.pk).findings
    assert any(note.number in str(finding) for finding in findings)


# 12


def test_it_is_called_a_credit_note_and_asks_for_no_payment_also_once_it_is_settled(platform, outbox):
    # given
    invoice = a_paid_invoice(platform)
    note = issue(invoice, Selection(), notify=True)
    do_all_work()

    # then
    (message,) = outbox
    assert message["Subject"].startswith(f"Credit note {note.number}")
    words = pdf_words(note)
    assert "Credit note" in words
    assert invoice.number in words
    for never in ("NL91ABNA0417164300", "Please pay", "Due date", "Payment terms"):
        assert never not in words

    # when
    record_refund(
        platform=platform,
        credit_note_id=note.pk,
        amount=note.total,
        date=TODAY,
        method="bank_transfer",
        **BY,
    )
    do_all_work()

    # then
    assert again(note).settlement == "refunded"
    assert pdf_words(note) == words


def pdf_words(note: CreditNote) -> str:
    file = files.get(document=note, kind="pdf")
    return " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(files.read(file))).pages)
