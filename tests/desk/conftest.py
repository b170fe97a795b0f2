"""A signed-in client, a worker, and a real browser.

Playwright comes with requirements-dev.txt, Chromium with the system: a browser test without them is skipped,
or fails where REQUIRE_BROWSER is set.
"""

import html
import os
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from billing import clock
from billing.events import relay
from billing.events.models import Reaction
from billing.platforms.models import Platform
from tests.factories import a_member

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
OPENS = {"viewport": {"width": 1360, "height": 860}, "reduced_motion": "reduce"}

SignIn = Callable[..., Client]
OpenDesk = Callable[..., Any]


@pytest.fixture
def sign_in() -> SignIn:
    """Make a client for a person; `role` is their place on the platform."""

    def signed_in(platform: Platform, role: str = "CLERK", **fields: Any) -> Client:
        client = Client()
        client.force_login(a_member(platform, role, **fields))
        return client

    return signed_in


@pytest.fixture
def clerk(platform: Platform, sign_in: SignIn) -> Client:
    """Clara Clerk, who may do everything on the platform."""
    return sign_in(platform)


@pytest.fixture
def viewer(platform: Platform, sign_in: SignIn) -> Client:
    """Victor Viewer, who may only read."""
    return sign_in(platform, "VIEWER", username="victor", first_name="Victor", last_name="Viewer")


def text_of(answer: Any) -> str:
    """Return what a person reads of an answer: no tags, single spaces."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def follow_up() -> None:
    """Do what the workers would do, but for webhooks."""
    while todo := list(Reaction.objects.pending().exclude(name="deliver_webhooks")):
        for work in todo:
            relay.react(reaction_id=work.pk, at=clock.now())


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    if CHROMIUM is None:
        complaint = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(complaint)
        pytest.skip(complaint)
    return {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture
def open_desk(live_server: Any, new_context: Any) -> OpenDesk:
    """Open a browser window on the desk; with `username` somebody is signed in.

    Other arguments are Playwright's for a context: `color_scheme`, `java_script_enabled`, `viewport` …
    """

    def opened(username: str = "", **options: Any) -> Any:
        page = new_context(base_url=live_server.url, **OPENS | options).new_page()
        if username:
            page.goto("/sign-in/")
            page.get_by_label("User name").fill(username)
            page.get_by_label("Password").fill("secret-42")
            page.get_by_role("button", name="Sign in").click()
        return page

    return opened
