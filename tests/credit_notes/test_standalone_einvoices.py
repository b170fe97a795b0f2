"""Notes without an invoice as e-invoices: a way to pay where Germany wants one, and why nothing is taxed."""

import pytest

from billing.einvoice import gate
from billing.platforms.models import BillingEntity, Customer
from credit_notes.services import finalize_credit_note
from tests.credit_notes.stories import refused
from tests.credit_notes.test_standalone import a_bonus, a_free_line
from tests.factories import NOON, a_customer, an_entity

GERMAN = {"country": "DE", "city": "Hamburg", "postal_code": "20457"}


@pytest.fixture
def customer(platform):
    an_entity(platform)
    return a_customer(platform, currency="EUR")


@pytest.mark.parametrize("profile", ["peppol-bis-3", "xrechnung-3", "xrechnung-3-cii"])
def test_within_germany_a_bonus_names_the_sellers_account(platform, customer, profile):
    BillingEntity.objects.update(**GERMAN)
    Customer.objects.update(**GERMAN, einvoice_profile=profile)

    note = a_bonus(platform, Customer.objects.get())

    assert (note.status, note.profile) == ("FINAL", profile)
    assert note.snapshot.payment_means[0].account == BillingEntity.objects.get().bank_account
    assert gate.check(note.snapshot).is_valid


def test_elsewhere_a_bonus_names_no_way_to_pay(platform, customer):
    assert a_bonus(platform, customer).snapshot.payment_means == ()


def test_an_exempt_bonus_says_why_now_and_when_it_is_finalised_later(platform, customer):
    line = a_free_line(
        "10.00", tax_category="E", rate="0", exemption_reason="Schooling", exemption_code="VATEX-EU-132-1I"
    )
    draft = a_bonus(platform, customer, line, finalize=False)

    note = finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor="Ann", at=NOON)

    (group,) = note.snapshot.taxes
    assert (group.category, group.exemption_reason, group.exemption_code) == (
        "E",
        "Schooling",
        "VATEX-EU-132-1I",
    )


def test_two_reasons_for_one_category_are_refused(platform, customer):
    lines = [
        a_free_line("10.00", tax_category="E", rate="0", exemption_reason=reason) for reason in ("One", "Two")
    ]

    refusal = refused(lambda: a_bonus(platform, customer, *lines))

    assert (refusal.code, refusal.field) == ("exemption_reason_not_possible", "lines.1.exemption_reason")
