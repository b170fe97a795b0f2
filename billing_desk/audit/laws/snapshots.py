"""8. What a paper is printed from is what was frozen, and its columns and lines say the same."""

from collections.abc import Iterator

import msgspec

from billing.documents.snapshot import Document, digest
from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def issued_papers_have_a_snapshot(books: Books) -> list[Wrong]:
    """A paper that is not a draft was frozen; a draft was not."""
    return books.find("""
        SELECT id, number, format('its snapshot, %%s,', status),
               CASE WHEN snapshot IS NOT NULL THEN 'there' END, CASE WHEN status <> 'DRAFT' THEN 'there' END
          FROM paper WHERE (status = 'DRAFT') <> (snapshot IS NULL) ORDER BY id
    """)


def snapshots_keep_their_digest(books: Books) -> Iterator[Wrong]:
    """A snapshot reads as a document, with nothing beside it, and has the digest recorded for it."""
    decoder = msgspec.json.Decoder(Document)
    rows = books.stream("""
        SELECT id, number, snapshot::text, snapshot_digest FROM paper WHERE snapshot IS NOT NULL ORDER BY id
    """)
    for pk, number, text, recorded in rows:
        try:
            document = decoder.decode(text)
        except msgspec.MsgspecError as error:
            yield Wrong(pk, number, "its snapshot", f"unreadable ({error})", "a document")
            continue
        found = digest(document)
        if found != recorded:
            yield Wrong(pk, number, "the digest of its snapshot", found, recorded)
        elif msgspec.json.decode(msgspec.json.encode(document)) != msgspec.json.decode(text):
            yield Wrong(pk, number, "its snapshot", "a document with something beside it", "a document")


def columns_say_what_was_frozen(books: Books) -> list[Wrong]:
    """The columns of a paper say what its snapshot says."""
    return books.find("""
        SELECT id, number, what, stored, said
          FROM paper
         CROSS JOIN LATERAL (VALUES
               ('number', number, snapshot ->> 'number'),
               ('kind', lower(kind), snapshot ->> 'kind'),
               ('date', date::text, snapshot ->> 'date'),
               ('currency', currency, snapshot ->> 'currency'),
               ('type_code', type_code, snapshot ->> 'type_code'),
               ('profile', profile, snapshot ->> 'profile'),
               ('language', language, coalesce(snapshot ->> 'language', 'en')),
               ('seller', seller::text, snapshot ->> 'seller'),
               ('buyer', buyer::text, snapshot ->> 'buyer')) AS said (what, stored, said)
         WHERE snapshot IS NOT NULL AND stored IS DISTINCT FROM said
         UNION ALL
        SELECT id, number, what, trim_scale(stored)::text, trim_scale(said)::text
          FROM paper
         CROSS JOIN LATERAL (SELECT snapshot -> 'totals' AS t) AS sums
         CROSS JOIN LATERAL (VALUES
               ('line_total', line_total, (t ->> 'line_total')::numeric),
               ('allowance_total', allowance_total, (t ->> 'allowance_total')::numeric),
               ('charge_total', charge_total, (t ->> 'charge_total')::numeric),
               ('net_total', net_total, (t ->> 'net_total')::numeric),
               ('tax_total', tax_total, (t ->> 'tax_total')::numeric),
               ('rounding_amount', rounding_amount, coalesce((t ->> 'rounding_amount')::numeric, 0)),
               ('total', total, (t ->> 'tax_inclusive_total')::numeric
                                + coalesce((t ->> 'rounding_amount')::numeric, 0)),
               ('accounting_tax_total', accounting_tax_total, (t ->> 'accounting_tax_total')::numeric)
               ) AS said (what, stored, said)
         WHERE snapshot IS NOT NULL AND stored IS DISTINCT FROM said
         ORDER BY 1, 3
    """)


def the_reason_is_the_one_that_was_printed(books: Books) -> list[Wrong]:
    """A note's text, where it has one, is the reason on its paper; without text and code it has none."""
    return books.find("""
        SELECT n.id, n.number, 'note', n.note, n.snapshot ->> 'reason'
          FROM credit_notes_creditnote AS n JOIN note USING (id)
         WHERE n.snapshot IS NOT NULL
           AND (n.note <> '' AND n.note IS DISTINCT FROM n.snapshot ->> 'reason'
                OR n.note = '' AND (n.reason_code = '') <> (coalesce(n.snapshot ->> 'reason', '') = ''))
         ORDER BY n.id
    """)


def vat_groups_say_what_was_frozen(books: Books) -> list[Wrong]:
    """The VAT groups in a paper's columns are those of its snapshot."""
    return books.find("""
        , frozen AS (
            SELECT p.id AS paper_id, t ->> 'category' AS category,
                   coalesce((t ->> 'rate')::numeric, 0) AS rate,
                   sum((t ->> 'base')::numeric) AS base, sum((t ->> 'amount')::numeric) AS amount
              FROM paper AS p, jsonb_array_elements(p.snapshot -> 'taxes') AS t
             GROUP BY 1, 2, 3
        )
        SELECT p.id, p.number, format('VAT %%s at %%s %%%%', category, trim_scale(rate)),
               format('%%s of %%s', trim_scale(t.amount), trim_scale(t.base)),
               format('%%s of %%s', trim_scale(f.amount), trim_scale(f.base))
          FROM (SELECT t.* FROM tax AS t JOIN paper AS p ON p.id = t.paper_id
                 WHERE p.snapshot IS NOT NULL) AS t
          FULL JOIN frozen AS f USING (paper_id, category, rate)
          JOIN paper AS p ON p.id = paper_id
         WHERE (t.base, t.amount) IS DISTINCT FROM (f.base, f.amount)
         ORDER BY p.id, category, rate
    """)


def lines_say_what_was_frozen(books: Books) -> list[Wrong]:
    """The lines of a paper are, one by one, the lines of its snapshot."""
    return books.find("""
        , stored AS (
            SELECT l.*, row_number() OVER (PARTITION BY paper_id ORDER BY position) AS place
              FROM line AS l JOIN paper AS p ON p.id = l.paper_id WHERE p.snapshot IS NOT NULL
        ),
        frozen AS (
            SELECT p.id AS paper_id, place, f ->> 'id' AS line_id, f ->> 'name' AS name,
                   (f ->> 'quantity')::numeric AS quantity, (f ->> 'unit_price')::numeric AS unit_price,
                   (f ->> 'net_amount')::numeric AS net_amount, f ->> 'tax_category' AS tax_category,
                   (f ->> 'tax_rate')::numeric AS tax_rate
              FROM paper AS p, jsonb_array_elements(p.snapshot -> 'lines') WITH ORDINALITY AS f (f, place)
        )
        SELECT p.id, p.number, format('%%s of line %%s', what, place), stored, said
          FROM stored AS s FULL JOIN frozen AS f USING (paper_id, place)
          JOIN paper AS p ON p.id = paper_id
         CROSS JOIN LATERAL (VALUES
               ('line_id', s.line_id, f.line_id), ('name', s.name, f.name),
               ('quantity', trim_scale(s.quantity)::text, trim_scale(f.quantity)::text),
               ('unit_price', trim_scale(s.unit_price)::text, trim_scale(f.unit_price)::text),
               ('net_amount', trim_scale(s.net_amount)::text, trim_scale(f.net_amount)::text),
               ('tax_category', s.tax_category, f.tax_category),
               ('tax_rate', trim_scale(s.tax_rate)::text, trim_scale(f.tax_rate)::text))
               AS said (what, stored, said)
         WHERE stored IS DISTINCT FROM said ORDER BY p.id, place, what
    """)


def allowances_say_what_was_frozen(books: Books) -> list[Wrong]:
    """The document-level allowances and charges of a paper are, one by one, those of its snapshot."""
    return books.find("""
        , stored AS (
            SELECT a.*, row_number() OVER (PARTITION BY paper_id ORDER BY position) AS place
              FROM allowance AS a JOIN paper AS p ON p.id = a.paper_id WHERE p.snapshot IS NOT NULL
        ),
        frozen AS (
            SELECT p.id AS paper_id, place, (f ->> 'is_charge')::boolean AS is_charge,
                   (f ->> 'amount')::numeric AS amount, coalesce(f ->> 'tax_category', '') AS tax_category,
                   (f ->> 'tax_rate')::numeric AS tax_rate
              FROM paper AS p,
                   jsonb_array_elements(p.snapshot -> 'allowances_charges') WITH ORDINALITY AS f (f, place)
        )
        SELECT p.id, p.number, format('%%s of allowance or charge %%s', what, place), stored, said
          FROM stored AS s FULL JOIN frozen AS f USING (paper_id, place)
          JOIN paper AS p ON p.id = paper_id
         CROSS JOIN LATERAL (VALUES
               ('is_charge', s.is_charge::text, f.is_charge::text),
               ('amount', trim_scale(s.amount)::text, trim_scale(f.amount)::text),
               ('tax_category', s.tax_category, f.tax_category),
               ('tax_rate', trim_scale(s.tax_rate)::text, trim_scale(f.tax_rate)::text))
               AS said (what, stored, said)
         WHERE stored IS DISTINCT FROM said ORDER BY p.id, place, what
    """)


def references_say_what_was_frozen(books: Books) -> list[Wrong]:
    """The invoices that a note corrects are those that its snapshot names, by number and date."""
    return books.find("""
        , said AS (
            SELECT n.id, n.number, array_agg(concat_ws(' of ', r.number, r.date) ORDER BY r.id)
                   FILTER (WHERE r.id IS NOT NULL) AS stored,
                   (SELECT array_agg(concat_ws(' of ', f ->> 'number', f ->> 'date') ORDER BY place)
                      FROM jsonb_array_elements(n.snapshot -> 'references')
                           WITH ORDINALITY AS f (f, place)) AS frozen
              FROM (SELECT id, number, snapshot FROM note WHERE snapshot IS NOT NULL) AS n
              LEFT JOIN credit_notes_creditnotereference AS r ON r.credit_note_id = n.id
             GROUP BY n.id, n.number, n.snapshot
        )
        SELECT id, number, 'the invoices it corrects',
               array_to_string(stored, ', '), array_to_string(frozen, ', ')
          FROM said WHERE stored IS DISTINCT FROM frozen ORDER BY id
    """)


LAWS = (
    issued_papers_have_a_snapshot,
    snapshots_keep_their_digest,
    columns_say_what_was_frozen,
    the_reason_is_the_one_that_was_printed,
    vat_groups_say_what_was_frozen,
    lines_say_what_was_frozen,
    allowances_say_what_was_frozen,
    references_say_what_was_frozen,
)
