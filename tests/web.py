"""The real web server on the database of this run, and environments for processes beside it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from billing_desk.embedded import procfile
from billing_desk.embedded.home import CHECKOUT, LOOPBACK, free_port
from billing_desk.embedded.processes import Process, Service, answers, await_ready, spawn, stop_all

COMMITTED = "committed, not answered"
"""The step of tests/api/dying_web.py between a change with an Idempotency-Key and its answer."""


def environment(**more: str) -> dict[str, str]:
    """Return the variables with which a process finds the database and services of this run."""
    database = connection.settings_dict
    who = f"{database['USER']}:{quote(database['PASSWORD'] or '', safe='')}"
    where = f"{quote(database['HOST'], safe='')}:{database['PORT'] or 5432}"
    return os.environ | {"DATABASE_URL": f"postgres://{who}@{where}/{database['NAME']}"} | more


class Web:
    """A gunicorn as the Procfile starts it, which can die at the steps of tests/api/dying_web.py."""

    def __init__(self, process: Process, port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder
        self.url = f"http://{LOOPBACK}:{port}"

    def die_at(self, step: str) -> None:
        (self.folder / step).touch()

    def has_died_at(self, step: str) -> bool:
        return not (self.folder / step).exists()


@contextmanager
def web_server(folder: Path, *, workers: int = 2, threads: int = 16, **variables: str) -> Iterator[Web]:
    """Start the Procfile's web server on a free port; `folder` gets its log and the steps to die at."""
    port = free_port()
    command = procfile.read(CHECKOUT / "Procfile")["web"]
    process = spawn(
        "web",
        procfile.arguments(command.replace("billing_desk.wsgi", "tests.api.dying_web:application")),
        log=folder / "web.log",
        environment=environment(
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            DYING_WEB_FOLDER=str(folder),
            HOST=LOOPBACK,
            PORT=str(port),
            WEB_CONCURRENCY=str(workers),
            WEB_THREADS=str(threads),
            **variables,
        ),
    )
    try:
        question, answer = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n", b"200 OK"
        is_ready = lambda: answers(port, question=question, answer=answer)  # noqa: E731
        await_ready(Service(process=process, environment={}, is_ready=is_ready))
        yield Web(process, port, folder)
    finally:
        stop_all([process], patience=5)
