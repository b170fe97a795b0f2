#!/usr/bin/env python
"""Django's command line. `desk` is started before Django, for it sets the environment that settings read."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["desk"]:
        from billing_desk.embedded.desk import main as desk

        sys.exit(desk(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
