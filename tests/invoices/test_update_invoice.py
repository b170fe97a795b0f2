"""Drafts of invoices: changed, thrown away, held; final ones stay as they are."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.documents.models import NumberGap
from billing.documents.snapshot import Note, PaymentMeans
from billing.errors import BillingError
from billing.events.models import Event
from billing.platforms.models import BillingEntity, Customer
from billing_desk.audit import audit
from invoices.models import Invoice, InvoiceAllowanceCharge, InvoiceLine
from invoices.services import (
    delete_invoice_draft,
    finalize_invoice,
    hold_invoice,
    release_invoice,
    update_invoice,
)
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_final_invoice, a_platform, an_api_key, an_entity
from tests.threads import at_once

from .wishes import a_line_wish, an_extra_wish, create


def change(invoice: Invoice, **changes: Any) -> Invoice:
    update_invoice(platform=invoice.platform, invoice_id=invoice.pk, changes=changes, actor=CLERK, at=NOON)
    return Invoice.objects.get(pk=invoice.pk)


def finalize(invoice: Invoice, **fields: Any) -> Invoice:
    finalize_invoice(
        platform=invoice.platform, invoice_id=invoice.pk, **{"actor": CLERK, "at": NOON} | fields
    )
    return Invoice.objects.with_snapshot().get(pk=invoice.pk)


def test_new_lines_replace_all_that_were_there(platform):
    # given
    invoice = create(platform, a_line_wish("10.00"), a_line_wish("20.00"))

    # when
    invoice = change(invoice, lines=(a_line_wish("7.00", "3", rate="9", group="Hours"),))

    # then
    (line,) = InvoiceLine.objects.all()
    assert (line.net_amount, line.group, line.position) == (Decimal("21.00"), "Hours", 1)
    assert (invoice.total, invoice.version) == (Decimal("22.89"), 2)
    event = Event.objects.latest("id")
    assert event.type == "billing.invoice.updated"
    assert (event.data["object"]["total"], event.data["previous"]["total"]) == ("22.89", "36.30")
    assert event.data["object"]["lines"] == 1


def test_words_change_without_touching_the_sums(platform):
    # given
    invoice = create(platform, allowances_charges=(an_extra_wish(percent="10"),), price_type="tax_inclusive")
    lines = list(InvoiceLine.objects.values_list("pk", flat=True))

    # when
    invoice = change(
        invoice, contract_reference="C-9", notes=(Note("Thank you"),), due_date=date(2026, 12, 1)
    )

    # then
    assert (invoice.contract_reference, invoice.notes) == ("C-9", (Note("Thank you"),))
    assert invoice.total == Decimal("90.00")
    assert list(InvoiceLine.objects.values_list("pk", flat=True)) == lines
    previous = Event.objects.latest("id").data["previous"]
    assert previous == {"contract_reference": "", "notes": [], "due_date": None}


def test_a_percentage_follows_the_new_lines(platform):
    invoice = create(
        platform,
        a_line_wish("100.00", "2", allowances_charges=(an_extra_wish(percent="50"),)),
        allowances_charges=(an_extra_wish(percent="10"),),
    )
    assert invoice.net_total == Decimal("90.00")

    invoice = change(invoice, lines=(a_line_wish("300.00"),))
    assert invoice.net_total == Decimal("270.00")

    invoice = change(invoice, allowances_charges=(an_extra_wish("20.00"),))
    assert invoice.net_total == Decimal("280.00")


def test_a_draft_that_somebody_else_has_edited_is_not_edited_over(platform):
    # given
    invoice = create(platform)
    seen = {"platform": platform, "invoice_id": invoice.pk, "version": 1, "actor": CLERK, "at": NOON}
    update_invoice(changes={"contract_reference": "C-9"}, **seen)
    before = digest_of_rows()

    # when
    with pytest.raises(BillingError, match="has changed since you looked at it") as caught:
        update_invoice(changes={"contract_reference": "C-10"}, **seen)

    # then
    assert caught.value.code == "changed_meanwhile"
    assert digest_of_rows() == before


def test_the_api_is_told_which_version_was_looked_at(platform, client):
    invoice = create(platform)
    body = {"version": 1, "contract_reference": "C-9"}
    ask = {"content_type": "application/json", "headers": {"X-API-KEY": an_api_key(platform)}}

    answers = [client.patch(f"/v1/invoices/{invoice.pk}", body, **ask) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "changed_meanwhile"


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_who_looked_at_the_same_draft_one_edits_it():
    platform = a_platform()
    invoice = create(platform)
    seen = {"platform": platform, "invoice_id": invoice.pk, "version": 1, "actor": CLERK, "at": NOON}
    edits = [partial(update_invoice, changes={"contract_reference": f"C-{n}"}, **seen) for n in range(16)]

    outcomes = at_once(edits)

    assert sum(isinstance(outcome, Invoice) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, BillingError)} == {
        "changed_meanwhile"
    }
    assert Invoice.objects.get().version == 2


def test_prices_with_vat_stay_what_they_were(platform):
    invoice = create(platform, a_line_wish("9.99", "3"), price_type="tax_inclusive")
    assert invoice.total == Decimal("29.97")

    invoice = change(invoice, allowances_charges=(an_extra_wish("2.97"),))
    assert invoice.total == Decimal("27.00")


def test_amounts_with_vat_are_only_changed_together(platform):
    # given
    invoice = create(platform, allowances_charges=(an_extra_wish("5.00"),), price_type="tax_inclusive")
    before = digest_of_rows()

    # when
    for changes in ({"lines": (a_line_wish(),)}, {"allowances_charges": ()}, {"currency": "SEK"}):
        with pytest.raises(BillingError) as caught:
            change(invoice, **changes)
        assert caught.value.code == "parts_needed"
    assert digest_of_rows() == before

    # then
    invoice = change(invoice, lines=(a_line_wish("80.00"),), allowances_charges=())
    assert invoice.total == Decimal("80.00")


def test_the_same_again_changes_nothing(platform):
    invoice = create(
        platform,
        a_line_wish("9.99", "3", group="Hours", allowances_charges=(an_extra_wish(percent="3"),)),
        a_line_wish(rate=None, tax_category="E", exemption_reason="Education"),
        allowances_charges=(an_extra_wish("1.00", tax_category="S", tax_rate=Decimal(21)),),
        currency="EUR",
    )
    before = digest_of_rows()

    change(invoice, currency="EUR")
    change(invoice, internal_comment="")

    assert digest_of_rows() == before


def test_a_draft_can_go_to_another_customer_of_another_seller(platform):
    # given
    invoice = create(platform, buyer_reference="FOR-THE-FIRST")
    fields = {"vat_number": "BE0403019261", "buyer_reference": "LEITWEG", "language": "fr"}
    customer = a_customer(platform, name="Brasserie SA", **fields)
    entity = an_entity(
        platform, name="Acme Services B.V.", vat_number="NL004495445B01", bank_account="NL02ABNA0123456789"
    )

    # when
    invoice = change(invoice, customer=customer.pk, billing_entity=entity.pk)

    # then
    assert (invoice.customer, invoice.billing_entity) == (customer, entity)
    assert (invoice.buyer.name, invoice.seller.name) == ("Brasserie SA", "Acme Services B.V.")
    assert (invoice.buyer_reference, invoice.language) == ("LEITWEG", "fr")
    assert invoice.payment_means == (
        PaymentMeans("30", account="NL02ABNA0123456789", account_name="Acme Services B.V."),
    )


def test_of_a_final_invoice_only_what_is_not_printed_changes(platform):
    # given
    invoice = create(platform, finalize=True)

    # when
    invoice = change(invoice, internal_comment="Ask Clara", metadata={"order": "7"})

    # then
    assert (invoice.internal_comment, invoice.metadata) == ("Ask Clara", {"order": "7"})
    before = digest_of_rows()
    with pytest.raises(BillingError, match="INV-2026-000001 is FINAL") as caught:
        change(invoice, contract_reference="C-9")
    assert caught.value.code == "invoice_not_draft"
    assert digest_of_rows() == before


def test_a_draft_is_deleted_with_its_parts_and_its_events_stay(platform):
    # given
    invoice = create(platform, allowances_charges=(an_extra_wish("1.00"),))

    # when
    delete_invoice_draft(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)

    # then
    assert not Invoice.objects.exists()
    assert not InvoiceLine.objects.exists()
    assert not InvoiceAllowanceCharge.objects.exists()
    assert [event.type for event in Event.objects.filter(object_id=invoice.pk).order_by("id")] == [
        "billing.invoice.drafted",
        "billing.invoice.deleted",
    ]


def test_a_final_invoice_is_not_deleted_held_released_or_finalised_again(platform):
    invoice = create(platform, finalize=True)
    before = digest_of_rows()

    for deed in (delete_invoice_draft, hold_invoice, release_invoice, finalize_invoice):
        with pytest.raises(BillingError) as caught:
            deed(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
        assert caught.value.code == "invoice_not_draft"

    assert digest_of_rows() == before


def test_another_platforms_draft_does_not_exist(platform):
    invoice, stranger = create(platform), a_platform("Other Group")
    before = digest_of_rows()

    for deed in (delete_invoice_draft, hold_invoice, release_invoice, finalize_invoice):
        with pytest.raises(BillingError) as caught:
            deed(platform=stranger, invoice_id=invoice.pk, actor=CLERK, at=NOON)
        assert caught.value.code == "not_found"
    with pytest.raises(BillingError):
        update_invoice(platform=stranger, invoice_id=invoice.pk, changes={}, actor=CLERK, at=NOON)

    assert digest_of_rows() == before


def test_a_draft_is_held_and_released_once(platform):
    # given
    invoice = create(platform)

    # when
    hold_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    with pytest.raises(BillingError) as caught:
        hold_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    assert caught.value.code == "already_on_hold"
    assert Invoice.objects.get().on_hold
    release_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    with pytest.raises(BillingError) as caught:
        release_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    assert caught.value.code == "not_on_hold"

    # then
    invoice = Invoice.objects.get()
    assert (invoice.on_hold, invoice.released_at, invoice.version) == (False, NOON, 3)
    held, released = Event.objects.order_by("id")[1:]
    assert (held.type, held.data["object"]["on_hold"], held.data["previous"]) == (
        "billing.invoice.held",
        True,
        {"on_hold": False},
    )
    assert (released.type, released.data["previous"]) == ("billing.invoice.released", {"on_hold": True})


def test_a_person_may_finalise_a_draft_on_hold(platform):
    invoice = create(platform)
    hold_invoice(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)

    assert finalize(invoice).number == "INV-2026-000001"


def test_finalising_asks_the_master_data_once_more(platform):
    # given
    invoice = create(platform)
    Customer.objects.update(name="Bières du Sud SA")
    BillingEntity.objects.update(city="Rotterdam")

    # when
    invoice = finalize(invoice)

    # then
    assert (invoice.buyer.name, invoice.seller.address.city) == ("Bières du Sud SA", "Rotterdam")
    assert (invoice.snapshot.buyer, invoice.snapshot.seller) == (invoice.buyer, invoice.seller)


def test_a_draft_of_an_imported_looking_invoice_keeps_its_date(platform):
    invoice = finalize(create(platform, date=date(2026, 11, 2), due_date=date(2026, 12, 2)))

    assert (invoice.date, invoice.due_date) == (date(2026, 11, 2), date(2026, 12, 2))


def test_terms_of_payment_stand_for_a_due_date(platform):
    invoice = finalize(create(platform, payment_terms="Within 30 days"))

    assert (invoice.due_date, invoice.snapshot.due_date) == (None, None)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"date": date(2026, 11, 21)}, "date_in_future", "date"),
        ({"lines": (a_line_wish("1.00", "-1"),)}, "negative_total", ""),
        ({"lines": (a_line_wish(rate=None, tax_category="E"),)}, "einvoice_invalid", ""),
        ({"allowances_charges": (an_extra_wish("1.00", reason=""),)}, "einvoice_invalid", ""),
    ],
)
def test_what_may_be_drafted_and_not_issued_takes_no_number(platform, fields, code, field):
    # given
    invoice = create(platform, *fields.pop("lines", ()), **fields)
    before = digest_of_rows()

    # when
    with pytest.raises(BillingError) as caught:
        finalize(invoice)

    # then
    assert (caught.value.code, caught.value.field) == (code, field)
    assert digest_of_rows() == before
    assert finalize(create(platform)).number == "INV-2026-000001"


def test_a_draft_that_was_due_while_it_waited_is_not_issued(platform):
    invoice = create(platform, due_date=date(2026, 11, 20))

    with pytest.raises(BillingError) as caught:
        finalize(invoice, at=NOON.replace(day=21))

    assert (caught.value.code, caught.value.field) == ("due_before_date", "due_date")


def test_nobody_is_promised_an_email_without_an_address(platform):
    a_customer(platform, email="")
    invoice = create(platform)

    with pytest.raises(BillingError) as caught:
        finalize(invoice, notify=True)

    assert (caught.value.code, caught.value.field) == ("no_recipient", "notify")


def test_only_the_draft_that_was_looked_at_is_finalised(platform):
    invoice = create(platform)
    change(invoice, contract_reference="C-9")

    with pytest.raises(BillingError) as caught:
        finalize(invoice, version=1)

    assert caught.value.code == "changed_meanwhile"
    assert finalize(invoice, version=2).status == "FINAL"


def test_a_number_that_an_import_brought_along_is_passed_over(platform):
    # given: the series has begun, and then an invoice of the same shape comes from elsewhere
    create(platform, finalize=True)
    a_final_invoice(platform, number="INV-2026-000002")

    # when
    invoice = create(platform, finalize=True)

    # then
    assert invoice.number == "INV-2026-000003"
    (gap,) = NumberGap.objects.all()
    assert (gap.first, gap.last, gap.left_by) == (2, 2, "INV-2026-000002")
    assert audit(files=False).findings == ()
