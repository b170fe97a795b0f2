"""Stored files: written once under a key with their digest, read back checked, linked to for minutes."""

import hashlib
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from billing.errors import BillingError, NotFound
from billing.platforms.models import Platform
from billing.transactions import step

from .models import BillingDocument, StoredFile

LINK_IS_VALID_FOR_SECONDS = 300

VOID_PDF = "void_pdf"
"""The PDF of a void document, with a watermark; the one it was issued with stays beside it, untouched."""


class FileIsDamaged(BillingError):
    code = "file_is_damaged"
    status = 500
    title = "A stored file is not what was stored"


def upload(*, platform: Platform, owner: str, name: str, content: bytes, content_type: str) -> str:
    """Put bytes into the store and return their key, in which their SHA-256 stands.

    The same bytes have the same key, so that an upload may be repeated and an orphan does no harm. This
    speaks to the network: call it before any row is locked.
    """
    key = f"{platform.pk}/{owner}/{hashlib.sha256(content).hexdigest()}/{name}"
    file = ContentFile(content)
    file.content_type = content_type
    default_storage.save(key, file)
    return key


@step
def keep(
    *, document: BillingDocument, kind: str, key: str, content: bytes, content_type: str, at: datetime
) -> tuple[StoredFile, bool]:
    """Record an uploaded file of a document, and whether it is new. The first one of a kind stays."""
    return StoredFile.objects.get_or_create(
        document_id=document.pk,
        kind=kind,
        name=key.rsplit("/", 1)[-1],
        defaults={
            "platform": document.platform,
            "key": key,
            "content_type": content_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "created_at": at,
        },
    )


def find(*, document: BillingDocument, kind: str) -> StoredFile | None:
    return StoredFile.objects.filter(document_id=document.pk, kind=kind).first()


def get(*, document: BillingDocument, kind: str) -> StoredFile:
    """Return a document's file.

    :raises NotFound: it has none, or the worker has not made it yet.
    """
    file = None if "\0" in kind else find(document=document, kind=kind)
    if file is None:
        raise NotFound(f"{document} has no {kind} file, or not yet.", id=document.pk, kind=kind)
    return file


def shown(*, document: BillingDocument, kind: str) -> StoredFile:
    """Return the file that a reader is given: of a void document, the PDF that says so.

    :raises NotFound: there is none, or the worker has not made it yet.
    """
    is_marked = kind == "pdf" and document.status == BillingDocument.Status.VOID
    return get(document=document, kind=VOID_PDF if is_marked else kind)


def read(file: StoredFile) -> bytes:
    """Return a file's bytes.

    :raises FileIsDamaged: they are not the bytes that were stored.
    """
    content = read_key(file.key)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileIsDamaged(f"{file.name} does not have the digest recorded for it.", id=file.pk)
    return content


def read_key(key: str) -> bytes:
    """Return the bytes of a file that is not a document's, such as a logo."""
    with default_storage.open(key) as opened:
        content: bytes = opened.read()
    return content


def safe_name(name: str) -> str:
    """Return a file name without anything that a path, a header or a shell could read as more."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[-100:] or "file"


def signed_link(file: StoredFile) -> str:
    """Return a link that downloads a file under its name, for five minutes."""
    parameters: dict[str, Any] = {
        "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "ResponseContentType": file.content_type,
    }
    return storages["links"].url(file.key, parameters=parameters, expire=LINK_IS_VALID_FOR_SECONDS)
