"""5. The rows that move money: none gives more than it has, and each reversal undoes one row."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def overpayments_are_used_once(books: Books) -> list[Wrong]:
    """What was applied of an overpayment is the sum of the payments it made, and at most its amount."""
    return books.find("""
        SELECT o.id, i.number, what, stored, due
          FROM overpayment AS o
          JOIN invoices_payment AS p ON p.id = o.payment_id
          JOIN invoices_invoice AS i ON i.id = p.invoice_id
          LEFT JOIN (SELECT overpayment_id, sum(amount) AS amount FROM payment
                      WHERE status <> 'FAILED' GROUP BY 1) AS used ON used.overpayment_id = o.id
         CROSS JOIN LATERAL (VALUES
               ('amount_applied', amount_applied, coalesce(used.amount, 0)),
               ('amount_available', amount_available, greatest(o.amount - amount_applied, 0)))
               AS sums (what, stored, due)
         WHERE stored <> due ORDER BY o.id, what
    """)


def payments_by_overpayment_name_it(books: Books) -> list[Wrong]:
    """A payment names an overpayment when, and only when, its method says so."""
    return books.find("""
        SELECT p.id, i.number, 'the overpayment of a payment by ' || method, overpayment_id,
               CASE method WHEN 'overpayment' THEN 'one' END
          FROM payment AS p JOIN invoices_invoice AS i ON i.id = p.invoice_id
         WHERE (method = 'overpayment') <> (overpayment_id IS NOT NULL) ORDER BY p.id
    """)


def no_payment_is_refunded_beyond_itself(books: Books) -> list[Wrong]:
    """The refunds of a payment come to at most its amount, and it had arrived."""
    return books.find("""
        SELECT p.id, i.number, 'refunded of a payment that ' || lower(p.status), refunded,
               CASE p.status WHEN 'SUCCEEDED' THEN p.amount ELSE 0 END
          FROM (SELECT payment_id, sum(amount) AS refunded FROM refund
                 WHERE status <> 'FAILED' GROUP BY 1) AS r
          JOIN invoices_payment AS p ON p.id = r.payment_id
          JOIN invoices_invoice AS i ON i.id = p.invoice_id
         WHERE refunded > CASE p.status WHEN 'SUCCEEDED' THEN p.amount ELSE 0 END ORDER BY p.id
    """)


def no_withheld_tax_is_returned_beyond_itself(books: Books) -> list[Wrong]:
    """What notes gave back of withheld tax is at most its amount, and not negative."""
    return books.find("""
        SELECT w.id, i.number, 'returned of withheld tax', returned,
               CASE WHEN returned < 0 THEN 0 ELSE w.amount END
          FROM (SELECT tax_withheld_id, sum(amount) AS returned FROM withheld_refund GROUP BY 1) AS r
          JOIN invoices_taxwithheld AS w ON w.id = r.tax_withheld_id
          JOIN invoices_invoice AS i ON i.id = w.invoice_id
         WHERE returned > w.amount OR returned < 0 ORDER BY w.id
    """)


def amounts_are_positive_but_for_reversals(books: Books) -> list[Wrong]:
    """A row that moves money has a positive amount; only one that reverses another is negative."""
    return books.find("""
        SELECT id, '', what, amount, abs(amount)
          FROM (SELECT id, 'the amount of a payment' AS what, amount FROM payment
                 UNION ALL SELECT id, 'the amount of withheld tax', amount FROM withheld
                 UNION ALL SELECT id, 'the amount of an overpayment', amount FROM overpayment
                 UNION ALL SELECT id, 'the amount of a refund', amount FROM refund
                 UNION ALL SELECT id, 'the amount of an allocation', amount FROM allocation
                            WHERE reverses_id IS NULL
                 UNION ALL SELECT id, 'the amount of a return of withheld tax', amount FROM withheld_refund
                            WHERE reverses_id IS NULL) AS moved
         WHERE amount <= 0 ORDER BY id
    """)


def a_reversal_undoes_one_row(books: Books) -> list[Wrong]:
    """A row that reverses another has its opposite amount, note and counterpart, and nothing reverses it."""
    return books.find("""
        , pair AS (
            SELECT b.id, a.id AS of_id, b.credit_note_id, a.credit_note_id AS of_note,
                   b.amount, a.amount AS of_amount,
                   b.invoice_id AS counterpart, a.invoice_id AS of_counterpart, a.reverses_id AS of_reverses
              FROM allocation AS b JOIN credit_notes_allocation AS a ON a.id = b.reverses_id
             UNION ALL
            SELECT b.id, a.id, b.credit_note_id, a.credit_note_id, b.amount, a.amount,
                   b.tax_withheld_id, a.tax_withheld_id, a.reverses_id
              FROM withheld_refund AS b JOIN credit_notes_taxwithheldrefund AS a ON a.id = b.reverses_id
        )
        SELECT p.id, n.number, what || ' of the row that reverses ' || of_id, stored, due
          FROM pair AS p
          JOIN credit_notes_creditnote AS n ON n.id = p.credit_note_id
         CROSS JOIN LATERAL (VALUES
               ('amount', trim_scale(amount)::text, trim_scale(-of_amount)::text),
               ('credit note', credit_note_id, of_note),
               ('counterpart', counterpart, of_counterpart),
               ('own reversal', coalesce(of_reverses, ''), '')) AS sums (what, stored, due)
         WHERE stored <> due ORDER BY p.id, what
    """)


LAWS = (
    overpayments_are_used_once,
    payments_by_overpayment_name_it,
    no_payment_is_refunded_beyond_itself,
    no_withheld_tax_is_returned_beyond_itself,
    amounts_are_positive_but_for_reversals,
    a_reversal_undoes_one_row,
)
