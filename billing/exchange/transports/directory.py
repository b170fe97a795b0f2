"""The way out by a drop: files below the outbox, for an access point to pick up.

A parcel is complete when its manifest is there, which is written last. Nothing is ever overwritten. The
platform's id begins every path, so that no platform can write where another's are picked up.
"""

import json
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import SuspiciousOperation

from billing import clock
from billing.documents.files import safe_name
from billing.exchange.models import Channel
from billing.exchange.outbox import read, write
from billing.exchange.port import Handed, NotNow, Parcel, Refused
from billing.paper.mail import file_name

from .labels import described, enclosed_in


class Directory:
    """What was picked up and taken away meanwhile is dropped again if it is sent again: whoever picks up
    knows parcels by their `message_id`.
    """

    def send(self, parcel: Parcel, channel: Channel) -> Handed:
        path = f"{folder_of(channel)}/{file_name(parcel.document)}-{safe_name(parcel.message_id)}"
        try:
            files = []
            for each in enclosed_in(parcel):
                place = f"{path}{PurePosixPath(each.name).suffix}"
                drop(place, each.content)
                files.append(each.facts | {"name": place.rpartition("/")[2]})
            announce(f"{path}.json", described(parcel) | {"files": files})
        except SuspiciousOperation as error:
            raise Refused(f"{path} is no place in the outbox.", reason_code="folder_not_possible") from error
        except (BotoCoreError, ClientError) as error:
            raise NotNow(f"The outbox did not take {path}: {error}") from error
        return Handed(reference=f"{path}.json", receiver=f"outbox/{folder_of(channel)}")


def folder_of(channel: Channel) -> str:
    """Return where below the outbox a channel's parcels are dropped."""
    return f"{channel.platform_id}/{channel.folder or channel.billing_entity_id}"


def drop(path: str, content: bytes) -> None:
    """Put a file there, unless it is there already.

    :raises Refused: another one is.
    """
    if not write(path, content) and read(path) != content:
        raise taken(path)


def announce(path: str, manifest: dict[str, Any]) -> None:
    """Put the manifest there, unless it is there already; only the time may differ.

    :raises Refused: another one is.
    """
    told = manifest | {"created_at": clock.now().isoformat().replace("+00:00", "Z")}
    if not write(path, json.dumps(told, indent=1, ensure_ascii=False).encode()) and kept(path) != manifest:
        raise taken(path)


def kept(path: str) -> dict[str, Any] | None:
    """Return the manifest that is there, without its time; None if it is no manifest."""
    try:
        told = json.loads(read(path) or b"")
        return {name: value for name, value in told.items() if name != "created_at"}
    except (ValueError, AttributeError):
        return None


def taken(path: str) -> Refused:
    return Refused(f"Something else lies at {path} in the outbox.", reason_code="place_taken")
