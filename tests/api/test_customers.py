"""Customers over the API."""

import json
from io import BytesIO
from typing import Any

import pypdf
import pytest

from billing import clock
from billing.events.models import Event
from billing.platforms import permissions
from billing.platforms.models import ApiKey, Customer, Reach
from tests.books import digest_of_rows
from tests.factories import a_customer, a_final_invoice, a_platform, an_api_key, an_entity
from tests.work import do_all_work

from .conftest import Caller

LEAST = {"name": "Bières du Nord", "address": {"country": "BE"}}
WHOLE: dict[str, Any] = {
    "name": "Bières du Nord",
    "legal_name": "Bières du Nord SA",
    "email": "ap@bieres.example",
    "address": {
        "line1": "Rue Haute 2",
        "line2": "Bâtiment B",
        "line3": "3ème étage",
        "city": "Bruxelles",
        "postal_code": "1000",
        "region": "Bruxelles-Capitale",
        "country": "BE",
    },
    "vat_number": "BE0123456749",
    "vat_number_prefix": "",
    "legal_id": {"id": "0123456749", "scheme": "0208"},
    "endpoint": {"id": "0123456749", "scheme": "0208"},
    "contact": {"name": "Élodie", "phone": "+32 2 555 01", "email": "ap@bieres.example"},
    "ids": [{"id": "4012345000009", "scheme": "0088"}],
    "language": "fr",
    "currency": "EUR",
    "buyer_reference": "PO-77",
    "einvoice_profile": "peppol-bis-3",
    "is_business": False,
    "external_reference": "crm-4711",
    "applies_credits": False,
    "delivery_address": {
        "line1": "Kade 9",
        "line2": "",
        "line3": "",
        "city": "Rotterdam",
        "postal_code": "",
        "region": "",
        "country": "NL",
    },
    "metadata": {"segment": "horeca", "tiers": [1, 2]},
}


def refused(answer: Any, status: int, code: str) -> Any:
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


def made(api: Caller, **fields: Any) -> Any:
    answer = api("POST", "customers", LEAST | fields)
    assert answer.status == 201, answer.body
    return answer.body


def test_a_customer_is_shown_exactly_as_it_was_sent(api, platform):
    answer = api("POST", "customers", WHOLE)

    assert answer.status == 201
    assert {name: answer.body[name] for name in WHOLE} == WHOLE
    assert (answer.body["object"], answer.body["platform"], answer.body["warnings"]) == (
        "customer",
        platform.pk,
        [],
    )
    path = f"customers/{answer.body['id']}"
    assert api("GET", path).body == answer.body
    assert api("GET", answer.body["balance_url"].removeprefix("/v1/")).body["customer"] == answer.body["id"]


def test_a_name_and_a_country_are_enough(api):
    customer = made(api)

    assert (customer["name"], customer["legal_name"]) == ("Bières du Nord", "")
    assert (customer["language"], customer["currency"], customer["email"]) == ("en", "", "")
    assert (customer["is_business"], customer["applies_credits"], customer["metadata"]) == (True, True, {})
    assert [customer[name] for name in ("legal_id", "endpoint", "contact", "delivery_address")] == [None] * 4


def test_a_change_touches_what_it_names_and_replaces_objects_whole(api):
    customer = api("POST", "customers", WHOLE).body

    changed = api(
        "PATCH",
        f"customers/{customer['id']}",
        {"address": {"line1": "Meir 1", "country": "BE"}, "metadata": {"segment": "retail"}},
    ).body

    assert changed["address"] == dict.fromkeys(WHOLE["address"], "") | {"line1": "Meir 1", "country": "BE"}
    assert changed["metadata"] == {"segment": "retail"}
    same = customer.keys() - {"address", "metadata", "updated_at"}
    assert {name: changed[name] for name in same} == {name: customer[name] for name in same}


def test_null_and_the_empty_text_unset(api):
    customer = api("POST", "customers", WHOLE).body
    nothing = {
        "legal_name": None,
        "email": "",
        "vat_number": None,
        "legal_id": None,
        "endpoint": None,
        "contact": None,
        "ids": [],
        "language": None,
        "currency": None,
        "buyer_reference": "",
        "einvoice_profile": None,
        "external_reference": None,
        "delivery_address": None,
        "metadata": {},
    }

    changed = api("PATCH", f"customers/{customer['id']}", nothing).body

    assert {name: changed[name] for name in nothing} == {
        "legal_name": "",
        "email": "",
        "vat_number": "",
        "legal_id": None,
        "endpoint": None,
        "contact": None,
        "ids": [],
        "language": "en",
        "currency": "",
        "buyer_reference": "",
        "einvoice_profile": "",
        "external_reference": "",
        "delivery_address": None,
        "metadata": {},
    }
    assert changed["name"] == "Bières du Nord"


@pytest.mark.parametrize(
    ("sent", "shown", "kept"),
    [
        ({"name": "Acme"}, ("Acme", ""), ("Acme", "")),
        ({"name": "Acme", "legal_name": "Acme B.V."}, ("Acme", "Acme B.V."), ("Acme B.V.", "Acme")),
        ({"name": "Acme", "legal_name": "Acme"}, ("Acme", "Acme"), ("Acme", "Acme")),
        ({"name": "Acme", "legal_name": ""}, ("Acme", ""), ("Acme", "")),
    ],
)
def test_documents_name_the_legal_name(api, sent, shown, kept):
    customer = made(api, **sent)

    assert (customer["name"], customer["legal_name"]) == shown
    row = Customer.objects.get()
    assert (row.name, row.trading_name) == kept


def test_each_of_two_names_changes_alone(api):
    path = f"customers/{made(api, name='Acme', legal_name='Acme B.V.')['id']}"

    renamed = api("PATCH", path, {"name": "Acme Group"}).body
    refounded = api("PATCH", path, {"legal_name": "Acme N.V."}).body
    plain = api("PATCH", path, {"legal_name": None}).body

    assert [(one["name"], one["legal_name"]) for one in (renamed, refounded, plain)] == [
        ("Acme Group", "Acme B.V."),
        ("Acme Group", "Acme N.V."),
        ("Acme Group", ""),
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"vat_number": "be 0123.456.749"}, "BE0123456749"),
        ({"vat_number": "0123456749"}, "BE0123456749"),
        ({"vat_number": "EL094259216", "address": {"country": "GR"}}, "EL094259216"),
        ({"vat_number": "094259216", "address": {"country": "GR"}}, "EL094259216"),
        ({"vat_number": "980780684", "address": {"country": "XI"}}, "XI980780684"),
        (
            {"vat_number": "XI980780684", "vat_number_prefix": "GB", "address": {"country": "XI"}},
            "GB980780684",
        ),
        ({"vat_number": "CHE-107.787.577 MWST", "address": {"country": "CH"}}, "CHE107787577MWST"),
    ],
)
def test_a_vat_number_is_kept_in_one_piece_behind_its_country(api, sent, kept):
    assert made(api, **sent)["vat_number"] == kept


def test_a_vat_number_with_a_wrong_digit_is_kept_and_warned_of(api):
    customer = made(api, vat_number="DE123456789")

    assert customer["warnings"] == [
        {
            "field": "vat_number",
            "message": "DE123456789 does not look like a VAT number of DE: a digit is wrong or missing.",
        }
    ]


REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"name": ""}, 400, "invalid_request", "name"),
    ({"name": None}, 400, "invalid_request", "name"),
    ({"name": "  "}, 400, "invalid_request", "name"),
    ({"name": 7.5, "colour": "red"}, 400, "invalid_request", "colour"),
    ({"name": "x" * 301}, 400, "invalid_request", "name"),
    ({"name": "two\nlines"}, 400, "text_not_possible", "name"),
    ({"name": "a\u0007b"}, 400, "text_not_possible", "name"),
    ({"name": "a\u0000b"}, 400, "invalid_request", "name"),
    ({"legal_name": "a\ufffeb"}, 400, "text_not_possible", "legal_name"),
    ({"address": None}, 400, "invalid_request", "address"),
    ({"address": "Rue Haute"}, 400, "invalid_request", "address"),
    ({"address": {}}, 400, "invalid_request", "address.country"),
    ({"address": {"country": ""}}, 400, "invalid_request", "address.country"),
    ({"address": {"country": "UK"}}, 400, "country_unknown", "address.country"),
    ({"address": {"country": "be"}}, 400, "country_unknown", "address.country"),
    ({"address": {"country": "BE", "street": "x"}}, 400, "invalid_request", "address.street"),
    ({"vat_number": "QQ123"}, 400, "vat_number_not_valid", "vat_number"),
    ({"vat_number_prefix": "99"}, 400, "vat_number_not_valid", "vat_number_prefix"),
    ({"vat_number": "1" * 31}, 400, "invalid_request", "vat_number"),
    ({"vat_number": "1" * 29}, 400, "value_too_large", "vat_number"),
    ({"email": "nobody"}, 400, "mail_address_invalid", "email"),
    ({"email": "a@b.example\nBcc: c@d.example"}, 400, "text_not_possible", "email"),
    ({"contact": {"email": "nobody"}}, 400, "mail_address_invalid", "email"),
    (
        {"email": "a@b.example", "contact": {"email": "c@d.example"}},
        400,
        "invalid_request",
        "contact.email",
    ),
    ({"contact": {"phone": "1" * 51}}, 400, "invalid_request", "contact.phone"),
    ({"legal_id": {"id": "1", "scheme": "xx"}}, 400, "scheme_unknown", "legal_id.scheme"),
    ({"legal_id": {"scheme": "0106"}}, 400, "invalid_request", "legal_id.id"),
    ({"endpoint": {"id": "1"}}, 400, "invalid_request", "endpoint.scheme"),
    ({"endpoint": {"id": "1", "scheme": "9999"}}, 400, "scheme_unknown", "endpoint.scheme"),
    (
        {"endpoint": {"id": "4012345000008", "scheme": "0088"}},
        400,
        "identifier_not_valid",
        "endpoint.id",
    ),
    ({"ids": [{"id": "1", "scheme": "0088"}]}, 400, "identifier_not_valid", "ids.0.id"),
    ({"ids": [{"id": "1"}, {"id": "2"}]}, 400, "identifier_not_valid", "ids"),
    ({"ids": [{"id": "1", "scheme": "xx"}]}, 400, "scheme_unknown", "ids.0.scheme"),
    ({"ids": [{"id": "1"}] * 21}, 400, "invalid_request", "ids"),
    ({"language": "xx"}, 400, "language_unknown", "language"),
    ({"currency": "XAU"}, 400, "currency_unknown", "currency"),
    ({"currency": "eur"}, 400, "currency_unknown", "currency"),
    ({"einvoice_profile": "xrechnung"}, 400, "einvoice_profile_unknown", "einvoice_profile"),
    ({"is_business": "maybe"}, 400, "invalid_request", "is_business"),
    ({"delivery_address": {"country": "QQ"}}, 400, "country_unknown", "delivery_address.country"),
    ({"delivery_address": {"city": "Gent"}}, 400, "invalid_request", "delivery_address.country"),
    ({"metadata": []}, 400, "invalid_request", "metadata"),
    ({"metadata": {"a": "x" * 20_000}}, 400, "invalid_request", "metadata"),
    ({"external_reference": "taken"}, 409, "external_reference_in_use", "external_reference"),
]


@pytest.mark.parametrize(("fields", "status", "code", "field"), REFUSED)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(api, platform, fields, status, code, field):
    a_customer(platform, external_reference="taken")
    path = f"customers/{made(api)['id']}"
    before = digest_of_rows()

    new, changed = api("POST", "customers", LEAST | fields), api("PATCH", path, fields)

    assert refused(new, status, code)["field"] == field
    assert refused(changed, status, code)["field"] == field
    assert digest_of_rows() == before


def test_a_new_customer_needs_a_name_and_an_address(api):
    assert refused(api("POST", "customers", {"address": {"country": "BE"}}), 400, "invalid_request")[
        "field"
    ] == ("name")
    assert refused(api("POST", "customers", {"name": "Acme"}), 400, "invalid_request")["field"] == "address"


def test_an_external_reference_leads_to_one_customer(api, platform, caller):
    customer = made(api, external_reference="crm-1")
    elsewhere = made(caller(a_platform("Other")), external_reference="crm-1")

    twin = refused(
        api("POST", "customers", LEAST | {"external_reference": "crm-1"}), 409, "external_reference_in_use"
    )

    assert twin["customer"] == customer["id"] != elsewhere["id"]
    assert api("PATCH", f"customers/{customer['id']}", {"external_reference": "crm-1"}).status == 200
    found = api("GET", "customers?external_reference=crm-1").body["data"]
    assert [one["id"] for one in found] == [customer["id"]]


def test_the_same_post_is_done_once(api):
    first = api("POST", "customers", LEAST, Idempotency_Key="new-customer")
    second = api("POST", "customers", LEAST, Idempotency_Key="new-customer")

    assert (second.status, second.body) == (201, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_listeners_hear_what_it_is_and_what_it_was(api):
    customer = made(api, legal_name="Bières du Nord SA")

    api("PATCH", f"customers/{customer['id']}", {"name": "Bières", "address": {"country": "FR"}})

    created, updated = Event.objects.filter(type__startswith="billing.customer.").order_by("id")
    shown = {name: value for name, value in customer.items() if name not in ("warnings", "balance_url")}
    assert created.type == "billing.customer.created"
    assert created.data == {"object": shown, "previous": {}}
    assert updated.type == "billing.customer.updated"
    assert updated.data["object"]["name"] == "Bières"
    assert updated.data["previous"] == {"name": "Bières du Nord", "address": customer["address"]}
    assert updated.actor_id == ApiKey.objects.get().pk
    assert [row.name for row in updated.reactions.all()] == ["deliver_webhooks"]


def test_a_change_that_changes_nothing_is_no_event(api):
    customer = api("POST", "customers", WHOLE).body
    before = digest_of_rows()

    answer = api("PATCH", f"customers/{customer['id']}", WHOLE)

    assert (answer.status, answer.body) == (200, customer)
    assert digest_of_rows() == before


def test_a_customer_that_nothing_refers_to_can_be_deleted(api):
    path = f"customers/{made(api)['id']}"

    assert api("DELETE", path).status == 204

    refused(api("GET", path), 404, "not_found")
    refused(api("DELETE", path), 404, "not_found")


def test_a_customer_in_use_cannot_be_deleted(api, platform):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    answer = api("DELETE", f"customers/{invoice.customer_id}")

    assert refused(answer, 409, "in_use")["used_by"] == ["invoices"]
    assert digest_of_rows() == before


def test_the_list_is_narrowed_and_ordered(api):
    zuid = made(api, name="Zuid", address={"country": "NL"}, currency="EUR")
    acme = made(api, name="Acme", legal_name="Zebra B.V.", is_business=False, email="a@acme.example")

    def found(query: str) -> list[str]:
        return [one["id"] for one in api("GET", f"customers?{query}").body["data"]]

    assert found("") == [acme["id"], zuid["id"]]
    assert found("order_by=name&order_direction=desc") == [zuid["id"], acme["id"]]
    assert found("name=Acme") == found("legal_name[starts_with]=Zebra") == [acme["id"]]
    assert found("is_business=false") == found("email=a@acme.example") == [acme["id"]]
    assert found("country[in]=[NL,FR]") == found("currency=EUR") == [zuid["id"]]
    assert found("created_at[after]=2020-01-01&vat_number[is_present]=true") == []
    assert refused(api("GET", "customers?colour=red"), 400, "parameter_unknown")["field"] == "colour"
    table = api("GET", "customers?format=csv&name=Acme").content.decode("utf-8-sig").splitlines()
    assert table[0].startswith("id,name,legal_name,email,")
    assert table[1].startswith(f"{acme['id']},Acme,Zebra B.V.,a@acme.example,")


def test_a_page_costs_the_same_however_long_the_list(api, django_assert_max_num_queries):
    for place in range(12):
        made(api, name=f"Customer {place}")

    with django_assert_max_num_queries(6):
        assert len(api("GET", "customers?limit=100").body["data"]) == 12


def test_another_platforms_customer_does_not_exist(api, caller):
    path = f"customers/{made(caller(a_platform('Other')))['id']}"
    before = digest_of_rows()

    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        refused(api(method, path, body), 404, "not_found")

    assert digest_of_rows() == before
    assert api("GET", "customers").body["data"] == []


def test_each_deed_has_its_permission(api, platform, caller):
    path = f"customers/{made(api)['id']}"
    viewer = caller(platform, [permissions.CUSTOMER_VIEW])

    assert (viewer("GET", path).status, viewer("GET", "customers").status) == (200, 200)
    assert refused(viewer("POST", "customers", LEAST), 403, "permission_denied")["permission"] == (
        "CUSTOMER.CREATE"
    )
    assert refused(viewer("PATCH", path, {"name": "X"}), 403, "permission_denied")["permission"] == (
        "CUSTOMER.UPDATE"
    )
    refused(viewer("DELETE", path), 403, "permission_denied")


def test_a_client_sees_its_customer_only(api, platform):
    own, other = made(api, name="Own"), made(api, name="Other")
    client = Caller(
        an_api_key(
            platform,
            [permissions.CUSTOMER_VIEW],
            reach=Reach.CLIENT,
            customer_id=own["id"],
        )
    )

    assert [one["name"] for one in client("GET", "customers").body["data"]] == ["Own"]
    assert client("GET", f"customers/{own['id']}").body["name"] == "Own"
    refused(client("GET", f"customers/{other['id']}"), 404, "not_found")
    refused(client("PATCH", f"customers/{own['id']}", {"name": "Mine"}), 403, "permission_denied")


def test_a_new_customer_is_invoiced_and_credited_at_once(api, platform):
    # given
    an_entity(platform)
    customer = api("POST", "customers", WHOLE).body
    line = {"name": "Licence", "quantity": 1, "unit_price": 100, "tax_rate": 21}

    # when
    invoice = api("POST", "invoices", {"customer": customer["id"], "lines": [line], "finalize": True}).body
    api("PATCH", f"customers/{customer['id']}", {"name": "Nordbier", "legal_name": "Nordbier NV"})
    original = api("POST", f"invoices/{invoice['id']}/credit", {"amount": 21, "finalize": True}).body
    current = api(
        "POST",
        f"invoices/{invoice['id']}/credit",
        {"amount": 50, "finalize": True, "credit_details_source": "CURRENT"},
    ).body
    do_all_work(at=clock.now())

    # then
    names = [
        (paper["buyer"]["name"], paper["buyer"]["trading_name"])
        for paper in (api("GET", f"invoices/{invoice['id']}").body, original, current)
    ]
    assert names == [
        ("Bières du Nord SA", "Bières du Nord"),
        ("Bières du Nord SA", "Bières du Nord"),
        ("Nordbier NV", "Nordbier"),
    ]
    assert (invoice["currency"], invoice["language"]) == ("EUR", "fr")
    assert invoice["delivery"]["address"]["city"] == "Rotterdam"
    assert "Bières du Nord SA" in printed(api, f"invoices/{invoice['id']}/pdf")
    assert "Bières du Nord SA" in printed(api, f"credit-notes/{original['id']}/pdf")
    renamed = printed(api, f"credit-notes/{current['id']}/pdf")
    assert "Nordbier NV" in renamed
    assert "Bières" not in renamed


def printed(api: Caller, path: str) -> str:
    pages = pypdf.PdfReader(BytesIO(api("GET", path).content)).pages
    return " ".join(page.extract_text() for page in pages)


def test_wild_bodies_are_refused(api):
    before = digest_of_rows()

    for body in (b"[]", b'"x"', b"7", b'{"name": NaN}', json.dumps({"ids": {}}).encode()):
        answer = api("POST", "customers", body)
        assert (answer.status, answer.body["status"]) == (400, 400)

    assert digest_of_rows() == before
