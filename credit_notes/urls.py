from django.urls import path

from .views import notes

urlpatterns = [
    path("invoices/<str:invoice_id>/credit", notes.CreditInvoice.as_view()),
    path("credit-notes", notes.CreditNotes.as_view()),
    path("credit-notes/<str:credit_note_id>", notes.OneCreditNote.as_view()),
    path("credit-notes/<str:credit_note_id>/finalize", notes.Finalize.as_view()),
    path("credit-notes/<str:credit_note_id>/pdf", notes.Pdf.as_view()),
    path("credit-notes/<str:credit_note_id>/einvoice", notes.EInvoice.as_view()),
    path("credit-notes/<str:credit_note_id>/einvoice/xml", notes.EInvoiceXml.as_view()),
    path("credit-notes/<str:credit_note_id>/download", notes.Download.as_view()),
]
