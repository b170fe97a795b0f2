"""The API's documentation in a real browser: readable, with examples, and nothing from elsewhere."""

import pytest


@pytest.mark.django_db(transaction=True)
def test_the_docs_show_an_operation_with_its_example_and_ask_no_other_host(open_desk, live_server):
    # given
    page = open_desk()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    # when
    page.goto("/v1/docs")
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_text("Credit an invoice: entirely, or what the body names of it").click()

    # then
    operation = page.locator(".opblock.is-open")
    operation.get_by_text("Two seats were not used.").first.wait_for()
    assert operation.get_by_text("amount_exceeds_creditable").count() > 0
    assert operation.get_by_text("INVOICE.CREDIT.CREATE").is_visible()
    assert said == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
