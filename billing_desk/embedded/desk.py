"""`manage.py desk`: everything a desk needs, started from nothing, on this machine and for it alone.

It runs before Django reads its settings, for it sets the variables they are read from. What is set already is
left alone: DATABASE_URL, REDIS_URL, S3_ENDPOINT_URL or S3_BUCKET, and EMAIL_HOST each replace a service.
"""

import argparse
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from billing_desk.embedded import once, procfile, services
from billing_desk.embedded.home import CHECKOUT, LOOPBACK, CannotRun, Home, free_port, say
from billing_desk.embedded.prepare import DEMO_USERNAME, prepare
from billing_desk.embedded.processes import Service, await_ready, stop_all
from billing_desk.embedded.supervisor import Follower, Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PROCESSES = ("web", "worker", "beat")
# Celery's warning to root: sound advice for a server, not for a desk on the loopback that lives for an hour.
CELERY_AS_ROOT = "You're running the worker with superuser privileges"

LENT = ("DATABASE_URL", "REDIS_URL", "S3_", "EMAIL_", "DEFAULT_FROM_", "SECRET_KEY", "DEBUG", "LOG_")
"""Variables, by how they begin, that `manage.py` borrows from a desk that runs."""


class Stopped(BaseException):
    """Somebody asked the desk to stop. Not an Exception, so that nobody handles it on the way out."""


def main(argv: list[str]) -> int:
    """Run the desk until it is stopped. Returns the exit status: 0 after a stop, 1 with a reason."""
    parser = argparse.ArgumentParser(
        prog="manage.py desk", description="Start the desk and all that it needs."
    )
    parser.add_argument(
        "--once", action="store_true", help="credit one demo invoice, fetch its papers, and stop"
    )
    options = parser.parse_args(argv)
    heed_stops()
    try:
        run(go=one_round if options.once else until_stopped)
    except CannotRun as refusal:
        say(f"The desk cannot run. {refusal.detail}")
        return 1
    except Stopped:
        say("Stopped.")
        return 1 if options.once else 0
    return 0


def heed_stops() -> None:
    """Heed Ctrl-C also where a shell had it ignored, as it does for what it starts in the background.

    A hang-up that is ignored stays so: somebody said `nohup`.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_stops()  # once is enough: from here on it is stopping
        raise Stopped

    for number in STOPPING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def ignore_stops() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True)
class Running:
    """A desk that is up: its address, its home, what keeps it going, and where its e-mails lie, if here."""

    home: Home
    supervisor: Supervisor
    url: str
    smtp_dir: Path | None


def run(*, go: Callable[[Running], None]) -> None:
    """Bring the desk up, hand it to `go`, and take it down, whatever happens."""
    with ExitStack() as later:
        try:
            go(bring_up(Home.open(), later=later))
        finally:
            ignore_stops()  # from here on it is stopping, and takes its time


def bring_up(home: Home, *, later: ExitStack) -> Running:
    """Start everything and wait for the first page. What has to be undone is noted in `later`."""
    lock = home.lock()
    port = wanted_port()
    home.withdraw()
    clear_logs(home)
    started = start_services(home, lock=lock, later=later)
    os.environ.update(environment(home, port=port))
    prepare(home, started)
    supervisor = Supervisor(home, services=started, environment=os.environ, lock=lock)
    later.callback(supervisor.stop)
    commands = procfile.read(CHECKOUT / "Procfile")
    supervisor.start({name: commands[name] for name in PROCESSES})
    has_own_mail = "smtp" in [service.process.name for service in started]
    running = Running(
        home, supervisor, f"http://{LOOPBACK}:{port}", home.path / "mail" if has_own_mail else None
    )
    await_page(running, port)
    later.callback(home.withdraw)
    home.lend({name: value for name, value in os.environ.items() if name.startswith(LENT)})
    announce(running)
    return running


def start_services(home: Home, *, lock: int, later: ExitStack) -> list[Service]:
    """Start what is missing, and put the variables that lead to it into the environment."""
    started: list[Service] = []
    later.callback(lambda: stop_all([service.process for service in started], patience=10))
    for service in services.start_missing(home, environment=dict(os.environ), lock=lock):
        started.append(service)
    for service in started:
        await_ready(service)
        os.environ.update(service.environment)
    return started


def environment(home: Home, *, port: int) -> dict[str, str]:
    """Return the variables of a desk on this machine. What the caller has set is kept, but for HOST."""
    wishes = {
        "DEBUG": "1",
        "SECRET_KEY": home.secrets()["secret_key"],
        "LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": f"ignore:{CELERY_AS_ROOT}",
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": "1",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "billing_desk.settings",
    }
    kept = {name: os.environ.get(name) or value for name, value in wishes.items()}
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return kept | {
        "HOST": LOOPBACK,
        "PORT": str(port),
        "BILLING_DESK_HOME": str(home.path),
        "PATH": programs,
        "GUNICORN_CMD_ARGS": "--config python:billing_desk.embedded.gunicorn_settings",
    }


def wanted_port() -> int:
    """Return PORT, 8000 if it is not set, or a free one if it is 0.

    :raises CannotRun: it is no port, or somebody listens there.
    """
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or int(text) > 65535:
        raise CannotRun(f"PORT must be a number up to 65535, not {text!r}.")
    if int(text) == 0:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(text)))
        except OSError as problem:
            raise CannotRun(
                f"Port {text} cannot be had ({problem.strerror}). Set PORT to another."
            ) from problem
    return int(text)


def clear_logs(home: Home) -> None:
    for log in (home.path / "logs").glob("*.log"):
        log.unlink()


def await_page(running: Running, port: int, *, patience: float = 90.0) -> None:
    """Wait for the first good answer of /healthz."""
    deadline = time.monotonic() + patience
    while not is_healthy(port):
        if time.monotonic() > deadline:
            raise CannotRun(
                f"{running.url}/healthz did not answer in {patience:.0f} s; see {running.home.log('web')}."
            )
        running.supervisor.pause(0.1)
    running.supervisor.may_restart = True


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(running: Running) -> None:
    """Tell people, and in desk.json programs, how to reach the desk."""
    secrets = running.home.secrets()
    running.home.announce(
        {
            "url": running.url,
            "api_key": secrets["demo_api_key"],
            "username": DEMO_USERNAME,
            "password": secrets["demo_password"],
            "smtp_dir": str(running.smtp_dir) if running.smtp_dir else None,
        }
    )
    say(f"\n  Billing Desk  {running.url}")
    say(f"  Sign in       {DEMO_USERNAME} / {secrets['demo_password']}")
    say(f"  API key       {secrets['demo_api_key']}")
    say(f"  E-mails       {running.smtp_dir or 'go to EMAIL_HOST'}")
    say(f"  Logs          {running.home.path / 'logs'}")
    say("  Ctrl-C stops it.\n")


def until_stopped(running: Running) -> None:
    follower = Follower({name: running.home.log(name) for name in PROCESSES})
    while True:
        follower.show()
        running.supervisor.pause(0.2)


def one_round(running: Running) -> None:
    """Credit one demo invoice through the API, as a customer's program would, and look at its papers."""
    if not running.smtp_dir:
        raise CannotRun(
            "--once reads the e-mail it causes, so it needs the embedded SMTP server: unset EMAIL_HOST."
        )
    api_key = running.home.secrets()["demo_api_key"]
    summary = once.round_trip(running.url, api_key, running.smtp_dir, pause=running.supervisor.pause)
    say(summary)
