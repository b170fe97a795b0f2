"""6. The numbers of a series are 1…n, named gaps apart, and dates rise along them.

A number that a draft was given in an edit leaves the counter where it is: it is on its paper like every
other, but out of the order of dates, and it may be beyond the last.
"""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def numbers_have_no_hole(books: Books) -> list[Wrong]:
    """Every number up to the last is on a paper of its series, or recorded as left out."""
    return books.find("""
        , taken AS (
            SELECT series_id, series_period AS period, min(series_number) AS lowest,
                   max(series_number) FILTER (WHERE NOT leaves_counter) AS highest,
                   range_agg(int8range(series_number, series_number, '[]')) AS numbers
              FROM place GROUP BY 1, 2
        ),
        left_out AS (
            SELECT series_id, period, range_agg(int8range(first, last, '[]')) AS numbers
              FROM documents_numbergap GROUP BY 1, 2
        )
        SELECT s.id, concat_ws(' ', nullif(s.prefix, ''), nullif(period, '')), 'the numbers that are missing',
               (SELECT string_agg(CASE upper(r) WHEN lower(r) + 1 THEN lower(r)::text
                                  ELSE lower(r) || '…' || upper(r) - 1 END, ', ')
                  FROM unnest(missing) AS r), NULL
          FROM series AS s
          JOIN (SELECT * FROM taken FULL JOIN documents_seriescounter AS c USING (series_id, period)) AS p
            ON p.series_id = s.id
          LEFT JOIN left_out AS l USING (series_id, period)
         CROSS JOIN LATERAL (
               SELECT least(s.first_number, lowest) AS start, greatest(highest, last_number) AS stop) AS run
         CROSS JOIN LATERAL (
               SELECT int8multirange(int8range(start, greatest(stop, start - 1) + 1))
                      - coalesce(p.numbers, '{}') - coalesce(l.numbers, '{}') AS missing) AS holes
         WHERE NOT isempty(missing) ORDER BY s.id, period
    """)


def dates_rise_along_the_numbers(books: Books) -> list[Wrong]:
    """No paper is dated before one of its series with a lower number."""
    return books.find("""
        SELECT id, number, 'its date, after ' || before, date, day || ' or later'
          FROM (SELECT id, number, date, lag(date) OVER numbered AS day, lag(number) OVER numbered AS before
                  FROM place WHERE NOT leaves_counter
                WINDOW numbered AS (PARTITION BY series_id, series_period ORDER BY series_number)) AS run
         WHERE date < day ORDER BY id
    """)


def counters_stand_at_the_last_number(books: Books) -> list[Wrong]:
    """A counter says the last number of its series that was given or left out, and the last date."""
    return books.find("""
        , highest AS (
            SELECT series_id, series_period AS period, max(series_number) AS number, max(date) AS date
              FROM place WHERE NOT leaves_counter GROUP BY 1, 2
        ),
        left_out AS (
            SELECT series_id, period, max(last) AS number FROM documents_numbergap GROUP BY 1, 2
        )
        SELECT s.id, concat_ws(' ', nullif(s.prefix, ''), nullif(period, '')), what, stored, due
          FROM (SELECT * FROM documents_seriescounter AS c
                  FULL JOIN highest AS h USING (series_id, period)
                  LEFT JOIN left_out AS l (series_id, period, left_number) USING (series_id, period)) AS c
          JOIN series AS s ON s.id = c.series_id
         CROSS JOIN LATERAL (VALUES
               ('its last number', last_number::text, greatest(number, left_number, first_number - 1)::text),
               ('its last date', last_date::text,
                CASE WHEN number = last_number OR last_date IS NULL OR last_date < date THEN date::text
                     ELSE last_date::text END)) AS ends (what, stored, due)
         WHERE stored IS DISTINCT FROM due ORDER BY s.id, period, what
    """)


def numbers_are_written_by_their_series(books: Books) -> list[Wrong]:
    """A number reads as its series writes its place: prefix, period of the paper's date, padded number."""
    return books.find("""
        SELECT p.id, p.number, what, stored, due
          FROM place AS p
          JOIN documents_series AS s ON s.id = p.series_id
         CROSS JOIN LATERAL (SELECT CASE WHEN length(series_number::text) < digits
                                         THEN lpad(series_number::text, digits, '0')
                                         ELSE series_number::text END AS padded) AS n
         CROSS JOIN LATERAL (VALUES
               ('its number', p.number, array_to_string(array_remove(
                    ARRAY[prefix] || string_to_array(series_period, '-') || padded, ''), separator)),
               ('the period of its number', series_period,
                CASE reset WHEN 'YEARLY' THEN to_char(date, 'YYYY')
                           WHEN 'MONTHLY' THEN to_char(date, 'YYYY-MM') ELSE '' END),
               ('the kind of its series', s.kind, p.kind),
               ('the billing entity of its series', s.billing_entity_id, p.billing_entity_id))
               AS said (what, stored, due)
         WHERE stored IS DISTINCT FROM due ORDER BY p.id, what
    """)


def numbers_are_given_once(books: Books) -> list[Wrong]:
    """No two papers of a kind have the same number of one billing entity, nor the same place in a series."""
    return books.find("""
        SELECT min(id), number, 'the papers of this number',
               string_agg(id, ', ' ORDER BY id), 'one'
          FROM paper WHERE number <> '' GROUP BY kind, billing_entity_id, number HAVING count(*) > 1
         UNION ALL
        SELECT min(id), min(number),
               format('the papers at %%s of %%s', concat_ws(' ', series_period, series_number), series_id),
               string_agg(id, ', ' ORDER BY id), 'one'
          FROM place GROUP BY kind, series_id, series_period, series_number HAVING count(*) > 1
         ORDER BY 1, 3
    """)


def issued_papers_have_a_place(books: Books) -> list[Wrong]:
    """A paper that is not a draft has a number, and a place in a series, unless it was issued elsewhere."""
    return books.find("""
        SELECT id, number, 'its place in a series', NULL, 'one'
          FROM paper AS p
         WHERE status <> 'DRAFT' AND (series_id IS NULL OR series_number IS NULL)
           AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.object_id = p.id
                              AND e.type IN ('billing.invoice.imported', 'billing.credit_note.imported'))
         UNION ALL
        SELECT id, number, 'its number', NULL, 'one' FROM paper WHERE status <> 'DRAFT' AND number = ''
         UNION ALL
        SELECT id, number, 'its place in a series as a draft', series_number::text, NULL
          FROM paper WHERE status = 'DRAFT' AND series_number IS NOT NULL
         ORDER BY 1, 3
    """)


def gaps_were_left_by_a_paper(books: Books) -> list[Wrong]:
    """Numbers are left out for a paper that was given a later one, and that paper is there."""
    return books.find("""
        SELECT g.id, g.left_by, format('the paper that left out %%s to %%s of %%s', first, last, s.prefix),
               NULL, 'one'
          FROM documents_numbergap AS g JOIN series AS s ON s.id = g.series_id
         WHERE NOT EXISTS (SELECT 1 FROM paper AS p WHERE p.number = g.left_by AND p.kind = s.kind
                              AND p.billing_entity_id = s.billing_entity_id)
         ORDER BY g.id
    """)


LAWS = (
    numbers_have_no_hole,
    dates_rise_along_the_numbers,
    counters_stand_at_the_last_number,
    numbers_are_written_by_their_series,
    numbers_are_given_once,
    issued_papers_have_a_place,
    gaps_were_left_by_a_paper,
)
