"""`manage.py demo`: demo data, and a person and a key to see it with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing import clock
from billing_desk.demo import seed


class Command(BaseCommand):
    help = "Fill the database with demo data, once. Not for production: it creates an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="demo")
        parser.add_argument("--password", required=True)
        parser.add_argument("--api-key", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        platform = seed(
            username=options["username"],
            password=options["password"],
            api_key=options["api_key"],
            at=clock.now(),
        )
        self.stdout.write(f"The demo is on platform {platform.pk} ({platform}).")
