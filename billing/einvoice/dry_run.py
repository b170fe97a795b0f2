"""What the gate would say of a document, for somebody who only asks."""

from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.attachments import stored_files
from billing.einvoice.findings import Report


def dry_run(document: Document, *, standalone: bool = False) -> Report:
    """Return what every check says of a document; attachments count as there, whatever is in them.

    `standalone` is as in `gate.check`.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    stand_ins = dict.fromkeys(stored_files(document), b"0")  # the rules do not look into attachments
    return gate.check(document, standalone=standalone, files=stand_ins)
