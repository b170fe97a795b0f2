"""A label: what a parcel is, told to its carriers in the same words in a manifest and in a request."""

import hashlib
from dataclasses import dataclass
from typing import Any

from billing.documents.snapshot import Identifier
from billing.einvoice.profiles import PROFILES, Profile
from billing.exchange.port import Parcel


@dataclass(frozen=True)
class Enclosed:
    """One file of a parcel."""

    name: str
    content_type: str
    content: bytes

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }


def profile_of(parcel: Parcel) -> Profile:
    return PROFILES[parcel.profile]


def enclosed_in(parcel: Parcel) -> list[Enclosed]:
    """Return a parcel's files: the XML, and where the profile is a hybrid the PDF that has it inside."""
    xml = Enclosed(parcel.xml_name, "application/xml", parcel.xml)
    if not profile_of(parcel).is_hybrid:
        return [xml]
    return [xml, Enclosed(parcel.pdf_name, "application/pdf", parcel.pdf)]


def described(parcel: Parcel) -> dict[str, Any]:
    """Return what carriers need to know of a parcel to pass it on, JSON-ready, without its files."""
    profile = profile_of(parcel)
    return {
        "message_id": parcel.message_id,
        "document": parcel.document_id,
        "kind": parcel.kind,
        "number": parcel.number,
        "profile": parcel.profile,
        "syntax": parcel.syntax,
        "specification": profile.specification,
        "process": profile.process,
        "sender": identified(parcel.sender),
        "receiver": identified(parcel.receiver),
        "sha256": parcel.content_sha256,
    }


def identified(identifier: Identifier | None) -> dict[str, str] | None:
    return {"scheme": identifier.scheme, "id": identifier.id} if identifier else None


def in_words(identifier: Identifier | None) -> str:
    """Return an electronic address as people write it: `0208:0123456749`."""
    return f"{identifier.scheme}:{identifier.id}" if identifier else ""
