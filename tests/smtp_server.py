"""A mail server that refuses, in a thread of the test: what it answers is for the test to say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from billing_desk.embedded.home import LOOPBACK, free_port


class Moody:
    """aiosmtpd's handler. `answers` names addresses, or DATA, with what is answered instead of yes."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.messages = answers, []

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.messages.append(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def a_mail_server(settings: Any, answers: dict[str, str]) -> Iterator[Moody]:
    """Run a mail server that Django sends to."""
    moody = Moody(answers)
    server = Controller(moody, hostname=LOOPBACK, port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, server.port
    try:
        yield moody
    finally:
        server.stop()
