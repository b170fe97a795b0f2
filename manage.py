#!/usr/bin/env python
"""Django's command line. `desk` is started before Django, for it sets the environment that settings read.

Other commands, where no DATABASE_URL is set, work on the desk that runs in BILLING_DESK_HOME (`.desk/`).
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    if sys.argv[1:2] == ["desk"]:
        from billing_desk.embedded.desk import main as desk

        sys.exit(desk(sys.argv[2:]))
    if "DATABASE_URL" not in os.environ:
        borrow_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def borrow_environment() -> None:
    """Take the variables of a desk that runs on embedded services, where one does."""
    home = Path(os.environ.get("BILLING_DESK_HOME") or Path(__file__).resolve().parent / ".desk")
    try:
        variables = json.loads((home / "environment.json").read_text())
    except (OSError, ValueError):
        return
    for name, value in variables.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    main()
