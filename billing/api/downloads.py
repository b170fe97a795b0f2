"""Answer a document's files: the bytes themselves, or a redirect to a short-lived signed link."""

from base64 import b64encode

from django.http import HttpResponse, HttpResponseRedirect
from rest_framework import serializers

from billing.documents import files
from billing.documents.models import BillingDocument

from .fields import Reading


class DownloadIn(Reading):
    format = serializers.ChoiceField(choices=["pdf", "xml"], default="pdf")


def file_response(document: BillingDocument, kind: str) -> HttpResponse:
    """Answer a file's bytes, checked against the digest recorded for them."""
    file = files.shown(document=document, kind=kind)
    response = HttpResponse(files.read(file), content_type=file.content_type)
    response["Content-Disposition"] = f'inline; filename="{file.name}"'
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:"
    return response


def redirect_to_file(document: BillingDocument, kind: str) -> HttpResponseRedirect:
    """Answer 302 with a link that is valid for five minutes."""
    return HttpResponseRedirect(files.signed_link(files.shown(document=document, kind=kind)))
