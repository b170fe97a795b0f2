"""Gives a test run real services: PostgreSQL, Valkey, S3 over HTTP and SMTP, started once, stopped after it.

Named with `-p` in pyproject.toml, for it has to come before pytest-django, which reads the settings. The
workers of pytest-xdist share the servers; each has its own database, bucket, Redis database and mail server.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from billing_desk.embedded import throwaway

mail_folder: Path | None = None
start_up = 0.0


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        start(early_config)
    return (yield)


def start(config: pytest.Config) -> None:
    """Start the services in the first process of a run, and in each process its own corner of them."""
    global mail_folder, start_up
    began = time.monotonic()
    # Playwright keeps an event loop in the main thread; Django then takes every query for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    stack = ExitStack()
    config.add_cleanup(stack.close)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        stack.enter_context(throwaway.running_services())
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    mail_folder = stack.enter_context(throwaway.own_corner(worker or "main", number=number))
    start_up = time.monotonic() - began


def pytest_report_header() -> str:
    return f"services: up in {start_up:.1f} s"


@pytest.fixture
def smtp_dir() -> Path:
    """The folder that gets every e-mail, one `.eml` each, in order of arrival. Empty when a test begins."""
    assert mail_folder
    for message in mail_folder.glob("*.eml"):
        message.unlink()
    return mail_folder


@pytest.fixture
def outbox(settings: Any, smtp_dir: Path) -> "Outbox":
    """The e-mails sent since the test began, parsed, as they came over the wire.

    The envelope is in their headers X-Envelope-From and X-Envelope-To, blind copies included.
    """
    settings.EMAIL_BACKEND = (
        "django.core.mail.backends.smtp.EmailBackend"  # the test runner keeps mail in memory
    )
    return Outbox(smtp_dir)


class Outbox(Sequence[EmailMessage]):
    """A folder of `.eml` files read as a sequence, anew each time it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _messages(self) -> list[EmailMessage]:
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def __getitem__(self, index: Any) -> Any:
        return self._messages()[index]

    def __len__(self) -> int:
        return len(list(self.folder.glob("*.eml")))

    def __repr__(self) -> str:
        return repr([message["Subject"] for message in self._messages()])
