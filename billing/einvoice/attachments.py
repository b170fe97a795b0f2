"""The keys by which the bytes of a document's attachments are handed round."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from billing.documents.snapshot import Attachment, Document


def attachment_keys(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """Return a key for each attachment: its id (BT-122), and `id (2)` where an id comes again."""
    met: Counter[str] = Counter()
    keys = []
    for attachment in attachments:
        met[attachment.id] += 1
        times = met[attachment.id]
        keys.append(attachment.id if times == 1 else f"{attachment.id} ({times})")
    return tuple(keys)


def stored_files(document: Document) -> dict[str, str]:
    """Return where the bytes of a document's attachments are stored, by `attachment_keys`."""
    keys = attachment_keys(document.attachments)
    pairs = zip(keys, document.attachments, strict=True)
    return {key: attachment.file for key, attachment in pairs if attachment.file}


def with_files(attachments: tuple[Attachment, ...], known: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Return attachments that were sent back without their bytes with the files they are known to have."""
    by_id = {each.id: each for each in known if each.file}
    return tuple(
        replace(each, file=same.file, filename=same.filename, mime_type=same.mime_type, size=same.size)
        if (same := by_id.get(each.id)) and not each.uri
        else each
        for each in attachments
    )


def name_for(name: str, document: Document) -> str:
    """Return a file name for one more file of a document: two of one name may not travel together.

    >>> from billing.documents.snapshot import Attachment
    >>> document = type("D", (), {"attachments": (Attachment("1", filename="CR-1.PDF"),)})
    >>> name_for("CR-1.pdf", document)
    'CR-1-2.pdf'
    """
    taken = {attachment.filename.casefold() for attachment in document.attachments}
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}{dot}{suffix}"
    return name
