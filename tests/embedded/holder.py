"""A launcher of the services and no more: tells how to reach them, and holds them until its input ends."""

import json
import os
import sys

from billing_desk.embedded import postgres, services
from billing_desk.embedded.home import Home
from billing_desk.embedded.processes import await_ready, stop_all


def main() -> None:
    home = Home.open()
    lock = home.lock()
    started = list(services.start_missing(home, environment=os.environ, lock=lock))
    environment: dict[str, str] = {}
    for service in started:
        await_ready(service)
        environment |= service.environment
    if "DATABASE_URL" in environment:
        postgres.ensure_database(environment["DATABASE_URL"])
    pids = {service.process.name: service.process.pid for service in started}
    sys.stdout.write(json.dumps({"environment": environment, "pids": pids}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    stop_all([service.process for service in started], patience=10)
    postgres.remove(home.folder("postgres"))


if __name__ == "__main__":
    main()
