"""How far a credential reaches: one platform, several, or one customer's papers and nothing else."""

import re
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.test import Client

from billing.documents import files
from billing.documents.models import StoredFile
from billing.events.models import Event
from billing.jobs.models import Job
from billing.platforms.models import ApiKey, Customer, Member, Platform
from billing.platforms.permissions import OF_CLIENTS
from billing.platforms.querysets import PlatformQuerySet
from credit_notes import services
from credit_notes.models import Allocation, CreditNote, Refund
from invoices.models import Invoice, Overpayment, Payment
from invoices.services import record_tax_withheld
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.desk.conftest import follow_up
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_grant,
    a_member,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_api_key,
)
from tests.jobs.working import work_on

pytestmark = pytest.mark.django_db

OF_NOBODY = {"ApiKey", "Event", "IdempotencyKey", "KnownReceiver", "Member", "Session", "WebhookEndpoint"}
"""Models of a platform that have nothing for clients."""


ALL_OF_CLIENTS = tuple(sorted(OF_CLIENTS))


def a_client_of(customer, permissions=ALL_OF_CLIENTS):
    secret = an_api_key(
        customer.platform, permissions, name="Portal", reach="client", customer_id=customer.pk
    )
    return Caller(secret)


@pytest.fixture
def neighbours(platform):
    """Two customers of one platform, each with something of everything; the first looks."""
    first = a_customer(platform)
    second = a_customer(platform, name="Neighbour & Sons", vat_number="", email="n@neighbour.example")
    return SimpleNamespace(own=everything_of(first), theirs=everything_of(second))


def everything_of(customer):
    platform = customer.platform
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    invoice = a_final_invoice(platform, buyer=customer)
    payment = a_payment(invoice, "200.00")
    withheld_from = a_final_invoice(platform, buyer=customer)
    tax = record_tax_withheld(
        platform=platform,
        invoice_id=withheld_from.pk,
        amount=Decimal("10.00"),
        date=NOON.date(),
        actor=CLERK,
        at=NOON,
    )
    note = a_final_note(a_paid_invoice(platform, buyer=customer))
    (refund,) = services.refund(
        platform=platform, credit_note_id=note.pk, amount=Decimal("1.00"), actor=CLERK, at=NOON
    )
    allocation = services.allocate(
        platform=platform,
        credit_note_id=note.pk,
        invoice_id=withheld_from.pk,
        amount=Decimal("2.00"),
        actor=CLERK,
        at=NOON,
    )
    follow_up()
    return SimpleNamespace(
        customer=customer,
        invoice=withheld_from,
        overpaid=invoice,
        payment=payment,
        overpayment=Overpayment.objects.get(payment=payment),
        tax=tax,
        note=note,
        draft=a_draft_note(a_final_invoice(platform, buyer=customer)),
        refund=refund,
        allocation=allocation,
    )


# The models


def models_of_a_platform():
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        if model.__module__.split(".")[0] in {"billing", "invoices", "credit_notes"} and "platform" in names:
            yield model


@pytest.mark.parametrize("model", list(models_of_a_platform()), ids=lambda model: model.__name__)
def test_every_model_of_a_platform_says_whose_it_is(model):
    path = getattr(model, "CUSTOMER_PATH", None)
    of_customer = getattr(type(model._default_manager.all()), "of_customer", None)
    says_so = path is not None or (of_customer and of_customer is not PlatformQuerySet.of_customer)

    assert bool(says_so) != (model.__name__ in OF_NOBODY), model
    if path:
        assert list(model._default_manager.filter(**{path: "cus_0"})) == []


def test_each_client_meets_their_own_rows_only(platform, neighbours):
    own, theirs = neighbours.own, neighbours.theirs
    seen = Platform.objects.get(pk=platform.pk)
    seen.seen_by = own.customer.pk

    for model, whose in (
        (Invoice, lambda row: row.customer_id),
        (CreditNote, lambda row: row.customer_id),
        (Payment, lambda row: row.invoice.customer_id),
        (Overpayment, lambda row: row.customer_id),
        (Allocation, lambda row: row.credit_note.customer_id),
        (Refund, lambda row: row.credit_note.customer_id),
        (Customer, lambda row: row.pk),
    ):
        whole = list(model.objects.for_platform(platform))
        found = list(model.objects.for_platform(seen))
        assert {whose(row) for row in found} == {own.customer.pk}, model
        assert {whose(row) for row in whole} == {own.customer.pk, theirs.customer.pk}, model
        assert set(found) == {row for row in whole if whose(row) == own.customer.pk}, model
    papers = {
        *Invoice.objects.for_platform(seen).values_list("pk", flat=True),
        *CreditNote.objects.for_platform(seen).values_list("pk", flat=True),
    }
    assert StoredFile.objects.for_platform(seen).exists()
    assert {file.document_id for file in StoredFile.objects.for_platform(seen)} <= papers
    for model in (ApiKey, Event):
        assert not model.objects.for_platform(seen).exists()
        assert model.objects.for_platform(platform).exists() == (model is Event)


# Every call of the document


OWNED = {
    "invoice_id": "invoice",
    "credit_note_id": "note",
    "payment_id": "payment",
    "overpayment_id": "overpayment",
    "customer_id": "customer",
    "allocation_id": "allocation",
    "refund_id": "refund",
}


def calls():
    """Return every method and path of the OpenAPI document."""
    document = Client().get("/v1/openapi.json").json()
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def filled_in(path, things):
    """Return a path with the ids of things, and "unknown" for whatever customers have none of."""
    for name, of in OWNED.items():
        path = path.replace(f"{{{name}}}", getattr(things, of).pk)
    while "{" in path:
        path = path.partition("{")[0] + "unknown" + path.partition("}")[2]
    return path.removeprefix("/v1/")


def test_no_call_of_the_api_shows_or_changes_a_neighbours_thing(neighbours):
    client, theirs = a_client_of(neighbours.own.customer), neighbours.theirs
    secret_words = [
        b"Neighbour",
        b"neighbour.example",
        theirs.note.number.encode(),
        *(thing.pk.encode() for thing in vars(theirs).values()),
    ]
    before, tried = digest_of_rows(), Counter()

    for method, path, operation in calls():
        if "security" not in operation or not any(f"{{{name}}}" in path for name in OWNED):
            continue
        address = filled_in(path, theirs)
        answer = client(method, address, {} if "requestBody" in operation else None)
        shapeless = answer.status == 400 and answer.body["code"] == "invalid_request"
        assert answer.status in {403, 404} or shapeless, (method, path, answer)
        told = answer.content
        for asked_for in address.split("/"):  # the id that was asked for may be said again
            told = told.replace(asked_for.encode(), b"")
        assert not [word for word in secret_words if word in told], (method, path, told)
        tried[method] += 1

    assert tried.total() > 30
    assert tried.keys() == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert digest_of_rows() == before


def expandable(parameter):
    """Return what can be shown along, as the document of a parameter says."""
    return re.findall(r"`(\w+)`", parameter["description"]) if parameter["name"] == "expand" else []


def test_no_list_shows_a_neighbours_row(neighbours):
    client, own, theirs = a_client_of(neighbours.own.customer), neighbours.own, neighbours.theirs
    lists = 0

    for method, path, operation in calls():
        if method != "GET" or "security" not in operation:
            continue
        names = [name for one in operation.get("parameters", []) for name in expandable(one)]
        expand = f"?expand={','.join(names)}" if names else ""
        answer = client("GET", filled_in(path, own) + expand)
        if answer.status == 200:
            lists += '"list"' in str(answer.body) or "'list'" in str(answer.body)
            for thing in vars(theirs).values():
                assert thing.pk.encode() not in answer.content, (path, thing)
            assert b"Neighbour" not in answer.content, path

    assert lists >= 5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("credit-notes", {"invoice": "{invoice}"}),
        ("credit-notes", {"invoices": [{"invoice": "{own_invoice}"}, {"invoice": "{invoice}"}]}),
        ("credit-notes/estimate", {"invoice": "{invoice}"}),
        ("credit-notes/{own_note}/allocations", {"invoice": "{invoice}"}),
        ("invoices/{own_invoice}/apply-credits", {"credit_notes": ["{note}"]}),
        ("invoices/{own_invoice}/remove-credit-note", {"credit_note": "{note}"}),
    ],
)
def test_a_neighbours_thing_cannot_be_named_in_a_body(neighbours, path, body):
    client, own, theirs = a_client_of(neighbours.own.customer), neighbours.own, neighbours.theirs
    ids = {name: thing.pk for name, thing in vars(theirs).items()}
    ids |= {f"own_{name}": thing.pk for name, thing in vars(own).items()}
    before = digest_of_rows()

    answer = client("POST", path.format(**ids), filled(body, ids))

    assert (answer.status, answer.body["code"]) == (404, "not_found"), answer.body
    assert b"Neighbour" not in answer.content
    assert digest_of_rows() == before


def filled(value, ids):
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return value.format(**ids)


# What a client may do


def test_a_client_credits_finalises_allocates_and_reads_like_anybody(neighbours):
    own, customer = neighbours.own, neighbours.own.customer
    client = a_client_of(customer, sorted(OF_CLIENTS))
    invoice = a_paid_invoice(customer.platform, buyer=customer)
    owing = a_final_invoice(customer.platform, buyer=customer)

    estimate = client("POST", "credit-notes/estimate", {"invoice": invoice.pk})
    draft = client("POST", f"invoices/{invoice.pk}/credit", {"note": "Sent back"}, Idempotency_Key="a")
    edited = client("PATCH", f"credit-notes/{draft.body['id']}", {"note": "All of it sent back"})
    final = client("POST", f"credit-notes/{draft.body['id']}/finalize", Idempotency_Key="b")
    given = client(
        "POST", f"credit-notes/{draft.body['id']}/allocations", {"invoice": owing.pk, "amount": "20"}
    )
    follow_up()
    pdf = client("GET", f"credit-notes/{draft.body['id']}/pdf")
    link = client("GET", f"credit-notes/{draft.body['id']}/download")
    balance = client("GET", f"customers/{customer.pk}/balance")
    row = Allocation.objects.get(credit_note=draft.body["id"], invoice=owing)
    taken_back = client("DELETE", f"credit-notes/{draft.body['id']}/allocations/{row.pk}")

    answers = (estimate, draft, edited, final, given, pdf, link, balance, taken_back)
    assert [answer.status for answer in answers] == [200, 201, 200, 200, 201, 200, 302, 200, 200]
    note = CreditNote.objects.get(pk=draft.body["id"])
    assert (note.status, note.number.startswith("CR-2026-")) == ("FINAL", True)
    assert note.number > own.note.number
    assert pdf.content.startswith(b"%PDF")
    assert files.find(document=note, kind="xml") is not None


def test_numbers_of_all_customers_come_from_one_series(neighbours):
    own, theirs = neighbours.own, neighbours.theirs
    platform = own.customer.platform
    numbers = []
    for whose in (own, theirs, own):
        invoice = a_final_invoice(platform, buyer=whose.customer)
        answer = a_client_of(whose.customer)("POST", "credit-notes", {"invoice": invoice.pk})
        numbers.append(answer.body["number"])

    last = [int(number.rpartition("-")[2]) for number in numbers]
    assert last == [last[0], last[0] + 1, last[0] + 2]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "credit-notes/{note}/refund"),
        ("POST", "credit-notes/{note}/record-refund"),
        ("POST", "credit-notes/{note}/void"),
        ("POST", "invoices"),
        ("POST", "invoices/{invoice}/payments"),
        ("PATCH", "customers/{customer}"),
        ("GET", "events"),
        ("GET", "sequences"),
        ("GET", "webhook-endpoints"),
        ("GET", "api-keys"),
        ("POST", "api-keys"),
        ("GET", "platforms"),
        ("GET", "billing-entities"),
    ],
)
def test_a_client_may_do_no_more_than_clients_may_whatever_their_key_says(neighbours, method, path):
    client = a_client_of(neighbours.own.customer)
    ApiKey.objects.update(permissions=["*", "CREDIT_NOTE.REFUND", "SETTINGS.VIEW", "ACCESS.GRANT"])
    ids = {name: thing.pk for name, thing in vars(neighbours.own).items()}

    answer = client(method, path.format(**ids), {} if method != "GET" else None)

    assert (answer.status, answer.body["code"]) == (403, "permission_denied")
    assert answer.body["permission"] not in OF_CLIENTS


def test_a_client_may_not_name_another_platform(platform):
    client = a_client_of(a_customer(platform))

    answer = client("GET", "invoices", X_Platform_Id=a_platform("Other").pk)

    assert (answer.status, answer.body["code"]) == (403, "platform_not_allowed")
    assert client("GET", "invoices", X_Platform_Id=platform.pk).status == 200


def test_each_client_has_their_own_idempotency_keys(neighbours):
    first, second = a_client_of(neighbours.own.customer), a_client_of(neighbours.theirs.customer)
    mine = a_final_invoice(neighbours.own.customer.platform, buyer=neighbours.own.customer)
    yours = a_final_invoice(neighbours.own.customer.platform, buyer=neighbours.theirs.customer)

    one = first("POST", "credit-notes", {"invoice": mine.pk}, Idempotency_Key="order-1")
    two = second("POST", "credit-notes", {"invoice": yours.pk}, Idempotency_Key="order-1")

    assert (one.status, two.status) == (201, 201)
    assert one.body["id"] != two.body["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", None),
        ("number", "CR-2026-000077"),
        ("doc_number", "CR-2026-000077"),
        ("sequence", "MINE"),
        ("sequence_id", "MINE"),
        ("comment", "Between us"),
        ("date", "2026-11-01"),
        ("timezone", "Pacific/Kiritimati"),
    ],
)
def test_a_client_gives_itself_no_bonus_names_no_number_and_starts_no_series(neighbours, field, value):
    own = neighbours.own
    client = a_client_of(own.customer)
    line = {"name": "Goodwill", "quantity": 1, "unit_price": 10, "tax_rate": 21}
    wish = {"customer": own.customer.pk} if field == "customer" else {"invoice": own.invoice.pk, field: value}
    before = digest_of_rows()

    refused = client("POST", "credit-notes", wish | {"lines": [line]})
    edited = client("PATCH", f"credit-notes/{own.draft.pk}", {field: value} if value else {"number": "X"})

    assert (refused.status, refused.body["field"]) == (400, field)
    assert edited.status == 400
    assert digest_of_rows() == before


def test_a_client_neither_reads_nor_writes_what_is_said_among_colleagues(neighbours):
    own = neighbours.own
    client, staff = a_client_of(own.customer), Caller(an_api_key(own.customer.platform))
    address = f"credit-notes/{own.draft.pk}"
    staff("PATCH", address, {"internal_comment": "They always complain."})

    read, listed = client("GET", address), client("GET", "credit-notes")
    written = client("PATCH", address, {"internal_comment": "We never do."})
    replaced = client("PATCH", address, {"note": "Sent back"}, Idempotency_Key="a")

    assert (written.status, written.body["field"]) == (400, "internal_comment")
    assert replaced.status == 200
    for answer in (read, listed, replaced):
        assert b"They always complain." not in answer.content
        assert CLERK.encode() not in answer.content
    assert (read.body["internal_comment"], read.body["timeline"]) == ("", [])
    assert staff("GET", address).body["internal_comment"] == "They always complain."
    assert staff("GET", address).body["timeline"][0]["actor"] == CLERK


def test_a_clients_bulk_job_reaches_no_neighbour(neighbours):
    own, theirs = neighbours.own, neighbours.theirs
    client = a_client_of(own.customer)
    before = CreditNote.objects.filter(customer=theirs.customer).count()

    asked = client(
        "POST", "credit-notes/bulk", {"action": "credit", "invoices": [own.overpaid.pk, theirs.overpaid.pk]}
    )
    work_on(Job.objects.get())
    items = client("GET", f"jobs/{asked.body['id']}/items").body["data"]

    assert asked.status == 202
    assert {item["object_id"]: item["status"] for item in items} == {
        own.overpaid.pk: "DONE",
        theirs.overpaid.pk: "FAILED",
    }
    assert CreditNote.objects.filter(customer=theirs.customer).count() == before
    assert a_client_of(theirs.customer)("GET", f"jobs/{asked.body['id']}").status == 404
    assert a_client_of(theirs.customer)("GET", "jobs").body["data"] == []


# Several platforms


def test_a_directory_key_acts_where_the_header_says(platform):
    second, third = a_platform("Second"), a_platform("Third")
    secret = an_api_key(
        platform, reach="directory", more_platform_ids=[second.pk], granted=a_grant(platform, second)
    )
    directory, invoice = Caller(secret), a_final_invoice(second)

    assert directory("GET", "invoices").body["data"] == []
    assert directory("GET", "invoices", X_Platform_Id=platform.pk).body["data"] == []
    assert [row["id"] for row in directory("GET", "invoices", X_Platform_Id=second.pk).body["data"]] == [
        invoice.pk
    ]
    assert directory("GET", f"invoices/{invoice.pk}").status == 404
    refused = directory("GET", "invoices", X_Platform_Id=third.pk)
    assert (refused.status, refused.body["code"]) == (403, "platform_not_allowed")
    assert refused.body["platforms"] == [platform.pk, second.pk]
    assert {row["id"] for row in directory("GET", "platforms").body["data"]} == {platform.pk, second.pk}


@pytest.mark.parametrize("value", ["plt_0", "x" * 5000, "*", "plt_0, plt_1"])
def test_a_platform_that_does_not_exist_is_refused_like_anothers(platform, api, value):
    answer = api("GET", "invoices", X_Platform_Id=value)

    assert (answer.status, answer.body["platforms"]) == (403, [platform.pk])


# Clients have no desk


def test_a_client_has_no_desk_and_no_administration(platform, client):
    user = a_member(platform, username="paul", is_staff=True)
    Member.objects.filter(user=user).update(role="CLIENT", customer=a_customer(platform))
    client.force_login(user)

    assert client.get("/").status_code == 403
    assert "You belong to no platform yet" in client.get("/invoices/").content.decode()
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/invoices/invoice/").status_code == 302


def test_somebody_who_is_a_client_here_and_a_clerk_there_has_the_desk_of_there(platform, client):
    other = a_platform("Other")
    user = a_member(other, username="paul", is_staff=True)
    Member.objects.create(user=user, platform=platform, role="CLIENT", customer=a_customer(platform))
    a_final_invoice(platform)
    client.force_login(user)

    assert client.get("/invoices/").context["shell"].platform == "Other"
    assert client.post("/platform/", {"platform": platform.pk}).status_code == 404
    assert client.get("/admin/invoices/invoice/").context["cl"].result_count == 0


def test_a_client_that_replaces_a_note_leaves_what_is_kept_from_clients(neighbours):
    own = neighbours.own
    client, staff = a_client_of(own.customer), Caller(an_api_key(own.customer.platform))
    kept = {"internal_comment": "Fraud suspected", "metadata": {"erp": "7"}}
    for note, more in ((own.note, {}), (own.draft, {"custom_fields": {"cost": "9"}, "date": "2026-11-20"})):
        address = f"credit-notes/{note.pk}"
        before = staff("PATCH", address, kept | more).body

        replaced = client("PUT", address, {})
        refused = [client(how, address, {"metadata": {}}) for how in ("PUT", "PATCH")]

        after = staff("GET", address).body
        assert (replaced.status, [one.status for one in refused]) == (200, [400, 400])
        assert {name: after[name] for name in kept | more} == {name: before[name] for name in kept | more}
        assert after["internal_comment"] == "Fraud suspected"


def test_a_client_with_all_permissions_reads_and_none_forgives_itself_a_debt(neighbours):
    own = neighbours.own
    invoice = a_final_invoice(own.customer.platform, buyer=own.customer)

    reads = a_client_of(own.customer, ["*"])
    writes = a_client_of(own.customer)

    before = digest_of_rows()
    refused = reads("POST", f"invoices/{invoice.pk}/credit", {})
    assert (reads("GET", f"invoices/{invoice.pk}").status, refused.status) == (200, 403)
    assert refused.body["permission"] == "INVOICE.CREDIT.CREATE"
    for deed in ("write-off", "credit-and-copy"):
        answer = writes("POST", f"invoices/{invoice.pk}/{deed}", {})
        assert (answer.status, answer.body["code"]) == (403, "not_for_clients")
    assert digest_of_rows() == before


def test_a_client_is_not_told_the_names_of_templates(neighbours):
    own = neighbours.own
    staff = Caller(an_api_key(own.customer.platform))
    assert staff("POST", "templates", {"name": "For Rival Corp", "style": "compact"}).status == 201

    answer = a_client_of(own.customer)("POST", "credit-notes", {"invoice": own.invoice.pk, "template": "x"})

    assert answer.body["code"] == "template_unknown"
    assert b"Rival" not in answer.content
