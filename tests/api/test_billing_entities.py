"""Billing entities over the API."""

from typing import Any

import pytest

from billing import clock
from billing.events.models import Event
from billing.platforms import permissions
from billing.platforms.models import BillingEntity
from tests.books import digest_of_rows
from tests.factories import a_customer, a_platform, an_entity

from .conftest import Caller

LEAST = {"name": "Acme", "address": {"country": "NL"}}
WHOLE: dict[str, Any] = {
    "name": "Acme",
    "legal_name": "Acme Software B.V.",
    "email": "accounts@acme.example",
    "address": {
        "line1": "Herengracht 1",
        "line2": "",
        "line3": "",
        "city": "Amsterdam",
        "postal_code": "1015 BA",
        "region": "",
        "country": "NL",
    },
    "vat_number": "NL123456782B90",
    "vat_number_prefix": "",
    "legal_id": {"id": "12345678", "scheme": "0106"},
    "endpoint": {"id": "12345678", "scheme": "0106"},
    "contact": {"name": "Accounts", "phone": "+31 20 123 4567", "email": "accounts@acme.example"},
    "ids": [{"id": "4012345000009", "scheme": "0088"}],
    "tax_number": "123456782",
    "legal_info": "Chamber of Commerce Amsterdam 12345678\nDirector: A. Acme",
    "language": "nl",
    "accounting_currency": "EUR",
    "bank_account": {"iban": "NL91ABNA0417164300", "bic": "ABNANL2A", "name": "Acme Software B.V."},
    "creditor_id": "NL98ZZZ999999990000",
    "timezone": "Europe/Amsterdam",
    "einvoice_profile": "en16931",
}


def refused(answer: Any, status: int, code: str) -> Any:
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


def made(api: Caller, **fields: Any) -> Any:
    answer = api("POST", "billing-entities", LEAST | fields)
    assert answer.status == 201, answer.body
    return answer.body


def test_a_billing_entity_is_shown_exactly_as_it_was_sent(api, platform):
    answer = api("POST", "billing-entities", WHOLE)

    assert answer.status == 201
    assert {name: answer.body[name] for name in WHOLE} == WHOLE
    assert (answer.body["object"], answer.body["platform"]) == ("billing_entity", platform.pk)
    assert api("GET", f"billing-entities/{answer.body['id']}").body == answer.body
    event = Event.objects.get(type="billing.billing_entity.created")
    assert event.data["object"] == {name: answer.body[name] for name in answer.body.keys() - {"warnings"}}


def test_what_is_left_out_has_its_usual_value(api):
    entity = made(api)

    assert (entity["language"], entity["timezone"], entity["einvoice_profile"]) == (
        "en",
        "UTC",
        "peppol-bis-3",
    )
    assert (entity["bank_account"], entity["accounting_currency"], entity["legal_name"]) == (None, "", "")


def test_null_and_the_empty_text_unset(api):
    entity = api("POST", "billing-entities", WHOLE).body
    nothing = {
        "bank_account": None,
        "timezone": None,
        "language": "",
        "einvoice_profile": None,
        "accounting_currency": "",
        "creditor_id": None,
        "legal_info": None,
        "tax_number": "",
    }

    changed = api("PATCH", f"billing-entities/{entity['id']}", nothing).body

    assert {name: changed[name] for name in nothing} == {
        "bank_account": None,
        "timezone": "UTC",
        "language": "en",
        "einvoice_profile": "peppol-bis-3",
        "accounting_currency": "",
        "creditor_id": "",
        "legal_info": "",
        "tax_number": "",
    }
    updated = Event.objects.get(type="billing.billing_entity.updated")
    assert updated.data["previous"] == {name: entity[name] for name in nothing}


def test_an_account_is_kept_in_one_piece_and_replaced_whole(api):
    entity = made(api, bank_account={"iban": "nl91 abna 0417 1643 00", "bic": "abnanl2a"})
    changed = api(
        "PATCH", f"billing-entities/{entity['id']}", {"bank_account": {"iban": "DE02120300000000202051"}}
    ).body

    assert entity["bank_account"] == {"iban": "NL91ABNA0417164300", "bic": "ABNANL2A", "name": "Acme"}
    assert changed["bank_account"] == {"iban": "DE02120300000000202051", "bic": "", "name": "Acme"}
    assert made(api, bank_account={"iban": "12-3456 7"})["bank_account"]["iban"] == "12-3456 7"


def test_an_account_of_somebody_else_is_named_on_the_invoice(platform, api):
    entity = made(api, bank_account={"iban": "NL91ABNA0417164300", "name": "Stichting Acme Escrow"})
    line = {"name": "Licence", "quantity": 1, "unit_price": 100, "tax_rate": 21}

    wish = {"customer": a_customer(platform).pk, "currency": "EUR", "lines": [line]}
    invoice = api("POST", "invoices", wish).body

    assert entity["bank_account"]["name"] == "Stichting Acme Escrow"
    assert invoice["payment_means"][0]["account_name"] == "Stichting Acme Escrow"


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        (
            {"bank_account": {"iban": "NL91ABNA0417164301"}},
            400,
            "bank_account_not_valid",
            "bank_account.iban",
        ),
        ({"bank_account": {"bic": "ABN"}}, 400, "bank_account_not_valid", "bank_account.bic"),
        ({"bank_account": {"swift": "x"}}, 400, "invalid_request", "bank_account.swift"),
        ({"timezone": "Mars/Olympus"}, 400, "timezone_unknown", "timezone"),
        ({"accounting_currency": "XXL"}, 400, "currency_unknown", "accounting_currency"),
        ({"language": "tlh"}, 400, "language_unknown", "language"),
        ({"einvoice_profile": "x"}, 400, "einvoice_profile_unknown", "einvoice_profile"),
        ({"legal_info": "a\u0008b"}, 400, "text_not_possible", "legal_info"),
        ({"legal_info": "x" * 2001}, 400, "invalid_request", "legal_info"),
        ({"tax_number": "1\t2"}, 400, "text_not_possible", "tax_number"),
        ({"vat_number": "NL 123456782 B90"}, 409, "vat_number_in_use", "vat_number"),
        ({"currency": "EUR"}, 400, "invalid_request", "currency"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(api, platform, fields, status, code, field):
    an_entity(platform)
    path = f"billing-entities/{made(api)['id']}"
    before = digest_of_rows()

    new, changed = api("POST", "billing-entities", LEAST | fields), api("PATCH", path, fields)

    assert refused(new, status, code)["field"] == field
    assert refused(changed, status, code)["field"] == field
    assert digest_of_rows() == before


def test_a_vat_number_belongs_to_one_seller_of_a_platform(api, caller):
    first = made(api, vat_number="NL123456782B90")
    made(caller(a_platform("Other")), vat_number="NL123456782B90")

    twin = api("POST", "billing-entities", LEAST | {"vat_number": "NL123456782B90"})

    assert refused(twin, 409, "vat_number_in_use")["billing_entity"] == first["id"]
    assert api("PATCH", f"billing-entities/{first['id']}", {"vat_number": "NL123456782B90"}).status == 200


def test_the_list_is_narrowed(api):
    acme, zuid = made(api), made(api, name="Zuid", address={"country": "BE"})

    assert [one["id"] for one in api("GET", "billing-entities").body["data"]] == [zuid["id"], acme["id"]]
    assert [one["id"] for one in api("GET", "billing-entities?country=BE").body["data"]] == [zuid["id"]]
    assert [one["id"] for one in api("GET", "billing-entities?name=Acme").body["data"]] == [acme["id"]]


def test_another_platforms_entity_does_not_exist_and_settings_need_permission(api, platform, caller):
    path = f"billing-entities/{made(caller(a_platform('Other')))['id']}"
    own = f"billing-entities/{made(api)['id']}"
    viewer = caller(platform, [permissions.SETTINGS_VIEW])

    refused(api("GET", path), 404, "not_found")
    refused(api("PATCH", path, {"name": "Mine"}), 404, "not_found")
    assert viewer("GET", own).status == 200
    assert refused(viewer("PATCH", own, {"name": "X"}), 403, "permission_denied")["permission"] == (
        "SETTINGS.UPDATE"
    )
    refused(viewer("POST", "billing-entities", LEAST), 403, "permission_denied")


def test_a_new_seller_numbers_its_own_invoices_dated_by_its_own_day(api, platform):
    entity = api("POST", "billing-entities", WHOLE | {"timezone": "Pacific/Kiritimati"}).body
    customer = a_customer(platform, currency="EUR")
    line = {"name": "Licence", "quantity": 1, "unit_price": 100, "tax_rate": 21}

    invoice = api("POST", "invoices", {"customer": customer.pk, "lines": [line], "finalize": True}).body

    today = clock.day(clock.now(), "Pacific/Kiritimati")
    assert (invoice["billing_entity"], invoice["number"], invoice["date"]) == (
        entity["id"],
        f"INV-{today:%Y}-000001",
        str(today),
    )
    assert invoice["seller"]["name"] == "Acme Software B.V."
    assert invoice["payment_means"] == [
        {
            "code": "30",
            "account": "NL91ABNA0417164300",
            "account_name": "Acme Software B.V.",
            "bic": "ABNANL2A",
        }
    ]
    assert BillingEntity.objects.get().time_zone == "Pacific/Kiritimati"
