from django.urls import path

from .views import bulk, files, invoices, life, overpayments, payments, sending

urlpatterns = [
    path("invoices", invoices.Invoices.as_view()),
    path("invoices/bulk", bulk.BulkInvoices.as_view()),
    path("invoices/import", invoices.ImportInvoice.as_view()),
    path("invoices/<str:invoice_id>", invoices.OneInvoice.as_view()),
    path("invoices/<str:invoice_id>/finalize", life.Finalize.as_view()),
    path("invoices/<str:invoice_id>/hold", life.Hold.as_view()),
    path("invoices/<str:invoice_id>/release", life.Release.as_view()),
    path("invoices/<str:invoice_id>/payments", payments.InvoicePayments.as_view()),
    path("invoices/<str:invoice_id>/apply-overpayment", overpayments.ApplyOverpayment.as_view()),
    path("invoices/<str:invoice_id>/tax-withheld", payments.TaxesWithheld.as_view()),
    path("invoices/<str:invoice_id>/einvoice/xml", files.InvoiceXml.as_view()),
    path("invoices/<str:invoice_id>/pdf", files.InvoicePdf.as_view()),
    path("invoices/<str:invoice_id>/html", files.InvoiceHtml.as_view()),
    path("invoices/<str:invoice_id>/download", files.InvoiceDownload.as_view()),
    path("invoices/<str:invoice_id>/send", sending.Send.as_view()),
    path("overpayments", overpayments.Overpayments.as_view()),
    path("overpayments/<str:overpayment_id>", overpayments.OneOverpayment.as_view()),
    path("payments", payments.Payments.as_view()),
    path("payments/<str:payment_id>", payments.OnePayment.as_view()),
    path("payments/<str:payment_id>/succeed", payments.Succeed.as_view()),
    path("payments/<str:payment_id>/fail", payments.Fail.as_view()),
]
