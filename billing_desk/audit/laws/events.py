"""10. Every change of status or balance has its event, and what follows from it was done once."""

from billing.documents.files import VOID_PDF
from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong
from billing_desk.reactions import REACTIONS

FILES = {
    "render_invoice_pdf": "pdf",
    "render_credit_note_pdf": "pdf",
    "render_void_pdf": VOID_PDF,
    "write_credit_note_xml": "xml",
    "write_invoice_xml": "xml",
}
"""The reactions that leave a file of the paper, and its kind."""


def every_status_was_told(books: Books) -> list[Wrong]:
    """A paper became final, void or reversed by one event each; a draft by none."""
    return books.find("""
        , told AS (
            SELECT object_id,
                   count(*) FILTER (WHERE type LIKE '%%.finalized') AS finalized,
                   count(*) FILTER (WHERE type LIKE '%%.imported') AS imported,
                   count(*) FILTER (WHERE type LIKE '%%.voided') AS voided,
                   count(*) FILTER (WHERE type LIKE '%%.reversed') AS reversed
              FROM event WHERE type LIKE 'billing.invoice.%%' OR type LIKE 'billing.credit_note.%%' GROUP BY 1
        ),
        standing AS (
            SELECT id, number, status, false AS is_reversed FROM invoice
             UNION ALL
            SELECT id, number, status, reversed_by_id IS NOT NULL FROM note
        )
        SELECT id, number, 'its events ' || what, coalesce(stored, 0), due
          FROM standing LEFT JOIN told ON object_id = id
         CROSS JOIN LATERAL (VALUES
               ('of becoming final', greatest(finalized, imported),
                CASE status WHEN 'DRAFT' THEN 0 ELSE 1 END),
               ('of being voided', voided, CASE status WHEN 'VOID' THEN 1 ELSE 0 END),
               ('of being reversed', reversed, CASE WHEN is_reversed THEN 1 ELSE 0 END))
               AS said (what, stored, due)
         WHERE coalesce(stored, 0) <> due ORDER BY id, what
    """)


def no_paper_is_gone(books: Books) -> list[Wrong]:
    """What events tell of is there, but for a draft that was deleted by an event, too."""
    return books.find("""
        SELECT object_id, coalesce(max(data -> 'object' ->> 'number'), ''), 'the paper', NULL, 'there'
          FROM event AS e
         WHERE (type LIKE 'billing.invoice.%%' OR type LIKE 'billing.credit_note.%%')
           AND NOT EXISTS (SELECT 1 FROM invoices_invoice AS i WHERE i.id = e.object_id)
           AND NOT EXISTS (SELECT 1 FROM credit_notes_creditnote AS n WHERE n.id = e.object_id)
         GROUP BY object_id
        HAVING NOT bool_or(type LIKE '%%.deleted')
            OR bool_or(type LIKE '%%.finalized' OR type LIKE '%%.imported')
         ORDER BY object_id
    """)


def every_row_that_moved_money_was_told(books: Books) -> list[Wrong]:
    """Each payment, allocation, refund, overpayment and withheld tax is named by the event that tells of it.

    The earliest events of allocations name the note alone.
    """
    return books.find("""
        , moved AS (
            SELECT id, invoice_id AS paper_id, 'billing.invoice.payment_recorded' AS type, NULL AS note_id
              FROM payment
             UNION ALL
            SELECT id, invoice_id, 'billing.invoice.payment_settled', NULL
              FROM payment WHERE status = 'FAILED'
             UNION ALL
            SELECT id, invoice_id, 'billing.invoice.tax_withheld', NULL
              FROM withheld
             UNION ALL
            SELECT o.id, p.invoice_id, 'billing.invoice.overpaid', NULL
              FROM overpayment AS o JOIN invoices_payment AS p ON p.id = o.payment_id
             UNION ALL
            SELECT id, invoice_id, 'billing.invoice.credited', credit_note_id
              FROM allocation WHERE reverses_id IS NULL
             UNION ALL
            SELECT id, invoice_id, 'billing.invoice.credit_removed', NULL
              FROM allocation WHERE reverses_id IS NOT NULL
             UNION ALL
            SELECT id, credit_note_id, 'billing.credit_note.refund_pending', NULL
              FROM refund WHERE status <> 'SUCCEEDED'
             UNION ALL
            SELECT id, credit_note_id, 'billing.credit_note.refund_succeeded', NULL
              FROM refund WHERE status = 'SUCCEEDED'
             UNION ALL
            SELECT id, credit_note_id, 'billing.credit_note.refund_failed', NULL
              FROM refund WHERE status = 'FAILED'
             UNION ALL
            SELECT id, credit_note_id, 'billing.credit_note.tax_withheld_refunded', NULL
              FROM withheld_refund WHERE reverses_id IS NULL
             UNION ALL
            SELECT id, credit_note_id, 'billing.credit_note.tax_withheld_refund_removed', NULL
              FROM withheld_refund WHERE reverses_id IS NOT NULL
        )
        SELECT m.id, p.number, 'its event ' || m.type, NULL, 'there'
          FROM moved AS m LEFT JOIN paper AS p ON p.id = m.paper_id
         WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.object_id = m.paper_id AND e.type = m.type
                              AND (position(m.id IN e.data::text) > 0
                                   OR (e.data ->> 'credit_note' = m.note_id AND NOT e.data ? 'allocation')))
         ORDER BY m.id, m.type
    """)


def every_balance_was_told(books: Books) -> list[Wrong]:
    """What a final note has given, paid out and left is what one of its events says."""
    return books.find("""
        SELECT id, number, 'the event of its balance', NULL,
               format('allocated %%s, refunded %%s, available %%s, %%s', trim_scale(amount_allocated),
                      trim_scale(amount_refunded), trim_scale(amount_available), status)
          FROM note AS n
         WHERE status <> 'DRAFT'
           AND NOT EXISTS (SELECT 1 FROM event AS e, LATERAL (SELECT data -> 'object' AS o) AS told
                            WHERE e.object_id = n.id AND o ->> 'status' = n.status
                              AND (o ->> 'amount_allocated')::numeric = n.amount_allocated
                              AND (o ->> 'amount_refunded')::numeric = n.amount_refunded
                              AND (o ->> 'amount_available')::numeric = n.amount_available)
         ORDER BY id
    """)


def every_debt_was_told(books: Books) -> list[Wrong]:
    """What a settled invoice still asks for is what one of its events says.

    The earliest events of payments did not say it: where there are such, the rows alone speak.
    """
    return books.find("""
        , told AS (
            SELECT object_id, type, data -> 'object' -> 'amount_due' AS due FROM event
             WHERE type LIKE 'billing.invoice.%%'
        )
        SELECT id, number, 'the event of its amount due', NULL, amount_due
          FROM invoice AS i
         WHERE status <> 'DRAFT' AND amount_due <> total
           AND NOT EXISTS (SELECT 1 FROM told AS t
                            WHERE t.object_id = i.id AND (due #>> '{}')::numeric = i.amount_due)
           AND NOT EXISTS (SELECT 1 FROM told AS t WHERE t.object_id = i.id AND due IS NULL
                              AND t.type LIKE 'billing.invoice.payment%%')
         ORDER BY id
    """)


def every_event_set_off_its_deeds(books: Books) -> list[Wrong]:
    """An event after which something is to be done has its reactions, each once."""
    return books.find(
        """
        SELECT e.object_id, '', format('the reactions to %%s %%s', e.type, e.id), NULL, 'some'
          FROM event AS e
         WHERE e.type = ANY(%(types)s)
           AND NOT EXISTS (SELECT 1 FROM events_reaction AS r WHERE r.event_id = e.id)
         UNION ALL
        SELECT e.object_id, '', format('%%s after %%s', r.name, e.id), count(*) || ' times', 'once'
          FROM events_reaction AS r JOIN event AS e ON e.id = r.event_id
         GROUP BY e.object_id, e.id, r.name HAVING count(*) > 1
         UNION ALL
        SELECT e.object_id, '', format('%%s to %%s', e.id, w.url), count(*) || ' deliveries', 'one'
          FROM events_delivery AS d
          JOIN event AS e ON e.id = d.event_id
          JOIN events_webhookendpoint AS w ON w.id = d.endpoint_id
         GROUP BY e.object_id, e.id, w.id, w.url HAVING count(*) > 1
         ORDER BY 1, 3
        """,
        types=[event for event, deeds in REACTIONS.items() if deeds],
    )


def what_was_done_took_effect_once(books: Books) -> list[Wrong]:
    """Work that is done was attempted and dated; a paper that was drawn has its file; one event, one e-mail.

    What was void before its e-mail went out is not sent.
    """
    return books.find(
        """
        , done AS (
            SELECT r.*, e.object_id, e.data FROM events_reaction AS r JOIN event AS e ON e.id = r.event_id
             WHERE r.status = 'DONE'
        )
        SELECT object_id, '', format('%%s after %%s', name, event_id),
               'done in ' || attempts || ' attempts', 'attempted'
          FROM done WHERE attempts = 0 OR done_at IS NULL
         UNION ALL
        SELECT p.id, p.number, format('its %%s of %%s', kinds.kind, d.event_id), NULL, 'stored'
          FROM done AS d
          JOIN unnest(%(deeds)s::text[], %(kinds)s::text[]) AS kinds (deed, kind) ON kinds.deed = d.name
          JOIN paper AS p ON p.id = d.object_id
         WHERE (kinds.kind <> 'xml'
                OR d.data -> 'file' ->> 'kind' = 'pdf' AND coalesce(d.data ->> 'complete', '') <> 'true')
           AND NOT EXISTS (SELECT 1 FROM documents_storedfile AS f
                            WHERE f.document_id = d.object_id AND f.kind = kinds.kind)
         UNION ALL
        SELECT n.id, n.number, 'the e-mails after ' || event_id, count(*)::text, '1'
          FROM credit_notes_sentmessage AS m JOIN note AS n ON n.id = m.credit_note_id
         GROUP BY n.id, n.number, event_id HAVING count(*) > 1
         UNION ALL
        SELECT n.id, n.number, 'the e-mail after ' || d.event_id, NULL, 'sent'
          FROM done AS d JOIN note AS n ON n.id = d.object_id
         WHERE (d.name = 'email_credit_note'
                OR d.name = 'email_credit_note_on_paper' AND d.data ->> 'complete' = 'true')
           AND d.data ->> 'notify' = 'true' AND n.status <> 'VOID'
           AND NOT EXISTS (SELECT 1 FROM credit_notes_sentmessage AS m WHERE m.event_id = d.event_id)
         ORDER BY 1, 3
        """,
        deeds=list(FILES),
        kinds=list(FILES.values()),
    )


LAWS = (
    every_status_was_told,
    no_paper_is_gone,
    every_row_that_moved_money_was_told,
    every_balance_was_told,
    every_debt_was_told,
    every_event_set_off_its_deeds,
    what_was_done_took_effect_once,
)
