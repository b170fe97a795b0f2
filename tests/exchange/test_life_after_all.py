"""What was given up, refused or sent again can turn out to have arrived: then it has."""

from datetime import timedelta

import pytest

from billing.errors import BillingError
from billing.exchange.hear import News, hear
from billing.exchange.models import EInvoice
from billing.exchange.shapes import what_follows
from billing.platforms.models import Customer
from credit_notes.services import record_response, resend_einvoice, send_einvoice
from credit_notes.services.einvoice import ROUTE
from tests.access_point import an_access_point, answering
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, an_entity
from tests.work import do_all_work

from .parcels import a_channel

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def failed(platform, point):
    """A note whose e-invoice the access point has, and which somebody gave up."""
    a_channel(an_entity(platform), transport="http", address=point.url)
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    point.moods = [answering(202, {"reference": "AP-1"})]
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    do_all_work()
    told(note, status="FAILED", message="Nothing heard for a week.")
    return note


def told(note, **news) -> EInvoice:
    return record_response(
        platform=note.platform, credit_note_id=note.pk, news=News(**news), actor=CLERK, at=LATER
    )


def heard(note, **news) -> EInvoice:
    news = {"key": "a"} | news
    return hear(ROUTE, platform=note.platform, document_id=note.pk, news=News(**news), actor="AP", at=LATER)


def resend(note) -> EInvoice:
    return resend_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=LATER)


def einvoice(note) -> EInvoice:
    return EInvoice.objects.get(document_id=note.pk)


def last_steps(note) -> list[tuple[str, str, str]]:
    return [(row.status, row.response, row.reason_code) for row in einvoice(note).changes.all()][-2:]


@pytest.mark.parametrize("tell", [told, heard])
@pytest.mark.parametrize(
    ("news", "status", "response"),
    [
        ({"status": "SUCCESS"}, "SUCCESS", ""),
        ({"status": "REGISTERED"}, "REGISTERED", ""),
        ({"response": "ACCEPTED"}, "SUCCESS", "ACCEPTED"),
        ({"status": "REGISTERED", "response": "PAID"}, "REGISTERED", "PAID"),
    ],
)
def test_what_was_given_up_has_arrived_after_all(failed, tell, news, status, response):
    found = tell(failed, **news)

    assert (found.status, found.response, found.reason_code) == (status, response, "")
    assert found.message == "It arrived after all."
    assert last_steps(failed) == [("FAILED", "", "reported"), (status, response, "")]
    assert what_follows(found) == ""
    with pytest.raises(BillingError, match=f"is {status}") as caught:
        resend(failed)
    assert caught.value.code == "nothing_to_resend"


def test_a_rejection_after_the_failure_asks_to_reverse_the_note(failed):
    found = heard(failed, response="REJECTED", message="Wrong order")

    assert (found.status, found.response, found.message) == ("SUCCESS", "REJECTED", "Wrong order")
    assert what_follows(found) == "reverse_and_reissue"


def test_one_that_never_left_cannot_have_arrived(platform, point):
    channel = a_channel(an_entity(platform), transport="http", address=point.url, method="automatic")
    note = a_final_note(a_final_invoice(platform))
    Customer.objects.update(is_einvoice_enabled=False)
    do_all_work()
    assert (einvoice(note).status, channel.method) == ("SKIPPED", "automatic")

    for news in ({"status": "SUCCESS"}, {"response": "ACCEPTED"}):
        with pytest.raises(BillingError) as caught:
            told(note, **news)
        assert caught.value.code == "einvoice_not_sent"


def test_the_answer_counts_whichever_round_it_is_of(failed, point):
    resend(failed)
    do_all_work(at=LATER)
    assert (einvoice(failed).status, einvoice(failed).reference) == ("SUCCESS", "AP-1")

    found = heard(failed, response="REJECTED", reference="OLD", round=1)

    assert (found.status, found.response, found.reference) == ("SUCCESS", "REJECTED", "AP-1")


def test_an_answer_to_the_first_round_stops_the_second_before_it_leaves(failed, point):
    resend(failed)
    calls = len(point.calls)

    found = heard(failed, response="ACCEPTED", round=1)
    do_all_work(at=LATER)

    assert (found.status, einvoice(failed).status, len(point.calls)) == ("SUCCESS", "SUCCESS", calls)


def test_a_status_of_the_first_round_does_not_count_while_the_second_is_under_way(failed, point):
    resend(failed)
    point.moods = [answering(202, b"")]
    assert heard(failed, status="SUCCESS", round=1).status == "SCHEDULED"
    do_all_work(at=LATER)
    assert heard(failed, status="REGISTERED", round=1, key="b").status == "IN_PROGRESS"
    assert heard(failed, status="FAILED", round=1, key="c").status == "IN_PROGRESS"
    assert last_steps(failed) == [("IN_PROGRESS", "", "ignored")] * 2

    found = heard(failed, status="REGISTERED", response="ACCEPTED", round=1, key="d")
    assert (found.status, found.response) == ("SUCCESS", "ACCEPTED")


def test_a_status_of_the_first_round_counts_once_the_second_came_to_nothing(failed):
    Customer.objects.update(is_einvoice_enabled=False)
    with pytest.raises(BillingError):
        resend(failed)
    Customer.objects.update(is_einvoice_enabled=True)
    resend(failed)
    Customer.objects.update(is_einvoice_enabled=False)
    do_all_work(at=LATER)
    assert (einvoice(failed).status, einvoice(failed).may_have_left) == ("SKIPPED", True)
    assert heard(failed, status="FAILED", round=1).reason_code == "customer_not_enabled"

    found = heard(failed, status="SUCCESS", reference="AP-1", round=1, key="b")

    assert (found.status, found.reason_code, found.reference) == ("SUCCESS", "", "AP-1")


def test_what_a_status_that_is_too_late_says_besides_is_taken(failed):
    told(failed, status="REGISTERED")

    found = heard(failed, status="SUCCESS", response="ACCEPTED")

    assert (found.status, found.response) == ("REGISTERED", "ACCEPTED")


def test_a_word_about_a_failure_keeps_its_reason(failed):
    EInvoice.objects.update(reason_code="given_up")

    found = told(failed, message="They look for it.")

    assert (found.status, found.reason_code, found.message) == ("FAILED", "given_up", "They look for it.")
