"""A note without an invoice: a bonus for a customer. It clears no debt by itself."""

from decimal import Decimal
from typing import Any

import pytest

from billing.einvoice import gate
from billing.platforms.models import BillingEntity, Platform
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine
from credit_notes.services import allocate, credit, update_draft
from credit_notes.wish import Wish
from tests.factories import CLERK, NOON, a_customer, a_final_invoice, a_platform, an_entity

from .stories import a_free_line, again, balance_of, due, finalize, nets_of, refused, sums_of, void


@pytest.fixture
def entity(platform: Platform) -> BillingEntity:
    return an_entity(platform)


@pytest.fixture
def customer(platform: Platform, entity: BillingEntity) -> Any:
    return a_customer(platform, currency="EUR")


def a_bonus(
    platform: Platform, customer: Any, *lines: FreeLine, finalize: bool = True, **said: Any
) -> CreditNote:
    wish = Wish(customer_id=customer.pk, free=lines or (a_free_line("50.00", rate="21"),), **said)
    note = credit(platform=platform, wish=wish, finalize=finalize, actor=CLERK, at=NOON)
    return CreditNote.objects.get(pk=note.pk)


def test_a_bonus_is_owed_to_the_customer(platform, customer):
    # when
    lines = a_free_line("50.00", rate="21"), a_free_line("3.333", quantity="3", rate="9", name="Sorry")
    note = a_bonus(platform, customer, *lines, note="Ten years with us")

    # then
    assert (note.number, note.invoice, note.snapshot.type_code, note.snapshot.references) == (
        "CR-2026-000001",
        None,
        "83",
        (),
    )
    assert sums_of(note) == ("60.00", "11.40", "71.40")
    assert (balance_of(note), note.settlement) == (("refundable", "0.00", "0.00", "71.40"), "refund_due")
    assert (note.snapshot.buyer.name, note.snapshot.reason) == ("Bières du Nord SA", "Ten years with us")


def test_it_may_be_kept_in_store_and_used_on_an_invoice(platform, customer):
    # given
    note = a_bonus(platform, customer, type="store")
    invoice = a_final_invoice(platform)

    # when
    allocate(platform=platform, credit_note_id=note.pk, invoice_id=invoice.pk, actor=CLERK, at=NOON)

    # then
    assert balance_of(again(note)) == ("store", "60.50", "0.00", "0.00")
    assert due(invoice) == "60.50"


def test_it_can_be_voided(platform, customer):
    assert void(a_bonus(platform, customer)).settlement == "voided"


@pytest.mark.parametrize(
    ("category", "rate"), [("S", "21"), ("Z", "0"), ("", "9"), ("", "0"), ("", None), ("O", None)]
)
def test_it_is_a_valid_e_invoice(platform, customer, category, rate):
    note = a_bonus(platform, customer, a_free_line("10.00", tax_category=category, rate=rate), finalize=False)

    if (
        category == "O"
    ):  # what is outside the scope of VAT names no VAT number (BR-O-02): refused before it is final
        assert refused(lambda: finalize(note)).code == "einvoice_invalid"
        return
    final = finalize(note)
    assert gate.check(final.snapshot).is_valid


def test_where_peppol_asks_for_more_it_is_an_en16931_document(platform, entity):
    customer = a_customer(
        platform, currency="EUR", endpoint_id="", endpoint_scheme="", buyer_reference="", vat_number=""
    )

    note = a_bonus(platform, customer)

    assert note.profile == "en16931"


def test_an_adjustment_without_an_invoice_is_refused(platform, customer):
    refusal = refused(lambda: a_bonus(platform, customer, type="adjustment"))

    assert (refusal.code, refusal.status, refusal.field) == ("type_not_possible", 400, "type")


def test_it_needs_a_line(platform, customer):
    wish = Wish(customer_id=customer.pk)

    refusal = refused(lambda: credit(platform=platform, wish=wish, actor=CLERK, at=NOON))

    assert (refusal.code, refusal.field) == ("lines_needed", "lines")


def test_it_needs_a_currency(platform, entity):
    customer = a_customer(platform)

    refusal = refused(lambda: a_bonus(platform, customer))
    assert (refusal.code, refusal.field) == ("currency_needed", "currency")
    assert refused(lambda: a_bonus(platform, customer, currency="XAU")).field == "currency"
    assert a_bonus(platform, customer, currency="USD").currency == "USD"


def test_where_there_are_several_sellers_it_says_which(platform, entity, customer):
    other = an_entity(platform, name="Acme Two B.V.", vat_number="NL123456782B02")

    assert refused(lambda: a_bonus(platform, customer)).field == "billing_entity"
    assert a_bonus(platform, customer, billing_entity_id=other.pk).snapshot.seller.name == "Acme Two B.V."


def test_a_customer_of_another_platform_does_not_exist(platform, entity):
    stranger = a_customer(a_platform("Other Group"), currency="EUR")

    assert refused(lambda: a_bonus(platform, stranger)).code == "not_found"


def test_a_bonus_over_nothing_must_say_why(platform, customer):
    assert refused(lambda: a_bonus(platform, customer, a_free_line("0", rate="21"))).code == "note_required"


def test_a_drafted_bonus_can_be_changed_and_finalised(platform, customer):
    # given
    draft = a_bonus(platform, customer, finalize=False)
    changes = {"free": (a_free_line("20.00", quantity="2", rate="9"),), "note": "Less after all"}

    # when
    update_draft(platform=platform, credit_note_id=draft.pk, changes=changes, actor=CLERK, at=NOON)
    note = finalize(again(draft))

    # then
    assert (nets_of(note), sums_of(note)) == (["40.00"], ("40.00", "3.60", "43.60"))
    assert note.total == Decimal("43.60")
