"""What is refused of a request's body before anybody understands it."""

from rest_framework.request import Request

from billing.errors import BillingError


class LengthRequired(BillingError):
    code = "length_required"
    status = 411
    title = "The request does not say how long its body is"


class BodyTooLarge(BillingError):
    code = "body_too_large"
    status = 413
    title = "The body is larger than what is read here"


class EncodingNotSupported(BillingError):
    code = "unsupported_content_encoding"
    status = 415
    title = "The body is compressed or encoded"


class Unreadable(BillingError):
    code = "bad_request"
    status = 400
    title = "The request cannot be read"


def require_plain(request: Request) -> None:
    """Refuse a body that would be read as another than was meant.

    :raises LengthRequired: it comes in chunks, which WSGI reads as empty: that is a wish of its own.
    :raises EncodingNotSupported: it is compressed.
    """
    if request.headers.get("Transfer-Encoding") and not request.headers.get("Content-Length"):
        raise LengthRequired("Send the body with a Content-Length, not in chunks.")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise EncodingNotSupported(f"Send the body as it is, not as {encoding[:40]}.")
