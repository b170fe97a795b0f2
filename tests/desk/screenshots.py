"""The pictures of the README, from the real desk with the demo's books: `make screenshots`."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from billing import clock
from billing_desk.demo import seed
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.desk.conftest import follow_up

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SHARP = {"viewport": {"width": 1360, "height": 900}, "device_scale_factor": 2}

pytestmark = pytest.mark.django_db(transaction=True)


def keep(page: Any, name: str) -> None:
    page.mouse.move(0, 0)
    picture = Image.open(BytesIO(page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").save(FOLDER / f"{name}.png", optimize=True)


def test_screenshots(open_desk: Any, outbox: Any) -> None:
    seed(username="maria", password="secret-42", api_key="demo-key-of-the-screenshots", at=clock.now())
    follow_up()
    page = open_desk("maria", **SHARP)

    invoice = Invoice.objects.get(number__endswith="-00417")
    page.goto(f"/invoices/{invoice.pk}/")
    page.locator("summary", has_text="Actions").click()
    keep(page, "invoice")

    page.get_by_role("link", name="Credit entire invoice").click()
    page.get_by_label("Note").fill("Ordered twice: this invoice repeats INV-2026-00401.")
    page.get_by_role("button", name="Make the credit note").click()
    page.get_by_role("link", name="Finalise…").click()
    page.get_by_role("button", name="Finalise").click()
    follow_up()
    page.goto(f"/credit-notes/{CreditNote.objects.get(invoice=invoice).pk}/")
    keep(page, "credit-note")
