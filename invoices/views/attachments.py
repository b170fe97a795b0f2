"""Supporting documents of an invoice, over the API: their bytes as they are."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.downloads import shown
from billing.api.fields import Reading
from billing.api.parsers import FileParser
from billing.api.schema import BYTES, operation
from billing.documents.files import safe_name
from billing.einvoice.codes import code_list
from billing.platforms import permissions
from invoices import services
from invoices.serializers.invoices import WholeInvoiceOut

from .invoices import InvoiceView


class AttachmentParser(FileParser):
    most = services.MOST_BYTES


class AttachIn(Reading):
    filename = serializers.CharField(help_text="As its reader is to find it.")
    description = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class OneAttachment(InvoiceView):
    needs: ClassVar = {
        "GET": permissions.INVOICE_PDF_DOWNLOAD,
        "PUT": permissions.INVOICE_UPDATE,
        "DELETE": permissions.INVOICE_UPDATE,
    }
    parser_classes = (AttachmentParser,)

    @operation(
        "read_attachment",
        "Read a supporting document of an invoice",
        permission=permissions.INVOICE_PDF_DOWNLOAD,
        answers=BYTES,
        media_type="application/octet-stream",
        refusals=(404,),
    )
    def get(self, request: Request, invoice_id: str, attachment_id: str) -> HttpResponse:
        attachment, content = services.attachment_of(
            platform=self.platform, invoice_id=invoice_id, attachment_id=attachment_id
        )
        return shown(content, name=safe_name(attachment.filename), content_type=attachment.mime_type)

    @operation(
        "put_attachment",
        "Put a supporting document to a draft: it travels in the e-invoice",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        body=dict.fromkeys(sorted(code_list("mime_types")), BYTES),
        query=AttachIn,
        refusals=(404, 409, 413),
    )
    def put(self, request: Request, invoice_id: str, attachment_id: str) -> Response:
        wish = AttachIn.read_query(request)
        services.attach_file(
            platform=self.platform,
            invoice_id=invoice_id,
            attachment_id=attachment_id,
            mime_type=(request.content_type or "").partition(";")[0].strip().lower(),
            content=request.data or b"",
            **wish,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)

    @operation(
        "delete_attachment",
        "Take a supporting document off a draft",
        permission=permissions.INVOICE_UPDATE,
        answers=WholeInvoiceOut,
        refusals=(404, 409),
    )
    def delete(self, request: Request, invoice_id: str, attachment_id: str) -> Response:
        services.detach_file(
            platform=self.platform,
            invoice_id=invoice_id,
            attachment_id=attachment_id,
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(invoice_id)
