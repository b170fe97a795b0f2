"""`manage.py einvoice_rules …`: the rule files that e-invoices are held to."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import clock
from billing.einvoice.rules.install import install, remove
from billing.einvoice.rules.installed import KINDS
from billing.einvoice.rules.overview import engines, rows
from billing.einvoice.untrusted import MAX_BYTES
from billing.errors import BillingError


class Command(BaseCommand):
    help = (
        "Install the official rule files of Peppol, XRechnung or EN 16931, take them out of force, list them."
    )
    requires_system_checks: list[str] = []  # no database is needed, nor anything else of the desk

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="install | list | remove")
        installing = deeds.add_parser("install", help="Check a rule file, try it, and put it in force.")
        installing.add_argument("file", type=Path, metavar="FILE")
        installing.add_argument(
            "--sha256", required=True, metavar="DIGEST", help="As its publisher names it."
        )
        installing.add_argument("--as", dest="kind", choices=KINDS, help="What it is, if it cannot be seen.")
        installing.add_argument("--version", dest="ruleset_version", default="", help="If it cannot be seen.")
        deeds.add_parser("list", help="Show all rules, and which are in force.")
        removing = deeds.add_parser("remove", help="Take rules out of force. Their file stays.")
        removing.add_argument("kind", choices=KINDS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["deed"])(options)
        except (BillingError, OSError) as error:
            raise CommandError(str(error)) from error

    def install(self, options: dict[str, Any]) -> None:
        with options["file"].open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        taken = install(
            content,
            sha256=options["sha256"],
            original=options["file"].name,
            kind=options["kind"],
            version=options["ruleset_version"],
            at=clock.now(),
        )
        self.stdout.write(f"{taken.kind}: {taken.ruleset} {taken.version} is in force.")

    def remove(self, options: dict[str, Any]) -> None:
        gone = remove(options["kind"])
        self.stdout.write(f"{gone.kind}: {gone.ruleset} {gone.version} is no longer in force.")

    def list(self, options: dict[str, Any]) -> None:
        damaged = 0
        for row in rows():
            layer = row.layer
            self.stdout.write(f"{row.kind:14} {layer.ruleset} {layer.version}, {layer.engine}, {row.state}")
            for name, digest in layer.sha256.items():
                self.stdout.write(f"{'':14} {digest}  {name}")
            if row.problem:
                damaged += 1
                self.stderr.write(row.problem)
        self.stdout.write(f"run by         {engines()}")
        if damaged:
            raise CommandError(
                "Documents are refused until the damaged rules are installed again or removed."
            )
