"""The way out over HTTP: one signed request to an access point; docs/api/einvoices.md has the contract."""

import base64
import hashlib
import json
from http import HTTPStatus
from typing import Annotated, Literal, NoReturn

import msgspec
from django.conf import settings

from billing import clock
from billing.events.addresses import AddressNotAllowed
from billing.events.sending import Answer, NoAnswer, post
from billing.events.signing import signature_headers
from billing.events.webhooks import asked_pause, objection_to
from billing.exchange.models import Channel
from billing.exchange.port import Handed, NotNow, Parcel, Refused

from .labels import Enclosed, described, enclosed_in, in_words

TAKEN = {
    HTTPStatus.OK: "SUCCESS",
    HTTPStatus.CREATED: "SUCCESS",
    HTTPStatus.NO_CONTENT: "SUCCESS",
    HTTPStatus.ACCEPTED: "IN_PROGRESS",
}
"""A yes, and how far the e-invoice has come where the answer does not say."""
REFUSED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""A no for good. Whatever else is answered may be mended, be it our account there."""
LONGEST_MESSAGE = 500


class Said(msgspec.Struct):
    """The body of an answer. What it lacks, the status says."""

    reference: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    status: Literal["SUCCESS", "IN_PROGRESS", "REGISTERED", "FAILED"] | None = None
    message: str | None = None


WHO = "The access point"
"""What messages say: its address may have a secret in it."""


class AccessPoint:
    """A parcel that is sent twice has the same Idempotency-Key, by which the access point takes it once."""

    def send(self, parcel: Parcel, channel: Channel) -> Handed:
        body = body_of(parcel)
        try:
            answer = post(
                channel.address,
                body=body,
                headers=headers_of(parcel, body, channel),
                seconds=settings.EINVOICE_SECONDS_TO_ANSWER,
            )
        except (AddressNotAllowed, NoAnswer) as error:
            raise NotNow(str(error).replace(channel.address, WHO)) from error
        if answer.status in REFUSED:
            refuse(answer)
        if answer.status not in TAKEN:
            why = objection_to(answer, WHO) or f"{WHO} answered {answer.status}"
            raise NotNow(why, pause=asked_pause(answer, at=clock.now()))
        return handed(answer, parcel, channel)


def body_of(parcel: Parcel) -> bytes:
    files = [each.facts | {"content": encoded(each)} for each in enclosed_in(parcel)]
    return json.dumps(described(parcel) | {"files": files}, ensure_ascii=False).encode()


def encoded(file: Enclosed) -> str:
    return base64.b64encode(file.content).decode()


def headers_of(parcel: Parcel, body: bytes, channel: Channel) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    signature = signature_headers(channel, message_id=parcel.message_id, body=body.decode(), at=clock.now())
    return signature | {
        "Content-Type": "application/json",
        "Content-Digest": f"sha-256=:{digest}:",
        "Idempotency-Key": parcel.message_id,
        "User-Agent": "Billing-Desk/1",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def handed(answer: Answer, parcel: Parcel, channel: Channel) -> Handed:
    """Return what a yes says; an empty one says yes.

    :raises Refused: it says that it was none.
    :raises NotNow: it cannot be understood.
    """
    try:
        said = msgspec.json.decode(answer.body.strip() or "{}", type=Said)
    except msgspec.MsgspecError as error:
        raise NotNow(f"{WHO} answered {answer.status} with what is no answer: {error}") from error
    if said.status == "FAILED":
        refuse(answer)
    return Handed(
        reference=said.reference or parcel.message_id,
        status=said.status or TAKEN[HTTPStatus(answer.status)],
        message=(said.message or "")[:LONGEST_MESSAGE],
        receiver=in_words(parcel.receiver),
    )


def refuse(answer: Answer) -> NoReturn:
    raise Refused(message_in(answer), reason_code="access_point_refused")


def message_in(answer: Answer) -> str:
    """Return why an access point says no: its `message`, else what it answered, in one line."""
    try:
        said = msgspec.json.decode(answer.body, type=Said).message
    except msgspec.MsgspecError:
        said = answer.body
    text = " ".join((said or "").split())
    return text[:LONGEST_MESSAGE] or f"The access point answered {answer.status}."
