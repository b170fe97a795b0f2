"""Documents are a window: every page opens, nothing can be changed through it."""

import re
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from billing.documents.models import StoredFile
from billing.events.models import Event
from billing.exchange.models import EInvoice, EInvoiceChange
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import send_einvoice
from invoices.models import Invoice
from tests import factories
from tests.desk.conftest import follow_up
from tests.desk.einvoicing import sending_by_hand

from .pages import address_of, page_of

DOCUMENTS = [
    "invoice",
    "payment",
    "note",
    "draft",
    "allocation",
    "refund",
    "event",
    "reaction",
    "delivery",
    "attempt",
    "job",
    "job_item",
    "file",
    "counter",
    "template",
    "message",
    "answer",
    "einvoice",
    "einvoice_change",
]


def test_every_registered_model_has_a_row_in_these_tests(books: SimpleNamespace) -> None:
    shown = {type(row) for row in vars(books).values()}

    missing = {model._meta.model_name for model in admin.site._registry if model not in shown}

    assert missing == {"user", "member"}  # tests/admin/test_people.py


def test_lists_pages_and_histories_open(root: Client, books: SimpleNamespace) -> None:
    for row in vars(books).values():
        answers = [
            root.get(address_of(type(row), "changelist")),
            root.get(address_of(type(row), "changelist"), {"q": "2026"}),
            root.get(page_of(row)),
            root.get(page_of(row, "history"), follow=True),
        ]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 200], row


def test_a_superuser_too_can_neither_add_nor_change_nor_delete(root: Client, books: SimpleNamespace) -> None:
    for name in DOCUMENTS:
        row = getattr(books, name)
        before = type(row).objects.filter(pk=row.pk).values().get()

        answers = [
            root.get(address_of(type(row), "add")),
            root.post(address_of(type(row), "add"), {"reason": "Because."}),
            root.post(page_of(row), {**dict.fromkeys(before, ""), "reason": "Because."}),
            root.post(page_of(row, "delete"), {"post": "yes", "reason": "Because."}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403, 403], name
        assert type(row).objects.filter(pk=row.pk).values().get() == before


def test_nothing_is_deleted_in_bulk(root: Client, books: SimpleNamespace) -> None:
    for row in vars(books).values():
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

        root.post(address_of(type(row), "changelist"), data)

        assert type(row).objects.filter(pk=row.pk).exists(), row


def test_an_invoice_leads_to_its_notes_files_and_events(root: Client, books: SimpleNamespace) -> None:
    page = root.get(page_of(books.invoice)).content.decode()

    assert "121.00 EUR" in page
    assert page_of(books.note) in page
    assert page_of(books.payment) in page
    assert page_of(Event.objects.filter(object_id=books.invoice.pk).last()) in page


def test_a_note_leads_to_its_invoice_files_messages_and_events(root: Client, books: SimpleNamespace) -> None:
    page = root.get(page_of(books.note)).content.decode()

    assert page_of(books.invoice) in page
    assert page_of(books.file) in page
    assert page_of(books.message) in page
    assert page_of(books.event) in page
    assert "CR-2026-000001" in page


def test_an_event_leads_to_its_object_reactions_and_deliveries(root: Client, books: SimpleNamespace) -> None:
    page = root.get(page_of(books.event)).content.decode()

    assert page_of(books.note) in page
    assert page_of(books.reaction) in page
    assert page_of(books.delivery) in page


def test_a_delivery_leads_to_its_attempts_and_an_attempt_shows_both_sides(
    root: Client, books: SimpleNamespace
) -> None:
    assert page_of(books.attempt) in root.get(page_of(books.delivery)).content.decode()

    page = root.get(page_of(books.attempt)).content.decode()
    assert "Retry-After" in page
    assert "webhook-id" in page
    assert "not now" in page


def test_a_file_is_downloaded_from_the_store(root: Client, books: SimpleNamespace) -> None:
    answer = root.get(f"/admin/documents/storedfile/{books.file.pk}/download/")

    assert answer.status_code == 302
    assert "key/note.pdf?" in answer["Location"]


@pytest.mark.parametrize("model", [Invoice, CreditNote, Event, StoredFile])
def test_a_list_costs_the_same_queries_however_long_it_is(
    root: Client,
    platform: Platform,
    model: type,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        factories.a_final_note(factories.a_final_invoice(platform))
    address = address_of(model, "changelist")
    root.get(address)

    with django_assert_max_num_queries(8):
        root.get(address)


def test_a_long_invoice_costs_no_more_queries_than_a_short_one(
    root: Client, platform: Platform, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    invoice = factories.a_final_invoice(platform, lines=[factories.a_line("1.00") for _ in range(40)])
    root.get(page_of(invoice))

    with django_assert_max_num_queries(16):
        page = root.get(page_of(invoice)).content.decode()

    assert page.count("<td>Licence</td>") == 40


def test_an_address_that_leads_nowhere_says_so(root: Client) -> None:
    for address in ("/admin/invoices/invoice/inv_x/change/", "/admin/invoices/invoice/%00/change/"):
        assert root.get(address).status_code == 302


def test_strange_questions_are_answered(root: Client, books: SimpleNamespace) -> None:
    for query in (
        "q=%00",
        "object_id=%00",
        "id__in=%00",
        "type=%00",
        "p=999",
        "platform__id__exact=x",
        "o=99",
    ):
        for model in (Event, Invoice, CreditNote):
            assert root.get(f"{address_of(model, 'changelist')}?{query}").status_code in {200, 302, 400}, (
                query
            )


INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)", re.IGNORECASE
)


def test_pages_keep_to_the_content_security_policy(root: Client, books: SimpleNamespace) -> None:
    """Nothing on a page runs or looks as it does because of the page's own text."""
    pages = [root.get("/admin/"), root.get(page_of(books.customer, "delete"))]
    for row in vars(books).values():
        pages += [root.get(page_of(row)), root.get(address_of(type(row), "changelist"))]
    pages += [
        root.get(address_of(type(row), "add")) for row in (books.customer, books.api_key, books.endpoint)
    ]

    for page in pages:
        assert "default-src 'self'" in page["Content-Security-Policy"]
        assert not INLINE.search(page.content.decode()), page.request["PATH_INFO"]


def test_an_e_invoice_is_listed_by_number_customer_and_in_words(root: Client, platform: Platform) -> None:
    factories.an_entity(platform)
    note = factories.a_final_note(factories.a_final_invoice(platform))
    sending_by_hand(platform)
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=factories.CLERK, at=factories.NOON)

    page = root.get(address_of(EInvoice, "changelist")).content.decode()

    assert f">{note.number}</a>" in page
    assert "Bières du Nord SA" in page
    assert "E-mail to the customer" in page
    assert ">Scheduled<" in page
    steps = root.get(address_of(EInvoiceChange, "changelist")).content.decode()
    assert "Select e-invoice step to view" in steps


def test_what_an_e_invoice_or_a_channel_became_is_told_part_by_part(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)
    note = factories.a_final_note(factories.a_final_invoice(platform))
    sending_by_hand(platform)
    follow_up()
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=factories.CLERK, at=factories.NOON)
    follow_up()

    page = root.get(page_of(EInvoice.objects.get())).content.decode()
    assert "<div>einvoice status: – → SCHEDULED</div>" in page
    assert "<div>einvoice status: IN_PROGRESS → SUCCESS</div>" in page
    assert "{&quot;" not in page
    channel = root.get(page_of(entity)).content.decode()
    assert "<div>einvoicing method: off → manual</div>" in channel
