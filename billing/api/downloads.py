"""Answer a document's files: the bytes themselves, or a redirect to a short-lived signed link."""

from base64 import b64encode

from django.http import HttpResponse, HttpResponseRedirect
from rest_framework import serializers

from billing import clock, printing
from billing.documents import files
from billing.documents.files import HTML, PDF, XML
from billing.documents.models import BillingDocument, StoredFile
from billing.einvoice.profiles import PROFILES, SYNTAXES, Syntax
from billing.einvoice.untrusted import syntax_in

from .fields import Reading

INERT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)
"""What a browser may do with a document that is opened here: show it."""


class DownloadIn(Reading):
    format = serializers.ChoiceField(choices=[PDF, HTML, XML], default=PDF)


class EInvoiceXmlIn(Reading):
    syntax = serializers.ChoiceField(
        choices=SYNTAXES,
        required=False,
        help_text="Default: as it was sent. XRechnung and EN 16931 are in both; the other is made anew.",
    )


def einvoice_response(document: BillingDocument, kind: str, syntax: Syntax | None) -> HttpResponse:
    """Answer an e-invoice as it is stored, or in the other syntax, for which `document` has its snapshot.

    :raises NotFound: it does not exist in that syntax.
    """
    if syntax is None or syntax == syntax_of(document, kind):
        return file_response(document, kind)
    return preview_response(printing.einvoice_in(document, syntax))


def syntax_of(document: BillingDocument, kind: str) -> Syntax | None:
    """Return the syntax of an e-invoice: by its profile, or of what was imported by looking at it."""
    if kind == XML:
        return PROFILES[document.profile].syntax
    return syntax_in(files.read(stored(document, kind)))


def file_response(document: BillingDocument, kind: str) -> HttpResponse:
    """Answer a file's bytes, checked against the digest recorded for them."""
    file = stored(document, kind)
    response = shown(files.read(file), name=file.name, content_type=file.content_type)
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:"
    return response


def preview_response(drawn: printing.Drawn) -> HttpResponse:
    """Answer a draft as it would be printed now, which may be otherwise in a moment."""
    response = shown(drawn.content, name=drawn.name, content_type=drawn.content_type)
    response["Cache-Control"] = "no-store"
    return response


def redirect_to_file(document: BillingDocument, kind: str) -> HttpResponseRedirect:
    """Answer 302 with a link that is valid for five minutes."""
    return HttpResponseRedirect(files.signed_link(stored(document, kind)))


def stored(document: BillingDocument, kind: str) -> StoredFile:
    """Return the file that a reader is given.

    :raises FileNotReady, NotFound: see `files.shown`.
    """
    if kind == HTML:
        return printing.html_of(document, at=clock.now())
    if kind == XML and not files.find(document=document, kind=XML):
        printing.late_einvoice(document, at=clock.now())
    return files.shown(document=document, kind=kind)


def shown(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Content-Security-Policy"] = INERT
    return response
