"""The desk's addresses."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import credit_notes, home, invoices, session

app_name = "desk"

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("sign-in/", session.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("platform/", session.SwitchPlatform.as_view(), name="switch_platform"),
    path("work/<str:work_id>/again/", home.TryAgain.as_view(), name="try_again"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/import/", invoices.ImportInvoice.as_view(), name="import_invoice"),
    path("invoices/<str:invoice_id>/", invoices.InvoicePage.as_view(), name="invoice"),
    path("invoices/<str:invoice_id>/credit/", invoices.CreditInvoice.as_view(), name="credit_invoice"),
    path("invoices/<str:invoice_id>/files/<str:kind>/", invoices.InvoiceFile.as_view(), name="invoice_file"),
    path("credit-notes/", credit_notes.CreditNotes.as_view(), name="credit_notes"),
    path("credit-notes/<str:credit_note_id>/", credit_notes.CreditNotePage.as_view(), name="credit_note"),
    path(
        "credit-notes/<str:credit_note_id>/finalise/",
        credit_notes.FinalizeCreditNote.as_view(),
        name="finalize_credit_note",
    ),
    path(
        "credit-notes/<str:credit_note_id>/delete/",
        credit_notes.DeleteCreditNote.as_view(),
        name="delete_credit_note",
    ),
    path(
        "credit-notes/<str:credit_note_id>/files/<str:kind>/",
        credit_notes.CreditNoteFile.as_view(),
        name="credit_note_file",
    ),
]
