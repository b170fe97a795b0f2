"""8. The stored files are what was stored."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import islice

from django.core.files.storage import default_storage

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong

READERS = 8
"""Files that are read at once; each reader has a connection of its own."""
BATCH = 1000


def stored_files_are_what_was_stored(books: Books) -> Iterator[Wrong]:
    """Every file is in the store, and has the size and the digest recorded for it."""
    rows = books.stream("""
        SELECT coalesce(p.id, f.document_id), coalesce(p.number, ''), f.name, f.key, f.size, f.sha256
          FROM documents_storedfile AS f LEFT JOIN paper AS p ON p.id = f.document_id
         WHERE %(platform)s::text IS NULL OR f.platform_id = %(platform)s
         ORDER BY f.id
    """)
    with ThreadPoolExecutor(READERS) as readers:
        while batch := list(islice(rows, BATCH)):
            for found in readers.map(look_at, batch):
                yield from found


def look_at(row: tuple[str, str, str, str, int, str]) -> list[Wrong]:
    """Read one file and say what is wrong with it."""
    document, number, name, key, size, recorded = row
    found, length = sha256(), 0
    try:
        with default_storage.open(key) as opened:
            for chunk in opened.chunks():
                found.update(chunk)
                length += len(chunk)
    except FileNotFoundError:
        return [Wrong(document, number, f"its file {name}", None, key)]
    said = [("size", length, size), ("digest", found.hexdigest(), recorded)]
    return [
        Wrong(document, number, f"the {what} of its file {name}", stored, due)
        for what, stored, due in said
        if stored != due
    ]


LAWS = (stored_files_are_what_was_stored,)
