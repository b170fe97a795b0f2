"""A mail server that delivers nothing: every message becomes one `.eml` file in a folder."""

import asyncio
import itertools
import sys
import time
from pathlib import Path
from typing import Any

from billing_desk.embedded.home import LOOPBACK, free_port
from billing_desk.embedded.processes import Service, answers, spawn

arrivals = itertools.count()


def start(folder: Path, *, log: Path, lock: int | None = None) -> Service:
    """Start the server on a free loopback port; its messages go to `folder`, in order of their names."""
    port = free_port()
    process = spawn(
        "smtp",
        [sys.executable, "-m", "billing_desk.embedded.smtp", folder, str(port)],
        log=log,
        keep_open=[lock] if lock else [],
    )
    return Service(
        process=process,
        environment={"EMAIL_HOST": LOOPBACK, "EMAIL_PORT": str(port)},
        is_ready=lambda: answers(port, answer=b"220"),
    )


class Folder:
    """aiosmtpd's handler. Two headers keep the envelope, for a blind copy leaves no other trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        sender, recipients = envelope.mail_from, ", ".join(envelope.rcpt_tos)
        top = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {recipients}\r\n".encode()
        name = f"{time.time_ns():020d}-{next(arrivals):06d}.eml"
        fresh = self.path / f".{name}.new"
        fresh.write_bytes(top + envelope.original_content)
        fresh.rename(self.path / name)  # a reader sees all of a message or nothing
        return "250 Kept"


async def serve(folder: Path, port: int) -> None:
    from aiosmtpd.smtp import SMTP

    def conversation() -> SMTP:
        return SMTP(Folder(folder), hostname="localhost", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(conversation, LOOPBACK, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
