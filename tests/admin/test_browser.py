"""The admin's windows on e-invoices in a real browser: for everybody, and no wider than the screen."""

import os

import pytest

from credit_notes.services import send_einvoice
from tests.desk.conftest import browser_type_launch_args, follow_up, open_desk  # noqa: F401
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, a_member, a_platform, an_entity

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from billing.exchange.models import EInvoice, EInvoiceChange, KnownReceiver
from tests.desk.einvoicing import sending_by_hand
from tests.desk.test_browser import faults_of

from .pages import address_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def screens():
    platform = a_platform()
    a_member(platform, is_staff=True, is_superuser=True)
    entity = an_entity(platform)
    sending_by_hand(platform)
    note = a_final_note(a_final_invoice(platform))
    follow_up()
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    follow_up()
    windows = [EInvoice, EInvoiceChange, KnownReceiver]
    return [
        *(address_of(model, "changelist") for model in windows),
        page_of(EInvoice.objects.get()),
        page_of(note.customer),
        page_of(entity.channel),
        address_of(KnownReceiver, "add"),
    ]


def test_axe_finds_nothing_to_complain_about(open_desk, screens):  # noqa: F811
    page, faults = open_desk("clara"), []
    for number, path in enumerate(screens):
        page.goto(path)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/admin-{number}.png", full_page=True)
        faults += faults_of(page)

    assert not faults, "\n".join(faults)


def test_the_list_of_e_invoices_fits_the_screen(open_desk, screens):  # noqa: F811
    page = open_desk("clara")
    page.goto(screens[0])

    assert page.evaluate("""() => {
        const box = document.querySelector("#changelist .results");
        return box.scrollWidth <= box.clientWidth;
    }""")
