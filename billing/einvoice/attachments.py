"""The keys by which the bytes of a document's attachments are handed round."""

from collections import Counter
from collections.abc import Sequence

from billing.documents.snapshot import Attachment


def attachment_keys(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """Return a key for each attachment: its id (BT-122), and `id (2)` where an id comes again."""
    met: Counter[str] = Counter()
    keys = []
    for attachment in attachments:
        met[attachment.id] += 1
        times = met[attachment.id]
        keys.append(attachment.id if times == 1 else f"{attachment.id} ({times})")
    return tuple(keys)
