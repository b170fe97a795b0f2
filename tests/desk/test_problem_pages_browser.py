"""The pages about problems in a real browser: small screens, both colour schemes, no JavaScript needed."""

import os

import pytest

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.desk.test_browser import TOO_WIDE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_somebody_without_an_account_looks_up_a_code(open_desk, color_scheme):
    page = open_desk(
        color_scheme=color_scheme, viewport={"width": 360, "height": 800}, java_script_enabled=False
    )

    page.goto("/v1/problems")
    page.get_by_role("link", name="nothing_left_to_credit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing of this invoice is left to credit")
    expect(page.get_by_role("region", name="An example")).to_contain_text('"limit": "0.00"')
    page.get_by_role("link", name="Problems").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Problems")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["problems", "problems/nothing_left_to_credit", "problems/nope"])
def test_nothing_is_wrong_with_the_pages(open_desk, color_scheme, path):
    page = open_desk(color_scheme=color_scheme)
    page.goto(f"/v1/{path}")

    assert Axe().run(page).response["violations"] == []
    for width in (360, 768, 1360):
        page.set_viewport_size({"width": width, "height": 800})
        assert not page.evaluate(TOO_WIDE), width
