"""What every call has in common: credentials, tenants, refusals, idempotency, the OpenAPI document."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from django.test import Client

from billing import clock
from billing.api.models import IdempotencyKey
from billing.api.tasks import forget_old_keys
from billing.platforms.models import ApiKey
from credit_notes.models import CreditNote
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_platform


def test_no_key_a_wrong_key_and_a_revoked_key_are_refused(platform, api, caller):
    assert (api("GET", "invoices").status, Client().get("/v1/invoices").status_code) == (200, 401)
    api.secret = "bd_wrong"
    assert api("GET", "invoices").body["code"] == "authentication_failed"
    other = caller(platform)
    ApiKey.objects.update(revoked_at=clock.now())
    refused = other("GET", "invoices")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_key_works_as_bearer_token(platform, api):
    response = Client().get("/v1/invoices", headers={"Authorization": f"Bearer {api.secret}"})

    assert response.status_code == 200


def test_a_missing_permission_is_named(platform, caller):
    invoice = a_final_invoice(platform)

    answer = caller(platform, ["INVOICE.VIEW"])("POST", f"invoices/{invoice.pk}/credit")

    assert (answer.status, answer.body["code"]) == (403, "permission_denied")
    assert answer.body["permission"] == "INVOICE.CREDIT.CREATE"
    assert CreditNote.objects.count() == 0


def test_finalising_at_once_needs_the_permission_to_finalise(platform, caller):
    invoice = a_final_invoice(platform)

    answer = caller(platform, ["INVOICE.CREDIT.CREATE"])(
        "POST", f"invoices/{invoice.pk}/credit", {"finalize": True}
    )

    assert (answer.status, answer.body["permission"]) == (403, "CREDIT_NOTE.FINALIZE")
    assert CreditNote.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "invoices/{invoice}"),
        ("GET", "invoices/{invoice}/pdf"),
        ("POST", "invoices/{invoice}/credit"),
        ("GET", "credit-notes/{note}"),
        ("PATCH", "credit-notes/{note}"),
        ("DELETE", "credit-notes/{note}"),
        ("POST", "credit-notes/{note}/finalize"),
        ("GET", "credit-notes/{note}/pdf"),
        ("GET", "credit-notes/{note}/einvoice"),
        ("GET", "credit-notes/{note}/einvoice/xml"),
        ("GET", "credit-notes/{note}/download"),
    ],
)
def test_what_belongs_to_another_platform_does_not_exist(platform, caller, method, path):
    note = a_draft_note(a_final_invoice(platform))
    stranger = caller(a_platform("Somebody else"))

    answer = stranger(method, path.format(invoice=note.invoice_id, note=note.pk))
    unknown = stranger(method, path.format(invoice="inv_0", note="cn_0"))

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert set(answer.body) == set(unknown.body)
    assert CreditNote.objects.get(pk=note.pk).status == "DRAFT"


def test_lists_show_nothing_of_another_platform(platform, caller):
    a_final_note(a_final_invoice(platform))
    stranger = caller(a_platform("Somebody else"))

    assert stranger("GET", "invoices").body["data"] == []
    assert stranger("GET", "credit-notes").body["data"] == []


def test_a_key_may_not_name_another_platform(platform, api):
    other = a_platform("Somebody else")

    assert api("GET", "invoices", X_Platform_Id=platform.pk).status == 200
    refused = api("GET", "invoices", X_Platform_Id=other.pk)
    assert (refused.status, refused.body["code"]) == (403, "platform_not_allowed")
    assert refused.body["platforms"] == [platform.pk]


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"{", "invalid_json", "not JSON"),
        (b'{"note": "a", "note": "b"}', "invalid_json", "given twice"),
        (b'{"note": NaN}', "invalid_json", "NaN"),
        (b'{"note": "\xff"}', "invalid_json", "UTF-8"),
        (b"[" * 100_000, "invalid_json", ""),
        (b'{"note": 1' + b"0" * 400 + b"}", "invalid_json", "characters"),
        (b'"credit it"', "invalid_request", ""),
        (b'{"colour": "red"}', "invalid_request", "There is no such field"),
        (b'{"type": "gift"}', "invalid_request", "gift"),
        (b'{"finalize": "maybe"}', "invalid_request", ""),
        (b'{"note": "' + b"x" * 2001 + b'"}', "invalid_request", "2000"),
        (b'{"note": "a\\u0000b"}', "invalid_request", ""),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(platform, api, body, code, said):
    invoice = a_final_invoice(platform)

    answer = api("POST", f"invoices/{invoice.pk}/credit", body)

    assert (answer.status, answer.body["code"]) == (400, code)
    assert said in answer.body["detail"]
    assert CreditNote.objects.count() == 0


def test_the_wrong_content_type_is_refused(platform, api):
    answer = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", b"a=1", content_type="text/plain")

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "colour=red", "limit=1&limit=2"])
def test_a_query_that_makes_no_sense_is_refused(api, query):
    assert api("GET", f"credit-notes?{query}").body["code"] in {"invalid_request", "parameter_unknown"}


def test_an_unknown_address_is_a_problem_too(api):
    answer = api("GET", "nothing/here")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_every_answer_carries_the_id_of_its_request(api):
    assert api("GET", "invoices").headers["X-Request-Id"].startswith("req_")
    assert api("GET", "invoices", X_Request_Id="order-77").headers["X-Request-Id"] == "order-77"


def test_the_same_key_is_answered_from_the_first_call(platform, api):
    invoice = a_final_invoice(platform)

    first = api("POST", f"invoices/{invoice.pk}/credit", {"note": "Once"}, Idempotency_Key="k1")
    second = api("POST", f"invoices/{invoice.pk}/credit", {"note": "Once"}, Idempotency_Key="k1")

    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert CreditNote.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(platform, api):
    invoice = a_final_invoice(platform)
    api("POST", f"invoices/{invoice.pk}/credit", {"note": "Once"}, Idempotency_Key="k1")

    answer = api("POST", f"invoices/{invoice.pk}/credit", {"note": "Twice"}, Idempotency_Key="k1")

    assert (answer.status, answer.body["code"]) == (409, "idempotency_key_reused")


def test_a_refusal_leaves_the_key_free(platform, api):
    invoice = a_final_invoice(platform)
    refused = api("POST", f"invoices/{invoice.pk}/credit", {"type": "gift"}, Idempotency_Key="k1")

    accepted = api("POST", f"invoices/{invoice.pk}/credit", {"type": "adjustment"}, Idempotency_Key="k1")

    assert (refused.status, accepted.status) == (400, 201)


def test_a_key_is_forgotten_after_two_days(platform, api):
    invoice = a_final_invoice(platform)
    note = api("POST", f"invoices/{invoice.pk}/credit", Idempotency_Key="k1").body
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=49))

    answer = api("POST", f"invoices/{invoice.pk}/credit", Idempotency_Key="k1")

    assert answer.body["code"] == "full_credit_is_drafted"
    assert answer.body["used_by"][0]["id"] == note["id"]


def test_two_platforms_may_use_the_same_key(platform, api, caller):
    other = a_platform("Somebody else")

    mine = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key="k1")
    theirs = caller(other)("POST", f"invoices/{a_final_invoice(other).pk}/credit", Idempotency_Key="k1")

    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["id"] != theirs.body["id"]


def test_numbers_are_read_exactly():
    from io import BytesIO

    from billing.api.parsers import ExactJSONParser

    assert ExactJSONParser().parse(BytesIO(b'{"a": 0.1, "b": 12.50}')) == {
        "a": Decimal("0.1"),
        "b": Decimal("12.50"),
    }


def test_the_openapi_document_names_every_call_and_is_complete():
    document = json.loads(Client().get("/v1/openapi.json").content)

    assert document["openapi"] == "3.1.1"
    assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-KEY"
    calls = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert "POST /v1/invoices/{invoice_id}/credit" in calls
    assert "GET /v1/credit-notes/{credit_note_id}/download" in calls
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "401" in operation["responses"] or "security" not in operation
            assert operation["description"]


def test_the_docs_page_loads_nothing_from_elsewhere():
    page = Client().get("/v1/docs").content.decode()

    assert "swagger-ui" in page
    assert "https://" not in page


@pytest.mark.parametrize("path", ["invoices/inv%00x", "credit-notes/cn%00x", "credit-notes/cn%00x/pdf"])
def test_an_id_that_no_text_can_hold_is_unknown(api, path):
    assert api("GET", path).body["code"] == "not_found"


def test_a_body_with_very_many_names_is_read_at_once(platform, api):
    names = ", ".join(f'"n{number}": 1' for number in range(60_000))

    answer = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", f"{{{names}}}".encode())

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


def test_old_idempotency_keys_are_swept(platform, api):
    api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key="old")
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=49))
    api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key="new")

    forget_old_keys()

    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]


def test_head_answers_as_get_and_other_verbs_are_not_allowed(api):
    head, wrong = api("HEAD", "invoices"), api("PUT", "invoices")

    assert (head.status, head.content) == (200, b"")
    assert (wrong.status, wrong.body["code"]) == (405, "method_not_allowed")


def test_a_body_in_chunks_is_refused_rather_than_read_as_empty(platform, live_server, api):
    invoice = a_final_invoice(platform)

    answer = requests.post(
        f"{live_server.url}/v1/invoices/{invoice.pk}/credit",
        data=iter([b'{"note": "Wrong address"}']),
        headers={"X-API-KEY": api.secret, "Content-Type": "application/json"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
    assert CreditNote.objects.count() == 0


def test_a_post_to_nowhere_is_a_problem_too():
    answer = Client(enforce_csrf_checks=True).post("/v1/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_either_header_is_enough_says_the_openapi_document():
    document = json.loads(Client().get("/v1/openapi.json").content)

    assert document["paths"]["/v1/invoices"]["get"]["security"] == [{"ApiKey": []}, {"Bearer": []}]
