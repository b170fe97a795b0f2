"""The desk's addresses."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import (
    credit_notes,
    crediting,
    customers,
    home,
    invoice_drafts,
    invoices,
    payments,
    session,
    settings,
    settling,
    undoing,
)

app_name = "desk"

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("sign-in/", session.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("platform/", session.SwitchPlatform.as_view(), name="switch_platform"),
    path("work/<str:work_id>/again/", home.TryAgain.as_view(), name="try_again"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/import/", invoices.ImportInvoice.as_view(), name="import_invoice"),
    path("invoices/new/", invoice_drafts.NewInvoice.as_view(), name="new_invoice"),
    path("invoices/<str:invoice_id>/", invoices.InvoicePage.as_view(), name="invoice"),
    path("invoices/<str:invoice_id>/credit/", crediting.CreditInvoice.as_view(), name="credit_invoice"),
    path("invoices/<str:pk>/credit/lines/", crediting.CreditLines.as_view(), name="credit_invoice_lines"),
    path(
        "invoices/<str:invoice_id>/credit-and-copy/",
        crediting.CreditAndCopy.as_view(),
        name="credit_and_copy",
    ),
    path("invoices/<str:invoice_id>/write-off/", crediting.WriteOff.as_view(), name="write_off_invoice"),
    path(
        "credit-notes/<str:pk>/lines/",
        crediting.EditCreditNoteLines.as_view(),
        name="edit_credit_note_lines",
    ),
    path("invoices/<str:invoice_id>/pay/", payments.RecordPayment.as_view(), name="record_payment"),
    path(
        "invoices/<str:invoice_id>/withhold/",
        payments.RecordTaxWithheld.as_view(),
        name="record_tax_withheld",
    ),
    path("payments/<str:payment_id>/settle/", payments.SettlePayment.as_view(), name="settle_payment"),
    path("invoices/<str:invoice_id>/use-credit/", payments.ApplyCredits.as_view(), name="apply_credits"),
    path(
        "invoices/<str:invoice_id>/credit/<str:credit_note_id>/take-back/",
        payments.TakeCreditBack.as_view(),
        name="take_credit_back",
    ),
    path("invoices/<str:invoice_id>/edit/", invoice_drafts.EditInvoice.as_view(), name="edit_invoice"),
    path(
        "invoices/<str:invoice_id>/customer/",
        invoice_drafts.ChangeCustomer.as_view(),
        name="change_customer",
    ),
    path(
        "invoices/<str:invoice_id>/finalise/",
        invoice_drafts.FinalizeInvoice.as_view(),
        name="finalize_invoice",
    ),
    path("invoices/<str:invoice_id>/delete/", invoice_drafts.DeleteInvoice.as_view(), name="delete_invoice"),
    path("invoices/<str:invoice_id>/hold/", invoice_drafts.HoldInvoice.as_view(), name="hold_invoice"),
    path(
        "invoices/<str:invoice_id>/release/", invoice_drafts.ReleaseInvoice.as_view(), name="release_invoice"
    ),
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
    path("credit-notes/<str:credit_note_id>/approve/", undoing.Approve.as_view(), name="approve_credit_note"),
    path("credit-notes/<str:credit_note_id>/hold/", undoing.Hold.as_view(), name="hold_credit_note"),
    path("credit-notes/<str:credit_note_id>/release/", undoing.Release.as_view(), name="release_credit_note"),
    path("credit-notes/<str:credit_note_id>/work-out/", undoing.WorkOutAnew.as_view(), name="work_out_anew"),
    path("credit-notes/<str:credit_note_id>/void/", undoing.Void.as_view(), name="void_credit_note"),
    path("credit-notes/<str:credit_note_id>/reverse/", undoing.Reverse.as_view(), name="reverse_credit_note"),
    path("credit-notes/<str:credit_note_id>/use/", settling.UseCredit.as_view(), name="use_credit"),
    path(
        "credit-notes/<str:credit_note_id>/allocations/<str:allocation_id>/take-back/",
        settling.TakeBack.as_view(),
        name="take_back",
    ),
    path("credit-notes/<str:credit_note_id>/refund/", settling.Refund.as_view(), name="refund_credit_note"),
    path(
        "credit-notes/<str:credit_note_id>/record-refund/",
        settling.RecordRefund.as_view(),
        name="record_refund",
    ),
    path(
        "credit-notes/<str:credit_note_id>/refunds/<str:refund_id>/paid-out/",
        settling.SettleRefund.as_view(),
        name="refund_paid_out",
    ),
    path(
        "credit-notes/<str:credit_note_id>/refunds/<str:refund_id>/failed/",
        settling.FailRefund.as_view(),
        name="refund_failed",
    ),
    path("credit-notes/<str:credit_note_id>/return-tax/", settling.ReturnTax.as_view(), name="return_tax"),
    path(
        "credit-notes/<str:credit_note_id>/tax-returns/<str:refund_id>/remove/",
        settling.RemoveReturn.as_view(),
        name="remove_tax_return",
    ),
    path("credit-notes/<str:credit_note_id>/bonus/", customers.EditBonus.as_view(), name="edit_bonus"),
    path("credit-notes/<str:credit_note_id>/invoices/", customers.EditSeveral.as_view(), name="edit_several"),
    path("customers/", customers.Customers.as_view(), name="customers"),
    path("customers/<str:customer_id>/", customers.CustomerPage.as_view(), name="customer"),
    path("customers/<str:customer_id>/bonus/", customers.NewBonus.as_view(), name="new_bonus"),
    path("customers/<str:customer_id>/credit/", customers.CreditSeveral.as_view(), name="credit_several"),
    path("settings/", settings.Settings.as_view(), name="settings"),
    path("settings/series/", settings.SeriesList.as_view(), name="series_list"),
    path("settings/series/new/", settings.NewSeries.as_view(), name="new_series"),
    path("settings/series/<str:series_id>/", settings.SeriesPage.as_view(), name="series"),
    path("settings/reasons/", settings.Reasons.as_view(), name="reasons"),
    path("settings/reasons/<str:reason_code_id>/", settings.ChangeReason.as_view(), name="change_reason"),
    path(
        "settings/reasons/<str:reason_code_id>/retire/",
        settings.RetireReason.as_view(),
        name="retire_reason",
    ),
]
