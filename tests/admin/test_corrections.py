"""Correcting master data: a reason is asked for, and who, when, why and what stays."""

import json

from django.test import Client

from billing.documents.models import Series
from billing.events.models import Event
from billing.platforms.models import BillingEntity, Customer, Platform
from tests import factories

from .pages import (
    WHY,
    act,
    add,
    address_of,
    correct,
    corrections,
    errors_of,
    filled_in,
    page_of,
    remove,
    said,
)


def test_a_correction_records_who_why_and_exactly_what_changed(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    correct(root, customer, city="Liège", postal_code="4000")

    assert Customer.objects.get(pk=customer.pk).city == "Liège"
    (event,) = corrections()
    assert (event.actor, event.platform, event.object_id) == ("Rosa Root", platform, customer.pk)
    assert event.data == {
        "object": {"object": "customer", "id": customer.pk, "name": "Bières du Nord SA"},
        "deed": "changed",
        "reason": WHY,
        "before": {"city": "Bruxelles", "postal_code": "1000"},
        "after": {"city": "Liège", "postal_code": "4000"},
        "withheld": [],
    }


def test_without_a_reason_nothing_changes(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    for reason in ("", "   ", "\n"):
        answer = correct(root, customer, city="Liège", reason=reason)

        assert errors_of(answer) == {"reason": ["Say why: the reason is kept with the correction."]}
    assert Customer.objects.get(pk=customer.pk).city == "Bruxelles"
    assert corrections() == []


def test_a_correction_that_changes_nothing_is_refused(root: Client, platform: Platform) -> None:
    answer = correct(root, factories.a_customer(platform))

    assert said(answer) == ["Nothing was changed: it says all that already"]
    assert corrections() == []


def test_the_page_tells_who_corrected_what_and_why(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)
    correct(root, customer, city="<b>Liège</b>")

    page = root.get(page_of(customer)).content.decode()

    assert "city: Bruxelles → &lt;b&gt;Liège&lt;/b&gt;" in page
    assert WHY in page
    assert "Rosa Root" in page


def test_what_somebody_else_corrected_meanwhile_is_not_undone(root: Client, platform: Platform) -> None:
    # given a page that was opened before another person's correction
    customer = factories.a_customer(platform)
    opened = filled_in(root, page_of(customer))
    correct(root, customer, city="Liège")

    # when
    answer = root.post(page_of(customer), opened | {"phone": "+32 4", "reason": WHY}, follow=True)

    # then
    assert said(answer) == [
        "Somebody changed Bières du Nord SA meanwhile. Look at it, then correct it again."
    ]
    stored = Customer.objects.get(pk=customer.pk)
    assert (stored.city, stored.phone) == ("Liège", "")
    assert len(corrections()) == 1


def test_adding_is_a_correction_too(root: Client, platform: Platform) -> None:
    add(root, Customer, platform=platform.pk, name="Neu GmbH", country="DE", language="de")

    customer = Customer.objects.get(name="Neu GmbH")
    (event,) = corrections()
    assert event.data["deed"] == "added"
    assert event.data["before"] == {}
    assert event.data["after"]["country"] == "DE"
    assert event.object_id == customer.pk


def test_nothing_is_added_without_a_reason(root: Client, platform: Platform) -> None:
    answer = add(root, Customer, platform=platform.pk, name="Neu GmbH", country="DE", reason="")

    assert list(errors_of(answer)) == ["reason"]
    assert not Customer.objects.exists()


def test_what_nothing_refers_to_can_be_deleted(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    remove(root, customer)

    assert not Customer.objects.exists()
    (event,) = corrections()
    assert (event.data["deed"], event.data["reason"], event.data["after"]) == ("removed", WHY, {})
    assert event.data["before"]["name"] == "Bières du Nord SA"


def test_nothing_is_deleted_without_a_reason(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    answer = remove(root, customer, reason=" ")

    assert said(answer) == ["Say why: the reason is kept with the correction."]
    assert Customer.objects.exists()
    assert corrections() == []


def test_what_documents_refer_to_cannot_be_deleted(root: Client, platform: Platform) -> None:
    invoice = factories.a_final_invoice(platform)
    factories.a_draft_note(invoice)

    for row in (invoice.customer, invoice.billing_entity, platform):
        answer = remove(root, row)

        assert answer.status_code == 200
        assert "cannot be deleted" in answer.content.decode()
        assert "credit notes" in answer.content.decode() or row == platform
        assert type(row).objects.filter(pk=row.pk).exists()
    assert corrections() == []


def test_a_platform_that_goes_leaves_its_event_behind(root: Client, platform: Platform) -> None:
    remove(root, platform)

    assert not Platform.objects.exists()
    (event,) = corrections()
    assert (event.platform, event.data["before"]["name"]) == (None, "Acme Group")


def test_a_thing_stays_on_its_platform(root: Client, platform: Platform) -> None:
    customer, other = factories.a_customer(platform), factories.a_platform("Other")

    correct(root, customer, platform=other.pk, city="Gent")

    assert Customer.objects.get(pk=customer.pk).platform == platform


def test_no_listener_outside_hears_of_it(root: Client, platform: Platform) -> None:
    correct(root, factories.a_customer(platform), city="Liège")

    (event,) = corrections()
    assert list(event.reactions.all()) == []


def test_the_first_page_lists_the_latest_corrections(root: Client, platform: Platform) -> None:
    correct(root, factories.a_customer(platform), city="Liège")

    page = root.get("/admin/").content.decode()

    assert WHY in page
    assert "Bières du Nord SA" in page


def test_an_event_never_holds_a_secret(root: Client, platform: Platform) -> None:
    secret = factories.an_api_key(platform)
    key = platform.api_keys.get()

    correct(root, key, name="Renamed", permissions=["*"])

    (event,) = corrections()
    assert event.data["after"] == {"name": "Renamed"}
    assert key.digest not in json.dumps(event.data)
    assert secret not in json.dumps(event.data)


def test_the_list_cannot_be_searched_by_a_secret(root: Client, platform: Platform) -> None:
    factories.an_api_key(platform)
    address = address_of(type(platform.api_keys.get()), "changelist")

    assert root.get(address, {"digest__startswith": "a"}).status_code == 400
    assert root.get("/admin/platforms/user/", {"password__startswith": "p"}).status_code == 400
    assert root.get("/admin/events/webhookendpoint/", {"secret__startswith": "w"}).status_code == 400


def test_a_series_with_numbers_keeps_its_form(root: Client, platform: Platform) -> None:
    note = factories.a_final_note(factories.a_final_invoice(platform))
    series = note.billing_entity.series.get()

    correct(root, series, prefix="XX", digits="2")

    assert Series.objects.get(pk=series.pk).prefix == "CR"
    assert Event.objects.filter(object_id=series.pk).count() == 0


def test_an_unused_series_may_be_corrected(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)
    add(root, Series, billing_entity=entity.pk, kind="CREDIT_NOTE", prefix="CN")
    series = Series.objects.get()

    correct(root, series, prefix="GS", reset="NEVER")

    stored = Series.objects.get()
    assert (stored.prefix, stored.reset, stored.is_default, stored.platform) == (
        "GS",
        "NEVER",
        True,
        platform,
    )
    assert corrections()[-1].data["before"] == {"prefix": "CN", "reset": "YEARLY"}


def test_a_second_series_waits_until_it_is_made_the_default(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)
    for prefix in ("CR", "GS"):
        add(root, Series, billing_entity=entity.pk, kind="CREDIT_NOTE", prefix=prefix)
    first, second = Series.objects.order_by("prefix")
    assert (first.is_default, second.is_default) == (True, False)

    act(root, "make_default", second)

    assert list(Series.objects.order_by("prefix").values_list("is_default", flat=True)) == [False, True]
    assert [event.data["after"] for event in corrections()[-2:]] == [
        {"is_default": False},
        {"is_default": True},
    ]


def test_a_prefix_is_used_once(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)
    for prefix in ("CR", "GS"):
        add(root, Series, billing_entity=entity.pk, kind="CREDIT_NOTE", prefix=prefix)

    answer = correct(root, Series.objects.get(prefix="GS"), prefix="CR")

    assert errors_of(answer) == {"prefix": ["Acme Software B.V. has a series CR of this kind."]}


def test_a_vat_number_is_used_once_on_a_platform(root: Client, platform: Platform) -> None:
    factories.an_entity(platform)
    twin = factories.an_entity(platform, name="Twin", vat_number="", legal_id="", endpoint_id="")

    answer = correct(root, twin, vat_number="NL123456782B90")

    assert errors_of(answer) == {"vat_number": ["Acme Software B.V. has this VAT number."]}
    assert BillingEntity.objects.get(pk=twin.pk).vat_number == ""
