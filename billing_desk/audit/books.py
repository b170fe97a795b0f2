"""The books as the audit reads them: SQL over short names, all of it at one moment, nothing written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from iso4217 import Currency

from .findings import Wrong

TABLES = """
WITH currency AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(decimals)s::int[]) AS known (code, decimals)
),
invoice AS NOT MATERIALIZED (
    SELECT * FROM invoices_invoice WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
note AS NOT MATERIALIZED (
    SELECT * FROM credit_notes_creditnote WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
payment AS NOT MATERIALIZED (
    SELECT * FROM invoices_payment WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
withheld AS NOT MATERIALIZED (
    SELECT * FROM invoices_taxwithheld WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
overpayment AS NOT MATERIALIZED (
    SELECT * FROM invoices_overpayment WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
allocation AS NOT MATERIALIZED (
    SELECT * FROM credit_notes_allocation WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
refund AS NOT MATERIALIZED (
    SELECT * FROM credit_notes_refund WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
withheld_refund AS NOT MATERIALIZED (
    SELECT * FROM credit_notes_taxwithheldrefund
     WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
event AS NOT MATERIALIZED (
    SELECT * FROM events_event WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
einvoice AS NOT MATERIALIZED (
    SELECT * FROM exchange_einvoice WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
job AS NOT MATERIALIZED (
    SELECT * FROM jobs_job WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
series AS NOT MATERIALIZED (
    SELECT * FROM documents_series WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s
),
paper AS NOT MATERIALIZED (
    SELECT id, 'INVOICE' AS kind, platform_id, billing_entity_id, status, number, date, currency,
           series_id, series_period, series_number, taxes, line_total, allowance_total, charge_total,
                net_total,
           tax_total, rounding_amount, total, accounting_tax_total, snapshot, snapshot_digest, type_code,
           profile, language, seller, buyer, false AS leaves_counter
      FROM invoice
     UNION ALL
    SELECT id, 'CREDIT_NOTE', platform_id, billing_entity_id, status, number, date, currency,
           series_id, series_period, series_number, taxes, line_total, allowance_total, charge_total,
                net_total,
           tax_total, rounding_amount, total, accounting_tax_total, snapshot, snapshot_digest, type_code,
           profile, language, seller, buyer, leaves_counter
      FROM note
),
place AS NOT MATERIALIZED (
    SELECT * FROM paper WHERE series_number IS NOT NULL
),
line AS NOT MATERIALIZED (
    SELECT id, invoice_id AS paper_id, position, line_id, name, quantity, unit_price, net_amount,
           tax_category, tax_rate
      FROM invoices_invoiceline
     UNION ALL
    SELECT id, credit_note_id, position, line_id, name, quantity, unit_price, net_amount,
           tax_category, tax_rate
      FROM credit_notes_creditnoteline
),
allowance AS NOT MATERIALIZED (
    SELECT id, invoice_id AS paper_id, position, is_charge, amount, tax_category, tax_rate
      FROM invoices_invoiceallowancecharge
     UNION ALL
    SELECT id, credit_note_id, position, is_charge, amount, tax_category, tax_rate
      FROM credit_notes_creditnoteallowancecharge
),
live_note AS NOT MATERIALIZED (
    SELECT * FROM note WHERE status = 'FINAL' AND reversed_by_id IS NULL
),
live_reference AS NOT MATERIALIZED (
    SELECT r.* FROM credit_notes_creditnotereference AS r JOIN live_note AS n ON n.id = r.credit_note_id
),
live_line AS NOT MATERIALIZED (
    SELECT l.* FROM credit_notes_creditnoteline AS l JOIN live_note AS n ON n.id = l.credit_note_id
),
tax AS NOT MATERIALIZED (
    SELECT p.id AS paper_id, t ->> 'category' AS category, coalesce((t ->> 'rate')::numeric, 0) AS rate,
           sum((t ->> 'base')::numeric) AS base, sum((t ->> 'amount')::numeric) AS amount
      FROM paper AS p, jsonb_array_elements(p.taxes) AS t
     GROUP BY 1, 2, 3
)
"""
"""What every question may ask of, each kept to the platform where one was named. Unused, it costs nothing."""

CHUNK = 500


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as it is at one moment, and be unable to write. Inside a transaction, join it."""
    joined = connection.in_atomic_block
    with transaction.atomic():
        if not joined:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Books:
    """The rows of one platform, or with None of all of them, to ask in SQL."""

    def __init__(self, platform_id: str | None = None) -> None:
        self.platform_id = platform_id
        known = [currency for currency in Currency if currency.exponent is not None]
        self.values = {
            "platform": platform_id,
            "currencies": [currency.code for currency in known],
            "decimals": [currency.exponent for currency in known],
        }

    def ask(self, question: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the answer to a SELECT over TABLES. A percent sign is written twice."""
        with connection.cursor() as cursor:
            cursor.execute(TABLES + question, self.values | values)
            return cursor.fetchall()

    def find(self, question: str, **values: Any) -> list[Wrong]:
        """Return what a SELECT of (document, number, what, stored, expected) finds wrong."""
        return [Wrong(*row) for row in self.ask(question, **values)]

    def stream(self, question: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of an answer that is too large to hold. Needs a transaction."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(TABLES + question, self.values | values)
            while rows := cursor.fetchmany(CHUNK):
                yield from rows
