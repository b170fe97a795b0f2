"""3. Live notes take no more of an invoice than it has, and all of it exactly."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def no_line_is_credited_beyond_itself(books: Books) -> list[Wrong]:
    """What live notes take of a line is at most its net amount, and has its sign."""
    return books.find("""
        SELECT i.id, i.number, 'credited of line ' || l.line_id, taken,
               CASE WHEN taken * net_amount < 0 THEN 0 ELSE net_amount END
          FROM (SELECT invoice_line_id, sum(net_amount) AS taken FROM live_line GROUP BY 1) AS t
          JOIN invoices_invoiceline AS l ON l.id = t.invoice_line_id
          JOIN invoices_invoice AS i ON i.id = l.invoice_id
         WHERE abs(taken) > abs(net_amount) OR taken * net_amount < 0
         ORDER BY i.id, l.position
    """)


def no_allowance_is_credited_beyond_itself(books: Books) -> list[Wrong]:
    """What live notes take of a document-level allowance or charge is at most that, and has its sign."""
    return books.find("""
        SELECT i.id, i.number,
               concat_ws(' ', 'credited of its', CASE WHEN a.is_charge THEN 'charge' ELSE 'allowance' END,
                         a.position),
               taken, CASE WHEN taken * a.amount < 0 THEN 0 ELSE a.amount END
          FROM (SELECT invoice_allowance_charge_id, sum(c.amount) AS taken
                  FROM credit_notes_creditnoteallowancecharge AS c
                  JOIN live_note AS n ON n.id = c.credit_note_id GROUP BY 1) AS t
          JOIN invoices_invoiceallowancecharge AS a ON a.id = t.invoice_allowance_charge_id
          JOIN invoices_invoice AS i ON i.id = a.invoice_id
         WHERE abs(taken) > abs(a.amount) OR taken * a.amount < 0
         ORDER BY i.id, a.position
    """)


def no_vat_group_is_credited_beyond_itself(books: Books) -> list[Wrong]:
    """What live notes take of a VAT group is at most its base and its VAT.

    Where a group has lines of both signs, its lines are held one by one instead: taking the positive ones
    first takes more than the base. The lines of an invoice made elsewhere may come to a little more.
    """
    return books.find("""
        , parts AS (
            SELECT paper_id, tax_category AS category, coalesce(tax_rate, 0) AS rate, net_amount FROM line
             UNION ALL
            SELECT paper_id, tax_category, coalesce(tax_rate, 0),
                   CASE WHEN is_charge THEN amount ELSE -amount END
              FROM allowance
        ),
        whole AS (
            SELECT t.*, greatest(abs(base), abs(p.net)) AS most
              FROM tax AS t JOIN (
                   SELECT paper_id, category, rate, sum(net_amount) AS net FROM parts GROUP BY 1, 2, 3) AS p
             USING (paper_id, category, rate)
             WHERE NOT EXISTS (SELECT 1 FROM line AS l
                                WHERE l.paper_id = t.paper_id AND l.net_amount * t.base < 0
                                  AND l.tax_category = t.category AND coalesce(l.tax_rate, 0) = t.rate)
        ),
        taken AS (
            SELECT r.invoice_id AS paper_id, t ->> 'category' AS category,
                   coalesce((t ->> 'rate')::numeric, 0) AS rate,
                   sum((t ->> 'base')::numeric) AS base, sum((t ->> 'amount')::numeric) AS amount
              FROM live_reference AS r, jsonb_array_elements(r.taxes) AS t
             GROUP BY 1, 2, 3
        )
        SELECT i.id, i.number,
               format('credited %%s of VAT %%s at %%s %%%%', what, category, trim_scale(rate)),
               taken, CASE WHEN taken * whole < 0 THEN 0 ELSE whole END
          FROM whole AS w
          JOIN taken AS t USING (paper_id, category, rate)
          JOIN invoice AS i ON i.id = paper_id
         CROSS JOIN LATERAL (VALUES
               ('base', t.base, w.base, most),
               ('tax', t.amount, w.amount, abs(w.amount) + most - abs(w.base)))
               AS sums (what, taken, whole, most_of_it)
         WHERE abs(taken) > most_of_it OR taken * whole < 0
         ORDER BY i.id, category, rate, what
    """)


def no_invoice_is_credited_beyond_its_total(books: Books) -> list[Wrong]:
    """What live notes take of an invoice is at most its total, and at most what is settled of it."""
    return books.find("""
        SELECT i.id, i.number, what, taken, most
          FROM (SELECT invoice_id, sum(total) AS taken FROM live_reference GROUP BY 1) AS r
          JOIN invoice AS i ON i.id = r.invoice_id
         CROSS JOIN LATERAL (VALUES
               ('credited of its total', greatest(total, 0)),
               ('credited of what is settled', greatest(amount_paid + amount_withheld + amount_credited, 0))
               ) AS limits (what, most)
         WHERE taken > most ORDER BY i.id, what
    """)


def an_invoice_credited_in_full_is_credited_exactly(books: Books) -> list[Wrong]:
    """Once all of an invoice is credited, the notes' bases, VAT, rounding and totals are its own.

    That is so when each line is taken and nothing beside the lines; or when the totals are equal, on an
    invoice without anything negative that could stand in for something else.
    """
    return books.find("""
        , taken AS MATERIALIZED (
            SELECT invoice_id, sum(net_total) AS net, sum(tax_total) AS tax, sum(rounding_amount) AS rounding,
                   sum(total) AS total, sum(accounting_tax_total) AS accounting,
                   array_agg(id) AS ids
              FROM live_reference GROUP BY 1
        ),
        of_line AS (
            SELECT invoice_line_id, sum(net_amount) AS net FROM live_line GROUP BY 1
        ),
        complete AS MATERIALIZED (
            SELECT t.*, i.number, i.net_total, i.tax_total, i.rounding_amount, i.total AS all_of_it,
                   i.accounting_tax_total
              FROM taken AS t JOIN invoice AS i ON i.id = t.invoice_id
             WHERE (t.total = i.total AND t.rounding = i.rounding_amount
                    AND NOT EXISTS (SELECT 1 FROM invoices_invoiceline AS l
                                     WHERE l.invoice_id = i.id AND l.net_amount < 0)
                    AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(i.taxes) AS g
                                     WHERE (g ->> 'base')::numeric < 0))
                OR NOT EXISTS (SELECT 1 FROM invoices_invoiceline AS l
                                 LEFT JOIN of_line AS o ON o.invoice_line_id = l.id
                                WHERE l.invoice_id = i.id AND l.net_amount <> coalesce(o.net, 0))
               AND EXISTS (SELECT 1 FROM invoices_invoiceline AS l
                            WHERE l.invoice_id = i.id AND l.net_amount <> 0)
               AND NOT EXISTS (SELECT 1 FROM credit_notes_creditnoteline AS l
                                WHERE l.reference_id = ANY(t.ids) AND l.invoice_line_id IS NULL
                                  AND l.net_amount <> 0)
        ),
        groups AS (
            SELECT invoice_id, category, rate, sum(base) AS base, sum(amount) AS amount
              FROM (SELECT r.invoice_id, t ->> 'category' AS category,
                           coalesce((t ->> 'rate')::numeric, 0) AS rate,
                           (t ->> 'base')::numeric AS base, (t ->> 'amount')::numeric AS amount
                      FROM live_reference AS r, jsonb_array_elements(r.taxes) AS t
                     UNION ALL
                    SELECT paper_id, category, rate, -base, -amount FROM tax) AS both_sides
             WHERE invoice_id IN (SELECT invoice_id FROM complete)
             GROUP BY 1, 2, 3 HAVING sum(base) <> 0 OR sum(amount) <> 0
        )
        SELECT invoice_id, number, 'credited of its ' || what, taken, whole
          FROM complete AS c, LATERAL (VALUES
               ('net_total', c.net, c.net_total), ('tax_total', c.tax, c.tax_total),
               ('rounding_amount', c.rounding, c.rounding_amount), ('total', c.total, c.all_of_it),
               ('accounting_tax_total', c.accounting, c.accounting_tax_total)) AS sums (what, taken, whole)
         WHERE taken IS DISTINCT FROM whole
         UNION ALL
        SELECT c.invoice_id, c.number,
               format('credited %%s of VAT %%s at %%s %%%%, beyond it', what, category, trim_scale(rate)),
               off, 0
          FROM groups AS g JOIN complete AS c USING (invoice_id),
               LATERAL (VALUES ('base', g.base), ('tax', g.amount)) AS sums (what, off)
         WHERE off <> 0
         ORDER BY 1, 3
    """)


LAWS = (
    no_line_is_credited_beyond_itself,
    no_allowance_is_credited_beyond_itself,
    no_vat_group_is_credited_beyond_itself,
    no_invoice_is_credited_beyond_its_total,
    an_invoice_credited_in_full_is_credited_exactly,
)
