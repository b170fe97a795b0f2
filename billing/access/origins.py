"""Who is behind a key: whoever made it, and the keys that it replaces."""

from collections.abc import Collection

from django.db import connection

BEHIND = """
WITH RECURSIVE behind(id) AS (
    SELECT unnest(%s::text[])
    UNION
    SELECT origin.id
    FROM behind
    JOIN platforms_apikey made ON made.id = behind.id
    CROSS JOIN LATERAL (VALUES (made.replaces_id), (made.created_by_id)) AS origin(id)
    WHERE origin.id <> ''
)
SELECT id FROM behind
"""
FIRST = """
WITH RECURSIVE line(id, older) AS (
    SELECT id, replaces_id FROM platforms_apikey WHERE id = %s
    UNION
    SELECT older.id, older.replaces_id FROM line JOIN platforms_apikey older ON older.id = line.older
)
SELECT id FROM line WHERE older IS NULL
"""


def behind(ids: Collection[str]) -> frozenset[str]:
    """Return the ids of keys and people, with all who made those keys, directly or through other keys."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [[one for one in ids if one]])
        return frozenset(one for (one,) in cursor.fetchall())


def first_of(key_id: str) -> str:
    """Return the id of the key that was made first where each replaces another; of a person, the same id."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [key_id])
        found = cursor.fetchone()
    return found[0] if found else key_id
