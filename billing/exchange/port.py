"""The contract between an e-invoice and the ways it can leave the house.

A transport is given a parcel and hands it over. It may be asked twice with one `message_id`, for a worker can
die between the other side's yes and our record of it: the second time it must do nothing new and answer as
it did the first time.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from billing.documents.snapshot import Document, Identifier, Kind
from billing.errors import BillingError
from billing.events.relay import NotNow as NotNow

from .models import Channel


@dataclass(frozen=True)
class Parcel:
    """All there is to send of one e-invoice, read before anything leaves.

    `xml` is the file as it is stored, `content_sha256` its digest in hex. `pdf` is the stored paper: with a
    hybrid profile it is the e-invoice itself. `email` is the customer's address, "" if there is none.
    """

    message_id: str
    document_id: str
    kind: Kind
    number: str
    profile: str
    syntax: str
    sender: Identifier | None
    receiver: Identifier | None
    email: str
    xml: bytes
    xml_name: str
    pdf: bytes
    pdf_name: str
    document: Document
    content_sha256: str


@dataclass(frozen=True)
class Handed:
    """What the other side said when it took a parcel.

    SUCCESS: it has it. REGISTERED: the network or an authority has it too. IN_PROGRESS: it tells us later how
    it went. `receiver` is where it went to, in words.
    """

    reference: str
    status: Literal["SUCCESS", "IN_PROGRESS", "REGISTERED"] = "SUCCESS"
    message: str = ""
    receiver: str = ""


@dataclass(frozen=True)
class Found:
    """A receiver that can take the profile. `detail` says how that is known."""

    receiver: Identifier | None
    detail: str = ""


class Refused(BillingError):
    """The other side will not take it, today or tomorrow. `reason_code` is kept with the e-invoice."""

    code = "einvoice_refused"
    title = "The e-invoice was refused on its way"

    def __init__(self, detail: str = "", *, reason_code: str, field: str = "", **facts: object) -> None:
        super().__init__(detail, field=field, reason_code=reason_code, **facts)
        self.reason_code = reason_code


class Transport(Protocol):
    """One way out. What did not work now raises NotNow or an OSError; it is tried again."""

    def send(self, parcel: Parcel, channel: Channel) -> Handed:
        """Hand the parcel over.

        :raises Refused: it is refused for good.
        :raises NotNow, OSError: it did not work now.
        """
        ...
