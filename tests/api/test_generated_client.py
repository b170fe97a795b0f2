"""A client that a stranger generates from the OpenAPI document does the whole job, over real HTTP."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories import a_customer, a_payment, an_api_key, an_entity
from tests.factories import a_platform as make_platform

GENERATOR = Path(sys.executable).with_name("openapi-python-client")
PACKAGE = "generated_billing_client"


class Client:
    """Calls the generated functions by operation, with bodies as plain dicts."""

    def __init__(self, url: str, key: str) -> None:
        client = importlib.import_module(f"{PACKAGE}.client")
        self.models = importlib.import_module(f"{PACKAGE}.models")
        self.connection = client.AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True)

    def __call__(self, operation: str, *ids: str, request: str = "", body: Any = None, **more: Any) -> Any:
        tag, name = operation.split(".")
        module = importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")
        if request:
            more["body"] = getattr(self.models, request).from_dict(body or {})
        answer = module.sync_detailed(*ids, client=self.connection, **more)
        assert answer.status_code < 300, answer.content
        return answer.parsed


@pytest.fixture
def generated(live_server, tmp_path, monkeypatch) -> Any:
    """The package, generated from the running desk's own document."""
    command = [GENERATOR, "generate", "--url", f"{live_server.url}/v1/openapi.json", "--meta", "none"]
    target = tmp_path / PACKAGE
    run = subprocess.run(
        [*command, "--output-path", target], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (target / "client.py").exists(), run.stdout + run.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield live_server.url
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_credits_in_full_and_in_part_refunds_and_voids(generated):
    platform = make_platform()
    an_entity(platform)
    customer = a_customer(platform)
    client = Client(generated, an_api_key(platform))
    with (
        client.connection
    ):  # a connection left open would keep a thread of the server, and its database, busy
        credit_refund_and_void(client, customer.pk)


def credit_refund_and_void(client: Client, customer_id: str) -> None:
    def an_invoice() -> Any:
        lines = [
            {"name": "Licence", "quantity": "10", "unit_price": "12.50", "tax_rate": "21"},
            {"name": "Support", "quantity": "1", "unit_price": "99.99", "tax_rate": "21"},
        ]
        wish = {"customer": customer_id, "currency": "EUR", "lines": lines, "finalize": True}
        return client("invoices.create_invoice", request="CreateInvoiceRequest", body=wish)

    def credited(invoice: Any, **wish: Any) -> Any:
        return client(
            "invoices.credit_invoice",
            invoice.id,
            request="CreditInvoiceRequest",
            body=wish,
            idempotency_key=f"credit-{invoice.id}-{len(wish)}",
        )

    first, second, third = an_invoice(), an_invoice(), an_invoice()
    assert first.total == "272.24"  # 224.99 and 47.25 of VAT

    full = credited(first)
    assert (full.status, full.total) == ("DRAFT", "272.24")
    assert credited(first).id == full.id  # the same key, so the same note
    final = client(
        "credit_notes.finalize_credit_note", full.id, request="FinalizeRequest", body={"total": "272.24"}
    )
    assert (final.status, final.number) == ("FINAL", "CR-2026-000001")

    line = second.lines[0].id
    a_payment(second_row(second.id), "272.24")
    partial = credited(second, lines=[{"invoice_line": line, "quantity": "3"}], finalize=True)
    assert (partial.total, partial.type_, partial.amount_available) == ("45.38", "refundable", "45.38")
    refunded = client(
        "credit_notes.refund_credit_note", partial.id, request="RefundRequest", body={"amount": "20.00"}
    )
    assert [(refund.amount, refund.status) for refund in refunded.refunds] == [("20.00", "PENDING")]
    assert refunded.amount_available == "25.38"

    third_note = credited(third, amount="100.00", finalize=True)
    void = client(
        "credit_notes.void_credit_note", third_note.id, request="ReasonRequest", body={"reason": "A mistake"}
    )
    assert void.status == "VOID"
    assert client("invoices.retrieve_invoice", third.id).creditable == "272.24"

    listed = client(
        "credit_notes.list_credit_notes", limit=10, include=client.models.ListCreditNotesInclude("total")
    )
    assert listed.total == 3
    assert {row.id for row in listed.data} == {full.id, partial.id, third_note.id}


def second_row(invoice_id: str) -> Any:
    from invoices.models import Invoice

    return Invoice.objects.get(pk=invoice_id)
