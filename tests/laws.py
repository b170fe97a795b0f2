"""The laws of the books, each read from the rows alone. Every operation must leave all of them true.

Each keeps its number. The audit asks the same and more, in SQL; here the sums are made once more in Python,
so that neither has to be believed.
"""

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

from billing.documents.models import NumberGap, SeriesCounter, StoredFile
from billing.documents.snapshot import digest
from billing.events.models import Event, Reaction
from billing_desk.audit import audit
from billing_desk.reactions import REACTIONS
from credit_notes.models import Allocation, CreditNote, CreditNoteLine, CreditNoteReference
from invoices.models import Invoice, InvoiceLine, Overpayment, Payment
from tests.books import BOOKS

ZERO = Decimal(0)
PAPERS = (Invoice, CreditNote)


def all_laws() -> None:
    """Check everything that can be read from the rows."""
    for law in LAWS:
        law()


def the_audit_finds_nothing() -> None:
    """All of them, as the house itself checks them every night."""
    assert [str(finding) for finding in audit(files=False).findings] == []


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
    credited: dict[str, Decimal] = defaultdict(Decimal)
    for line in CreditNoteLine.objects.filter(credit_note__in=CreditNote.objects.live()):
        credited[line.invoice_line_id] += line.net_amount
    for line in InvoiceLine.objects.filter(pk__in=filter(None, credited)):
        assert abs(credited[line.pk]) <= abs(line.net_amount)
        assert credited[line.pk] * line.net_amount >= ZERO
    for invoice in Invoice.objects.prefetch_related("credit_note_references__credit_note", "lines"):
        taken = [row for row in invoice.credit_note_references.all() if row.credit_note.is_live]
        assert total(taken, "total") <= max(invoice.total, ZERO)
        lines = invoice.lines.all()
        if taken and not free_lines_on(invoice) and all(credited[row.pk] == row.net_amount for row in lines):
            assert total(taken, "total") == invoice.total
            assert vat_of(taken) == vat_of([invoice])


def free_lines_on(invoice: Invoice) -> bool:
    own = CreditNoteLine.objects.filter(reference__invoice=invoice, invoice_line=None)
    return own.exclude(net_amount=0).exists()


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
        assert note.settlement == {"DRAFT": "", "VOID": "voided", "FINAL": settled}[note.status]
        assert note.type != "adjustment" or note.status != "FINAL" or note.amount_available == ZERO


def balances_are_sums_of_rows() -> None:
    """5. Allocations sum to what is credited and allocated, payments to what is paid, refunds to refunded."""
    for invoice in Invoice.objects.prefetch_related("allocations", "payments", "taxes_withheld"):
        assert total(invoice.allocations.all()) == invoice.amount_credited
        assert total(invoice.taxes_withheld.all()) == invoice.amount_withheld
        paid = [row for row in invoice.payments.all() if row.status == "SUCCEEDED"]
        assert total(paid) == invoice.amount_paid
    for note in CreditNote.objects.prefetch_related("allocations", "refunds", "tax_withheld_refunds"):
        assert total(note.allocations.all()) == note.amount_allocated
        out = total(row for row in note.refunds.all() if row.status != "FAILED")
        assert out + total(note.tax_withheld_refunds.all()) == note.amount_refunded
    for kept in Overpayment.objects.prefetch_related("uses"):
        assert total(kept.uses.all()) == kept.amount_applied
    for payment in Payment.objects.prefetch_related("refunds"):
        assert total(row for row in payment.refunds.all() if row.status != "FAILED") <= payment.amount


def numbers_have_no_hole() -> None:
    """6. The numbers of a series are 1…n, those left out apart, and dates do not decrease along them."""
    counters = {(counter.series_id, counter.period): counter for counter in SeriesCounter.objects.all()}
    left_out: dict[tuple[str, str], set[int]] = defaultdict(set)
    for gap in NumberGap.objects.all():
        left_out[gap.series_id, gap.period] |= set(range(gap.first, gap.last + 1))
    columns = ("series_id", "series_period", "series_number", "date", "number", "series__prefix")
    numbered = [model.objects.exclude(series_number=None).values_list(*columns) for model in PAPERS]
    taken = sorted(row for rows in numbered for row in rows)
    assert {row[:2] for row in taken} <= counters.keys()
    for key, group in groupby(taken, itemgetter(0, 1)):
        run = list(group)
        numbers = {number for _, _, number, *_ in run}
        assert len(numbers) == len(run)
        last = counters[key].last_number
        assert numbers | left_out[key] == set(range(1, last + 1))
        days = [day for _, _, _, day, *_ in run]
        assert days == sorted(days)
        assert max(numbers) < last or counters[key].last_date == days[-1]
        assert all(
            text.startswith(prefix) and int(text[-1]) == number % 10 for _, _, number, _, text, prefix in run
        )


def nothing_crosses_a_platform_or_a_currency() -> None:
    """7. One document, one currency. No row of one platform refers to a row of another."""
    for app in BOOKS:
        for model in apps.get_app_config(app).get_models():
            for field in foreign_keys(model):
                strangers = model._base_manager.filter(**{f"{field.name}__isnull": False})
                same = models.F(f"{field.name}__platform")
                assert not strangers.exclude(platform=same).exists(), f"{model.__name__}.{field.name}"
    references = CreditNoteReference.objects.filter(invoice__isnull=False)
    assert not references.exclude(credit_note__currency=models.F("invoice__currency")).exists()
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
    assert audit().holds
    for file in StoredFile.objects.all():
        content = default_storage.open(file.key).read()
        assert (sha256(content).hexdigest(), len(content)) == (file.sha256, file.size), file.name
        assert file.sha256 in file.key


def what_is_void_has_nothing() -> None:
    """9. A void note gave back what it had given to each invoice, and nothing of it was paid out."""
    for note in CreditNote.objects.filter(status="VOID").prefetch_related("allocations", "refunds"):
        given: dict[str, Decimal] = defaultdict(Decimal)
        for row in note.allocations.all():
            given[row.invoice_id] += row.amount
        assert not any(given.values())
        assert all(row.status == "FAILED" for row in note.refunds.all())


def every_change_has_its_event() -> None:
    """10. Every change of status or balance has its event."""
    told = defaultdict(list)
    for event in Event.objects.order_by("id"):
        told[event.type.removeprefix("billing."), event.object_id].append(event.data)
    for invoice in Invoice.objects.prefetch_related("payments"):
        final = len(told["invoice.imported", invoice.pk]) + len(told["invoice.finalized", invoice.pk])
        assert final == (invoice.status == "FINAL")
        came, went = told["invoice.credited", invoice.pk], told["invoice.credit_removed", invoice.pk]
        assert sum_of(came) - sum_of(went) == invoice.amount_credited
        recorded = [data["object"] for data in told["invoice.payment_recorded", invoice.pk]]
        settled = [data["object"] for data in told["invoice.payment_settled", invoice.pk]]
        payments_are_told_of(invoice, recorded, settled)
    for note in CreditNote.objects.all():
        final = note.status != "DRAFT"
        imported = len(told["credit_note.imported", note.pk])
        assert len(told["credit_note.finalized", note.pk]) + imported >= final
        assert len(told["credit_note.finalized", note.pk]) <= final
        assert len(told["credit_note.voided", note.pk]) == (note.status == "VOID")
        assert len(told["credit_note.reversed", note.pk]) == (note.reversed_by_id is not None)
        assert final or len(told["credit_note.drafted", note.pk]) == 1
    drafted = {pk for (verb, pk), data in told.items() if verb == "credit_note.drafted" and data}
    deleted = {pk for (verb, pk), data in told.items() if verb == "credit_note.deleted" and data}
    assert deleted == drafted - set(CreditNote.objects.values_list("pk", flat=True))


def sum_of(changes: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(data["amount"]) for data in changes), ZERO)


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
    what_is_void_has_nothing,
    every_change_has_its_event,
    every_event_has_its_reactions_once,
    the_audit_finds_nothing,
)
LAWS_WHEN_ALL_IS_DONE = (stored_files_keep_their_digest, every_reaction_took_effect_once)
