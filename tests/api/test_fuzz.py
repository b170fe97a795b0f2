"""A stranger with the OpenAPI document tries everything it allows and much that it does not.

In the suite each operation gets a few calls; `make fuzz` adds every boundary of every parameter, tens
of thousands of calls more, and minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import a_final_invoice, a_paid_invoice, an_api_key
from tests.factories import a_platform as make_platform

CASES = os.environ.get("FUZZ_CASES", "2")
PHASES = os.environ.get("FUZZ_PHASES", "examples,fuzzing,stateful")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
)


@pytest.mark.django_db(transaction=True)
def test_nothing_that_a_stranger_sends_is_a_server_error_or_an_undeclared_answer(
    live_server, settings, tmp_path
):
    settings.API_REQUESTS_PER_MINUTE = 0
    settings.DEBUG = False
    platform = make_platform()
    for _ in range(3):
        a_paid_invoice(platform)
        a_final_invoice(platform)
    key = an_api_key(platform)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{live_server.url}/v1/openapi.json",
        *("--header", f"X-API-KEY: {key}"),
        *("--phases", PHASES),
        *("--checks", ",".join(CHECKS)),
        *("--max-examples", CASES),
        *("--mode", "all"),
        *("--seed", "20261122"),
        *("--warnings", "off"),
        *("--suppress-health-check", "all"),
        *("--request-timeout", "30"),
        "--continue-on-failure",
        "--no-color",
    ]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=3600)

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
