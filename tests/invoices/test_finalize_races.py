"""Several people finalise at once: each draft has one number, and the series no hole."""

from functools import partial

import pytest

from billing.errors import BillingError
from invoices.models import Invoice
from invoices.services import finalize_invoice
from tests.factories import CLERK, NOON, a_platform
from tests.threads import at_once

from .wishes import create

pytestmark = pytest.mark.django_db(transaction=True)


def finalize(invoice: Invoice) -> Invoice:
    return finalize_invoice(platform=invoice.platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)


def test_eight_drafts_at_once_have_eight_numbers_in_a_row():
    platform = a_platform()
    drafts = [create(platform) for _ in range(8)]

    outcomes = at_once([partial(finalize, draft) for draft in drafts])

    assert all(isinstance(outcome, Invoice) for outcome in outcomes), outcomes
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV-2026-{number:06}" for number in range(1, 9)]


def test_one_draft_finalised_twice_at_once_has_one_number():
    platform = a_platform()
    draft = create(platform)

    outcomes = at_once([partial(finalize, draft)] * 4)

    refused = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    assert len(refused) == 3, outcomes
    assert {outcome.code for outcome in refused} <= {"invoice_not_draft", "changed_meanwhile"}
    assert Invoice.objects.get().number == "INV-2026-000001"
    assert create(platform, finalize=True).number == "INV-2026-000002"
