"""2 and 5. An invoice is settled by its rows, and not twice."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def settled_amounts_are_sums_of_rows(books: Books) -> list[Wrong]:
    """Paid is the sum of the payments that succeeded; withheld and credited, of their rows."""
    return books.find("""
        SELECT i.id, i.number, what, stored, due
          FROM invoice AS i
          LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM payment
                      WHERE status = 'SUCCEEDED' GROUP BY 1)
                    AS p ON p.invoice_id = i.id
          LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM withheld GROUP BY 1)
                    AS w ON w.invoice_id = i.id
          LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM allocation GROUP BY 1)
                    AS a ON a.invoice_id = i.id
         CROSS JOIN LATERAL (VALUES
               ('amount_paid', amount_paid, coalesce(p.amount, 0)),
               ('amount_withheld', amount_withheld, coalesce(w.amount, 0)),
               ('amount_credited', amount_credited, coalesce(a.amount, 0)),
               ('amount_due', amount_due, total - amount_paid - amount_withheld - amount_credited)
               ) AS sums (what, stored, due)
         WHERE stored <> due ORDER BY i.id, what
    """)


def no_invoice_is_settled_twice(books: Books) -> list[Wrong]:
    """Nothing that settles an invoice is negative, and all of it is at most the total. A draft has none."""
    return books.find("""
        SELECT id, number, what, stored, due
          FROM invoice, LATERAL (VALUES
               ('amount_paid', amount_paid, greatest(amount_paid, 0)),
               ('amount_withheld', amount_withheld, greatest(amount_withheld, 0)),
               ('amount_credited', amount_credited, greatest(amount_credited, 0)),
               ('the sum of what settled it', amount_paid + amount_withheld + amount_credited,
                least(amount_paid + amount_withheld + amount_credited,
                      CASE status WHEN 'DRAFT' THEN 0 ELSE greatest(total, 0) END)))
               AS sums (what, stored, due)
         WHERE stored <> due ORDER BY id, what
    """)


LAWS_OF_SETTLING = (no_invoice_is_settled_twice,)
LAWS_OF_ROWS = (settled_amounts_are_sums_of_rows,)
