"""The id of a request is in its answer, its events, the work that follows them, and every line of log."""

import io
import json
import logging

import pytest
import structlog
from django.conf import settings as configured

from billing.events.models import Event, Reaction
from tests.factories import a_final_invoice, a_webhook_endpoint
from tests.work import do_all_work


@pytest.fixture
def lines():
    """A function that returns what has been logged since the test began, as production writes it."""
    formatter = dict(configured.LOGGING["formatters"]["lines"])
    formatter["processor"] = structlog.processors.JSONRenderer()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_what_a_request_began_carries_its_id_to_the_end(platform, api, lines, outbox):
    # given
    invoice = a_final_invoice(platform)
    do_all_work()

    # when
    note = api(
        "POST",
        f"invoices/{invoice.pk}/credit",
        {"finalize": True, "notify": True},
        X_Request_Id="order-77",
    ).body
    do_all_work()

    # then
    events = dict(Event.objects.filter(object_id=note["id"]).values_list("type", "request_id"))
    followed = {f"billing.credit_note.{verb}" for verb in ("pdf_generated", "xml_generated", "emailed")}
    assert followed <= events.keys()
    assert set(events.values()) == {"order-77"}
    mine = [line for line in lines() if line.get("request_id") == "order-77"]
    said = [line["event"] for line in mine]
    assert {"request_started", "request_finished"} <= set(said)
    for name in ("render_credit_note_pdf", "write_credit_note_xml", "email_credit_note", "deliver_webhooks"):
        assert any(text.startswith(f"{name} after evt_") and text.endswith("is done.") for text in said)


def test_work_that_fails_is_logged_under_the_request_that_began_it(platform, api, lines, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    a_webhook_endpoint(platform, "http://127.0.0.1:9/hooks")
    invoice = a_final_invoice(platform)

    api("POST", f"invoices/{invoice.pk}/credit", X_Request_Id="order-78")
    do_all_work()

    failed = [line for line in lines() if "failed, to be tried again" in line["event"]]
    assert "order-78" in {line["request_id"] for line in failed}


def test_two_requests_do_not_share_an_id(platform, api):
    api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", X_Request_Id="one")
    api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", X_Request_Id="two")
    do_all_work()

    drafted = Event.objects.filter(type="billing.credit_note.drafted")
    assert list(drafted.values_list("request_id", flat=True)) == ["one", "two"]
    assert not Reaction.objects.exclude(status="DONE").exists()


@pytest.mark.parametrize(
    "given",
    ["", "a b", "a\r\nSet-Cookie: x=1", "a\n", "x" * 101, "é", "<script>", "a\0b", '"quoted"', "x" * 100_000],
)
def test_an_id_that_is_none_is_replaced(api, given):
    answer = api("GET", "invoices", X_Request_Id=given)

    assert answer.status == 200
    assert answer.headers["X-Request-Id"].startswith("req_")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "given", ["order-77", "a.b:c_D-9", "x" * 100, "7f1b5c0e-5f0a-4a0e-9c3e-0a4d4b7e2f11"]
)
def test_an_id_that_is_well_formed_is_kept(api, given):
    assert api("GET", "invoices", X_Request_Id=given).headers["X-Request-Id"] == given


def test_answers_from_before_any_view_carry_one_too(api, client):
    assert client.get("/v1/", headers={"Host": "not a host"}).headers["X-Request-Id"].startswith("req_")
    assert api("GET", "nothing", X_Request_Id="lost-1").headers["X-Request-Id"] == "lost-1"
