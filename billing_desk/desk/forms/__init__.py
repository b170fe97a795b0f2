"""Forms: they validate, they never save."""

from .api_keys import NewApiKeyForm, RotateKeyForm
from .bulk import bulk_form
from .channels import ChannelForm
from .credit_notes import (
    CommentForm,
    NothingForm,
    WhyForm,
    WordsForm,
)
from .crediting import CopyForm, CreditSheet, with_more_rows
from .customers import (
    BonusSheet,
    SeveralSheet,
    with_more_bonus_lines,
)
from .einvoices import NewsForm
from .fields import blame
from .filtering import FilterForm
from .general import DeskFormRenderer, FinalizeForm, ImportForm, ReasonForm, SignInForm
from .invoice_rows import with_more_items, with_more_lines
from .invoices import InvoiceSheet
from .payments import MoneyForm, PaymentForm, SettleForm
from .settings import (
    NewReasonForm,
    ReasonNameForm,
    SeriesForm,
    SettingsForm,
)
from .settling import (
    FailedForm,
    PaidOutForm,
    RecordRefundForm,
    RefundForm,
    ReturnTaxForm,
    UseCreditForm,
)

__all__ = [
    "BonusSheet",
    "ChannelForm",
    "CommentForm",
    "CopyForm",
    "CreditSheet",
    "DeskFormRenderer",
    "FailedForm",
    "FilterForm",
    "FinalizeForm",
    "ImportForm",
    "InvoiceSheet",
    "MoneyForm",
    "NewApiKeyForm",
    "NewReasonForm",
    "NewsForm",
    "NothingForm",
    "PaidOutForm",
    "PaymentForm",
    "ReasonForm",
    "ReasonNameForm",
    "RecordRefundForm",
    "RefundForm",
    "ReturnTaxForm",
    "RotateKeyForm",
    "SeriesForm",
    "SettingsForm",
    "SettleForm",
    "SeveralSheet",
    "SignInForm",
    "UseCreditForm",
    "WhyForm",
    "WordsForm",
    "blame",
    "bulk_form",
    "with_more_bonus_lines",
    "with_more_items",
    "with_more_lines",
    "with_more_rows",
]
