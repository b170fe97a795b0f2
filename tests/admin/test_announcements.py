"""What is corrected in the admin is told to listeners as what the API would show, without the reason."""

from django.test import Client

from billing.events.models import Event
from billing.platforms.models import Customer, Platform
from tests import factories

from .pages import add, correct, errors_of, remove


def told(type_: str) -> list[Event]:
    return list(Event.objects.filter(type=type_).order_by("id"))


def test_a_corrected_customer_is_told_with_what_it_was(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    correct(root, customer, city="Liège", trading_name="Nordbier")

    (event,) = told("billing.customer.updated")
    assert event.data["object"]["name"] == "Nordbier"
    assert event.data["object"]["address"]["city"] == "Liège"
    assert event.data["previous"]["name"] == "Bières du Nord SA"
    assert event.data["previous"]["legal_name"] == ""
    assert event.data["previous"]["address"]["city"] == "Bruxelles"
    assert "reason" not in event.data
    assert (event.actor, event.platform) == ("Rosa Root", platform)
    assert [row.name for row in event.reactions.all()] == ["deliver_webhooks"]


def test_an_added_customer_is_told_and_a_removed_one_is_not(root: Client, platform: Platform) -> None:
    add(root, Customer, platform=platform.pk, name="Neu GmbH", country="DE", language="de")
    remove(root, Customer.objects.get())

    (event,) = told("billing.customer.created")
    assert (event.data["object"]["name"], event.data["previous"]) == ("Neu GmbH", {})
    assert told("billing.customer.updated") == []


def test_a_corrected_platform_is_told(root: Client, platform: Platform) -> None:
    correct(root, platform, name="Acme Holding")

    (event,) = told("billing.platform.updated")
    assert event.data["previous"] == {"name": "Acme Group"}


def test_an_external_reference_is_given_once(root: Client, platform: Platform) -> None:
    factories.a_customer(platform, external_reference="crm-1")
    twin = factories.a_customer(platform, name="Twin", vat_number="", endpoint_id="", endpoint_scheme="")

    answer = correct(root, twin, external_reference="crm-1")

    assert errors_of(answer) == {"external_reference": ["Bières du Nord SA has this reference."]}
