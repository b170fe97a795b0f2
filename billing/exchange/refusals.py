"""Why an e-invoice is not sent, and why an answer about one is not taken."""

from billing.errors import BillingError, Invalid


class EInvoicingNotEnabled(BillingError):
    code = "einvoicing_not_enabled"
    title = "The billing entity does not send e-invoices"


class EInvoicingNotEnabledForCustomer(BillingError):
    code = "einvoicing_not_enabled_for_customer"
    title = "The customer does not get e-invoices"


class EInvoicingIsAutomatic(BillingError):
    code = "einvoicing_is_automatic"
    title = "The billing entity's e-invoices are sent by themselves"


class EInvoicesNotForClients(BillingError):
    code = "einvoices_not_for_clients"
    status = 403
    title = "A customer's credential does not send e-invoices"


class EInvoiceExists(BillingError):
    code = "einvoice_exists"
    title = "The document's e-invoice has been sent, or is on its way"


class NothingToResend(BillingError):
    code = "nothing_to_resend"
    title = "Only an e-invoice that failed or was skipped is sent again"


class DocumentNotFinal(BillingError):
    code = "document_not_final"
    title = "Only a final document's e-invoice is sent"


class DocumentVoid(BillingError):
    code = "document_void"
    title = "The e-invoice of a void document is not sent"


class EInvoiceProfileNone(BillingError):
    code = "einvoice_profile_none"
    title = "The document's profile has no e-invoice"


class EInvoiceFileMissing(BillingError):
    code = "einvoice_file_missing"
    title = "The document was issued elsewhere and has no e-invoice of ours"


class EInvoiceReceiverMissing(BillingError):
    code = "einvoice_receiver_missing"
    title = "The customer has no address that the e-invoice could go to"


class EInvoiceNotSent(BillingError):
    code = "einvoice_not_sent"
    title = "There is no answer to an e-invoice that nobody has been given"


class EInvoiceStatusOutOfOrder(BillingError):
    code = "einvoice_status_out_of_order"
    title = "The e-invoice cannot come to this status from where it is"


class ResponseOutOfOrder(BillingError):
    code = "response_out_of_order"
    title = "The receiver's answer does not follow the one before it"


class MomentNotPossible(Invalid):
    code = "moment_not_possible"
    title = "It cannot have happened at that moment"


class CallbackNotSigned(BillingError):
    code = "callback_not_signed"
    status = 401
    title = "The message does not carry a valid signature of the channel"
