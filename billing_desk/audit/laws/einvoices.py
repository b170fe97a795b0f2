"""10. Each e-invoice stands where its history says, and is that of a document that was issued."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def einvoices_stand_where_their_history_says(books: Books) -> list[Wrong]:
    """Status and answer are those of the last change; an e-invoice without any change is none."""
    return books.find("""
        SELECT e.document_id, coalesce(p.number, ''), 'the ' || what || ' of its e-invoice', stored, due
          FROM einvoice AS e
          LEFT JOIN paper AS p ON p.id = e.document_id
          LEFT JOIN LATERAL (SELECT status, response FROM exchange_einvoicechange
                              WHERE einvoice_id = e.id ORDER BY position DESC LIMIT 1) AS last ON true
         CROSS JOIN LATERAL (VALUES ('status', e.status, last.status),
                                    ('answer', e.response, last.response)) AS said (what, stored, due)
         WHERE stored IS DISTINCT FROM due ORDER BY e.id, what
    """)


def einvoices_are_of_their_document(books: Books) -> list[Wrong]:
    """An e-invoice's document is there, of its kind and seller, and final; a void one's has not left."""
    return books.find("""
        SELECT e.document_id, coalesce(p.number, ''), what, stored, due
          FROM einvoice AS e
          LEFT JOIN paper AS p ON p.id = e.document_id
         CROSS JOIN LATERAL (VALUES
               ('the kind of its e-invoice', upper(e.document_kind), coalesce(p.kind, 'none')),
               ('the seller of its e-invoice', e.billing_entity_id, coalesce(p.billing_entity_id, 'none')),
               ('the platform of its e-invoice', e.platform_id, coalesce(p.platform_id, 'none')),
               ('its being issued, with an e-invoice', (p.status <> 'DRAFT')::text, 'true'),
               ('its e-invoice, which may have left', e.may_have_left::text,
                CASE WHEN p.status = 'VOID' THEN 'false' ELSE e.may_have_left::text END))
               AS said (what, stored, due)
         WHERE stored IS DISTINCT FROM due ORDER BY e.id, what
    """)


def einvoices_that_arrived_were_sent(books: Books) -> list[Wrong]:
    """One that arrived says when it was sent, one that was answered has arrived, one that failed says why."""
    return books.find("""
        SELECT e.document_id, coalesce(p.number, ''), what, stored, 'true'
          FROM einvoice AS e
          LEFT JOIN paper AS p ON p.id = e.document_id
         CROSS JOIN LATERAL (VALUES
               ('the sending of its e-invoice', e.sent_at IS NOT NULL AND e.may_have_left,
                e.status IN ('SUCCESS', 'REGISTERED')),
               ('the arrival of its answered e-invoice', e.status IN ('SUCCESS', 'REGISTERED'),
                e.response <> ''),
               ('the moment of its answer', e.answered_at IS NOT NULL, e.response <> ''),
               ('the reason of its e-invoice', e.reason_code <> '', e.status IN ('FAILED', 'SKIPPED')),
               ('the setting out of its e-invoice', e.may_have_left,
                e.status = 'IN_PROGRESS')) AS said (what, is_so, asked)
         CROSS JOIN LATERAL (SELECT is_so::text AS stored) AS shown
         WHERE asked AND NOT is_so ORDER BY e.id, what
    """)


LAWS = (
    einvoices_stand_where_their_history_says,
    einvoices_are_of_their_document,
    einvoices_that_arrived_were_sent,
)
