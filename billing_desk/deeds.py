"""What a job can do, by name: the deed, and to what. The one table to read."""

from billing.jobs.deeds import Deed
from billing.platforms.permissions import (
    CREDIT_NOTE_APPROVE,
    CREDIT_NOTE_FINALIZE,
    CREDIT_NOTE_SEND_EMAIL,
    CREDIT_NOTE_UPDATE,
    CREDIT_NOTE_VOID,
    INVOICE_CREDIT_CREATE,
    INVOICE_FINALIZE,
    INVOICE_SEND_EMAIL,
)
from credit_notes import deeds as notes
from invoices import deeds as invoices

DEEDS = {
    "credit_invoice": Deed(
        notes.credit_invoice,
        INVOICE_CREDIT_CREATE,
        {"finalize": CREDIT_NOTE_FINALIZE, "notify": CREDIT_NOTE_SEND_EMAIL},
    ),
    "finalize_credit_note": Deed(
        notes.finalize_credit_note, CREDIT_NOTE_FINALIZE, {"notify": CREDIT_NOTE_SEND_EMAIL}
    ),
    "void_credit_note": Deed(notes.void_credit_note, CREDIT_NOTE_VOID),
    "send_credit_note": Deed(notes.send_credit_note, CREDIT_NOTE_SEND_EMAIL),
    "delete_credit_note": Deed(notes.delete_credit_note, CREDIT_NOTE_UPDATE),
    "hold_credit_note": Deed(notes.hold_credit_note, CREDIT_NOTE_UPDATE),
    "release_credit_note": Deed(notes.release_credit_note, CREDIT_NOTE_UPDATE),
    "approve_credit_note": Deed(notes.approve_credit_note, CREDIT_NOTE_APPROVE),
    "finalize_invoice": Deed(invoices.finalize_invoice, INVOICE_FINALIZE, {"notify": INVOICE_SEND_EMAIL}),
    "send_invoice": Deed(invoices.send_invoice, INVOICE_SEND_EMAIL),
}
