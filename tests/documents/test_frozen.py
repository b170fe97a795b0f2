"""A final paper never changes: the model refuses, and the database refuses again, whoever asks."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, models, transaction
from django_fsm import TransitionNotAllowed

from billing.documents.models import BillingDocument, DocumentIsFinal, StoredFile
from billing.documents.snapshot import AllowanceCharge, Note, Party
from billing.events.models import Event
from billing.printing import Drawn, keep
from credit_notes.models import Allocation, CreditNote, CreditNoteLine
from credit_notes.services.summary import summary_of
from invoices.models import Invoice, InvoiceLine, Payment
from tests.factories import (
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_payment,
    a_platform,
)

DISCOUNT = AllowanceCharge(
    is_charge=False, amount=Decimal("10.00"), reason="Discount", tax_category="S", tax_rate=Decimal(21)
)
PAPERS = (Invoice, CreditNote)


def frozen_columns(model: type[BillingDocument]) -> list[str]:
    """Return every column of a paper that may not change once it is final."""
    movable = {*model.MOVABLE, "status"}
    return [field.attname for field in model._meta.concrete_fields if field.attname not in movable]


@pytest.fixture
def books(platform) -> dict[type[models.Model], Any]:
    """A final invoice with a discount and a final credit note on it, by model."""
    invoice = a_final_invoice(platform, allowances_charges=[DISCOUNT])
    note = a_final_note(invoice)
    return {
        Invoice: Invoice.objects.get(pk=invoice.pk),
        CreditNote: note,
        InvoiceLine: invoice.lines.get(),
        CreditNoteLine: note.lines.get(),
    }


def another(field: models.Field, value: Any) -> Any:
    """Return some other value that a column could hold."""
    if isinstance(field, models.ForeignKey):
        return "other" if isinstance(field.target_field, models.CharField) else (value or 0) + 1
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return datetime(2020, 1, 1, tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date(2020, 1, 1)
    if isinstance(field, models.DecimalField | models.IntegerField):
        return (value or 0) + 1
    if isinstance(field, models.JSONField):
        return another_value(field, value)
    return "x"


def another_value(field: models.JSONField, value: Any) -> Any:
    if isinstance(value, tuple):
        return (*value, Note(text="x"))
    return Party(name="x") if value is None or hasattr(value, "__struct_fields__") else {"x": 1}


@pytest.mark.parametrize("model", PAPERS)
def test_no_column_of_a_final_paper_can_be_saved_differently(books, model):
    for column in frozen_columns(model):
        paper = model.objects.with_snapshot().get(pk=books[model].pk)
        setattr(paper, column, another(model._meta.get_field(column), getattr(paper, column)))

        with pytest.raises(DocumentIsFinal) as caught:
            paper.save()

        assert caught.value.facts["fields"] == [column]
        assert caught.value.detail == f"{paper.display_number} is FINAL: {column} cannot change."


@pytest.mark.parametrize("model", PAPERS)
def test_the_database_refuses_each_column_of_a_final_paper(books, model):
    paper = model.objects.with_snapshot().get(pk=books[model].pk)

    for column in frozen_columns(model):
        value = another(model._meta.get_field(column), getattr(paper, column))
        with pytest.raises(Error, match=f"{paper.pk} is FINAL and cannot be changed"), transaction.atomic():
            model.objects.filter(pk=paper.pk).update(**{column: value})


@pytest.mark.parametrize("model", [InvoiceLine, CreditNoteLine])
def test_the_database_refuses_each_column_of_a_final_papers_line(books, model):
    line = books[model]

    for field in model._meta.concrete_fields:
        value = another(field, getattr(line, field.attname))
        with pytest.raises(Error, match="a part of a FINAL document"), transaction.atomic():
            model.objects.filter(pk=line.pk).update(**{field.attname: value})


PARTS = [
    "invoices_invoiceline",
    "invoices_invoiceallowancecharge",
    "credit_notes_creditnoteline",
    "credit_notes_creditnoteallowancecharge",
    "credit_notes_creditnotereference",
]


def refused(sql: str) -> str:
    """Return the database's words for refusing a statement."""
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(caught.value).splitlines()[0]


@pytest.mark.parametrize("table", PARTS)
def test_no_part_of_a_final_paper_goes(books, table):
    assert refused(f"DELETE FROM {table}") == "a part of a FINAL document cannot be changed"


@pytest.mark.parametrize("table", PARTS)
def test_no_part_is_added_to_a_final_paper(books, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = %s AND column_name <> 'id'",
            [table],
        )
        columns = cursor.fetchone()[0]
    new = columns.replace('"position"', '"position" + 100').replace(" position", " position + 100")
    number = "nextval(pg_get_serial_sequence('credit_notes_creditnotereference', 'id'))"
    key = number if table == PARTS[-1] else "'new'"

    words = refused(f"INSERT INTO {table} (id, {columns}) SELECT {key}, {new} FROM {table}")

    assert words == "a part of a FINAL document cannot be changed"


def test_no_part_moves_from_a_draft_to_a_final_paper_or_back(books):
    draft = a_draft_note(a_final_invoice(books[Invoice].platform))

    final, table = books[CreditNote].pk, CreditNoteLine._meta.db_table
    into = f"UPDATE {table} SET credit_note_id = '{final}' WHERE credit_note_id = '{draft.pk}'"
    away = f"UPDATE {table} SET credit_note_id = '{draft.pk}' WHERE credit_note_id = '{final}'"

    assert refused(into) == refused(away) == "a part of a FINAL document cannot be changed"


@pytest.mark.parametrize("model", [InvoiceLine, CreditNoteLine])
def test_the_model_refuses_to_change_a_final_papers_line(books, model):
    line = books[model]
    line.name = "Something else"

    for deed in (line.save, line.delete):
        with pytest.raises(DocumentIsFinal, match="is FINAL: no part of it can change"):
            deed()


@pytest.mark.parametrize("model", PAPERS)
def test_a_final_paper_is_not_deleted(books, model):
    paper = books[model]

    with pytest.raises(DocumentIsFinal, match="is FINAL and cannot be deleted"):
        paper.delete()
    words = refused(f"DELETE FROM {model._meta.db_table} WHERE id = '{paper.pk}'")

    assert words == f"{model._meta.db_table} {paper.pk} is FINAL and cannot be deleted"


@pytest.mark.parametrize("model", PAPERS)
def test_nothing_becomes_a_draft_again(books, model):
    paper = books[model]

    with pytest.raises(AttributeError):
        paper.status = "DRAFT"
    with pytest.raises(TransitionNotAllowed):
        paper.finalize(None, at=NOON)
    words = refused(f"UPDATE {model._meta.db_table} SET status = 'DRAFT' WHERE id = '{paper.pk}'")

    assert words == f"{model._meta.db_table} {paper.pk} is FINAL and cannot be changed"


@pytest.mark.parametrize("model", PAPERS)
def test_what_is_not_printed_may_still_move(books, model):
    paper = model.objects.get(pk=books[model].pk)

    paper.internal_comment, paper.metadata = "The customer called", {"ticket": 7}
    paper.save()

    paper = model.objects.get(pk=paper.pk)
    assert (paper.internal_comment, paper.metadata) == ("The customer called", {"ticket": 7})


def test_a_draft_may_be_edited_and_deleted_part_by_part(platform):
    # given
    invoice = a_draft_invoice(platform, allowances_charges=[DISCOUNT])

    # when
    invoice.buyer_reference = "PO-78"
    invoice.save()
    line = invoice.lines.get()
    line.name = "Another licence"
    line.save()
    invoice.allowances_charges.get().delete()

    # then
    assert Invoice.objects.get().buyer_reference == "PO-78"
    assert InvoiceLine.objects.get().name == "Another licence"
    invoice.delete()
    assert not Invoice.objects.exists()
    assert not InvoiceLine.objects.exists()


def test_events_allocations_and_files_are_only_ever_added(books):
    note = books[CreditNote]
    keep(
        note,
        [Drawn("pdf", "x.pdf", b"x", "application/pdf")],
        [f"{note.pk}/x.pdf"],
        event="billing.credit_note.pdf_generated",
        summary_of=summary_of,
        notify=False,
        at=NOON,
    )

    for model, column in ((Event, "actor"), (Allocation, "credit_note_id"), (StoredFile, "sha256")):
        table = model._meta.db_table
        assert refused(f"UPDATE {table} SET {column} = {column}").startswith("pgtrigger: Cannot update")
        assert refused(f"DELETE FROM {table}").startswith("pgtrigger: Cannot update or delete")


def test_a_payment_is_never_deleted(platform):
    a_payment(a_final_invoice(platform), "1.00")

    assert refused("DELETE FROM invoices_payment").startswith("pgtrigger: Cannot delete")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("paid", "status", "settlement", "available", "due"),
    [
        ("0", "adjustment", "adjusted", "0.00", "0.00"),
        ("121.00", "refundable", "refund_due", "121.00", "0.00"),
        ("50.00", "refundable", "refund_due", "50.00", "0.00"),
    ],
)
def test_the_database_derives_settlement_and_what_is_due(platform, paid, status, settlement, available, due):
    invoice = a_final_invoice(platform)
    if Decimal(paid):
        a_payment(invoice, paid)
    assert Invoice.objects.get().amount_due == Decimal("121.00") - Decimal(paid)

    a_final_note(invoice)

    note = CreditNote.objects.get()
    assert (note.type, note.settlement, note.amount_available) == (status, settlement, Decimal(available))
    assert Invoice.objects.get().amount_due == Decimal(due)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount_paid = 122", "invoice_not_settled_twice"),
        ("amount_paid = -1", "invoice_settled_by_positive_amounts"),
        ("amount_credited = 121.0001", "invoice_not_settled_twice"),
    ],
)
def test_the_database_never_lets_more_be_settled_than_the_total(platform, change, constraint):
    a_final_invoice(platform)

    assert constraint in refused(f"UPDATE invoices_invoice SET {change}")


def test_a_final_paper_belongs_to_its_customer_and_seller_for_ever(platform):
    invoice = a_final_invoice(platform)
    other = a_customer(a_platform("Other Group"))

    words = refused(f"UPDATE invoices_invoice SET customer_id = '{other.pk}' WHERE id = '{invoice.pk}'")

    assert words.endswith("is FINAL and cannot be changed")
