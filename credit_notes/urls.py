from django.urls import path

from . import views

urlpatterns = [
    path("invoices/<str:invoice_id>/credit", views.CreditInvoice.as_view()),
    path("credit-notes", views.CreditNotes.as_view()),
    path("credit-notes/<str:credit_note_id>", views.OneCreditNote.as_view()),
    path("credit-notes/<str:credit_note_id>/finalize", views.Finalize.as_view()),
    path("credit-notes/<str:credit_note_id>/pdf", views.Pdf.as_view()),
    path("credit-notes/<str:credit_note_id>/einvoice", views.EInvoice.as_view()),
    path("credit-notes/<str:credit_note_id>/einvoice/xml", views.EInvoiceXml.as_view()),
    path("credit-notes/<str:credit_note_id>/download", views.Download.as_view()),
]
