"""`manage.py credit INVOICE`: credit an invoice, entirely or in part, as the desk and the API do."""

import getpass
import json
import re
from argparse import ArgumentTypeError
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from rest_framework.utils.encoders import JSONEncoder

from billing import clock
from billing.documents.values import whole
from billing.errors import BillingError, problem_of
from billing.money import LARGEST_AMOUNT
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import Pick, Selection
from credit_notes.serializers.estimates import EstimateOut
from credit_notes.serializers.notes import WholeCreditNoteOut
from credit_notes.services import credit, estimate
from credit_notes.services.estimate import Estimate
from credit_notes.services.limits import standing_of
from credit_notes.wish import Wish
from invoices.models import Invoice, InvoiceLine

from .import_invoice import platform_called, say

NUMBER = r"-?[0-9]{1,18}(?:\.[0-9]{1,12})?"
PART = re.compile(rf"(?P<line>.+?)(?:=(?P<amount>{NUMBER})|[×x*](?P<quantity>{NUMBER}))")
LONGEST_USER = 150


def number(text: str) -> Decimal:
    """Read an argument that is a number."""
    if not re.fullmatch(NUMBER, text) or abs(Decimal(text)) > LARGEST_AMOUNT:
        raise ArgumentTypeError(f"{text!r} is not a number such as 12.50")
    return Decimal(text)


def day(text: str) -> date:
    """Read an argument that is a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-01-31") from error


class Command(BaseCommand):
    help = "Credit an invoice: all that is left of it, or some lines, or a sum. A draft, unless --finalize."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("invoice", help="The invoice's number or id.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--lines",
            nargs="+",
            default=[],
            metavar="LINE",
            help="Lines by their number on the invoice, or id: all that is left of a line; LINE=12.50 for a "
            "net amount of it; LINEx2 for a quantity.",
        )
        what.add_argument("--amount", type=number, help="A lump sum with VAT, spread over all lines.")
        parser.add_argument("--note", default="", help="Printed: why it is credited.")
        parser.add_argument("--reason-code", default="")
        parser.add_argument("--type", default="", choices=["", *CreditNote.Type.values])
        parser.add_argument("--date", type=day, help="Default: the day it is finalised.")
        parser.add_argument(
            "--finalize", action="store_true", help="Number it at once. There is no way back."
        )
        parser.add_argument("--notify", action="store_true", help="With --finalize: e-mail it.")
        parser.add_argument("--estimate", action="store_true", help="Only say what it would come to.")
        parser.add_argument("--platform", help="Id or name of the platform; needed if it is not clear.")
        parser.add_argument("--json", action="store_true", help="Answer as the API does.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["notify"] and not options["finalize"]:
            raise CommandError("Only a final note is sent: give --finalize too.")
        invoice = invoice_called(options["invoice"], options["platform"])
        try:
            made = self.make(invoice, options)
        except BillingError as refusal:
            if options["json"]:
                self.write(problem_of(refusal))
            raise CommandError(say(refusal)) from refusal
        if options["json"]:
            self.write((EstimateOut if options["estimate"] else WholeCreditNoteOut)(made).data)
        elif isinstance(made, Estimate):
            self.tell_estimate(invoice, made)
        else:
            self.tell(invoice, made)

    def make(self, invoice: Invoice, options: dict[str, Any]) -> CreditNote | Estimate:
        selection = Selection(amount=options["amount"], picks=picks_of(invoice, options["lines"]))
        said = {name: options[name] for name in ("note", "reason_code", "type", "date")}
        wish = Wish(selections=((invoice.pk, selection),), **said)
        if options["estimate"]:
            return estimate(platform=invoice.platform, wish=wish, at=clock.now())
        note = credit(
            platform=invoice.platform,
            wish=wish,
            finalize=options["finalize"],
            notify=options["notify"],
            actor=f"command line ({getpass.getuser()[:LONGEST_USER]})",
            at=clock.now(),
        )
        return CreditNote.objects.for_platform(invoice.platform).get(pk=note.pk)

    def tell(self, invoice: Invoice, note: CreditNote) -> None:
        def money(amount: Decimal) -> str:
            return f"{whole(amount, note.currency):f} {note.currency}"

        number = note.number or f"{note.display_number} (a draft)"
        self.stdout.write(f"{number} is {note.pk}: {money(note.total)} of {invoice}, {note.type}.")
        if note.is_final:
            self.stdout.write(f"It clears {money(note.amount_allocated)}; {money(note.left)} is left of it.")
        rows = Invoice.objects.for_platform(invoice.platform).with_settlement()
        standing = standing_of(rows.get(pk=invoice.pk))
        self.stdout.write(
            f"{invoice} asks for {money(standing.settlement.amount_due)}; "
            f"{money(standing.limits.creditable)} of it can still be credited."
        )

    def tell_estimate(self, invoice: Invoice, made: Estimate) -> None:
        totals, currency = made.plan.document.totals, made.plan.document.currency
        self.stdout.write(
            f"{totals.total} {currency} of {invoice} would be credited ({totals.net_total} and "
            f"{totals.tax_total} of VAT), {made.type}."
        )
        self.stdout.write(
            f"It would clear {whole(made.cleared, currency)} {currency}; "
            f"{whole(made.available, currency)} {currency} would be left of it. Nothing was stored."
        )

    def write(self, body: Any) -> None:
        self.stdout.write(json.dumps(body, cls=JSONEncoder, indent=2, ensure_ascii=False))


def invoice_called(name: str, platform_name: str | None) -> Invoice:
    """Return the one invoice with this number or id.

    :raises CommandError: there is none, or there are several.
    """
    platforms = [platform_called(platform_name)] if platform_name else list(Platform.objects.all())
    found = [
        invoice
        for platform in platforms
        for invoice in Invoice.objects.for_platform(platform)
        .filter(Q(pk=name) | Q(number=name, number__gt=""))
        .select_related("platform", "billing_entity", "customer")
        .order_by("pk")
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"There is no invoice {name!r}: give its number or its id.")
    several = "\n".join(
        f"  {one.pk}  {one} of {one.billing_entity} to {one.customer}, platform {one.platform}"
        for one in found
    )
    raise CommandError(f"{len(found)} invoices have the number {name}; name one by its id:\n{several}")


def picks_of(invoice: Invoice, texts: Sequence[str]) -> tuple[Pick, ...]:
    """Return the parts of lines that `--lines` names."""
    lines = list(invoice.lines.all()) if texts else []
    return tuple(pick_of(text, lines) for text in texts)


def pick_of(text: str, lines: Sequence[InvoiceLine]) -> Pick:
    """Return what one LINE, LINE=AMOUNT or LINExQUANTITY names."""
    line = line_called(text, lines)
    if line:
        return Pick(invoice_line=line.pk)
    part = PART.fullmatch(text)
    line = line_called(part["line"], lines) if part else None
    if part is None or line is None:
        known = ", ".join(f"{one.line_id} ({one.name})" for one in lines[:20])
        raise CommandError(f"There is no line {text!r}; there are: {known}.")
    return Pick(
        invoice_line=line.pk,
        net_amount=number(part["amount"]) if part["amount"] else None,
        quantity=number(part["quantity"]) if part["quantity"] else None,
    )


def line_called(name: str, lines: Sequence[InvoiceLine]) -> InvoiceLine | None:
    """Return the line with this id, or the only one with this number."""
    found = [line for line in lines if line.pk == name] or [line for line in lines if line.line_id == name]
    return found[0] if len(found) == 1 else None
