"""Customers, sellers and platforms as services make and change them, several people at once."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.documents.columns import ValueTooLarge
from billing.errors import BillingError
from billing.events.models import Event
from billing.parties import (
    create_billing_entity,
    create_customer,
    delete_customer,
    update_customer,
    update_platform,
)
from billing.parties.changes import with_prefix
from billing.parties.refusals import (
    CountryUnknown,
    ExternalReferenceInUse,
    IdentifierNotValid,
    PartyIncomplete,
)
from billing.platforms.models import BillingEntity, Customer, Platform
from invoices.services import create_invoice, import_document
from invoices.wish import InvoiceWish
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_platform, an_entity, an_invoice_document
from tests.invoices.wishes import a_line_wish
from tests.threads import at_once

BY = {"actor": CLERK, "at": NOON}
LEAST: dict[str, Any] = {"name": "Acme", "address": {"country": "BE"}}


def a_new_customer(platform: Platform, **said: Any) -> Customer:
    return create_customer(platform=platform, **BY | LEAST | said)


def test_a_customer_without_a_name_or_a_country_is_none(platform):
    before = digest_of_rows()

    with pytest.raises(PartyIncomplete) as nameless:
        create_customer(platform=platform, address={"country": "BE"}, **BY)
    with pytest.raises(PartyIncomplete) as nowhere:
        create_customer(platform=platform, name="Acme", **BY)

    assert (nameless.value.field, nowhere.value.field) == ("name", "address.country")
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "x" * 301}, "name"),
        ({"legal_name": "x" * 301}, "legal_name"),
        ({"address": {"country": "BE", "city": "x" * 201}}, "address.city"),
        ({"contact": {"phone": "1" * 51}}, "contact.phone"),
        ({"external_reference": "x" * 201}, "external_reference"),
    ],
)
def test_a_text_longer_than_its_column_is_refused_where_it_was_said(platform, said, field):
    with pytest.raises(ValueTooLarge) as refused:
        a_new_customer(platform, **said)

    assert refused.value.field == field


def test_what_was_taken_over_long_ago_is_not_judged_when_something_else_changes(platform):
    imported = a_customer(platform, country="ZZ", vat_number="ZZ1", endpoint_scheme="9999", language="pt")

    changed = update_customer(platform=platform, customer_id=imported.pk, email="ap@new.example", **BY)

    assert (changed.email, changed.country, changed.vat_number) == ("ap@new.example", "ZZ", "ZZ1")
    with pytest.raises(CountryUnknown):
        update_customer(platform=platform, customer_id=imported.pk, address={"country": "YY"}, **BY)
    with pytest.raises(IdentifierNotValid):
        update_customer(
            platform=platform, customer_id=imported.pk, endpoint={"id": "1", "scheme": "0088"}, **BY
        )


@pytest.mark.parametrize(
    ("number", "prefix", "country", "kept"),
    [
        (None, None, "BE", ""),
        ("", "GB", "XI", ""),
        ("B58378431", "", "ES", "ESB58378431"),
        ("U13585627", "", "AT", "ATU13585627"),
        ("8D79739I", "", "IE", "IE8D79739I"),
        ("NL 0044.95.445 B01", "", "NL", "NL004495445B01"),
        ("094259216", None, "GR", "EL094259216"),
        ("123456789", "GB", "XI", "GB123456789"),
    ],
)
def test_a_vat_number_stands_behind_the_code_of_its_country(number, prefix, country, kept):
    assert with_prefix(number, prefix, country) == kept


def test_the_prefix_alone_changes_the_number(platform):
    customer = a_new_customer(platform, address={"country": "XI"}, vat_number="XI980780684")

    british = update_customer(platform=platform, customer_id=customer.pk, vat_number_prefix="GB", **BY)

    assert (british.vat_number, british.vat_number_prefix) == ("GB980780684", "GB")


def test_a_clerk_in_the_house_and_a_program_are_told_apart_by_their_reasons(platform):
    customer = a_new_customer(platform)

    told = {event.type: event for event in Event.objects.filter(object_id=customer.pk)}

    assert set(told) == {"billing.master_data.corrected", "billing.customer.created"}
    assert told["billing.master_data.corrected"].data["reason"] == "Asked for through the API."
    assert "reason" not in told["billing.customer.created"].data
    assert {event.actor for event in told.values()} == {CLERK}


def test_a_party_taken_on_from_an_invoice_is_announced_whole(platform):
    elsewhere = a_platform("Elsewhere")
    document = an_invoice_document(an_entity(elsewhere), a_customer(elsewhere))

    invoice = import_document(platform=platform, document=document, **BY)

    created = Event.objects.get(type="billing.customer.created")

    assert created.object_id == invoice.customer_id
    assert created.data["object"]["address"]["city"] == "Bruxelles"


@pytest.mark.django_db(transaction=True)
def test_sixteen_with_one_external_reference_make_one_customer():
    platform = a_platform()
    make = partial(a_new_customer, platform, external_reference="crm-1")

    found = at_once([make] * 16)

    assert sorted({type(one).__name__ for one in found}) == ["Customer", "ExternalReferenceInUse"]
    assert Customer.objects.count() == 1
    assert all(isinstance(one, Customer | ExternalReferenceInUse) for one in found)


@pytest.mark.django_db(transaction=True)
def test_sixteen_with_one_vat_number_make_one_seller():
    platform = a_platform()
    said = LEAST | {"vat_number": "BE0123456749"}

    found = at_once([partial(create_billing_entity, platform=platform, **said, **BY)] * 16)

    assert BillingEntity.objects.count() == 1
    refusals = {one.code for one in found if isinstance(one, BillingError)}
    assert refusals <= {"vat_number_in_use", "already_there"}
    assert sum(isinstance(one, BillingEntity) for one in found) == 1


@pytest.mark.django_db(transaction=True)
def test_changes_of_different_fields_at_once_are_all_kept():
    platform = a_platform()
    customer = a_new_customer(platform)
    change = partial(update_customer, platform=platform, customer_id=customer.pk, **BY)
    wanted = {
        "email": "ap@acme.example",
        "currency": "EUR",
        "buyer_reference": "PO-1",
        "language": "fr",
        "external_reference": "crm-1",
        "vat_number": "BE0123456749",
    }

    at_once([partial(change, **{name: value}) for name, value in wanted.items()])

    kept = Customer.objects.get()
    assert {name: getattr(kept, name) for name in wanted} == wanted
    updates = Event.objects.filter(type="billing.customer.updated")
    assert sorted(
        name for event in updates for name in event.data["previous"] if name != "contact"
    ) == sorted(wanted)


@pytest.mark.django_db(transaction=True)
def test_settings_changed_at_once_are_all_kept():
    platform = a_platform()
    wanted = {"applies_credits": True, "requires_reason": True, "approval_above": Decimal("10")}

    at_once(
        [partial(update_platform, platform=platform, **{name: value}, **BY) for name, value in wanted.items()]
    )

    kept = Platform.objects.get()
    assert {name: getattr(kept, name) for name in wanted} == wanted


@pytest.mark.django_db(transaction=True)
def test_a_customer_deleted_twice_at_once_is_deleted_once():
    platform = a_platform()
    customer = a_new_customer(platform)

    found = at_once([partial(delete_customer, platform=platform, customer_id=customer.pk, **BY)] * 4)

    assert found.count(None) == 1
    assert {one.code for one in found if one} <= {"not_found", "corrected_meanwhile"}


@pytest.mark.django_db(transaction=True)
def test_a_customer_deleted_while_being_invoiced_is_either_invoiced_or_gone():
    platform = a_platform()
    an_entity(platform)
    for _ in range(8):
        customer = a_new_customer(platform, currency="EUR")
        wish = InvoiceWish(customer=customer.pk, lines=(a_line_wish(),))

        invoice, deletion = at_once(
            [
                partial(create_invoice, platform=platform, wish=wish, **BY),
                partial(delete_customer, platform=platform, customer_id=customer.pk, **BY),
            ]
        )

        assert (getattr(invoice, "code", "made"), getattr(deletion, "code", "gone")) in {
            ("made", "in_use"),
            ("not_found", "gone"),
        }
