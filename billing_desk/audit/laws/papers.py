"""1. Every paper adds up: its parts to its sums, its sums to its total."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def sums_come_to_the_total(books: Books) -> list[Wrong]:
    """Lines, less allowances, plus charges are the net total; with VAT and cash rounding, the total."""
    return books.find("""
        SELECT id, number, what, stored, due
          FROM paper, LATERAL (VALUES
               ('net_total', net_total, line_total - allowance_total + charge_total),
               ('total', total, net_total + tax_total + rounding_amount)) AS sums (what, stored, due)
         WHERE stored <> due ORDER BY id, what
    """)


def parts_come_to_their_sums(books: Books) -> list[Wrong]:
    """The lines, allowances, charges and VAT groups of a paper come to its sums of them."""
    return books.find("""
        SELECT p.id, p.number, what, stored, due
          FROM paper AS p
          LEFT JOIN (SELECT paper_id, sum(net_amount) AS net FROM line GROUP BY 1) AS l ON l.paper_id = p.id
          LEFT JOIN (SELECT paper_id, sum(amount) FILTER (WHERE is_charge) AS charged,
                            sum(amount) FILTER (WHERE NOT is_charge) AS allowed
                       FROM allowance GROUP BY 1) AS a ON a.paper_id = p.id
          LEFT JOIN (SELECT paper_id, sum(amount) AS amount FROM tax GROUP BY 1) AS t ON t.paper_id = p.id
         CROSS JOIN LATERAL (VALUES
               ('line_total', line_total, coalesce(net, 0)),
               ('charge_total', charge_total, coalesce(charged, 0)),
               ('allowance_total', allowance_total, coalesce(allowed, 0)),
               ('tax_total', tax_total, coalesce(amount, 0))) AS sums (what, stored, due)
         WHERE stored <> due ORDER BY p.id, what
    """)


def vat_is_taken_of_the_net_total(books: Books) -> list[Wrong]:
    """The bases of a paper's VAT groups come to its net total.

    A paper that was made elsewhere may be off by less than 1 in each group (EN 16931 BR-S-08), and what takes
    it back, or takes that back, by as much.
    """
    return books.find("""
        , off AS MATERIALIZED (
            SELECT p.id, p.kind, p.number, p.series_id, p.net_total, coalesce(sum(t.base), 0) AS bases,
                   count(t.base) AS groups
              FROM paper AS p LEFT JOIN tax AS t ON t.paper_id = p.id
             GROUP BY 1, 2, 3, 4, 5 HAVING p.net_total <> coalesce(sum(t.base), 0)
        ),
        rests_on AS (
            SELECT credit_note_id AS id, invoice_id AS on_id FROM credit_notes_creditnotereference
             UNION ALL
            SELECT reversed_by_id, id FROM note
        )
        SELECT id, number, 'the sum of its VAT bases', bases, net_total
          FROM off AS o
         WHERE abs(net_total - bases) > CASE
                    WHEN kind = 'INVOICE' AND series_id IS NULL THEN groups - 0.0001
                    ELSE coalesce((SELECT sum(abs(f.net_total - f.bases))
                                     FROM rests_on AS r JOIN off AS f ON f.id = r.on_id
                                    WHERE r.id = o.id), 0) END
         ORDER BY id
    """)


def references_come_to_the_note(books: Books) -> list[Wrong]:
    """What a note takes of its invoices comes to its own sums."""
    return books.find("""
        SELECT n.id, n.number, 'the ' || what || ' of its references', taken, stored
          FROM note AS n
          JOIN (SELECT credit_note_id, sum(net_total) AS net, sum(tax_total) AS tax, sum(total) AS total,
                       sum(rounding_amount) AS rounding,
                       CASE WHEN count(accounting_tax_total) = count(*)
                            THEN sum(accounting_tax_total) END AS accounting
                  FROM credit_notes_creditnotereference GROUP BY 1) AS r ON r.credit_note_id = n.id
         CROSS JOIN LATERAL (VALUES
               ('net_total', n.net_total, r.net),
               ('tax_total', n.tax_total, r.tax),
               ('rounding_amount', n.rounding_amount, r.rounding),
               ('total', n.total, r.total),
               ('accounting_tax_total', n.accounting_tax_total, r.accounting)) AS sums (what, stored, taken)
         WHERE stored IS DISTINCT FROM taken ORDER BY n.id, what
    """)


def references_come_to_the_notes_vat(books: Books) -> list[Wrong]:
    """The VAT groups of a note are those that it takes of its invoices, added up."""
    return books.find("""
        , taken AS (
            SELECT r.credit_note_id AS paper_id, t ->> 'category' AS category,
                   coalesce((t ->> 'rate')::numeric, 0) AS rate,
                   sum((t ->> 'base')::numeric) AS base, sum((t ->> 'amount')::numeric) AS amount
              FROM credit_notes_creditnotereference AS r, jsonb_array_elements(r.taxes) AS t
             GROUP BY 1, 2, 3
        )
        SELECT n.id, n.number, format('VAT %%s at %%s %%%% of its references', category, trim_scale(rate)),
               format('%%s of %%s', coalesce(r.amount, 0), coalesce(r.base, 0)),
               format('%%s of %%s', coalesce(t.amount, 0), coalesce(t.base, 0))
          FROM (SELECT * FROM tax
                 WHERE paper_id IN (SELECT credit_note_id FROM credit_notes_creditnotereference)) AS t
          FULL JOIN taken AS r USING (paper_id, category, rate)
          JOIN note AS n ON n.id = paper_id
         WHERE (coalesce(t.base, 0), coalesce(t.amount, 0)) <> (coalesce(r.base, 0), coalesce(r.amount, 0))
         ORDER BY n.id, category, rate
    """)


def notes_name_their_invoice(books: Books) -> list[Wrong]:
    """A note on one invoice names that one; on several, or on none, it names none."""
    return books.find("""
        SELECT n.id, n.number, 'its invoice', n.invoice_id, r.one
          FROM note AS n
          LEFT JOIN (SELECT credit_note_id, CASE WHEN count(*) = 1 THEN min(invoice_id) END AS one
                       FROM credit_notes_creditnotereference GROUP BY 1) AS r ON r.credit_note_id = n.id
         WHERE n.invoice_id IS DISTINCT FROM r.one ORDER BY n.id
    """)


def parts_stay_with_their_paper(books: Books) -> list[Wrong]:
    """A part of a note takes from an invoice that the note corrects, through its own reference."""
    return books.find("""
        , part AS (
            SELECT p.id, p.credit_note_id, p.reference_id, l.invoice_id
              FROM credit_notes_creditnoteline AS p
              LEFT JOIN invoices_invoiceline AS l ON l.id = p.invoice_line_id
             UNION ALL
            SELECT p.id, p.credit_note_id, p.reference_id, a.invoice_id
              FROM credit_notes_creditnoteallowancecharge AS p
              LEFT JOIN invoices_invoiceallowancecharge AS a ON a.id = p.invoice_allowance_charge_id
        )
        SELECT n.id, n.number, 'the reference of its part ' || p.id,
               concat_ws(' of ', r.invoice_id, r.credit_note_id), concat_ws(' of ', p.invoice_id, n.id)
          FROM part AS p
          JOIN note AS n ON n.id = p.credit_note_id
          LEFT JOIN credit_notes_creditnotereference AS r ON r.id = p.reference_id
         WHERE r.credit_note_id <> n.id OR p.invoice_id <> coalesce(r.invoice_id, n.invoice_id)
            OR (p.invoice_id IS NOT NULL AND coalesce(r.invoice_id, n.invoice_id) IS NULL)
         ORDER BY n.id, p.id
    """)


def amounts_are_whole(books: Books) -> list[Wrong]:
    """Every amount is whole in its currency's minor unit."""
    return books.find("""
        , amount AS (
            SELECT id, number, currency, what, amount FROM paper, LATERAL (VALUES
                   ('net_total', net_total), ('tax_total', tax_total), ('rounding_amount', rounding_amount),
                   ('total', total)) AS sums (what, amount)
             UNION ALL
            SELECT p.id, p.number, p.currency, 'the net amount of line ' || line_id, net_amount
              FROM line AS l JOIN paper AS p ON p.id = l.paper_id
             UNION ALL
            SELECT i.id, i.number, i.currency, 'its payment ' || p.id, p.amount
              FROM payment AS p JOIN invoices_invoice AS i ON i.id = p.invoice_id
             UNION ALL
            SELECT i.id, i.number, i.currency, 'its withheld tax ' || w.id, w.amount
              FROM withheld AS w JOIN invoices_invoice AS i ON i.id = w.invoice_id
             UNION ALL
            SELECT n.id, n.number, n.currency, 'its allocation ' || a.id, a.amount
              FROM allocation AS a JOIN credit_notes_creditnote AS n ON n.id = a.credit_note_id
             UNION ALL
            SELECT n.id, n.number, n.currency, 'its refund ' || r.id, r.amount
              FROM refund AS r JOIN credit_notes_creditnote AS n ON n.id = r.credit_note_id
             UNION ALL
            SELECT n.id, n.number, n.currency, 'its return of withheld tax ' || r.id, r.amount
              FROM withheld_refund AS r JOIN credit_notes_creditnote AS n ON n.id = r.credit_note_id
        )
        SELECT a.id, a.number, what, trim_scale(amount)::text, round(amount, coalesce(decimals, 0))::text
          FROM amount AS a LEFT JOIN currency AS c ON c.code = a.currency
         WHERE decimals IS NULL OR amount <> round(amount, decimals)
         ORDER BY a.id, what
    """)


LAWS = (
    sums_come_to_the_total,
    parts_come_to_their_sums,
    vat_is_taken_of_the_net_total,
    references_come_to_the_note,
    references_come_to_the_notes_vat,
    notes_name_their_invoice,
    parts_stay_with_their_paper,
    amounts_are_whole,
)
