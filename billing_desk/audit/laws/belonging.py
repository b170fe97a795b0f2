"""7. One paper, one currency; and nothing of one platform refers to another's."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong

APPS = ("platforms", "documents", "events", "jobs", "invoices", "credit_notes", "api")
"""Where our own tables are."""


def own_models() -> list[type[models.Model]]:
    """Return every model of the books."""
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def no_row_refers_to_another_platform(books: Books) -> list[Wrong]:
    """Two rows that refer to each other are of one platform."""
    return books.find(" UNION ALL ".join([*relations(), PARTS]) + " ORDER BY 1, 3")


def relations() -> Iterator[str]:
    """Yield a question for each relation between two tables that both belong to a platform."""
    for model in own_models():
        if has_platform(model):
            for field in model._meta.fields:
                if isinstance(field, models.ForeignKey) and has_platform(field.related_model):
                    yield strangers(model._meta.db_table, field.column, field.related_model._meta.db_table)


def has_platform(model: type[models.Model]) -> bool:
    return "platform" in {field.name for field in model._meta.fields}


def strangers(table: str, column: str, other: str) -> str:
    return f"""
        SELECT a.id::text, '' AS number, 'the platform of its {column} ' || b.id, b.platform_id, a.platform_id
          FROM {table} AS a JOIN {other} AS b ON b.id = a.{column}
         WHERE a.platform_id <> b.platform_id
           AND (%(platform)s::text IS NULL OR %(platform)s IN (a.platform_id, b.platform_id))
    """  # noqa: S608 - the names are those of our own tables


PARTS = """
        SELECT n.id, n.number, 'the platform of ' || i.number || ', which it corrects,',
               i.platform_id, n.platform_id
          FROM credit_notes_creditnotereference AS r
          JOIN note AS n ON n.id = r.credit_note_id
          JOIN invoices_invoice AS i ON i.id = r.invoice_id
         WHERE i.platform_id <> n.platform_id
         UNION ALL
        SELECT p.id, p.number, 'the platform of its file ' || f.name, f.platform_id, p.platform_id
          FROM documents_storedfile AS f JOIN paper AS p ON p.id = f.document_id
         WHERE f.platform_id <> p.platform_id
         UNION ALL
        SELECT p.id, p.number, 'the platform of its event ' || e.id, e.platform_id, p.platform_id
          FROM events_event AS e JOIN paper AS p ON p.id = e.object_id
         WHERE e.platform_id IS DISTINCT FROM p.platform_id
         UNION ALL
        SELECT d.id, '', 'the platform of its endpoint ' || w.id, w.platform_id, e.platform_id
          FROM events_delivery AS d
          JOIN event AS e ON e.id = d.event_id
          JOIN events_webhookendpoint AS w ON w.id = d.endpoint_id
         WHERE w.platform_id IS DISTINCT FROM e.platform_id
"""
"""What has no platform of its own, or refers by an id in words."""


def money_stays_in_its_currency(books: Books) -> list[Wrong]:
    """A note, its invoices, and the money between them are in one currency."""
    return books.find("""
        SELECT n.id, n.number, 'the currency of ' || i.number || ', which it corrects,',
               i.currency, n.currency
          FROM credit_notes_creditnotereference AS r
          JOIN note AS n ON n.id = r.credit_note_id
          JOIN invoices_invoice AS i ON i.id = r.invoice_id
         WHERE i.currency <> n.currency
         UNION ALL
        SELECT n.id, n.number, format('the currency of %%s, from which its refund %%s is,', i.number, r.id),
               i.currency, n.currency
          FROM refund AS r
          JOIN note AS n ON n.id = r.credit_note_id
          JOIN invoices_payment AS p ON p.id = r.payment_id
          JOIN invoices_invoice AS i ON i.id = p.invoice_id
         WHERE i.currency <> n.currency
         UNION ALL
        SELECT n.id, n.number, 'the currency of ' || i.number || ', whose withheld tax it gives back,',
               i.currency, n.currency
          FROM withheld_refund AS r
          JOIN note AS n ON n.id = r.credit_note_id
          JOIN invoices_taxwithheld AS w ON w.id = r.tax_withheld_id
          JOIN invoices_invoice AS i ON i.id = w.invoice_id
         WHERE i.currency <> n.currency
         ORDER BY 1, 3
    """)


def credit_stays_with_its_customer(books: Books) -> list[Wrong]:
    """Credit goes to invoices of its customer, billing entity and currency; so does what was overpaid."""
    return books.find("""
        , given AS (
            SELECT a.id, i.number, i.id AS invoice_id, n.customer_id, n.billing_entity_id, n.currency
              FROM allocation AS a
              JOIN credit_notes_creditnote AS n ON n.id = a.credit_note_id
              JOIN invoices_invoice AS i ON i.id = a.invoice_id
             UNION ALL
            SELECT p.id, i.number, i.id, o.customer_id, o.billing_entity_id, o.currency
              FROM payment AS p
              JOIN invoices_overpayment AS o ON o.id = p.overpayment_id
              JOIN invoices_invoice AS i ON i.id = p.invoice_id
             UNION ALL
            SELECT o.id, i.number, i.id, o.customer_id, o.billing_entity_id, o.currency
              FROM overpayment AS o
              JOIN invoices_payment AS p ON p.id = o.payment_id
              JOIN invoices_invoice AS i ON i.id = p.invoice_id
        )
        SELECT g.id, g.number, format('the %%s of its invoice', what), theirs, ours
          FROM given AS g
          JOIN invoices_invoice AS i ON i.id = g.invoice_id
         CROSS JOIN LATERAL (VALUES
               ('customer', g.customer_id, i.customer_id),
               ('billing entity', g.billing_entity_id, i.billing_entity_id),
               ('currency', g.currency, i.currency)) AS said (what, ours, theirs)
         WHERE ours <> theirs ORDER BY g.id, what
    """)


LAWS = (no_row_refers_to_another_platform, money_stays_in_its_currency, credit_stays_with_its_customer)
