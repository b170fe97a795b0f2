"""Services for one run of something, in a temporary folder: quick, careless with their data, gone afterwards.

python -m billing_desk.embedded.throwaway COMMAND…      runs a command on them
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing_desk.embedded import postgres, services, smtp, valkey
from billing_desk.embedded.home import LOOPBACK, free_port, is_running
from billing_desk.embedded.processes import Service, answers, await_ready, spawn, stop_all

PREFIX = "billing-desk-run-"
ANY_KEY = "for-one-run"
# Debugging pages, plain http, no limits, as on a developer's machine; Django's test runner turns DEBUG off.
SETTINGS = {
    "DEBUG": "1",
    "BEHIND_TLS": "0",
    "API_REQUESTS_PER_MINUTE": "0",
    "API_STRANGERS_PER_MINUTE": "0",
    "SECRET_KEY": "only-for-this-run-and-known-to-everybody-who-reads-it",
}


@contextmanager
def running_services() -> Iterator[Path]:
    """Start what no variable names, PostgreSQL, Valkey and S3, and set the variables that lead there.

    Yields the temporary folder. A mail server is always ours, whatever the environment says: a test never
    writes to people. An S3_BUCKET without an S3_ENDPOINT_URL does not count either, for it is a real one.
    """
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    started: list[Service] = []
    try:
        for service in start_missing(folder):
            started.append(service)
        for service in started:
            await_ready(service)
            os.environ.update(service.environment)
            if service.process.name == "postgres":
                postgres.ensure_database(service.environment["DATABASE_URL"])
        os.environ.update(SETTINGS)
        yield folder
    finally:
        stop_all([service.process for service in started], patience=10)
        discard(folder)


def start_missing(folder: Path) -> Iterator[Service]:
    if not os.environ.get("S3_ENDPOINT_URL"):
        yield start_moto(log=folder / "s3.log")
    if "valkey" in services.missing(os.environ):
        yield valkey.start(folder, password=ANY_KEY, log=folder / "valkey.log", durable=False)
    if "postgres" in services.missing(os.environ):
        yield postgres.start(folder, log=folder / "postgres.log", durable=False, connections=120)


def start_moto(*, log: Path) -> Service:
    """Start moto's S3 server, which knows more of S3 than the desk's and forgets it all in the end."""
    port = free_port()
    process = spawn("s3", [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)], log=log)
    return Service(
        process=process,
        environment={
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{port}",
            "S3_ACCESS_KEY_ID": ANY_KEY,
            "S3_SECRET_ACCESS_KEY": ANY_KEY,
            "S3_REGION": "us-east-1",
            "S3_ADDRESSING_STYLE": "path",
        },
        is_ready=lambda: answers(port),
    )


@contextmanager
def own_corner(name: str, *, number: int) -> Iterator[Path]:
    """Give this process its own bucket, Redis database and mail server. Yields the folder of its mails.

    `number` tells processes of one run apart. With a Redis that is not ours all of them share one database.
    """
    make_bucket(f"billing-desk-test-{name}")
    url, _, database = os.environ["REDIS_URL"].rpartition("/")
    if ANY_KEY in url and database == "0":
        os.environ["REDIS_URL"] = f"{url}/{number}"
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-mail-"))
    service = smtp.start(folder, log=folder / "smtp.log")
    try:
        await_ready(service)
        os.environ.update(service.environment, EMAIL_HOST_USER="", EMAIL_USE_TLS="", EMAIL_USE_SSL="")
        yield folder
    finally:
        stop_all([service.process], patience=5)
        discard(folder)


def make_bucket(name: str) -> None:
    """Make a bucket at S3_ENDPOINT_URL, unless it is there, and let S3_BUCKET name it."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        aws_access_key_id=os.environ.get("S3_ACCESS_KEY_ID"),
        aws_secret_access_key=os.environ.get("S3_SECRET_ACCESS_KEY"),
        region_name=os.environ.get("S3_REGION") or "us-east-1",
        config=Config(s3={"addressing_style": os.environ.get("S3_ADDRESSING_STYLE") or "auto"}),
    )
    if name not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=name)
    os.environ["S3_BUCKET"] = name


def discard(folder: Path) -> None:
    postgres.remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if folder.stat().st_uid == os.geteuid() and not is_running(int(pid)):
            discard(folder)


def main(command: list[str]) -> int:
    with running_services(), own_corner("main", number=0):
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
