"""Stored files: written once under a key with their digest, read back checked, linked to for minutes."""

import hashlib
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db.models import Q

from billing.errors import BillingError, NotFound
from billing.events.models import Reaction
from billing.platforms.models import Platform
from billing.transactions import step

from .models import BillingDocument, StoredFile

LINK_IS_VALID_FOR_SECONDS = 300

PDF, HTML, XML = "pdf", "html", "xml"
SOURCE = "source"
"""The XML that an imported document came as."""

VOID_PDF, VOID_HTML = "void_pdf", "void_html"
"""A void document's, with a watermark; those it was issued with stay beside them, untouched."""

MARKED = {PDF: VOID_PDF, HTML: VOID_HTML}
"""What a void document shows in place of what it was issued with."""

LOOK_AGAIN_IN = 2
"""Seconds, for whoever waits for a file."""


class FileNotReady(NotFound):
    code = "file_not_ready"
    title = "The file is still being made"


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
        why = "is a draft: it gets its files when it is final" if document.is_draft else f"has no {kind} file"
        raise NotFound(f"{document} {why}.", id=document.pk, kind=kind)
    return file


def shown(*, document: BillingDocument, kind: str) -> StoredFile:
    """Return the file that a reader is given: of a void document, the one that says so.

    :raises FileNotReady: a worker makes it now, or soon; `retry_after` says when to look again.
    :raises NotFound: there is none, and none is coming.
    """
    wanted = shown_kind(document, kind)
    if "\0" not in kind and not find(document=document, kind=wanted) and is_being_made(document):
        raise FileNotReady(
            f"The {kind} file of {document} is being made. Ask again in a moment.",
            id=document.pk,
            kind=kind,
            retry_after=LOOK_AGAIN_IN,
        )
    return get(document=document, kind=wanted)


def shown_kind(document: BillingDocument, kind: str) -> str:
    """Return the kind of file that a reader is given where `kind` is asked for."""
    is_void = document.status == BillingDocument.Status.VOID
    return MARKED.get(kind, kind) if is_void else kind


def is_being_made(document: BillingDocument) -> bool:
    """Tell whether a worker still has files of a document to make: deeds that do are called so."""
    making = Q(name__startswith="render_") | Q(name__startswith="write_")
    return bool(Reaction.objects.pending().filter(making, event__object_id=document.pk).exists())


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


def read_named(key: str) -> bytes:
    """Return the bytes of a file that `upload` made, by the digest in its key.

    :raises FileIsDamaged: they are not the bytes that were stored.
    """
    content = read_key(key)
    if hashlib.sha256(content).hexdigest() != key.rsplit("/", 2)[-2]:
        raise FileIsDamaged(f"{key} does not have the digest in its name.")
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
