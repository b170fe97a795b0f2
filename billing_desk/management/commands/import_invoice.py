"""`manage.py import_invoice FILE…`: take over invoices that were issued elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import clock
from billing.einvoice.reading import MAX_BYTES
from billing.errors import BillingError
from billing.platforms.models import Platform
from invoices.services import import_file


class Command(BaseCommand):
    help = (
        "Import EN 16931 invoices (UBL, CII, or a Factur-X or ZUGFeRD PDF) as FINAL invoices. "
        "Each file is taken whole or not at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--platform", help="Id or name of the platform; needed when there are several.")

    def handle(self, *args: Any, **options: Any) -> None:
        platform = platform_called(options["platform"])
        refused = 0
        for file in options["files"]:
            try:
                self.take(file, platform)
            except (BillingError, OSError) as error:
                refused += 1
                self.stderr.write(f"{file}: {say(error)}")
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files were refused.")

    def take(self, file: Path, platform: Platform) -> None:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        invoice = import_file(platform=platform, content=content, actor="import_invoice", at=clock.now())
        self.stdout.write(f"{file}: {invoice.number} is {invoice.pk}")


def platform_called(name: str | None) -> Platform:
    """Return the platform with this id or name; the only one, when no name is given."""
    platforms = Platform.objects.all()
    if name:
        platforms = platforms.filter(pk=name) or platforms.filter(name=name)
    if len(platforms) != 1:
        names = ", ".join(f"{platform.pk} ({platform})" for platform in Platform.objects.all()) or "none"
        raise CommandError(f"Name one platform with --platform; there are: {names}.")
    return platforms[0]


def say(error: Exception) -> str:
    """Return a refusal in words, each broken rule on a line of its own."""
    if not isinstance(error, BillingError):
        return str(error)
    rules = error.facts.get("rules", [])
    lines = [f"\n  {rule['id']} at {rule['location'] or 'the document'}: {rule['message']}" for rule in rules]
    return f"{error.detail} [{error.code}]{''.join(lines)}"
