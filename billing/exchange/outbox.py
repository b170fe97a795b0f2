"""The outbox: where e-invoices lie until an access point picks them up. We overwrite nothing in it."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages


class Folder(FileSystemStorage):
    """A folder in which a file is there whole or not at all, and keeps the name it was given."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        """Write beside, then link into place: a reader never meets a half.

        :raises FileExistsError: there is one of that name.
        """
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, prefix=".") as draft:
            for chunk in content.chunks():
                draft.write(chunk)
            draft.flush()
            os.fchmod(draft.fileno(), self.file_permissions_mode or 0o644)
            os.fsync(draft.fileno())
            os.link(draft.name, place)
        return name


def read(path: str) -> bytes | None:
    """Return what lies in the outbox under a path, None if nothing does."""
    with suppress(FileNotFoundError), outbox().open(path) as file:
        content: bytes = file.read()
        return content
    return None


def write(path: str, content: bytes) -> bool:
    """Put bytes into the outbox, and tell whether the path was free; what is there stays."""
    if outbox().exists(path):
        return False
    try:
        outbox().save(path, ContentFile(content))
    except FileExistsError:
        return False
    return True


def outbox() -> Storage:
    return storages["outbox"]
