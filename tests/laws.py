"""The laws of the books, each read from the rows alone. Every operation must leave all of them true.

Each keeps its number. Law 9, that a void puts everything back, comes with voiding.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models

from billing.documents.models import SeriesCounter, StoredFile
from billing.documents.snapshot import digest
from billing.events.models import Event, Reaction
from billing_desk.reactions import REACTIONS
from credit_notes.models import Allocation, CreditNote, CreditNoteLine
from invoices.models import Invoice, InvoiceLine
from tests.books import BOOKS

ZERO = Decimal(0)
PAPERS = (Invoice, CreditNote)


def all_laws() -> None:
    """Check everything that can be read from the rows."""
    for law in LAWS:
        law()


def total(rows: Iterable[Any], name: str = "amount") -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)


def papers_add_up() -> None:
    """1. net + tax + rounding = total; the tax groups sum to the tax, and the lines to the net."""
    for model in PAPERS:
        for paper in model.objects.prefetch_related("lines", "allowances_charges"):
            assert paper.net_total + paper.tax_total + paper.rounding_amount == paper.total
            assert total(paper.taxes) == paper.tax_total
            assert total(paper.taxes, "base") == paper.net_total
            assert total(paper.lines.all(), "net_amount") == paper.line_total
            parts = paper.allowances_charges.all()
            assert total(row for row in parts if row.is_charge) == paper.charge_total
            assert total(row for row in parts if not row.is_charge) == paper.allowance_total
            assert paper.line_total + paper.charge_total - paper.allowance_total == paper.net_total


def no_invoice_is_settled_twice() -> None:
    """2. 0 ≤ paid + withheld + credited ≤ the invoice's total; the rest is due."""
    for invoice in Invoice.objects.all():
        parts = (invoice.amount_paid, invoice.amount_withheld, invoice.amount_credited)
        assert all(part >= ZERO for part in parts)
        assert sum(parts) <= max(invoice.total, ZERO)
        assert invoice.amount_due == invoice.total - sum(parts)


def no_invoice_is_credited_twice() -> None:
    """3. Live credits of a line and of an invoice stay within it; credited in full, the VAT is exact."""
    for invoice in Invoice.objects.prefetch_related("credit_notes"):
        notes = [note for note in invoice.credit_notes.all() if note.status == "FINAL"]
        assert total(notes, "total") <= max(invoice.total, ZERO)
        if notes and total(notes, "total") == invoice.total:
            assert vat_of(notes) == vat_of([invoice])
    credited: dict[str, Decimal] = {}
    for line in CreditNoteLine.objects.filter(credit_note__status="FINAL"):
        credited[line.invoice_line_id] = credited.get(line.invoice_line_id, ZERO) + line.net_amount
    for line in InvoiceLine.objects.filter(pk__in=credited):
        assert abs(credited[line.pk]) <= abs(line.net_amount)
        assert credited[line.pk] * line.net_amount >= ZERO


def vat_of(papers: Iterable[Any]) -> dict[tuple[str, Decimal | None], tuple[Decimal, Decimal]]:
    """Return the base and the tax of each category and rate over several papers."""
    found: dict[tuple[str, Decimal | None], tuple[Decimal, Decimal]] = {}
    for group in (group for paper in papers for group in paper.taxes):
        key = (group.category, group.rate)
        base, amount = found.get(key, (ZERO, ZERO))
        found[key] = (base + group.base, amount + group.amount)
    return found


def every_note_accounts_for_its_money() -> None:
    """4. A final note's total = allocated + refunded + available, each ≥ 0, and its settlement says which."""
    for note in CreditNote.objects.all():
        parts = (note.amount_allocated, note.amount_refunded, note.amount_available)
        assert all(part >= ZERO for part in parts)
        assert sum(parts) == note.total
        left = "refund_due" if note.amount_available else "refunded"
        settled = "adjusted" if note.type == "adjustment" else left
        assert note.settlement == (settled if note.status == "FINAL" else "")
        assert note.type != "adjustment" or note.status == "DRAFT" or note.amount_available == ZERO


def balances_are_sums_of_rows() -> None:
    """5. Live allocations sum to what is credited and allocated, successful payments to what is paid."""
    for invoice in Invoice.objects.prefetch_related("allocations", "payments"):
        assert total(invoice.allocations.all()) == invoice.amount_credited
        paid = [row for row in invoice.payments.all() if row.status == "SUCCEEDED"]
        assert total(paid) == invoice.amount_paid
    for note in CreditNote.objects.prefetch_related("allocations"):
        assert total(note.allocations.all()) == note.amount_allocated


def numbers_have_no_hole() -> None:
    """6. The numbers of a series are 1…n, and dates do not decrease along them."""
    rows = CreditNote.objects.exclude(number="").values_list("billing_entity_id", "number", "date")
    taken = []
    for entity, number, date in rows:
        match = re.fullmatch(r"CR-(\d{4})-(\d{6,})", number)
        assert match, number
        assert date.year == int(match[1])
        taken.append((entity, match[1], int(match[2]), date))
    counters = {
        (counter.series.billing_entity_id, counter.period): counter
        for counter in SeriesCounter.objects.select_related("series")
    }
    assert {(entity, year) for entity, year, _, _ in taken} == counters.keys()
    for key, group in groupby(sorted(taken), itemgetter(0, 1)):
        run = list(group)
        assert [number for _, _, number, _ in run] == list(range(1, len(run) + 1))
        days = [day for _, _, _, day in run]
        assert days == sorted(days)
        assert (counters[key].last_number, counters[key].last_date) == (len(run), days[-1])


def nothing_crosses_a_platform_or_a_currency() -> None:
    """7. One document, one currency. No row of one platform refers to a row of another."""
    for app in BOOKS:
        for model in apps.get_app_config(app).get_models():
            for field in foreign_keys(model):
                strangers = model._base_manager.filter(**{f"{field.name}__isnull": False})
                same = models.F(f"{field.name}__platform")
                assert not strangers.exclude(platform=same).exists(), f"{model.__name__}.{field.name}"
    assert not CreditNote.objects.exclude(currency=models.F("invoice__currency")).exists()
    assert not Allocation.objects.exclude(
        credit_note__currency=models.F("invoice__currency"),
        credit_note__customer=models.F("invoice__customer"),
    ).exists()


def foreign_keys(model: type[models.Model]) -> list[models.ForeignKey]:
    """Return the relations between two models that both belong to a platform."""
    if "platform" not in {field.name for field in model._meta.fields}:
        return []
    relations = [field for field in model._meta.fields if isinstance(field, models.ForeignKey)]
    return [
        field for field in relations if "platform" in {each.name for each in field.related_model._meta.fields}
    ]


def snapshots_keep_their_digest() -> None:
    """8. What a final document is printed from keeps its digest, and says what the row says."""
    for model in PAPERS:
        for paper in model.objects.with_snapshot().exclude(status="DRAFT"):
            assert digest(paper.snapshot) == paper.snapshot_digest
            assert (paper.snapshot.number, paper.snapshot.date) == (paper.number, paper.date)
            assert paper.snapshot.totals.total == paper.total
            assert (paper.snapshot.taxes, paper.snapshot.buyer) == (paper.taxes, paper.buyer)
        assert not model.objects.filter(status="DRAFT", snapshot__isnull=False).exists()


def stored_files_keep_their_digest() -> None:
    """8. The stored files of a final document keep the digest and the size recorded for them."""
    for file in StoredFile.objects.all():
        content = default_storage.open(file.key).read()
        assert (sha256(content).hexdigest(), len(content)) == (file.sha256, file.size), file.name
        assert file.sha256 in file.key


def every_change_has_its_event() -> None:
    """10. Every change of status or balance has its event."""
    told = defaultdict(list)
    for event in Event.objects.order_by("id"):
        told[event.type.removeprefix("billing."), event.object_id].append(event.data)
    for invoice in Invoice.objects.prefetch_related("payments"):
        assert len(told["invoice.imported", invoice.pk]) == (invoice.status == "FINAL")
        credits = told["invoice.credited", invoice.pk]
        assert sum((Decimal(data["amount"]) for data in credits), ZERO) == invoice.amount_credited
        recorded = [data["object"] for data in told["invoice.payment_recorded", invoice.pk]]
        settled = [data["object"] for data in told["invoice.payment_settled", invoice.pk]]
        payments_are_told_of(invoice, recorded, settled)
    for note in CreditNote.objects.prefetch_related("allocations"):
        final = note.status == "FINAL"
        assert len(told["credit_note.created", note.pk]) == final
        assert len(told["credit_note.finalized", note.pk]) == final
        assert len(told["credit_note.allocated", note.pk]) == len(note.allocations.all())
        assert final or len(told["credit_note.drafted", note.pk]) == 1
        assert note.version == 1 + len(told["credit_note.updated", note.pk]) + final
    drafted = {pk for (verb, pk), data in told.items() if verb == "credit_note.drafted" and data}
    deleted = {pk for (verb, pk), data in told.items() if verb == "credit_note.deleted" and data}
    assert deleted == drafted - set(CreditNote.objects.values_list("pk", flat=True))


def payments_are_told_of(invoice: Invoice, recorded: list[Any], settled: list[Any]) -> None:
    """Each payment was recorded once, and settled once if it had been in progress; what came adds up."""
    now = {payment.pk: payment for payment in invoice.payments.all()}
    assert sorted(told["id"] for told in recorded) == sorted(now)
    was_in_progress = {told["id"] for told in recorded if told["status"] == "IN_PROGRESS"}
    waiting = {pk for pk, payment in now.items() if payment.status == "IN_PROGRESS"}
    assert sorted(told["id"] for told in settled) == sorted(was_in_progress - waiting)
    assert all(Decimal(told["amount"]) == now[told["id"]].amount for told in (*recorded, *settled))
    came = [Decimal(told["amount"]) for told in (*recorded, *settled) if told["status"] == "SUCCEEDED"]
    assert sum(came, ZERO) == invoice.amount_paid


def every_event_has_its_reactions_once() -> None:
    """10. Each event asks for what the table of reactions says, once."""
    asked = Counter(Reaction.objects.values_list("event_id", "name"))
    for event in Event.objects.all():
        for deed in REACTIONS.get(event.type, ()):
            assert asked.pop((event.pk, deed.__name__)) == 1
    assert not asked


def every_reaction_took_effect_once() -> None:
    """10. When all work is done, each paper has its files once, and each promised message was sent once."""
    assert not Reaction.objects.exclude(status="DONE").exists()
    files = Counter(StoredFile.objects.values_list("document_id", "kind"))
    made = Counter(Event.objects.filter(type__endswith="_generated").values_list("object_id", "type"))
    for invoice in Invoice.objects.filter(status="FINAL"):
        assert files[invoice.pk, "pdf"] == made[invoice.pk, "billing.invoice.pdf_generated"] == 1
    for note in CreditNote.objects.filter(status="FINAL"):
        for kind in ("pdf", "xml"):
            assert files[note.pk, kind] == made[note.pk, f"billing.credit_note.{kind}_generated"] == 1
        event = Event.objects.get(type="billing.credit_note.finalized", object_id=note.pk)
        assert note.messages.count() == event.data["notify"]


LAWS = (
    papers_add_up,
    no_invoice_is_settled_twice,
    no_invoice_is_credited_twice,
    every_note_accounts_for_its_money,
    balances_are_sums_of_rows,
    numbers_have_no_hole,
    nothing_crosses_a_platform_or_a_currency,
    snapshots_keep_their_digest,
    every_change_has_its_event,
    every_event_has_its_reactions_once,
)
LAWS_WHEN_ALL_IS_DONE = (stored_files_keep_their_digest, every_reaction_took_effect_once)
