"""Whatever the OpenAPI document calls a list can be paged, skipped through, counted and exported."""

import io

import pytest
from drf_spectacular.generators import SchemaGenerator
from openpyxl import load_workbook

from tests.factories import a_final_note, a_paid_invoice, a_webhook_endpoint
from tests.work import do_all_work

PERSONAL = {"/v1/sessions"}


def lists():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path, item in paths.items():
        names = [parameter["name"] for parameter in item.get("get", {}).get("parameters", ())]
        if "order_direction" in names and path not in PERSONAL:
            yield path.removeprefix("/v1/")


@pytest.mark.parametrize("path", list(lists()))
def test_a_list_pages_skips_counts_and_comes_as_a_file(platform, api, listener, path):
    endpoint = a_webhook_endpoint(platform, listener.url)
    note = a_final_note(a_paid_invoice(platform))
    job = api("POST", "credit-notes/bulk", {"action": "credit", "invoices": [note.invoice_id]}).body
    api("POST", "templates", {"name": "House style"})
    api("POST", "reason-codes", {"code": "late", "name": "Too late"})
    do_all_work()
    ids = {"customer_id": note.customer_id, "invoice_id": note.invoice_id, "endpoint_id": endpoint.pk}
    path = path.format(**ids, job_id=job["id"])

    page = api("GET", f"{path}?limit=1&include=total")
    skipped = api("GET", f"{path}?take=1&skip=1")
    text = api("GET", f"{path}?format=csv")
    sheet = api("GET", f"{path}?format=xlsx")

    assert (page.status, page.body["object"]) == (200, "list"), page.body
    assert (skipped.status, skipped.body["skip"]) == (200, 1)
    assert (text.status, sheet.status) == (200, 200), (text.body, sheet.body)
    lines = text.content.decode("utf-8-sig").splitlines()
    assert len(lines) >= 1 + min(1, len(page.body["data"]))
    assert load_workbook(io.BytesIO(sheet.content)).active.max_row >= 1
