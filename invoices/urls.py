from django.urls import path

from . import views

urlpatterns = [
    path("invoices", views.Invoices.as_view()),
    path("invoices/import", views.ImportInvoice.as_view()),
    path("invoices/<str:invoice_id>", views.OneInvoice.as_view()),
    path("invoices/<str:invoice_id>/einvoice/xml", views.InvoiceXml.as_view()),
    path("invoices/<str:invoice_id>/pdf", views.InvoicePdf.as_view()),
]
