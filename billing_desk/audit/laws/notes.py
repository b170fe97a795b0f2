"""4 and 9. A note accounts for its money; a void one, and one that was reversed, gave it back."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def notes_account_for_their_money(books: Books) -> list[Wrong]:
    """Allocated and refunded are sums of their rows; the rest is available, and none is negative.

    A refund on its way counts, one that failed does not; withheld tax that was given back is a refund.
    """
    return books.find("""
        SELECT n.id, n.number, what, stored, due
          FROM note AS n
          LEFT JOIN (SELECT credit_note_id, sum(amount) AS amount FROM allocation GROUP BY 1)
                    AS a ON a.credit_note_id = n.id
          LEFT JOIN (SELECT credit_note_id, sum(amount) AS amount FROM refund
                      WHERE status <> 'FAILED' GROUP BY 1)
                    AS r ON r.credit_note_id = n.id
          LEFT JOIN (SELECT credit_note_id, sum(amount) AS amount FROM withheld_refund GROUP BY 1)
                    AS w ON w.credit_note_id = n.id
         CROSS JOIN LATERAL (VALUES
               ('amount_allocated', amount_allocated, coalesce(a.amount, 0)),
               ('amount_refunded', amount_refunded, coalesce(r.amount, 0) + coalesce(w.amount, 0)),
               ('amount_available', amount_available,
                CASE status WHEN 'VOID' THEN 0
                            ELSE greatest(total - amount_allocated - amount_refunded, 0) END),
               ('amount_allocated, negative,', least(amount_allocated, 0), 0),
               ('amount_refunded, negative,', least(amount_refunded, 0), 0)) AS sums (what, stored, due)
         WHERE stored <> due ORDER BY n.id, what
    """)


def notes_say_where_their_money_stands(books: Books) -> list[Wrong]:
    """A note's settlement follows from its status, its type and its amounts."""
    return books.find("""
        SELECT id, number, 'settlement', settlement, due
          FROM note, LATERAL (SELECT CASE
               WHEN status = 'DRAFT' THEN ''
               WHEN status = 'VOID' THEN 'voided'
               WHEN type = 'adjustment' THEN 'adjusted'
               WHEN total > amount_allocated + amount_refunded THEN 'refund_due'
               ELSE 'refunded' END AS due) AS said
         WHERE settlement <> due ORDER BY id
    """)


def an_adjustment_clears_debt_whole(books: Books) -> list[Wrong]:
    """A final adjustment is allocated whole."""
    return books.find("""
        SELECT id, number, 'amount_allocated of an adjustment', amount_allocated, total
          FROM note WHERE status = 'FINAL' AND type = 'adjustment' AND amount_allocated <> total ORDER BY id
    """)


def only_a_refundable_note_is_paid_out(books: Books) -> list[Wrong]:
    """No money goes out from an adjustment or a store note."""
    return books.find("""
        SELECT id, number, 'amount_refunded of type ' || type, amount_refunded, 0
          FROM note WHERE type IN ('adjustment', 'store') AND amount_refunded <> 0 ORDER BY id
    """)


def money_moves_only_from_final_notes(books: Books) -> list[Wrong]:
    """A draft has given nothing; a void note has it all back, from each invoice."""
    return books.find("""
        SELECT n.id, n.number, format('what it gave to %%s as %%s', coalesce(i.number, i.id), n.status),
               sum(a.amount), 0
          FROM note AS n
          JOIN allocation AS a ON a.credit_note_id = n.id
          JOIN invoices_invoice AS i ON i.id = a.invoice_id
         WHERE n.status <> 'FINAL' GROUP BY n.id, n.number, n.status, i.id HAVING sum(a.amount) <> 0
         UNION ALL
        SELECT n.id, n.number, 'what it paid out as ' || n.status, sum(r.amount), 0
          FROM note AS n
          JOIN refund AS r ON r.credit_note_id = n.id AND r.status <> 'FAILED'
         WHERE n.status <> 'FINAL' GROUP BY n.id, n.number, n.status
         ORDER BY 1, 3
    """)


def the_end_of_a_note_is_dated(books: Books) -> list[Wrong]:
    """A void note says when it was voided, a reversed one when and by which invoice; others say neither."""
    return books.find("""
        SELECT id, number, what, is_said::text, is_so::text
          FROM note, LATERAL (VALUES
               ('voided_at being set', voided_at IS NOT NULL, status = 'VOID'),
               ('reversed_at being set', reversed_at IS NOT NULL, reversed_by_id IS NOT NULL),
               ('finalized_at being set', finalized_at IS NOT NULL, status <> 'DRAFT'))
               AS moments (what, is_said, is_so)
         WHERE is_said <> is_so ORDER BY id, what
    """)


def a_reversal_takes_back_the_same(books: Books) -> list[Wrong]:
    """The invoice that reverses a note is final, of its amounts, currency, customer and billing entity."""
    return books.find("""
        SELECT n.id, n.number, format('the %%s of %%s, which reverses it,', what, i.number), theirs, ours
          FROM note AS n
          JOIN invoices_invoice AS i ON i.id = n.reversed_by_id
         CROSS JOIN LATERAL (VALUES
               ('status', 'FINAL', i.status),
               ('net_total', n.net_total::text, i.net_total::text),
               ('tax_total', n.tax_total::text, i.tax_total::text),
               ('total', n.total::text, i.total::text),
               ('currency', n.currency, i.currency),
               ('customer', n.customer_id, i.customer_id),
               ('billing entity', n.billing_entity_id, i.billing_entity_id)) AS sums (what, ours, theirs)
         WHERE ours <> theirs ORDER BY n.id, what
    """)


LAWS_OF_MONEY = (
    notes_account_for_their_money,
    notes_say_where_their_money_stands,
    an_adjustment_clears_debt_whole,
    only_a_refundable_note_is_paid_out,
)
LAWS_OF_UNDOING = (
    money_moves_only_from_final_notes,
    the_end_of_a_note_is_dated,
    a_reversal_takes_back_the_same,
)
