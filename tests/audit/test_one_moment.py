"""The audit reads the books as they are at one moment, and could not write if it wanted to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import InternalError, connection

from billing.platforms.models import Platform
from billing_desk.audit import audit
from billing_desk.audit.books import Books, one_moment
from tests.factories import a_final_invoice, a_payment, a_platform

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_can_be_written():
    platform = a_platform()

    with pytest.raises(InternalError, match="read-only transaction"), one_moment():
        Platform.objects.filter(pk=platform.pk).update(name="Another")

    assert Platform.objects.get().name == "Acme Group"


def test_what_happens_meanwhile_is_not_seen():
    invoice = a_final_invoice(a_platform())

    def pay():
        a_payment(invoice, "21.00")
        connection.close()

    with one_moment():
        before = Books().ask("SELECT amount_paid FROM invoice")
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(pay).result()
        after = Books().ask("SELECT amount_paid FROM invoice")

    assert before == after == [(0,)]
    assert Books().ask("SELECT amount_paid FROM invoice") == [(21,)]
    assert audit().holds
