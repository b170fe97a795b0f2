"""`manage.py audit`: whether the books are right, and if not, what is wrong."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing_desk.audit import Report, audit

from .import_invoice import platform_called


class Command(BaseCommand):
    help = "Derive every balance anew, check every law of the books, and name what is wrong. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--platform", help="Id or name of the only platform to look at.")
        parser.add_argument(
            "--files",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="Read every stored file and compare it with its digest.",
        )
        parser.add_argument("--json", action="store_true", help="Write the report as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["platform"]
        report = audit(platform_id=platform_called(name).pk if name else None, files=options["files"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self.tell(report)
        if not report.holds:
            raise CommandError(f"{len(report.findings)} findings.")

    def tell(self, report: Report) -> None:
        for finding in report.findings:
            self.stdout.write(f"law {finding.article}: {finding}")
        seen = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in report.looked_at.items())
        verdict = "All of them hold." if report.holds else f"{len(report.by_law())} of them are broken."
        self.stdout.write(f"{report.laws} laws, {seen}, {report.seconds:.1f} s. {verdict}")
