from .allocation import Allocation
from .credit_note import LONGEST_NOTE, CreditNote
from .gateway_account import GatewayAccount
from .message import SentMessage
from .parts import CreditNoteAllowanceCharge, CreditNoteLine, CreditNoteReference
from .reason_code import ReasonCode
from .refund import Refund, TaxWithheldRefund

__all__ = [
    "LONGEST_NOTE",
    "Allocation",
    "CreditNote",
    "CreditNoteAllowanceCharge",
    "CreditNoteLine",
    "CreditNoteReference",
    "GatewayAccount",
    "ReasonCode",
    "Refund",
    "SentMessage",
    "TaxWithheldRefund",
]
