"""What docs/api/webhooks.md tells is so: its table is complete, its code verifies what we send."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from billing import clock
from billing.events import relay, turns, webhooks
from billing.events.meanings import MEANINGS
from billing.events.models import PAYLOAD_VERSION
from tests.factories import a_final_invoice, a_webhook_endpoint
from tests.work import do_all_work

GUIDE = (Path(__file__).parents[2] / "docs" / "api" / "webhooks.md").read_text()


def code(language: str, has: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    (found,) = (block for block in blocks if has in block)
    return found


def test_the_table_has_every_event_with_its_meaning():
    rows = re.findall(r"^\| `(billing\.[a-z_.]+)` \| (.+) \|$", GUIDE, re.MULTILINE)

    assert dict(rows) == MEANINGS
    assert len(rows) == len(MEANINGS)


def test_the_numbers_are_those_of_the_code(settings):
    assert f"after {relay.MOST_ATTEMPTS}\nattempts" in GUIDE
    assert f"within {settings.WEBHOOKS_SECONDS_TO_ANSWER:g} seconds" in GUIDE
    assert f"nothing has arrived for {settings.WEBHOOKS_DISABLED_AFTER_DAYS} days" in GUIDE
    assert f"waits for {webhooks.WAITS_FOR.days} days" in GUIDE
    assert turns.HOLDS_UP_FOR == relay.LONGEST_PAUSE
    assert f'"api_version": "{PAYLOAD_VERSION}"' in GUIDE


@pytest.fixture
def call(platform, listener):
    """A request as a listener gets it, with the secret."""
    endpoint = a_webhook_endpoint(platform, listener.url, ["billing.invoice.imported"])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    return endpoint.secret, listener.calls[0]


def test_the_python_verifies_what_we_send_and_nothing_else(call):
    secret, sent = call
    names: dict = {}
    exec(code("python", "def read"), names)

    assert names["read"](secret, sent.headers, sent.body)["id"] == sent.headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        names["read"](secret, sent.headers, sent.body + b" ")


@pytest.mark.parametrize(("more", "verdict"), [(b"", "genuine"), (b" ", "forged")])
def test_the_shell_verifies_what_we_send_and_nothing_else(call, tmp_path, more, verdict):
    secret, sent = call
    (tmp_path / "body.json").write_bytes(sent.body + more)
    said = {
        name.upper().replace("-", "_"): value for name, value in sent.headers.items() if "webhook" in name
    }

    told = subprocess.run(
        ["sh", "-c", code("sh", "openssl")],
        cwd=tmp_path,
        env=os.environ | said | {"SECRET": secret},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == verdict
