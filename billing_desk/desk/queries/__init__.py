"""Everything a screen shows, as plain values: what a template could query, it will."""

from .api_keys import api_key_list, new_api_key_of, revoking_key_of, rotating_key_of
from .bulk import BULK_DEEDS, BulkDeed, BulkPage, all_of, bulk_deeds_of, bulk_page_of
from .channels import channel_list, channel_page, channel_row
from .credit_lines import CreditLines, Outcome, credit_lines_of, edit_lines_of, outcome_of
from .credit_note_page import credit_note_page
from .crediting import Crediting, crediting_of
from .customer_credit import (
    BonusPage,
    CustomerOutcome,
    SeveralPage,
    customer_outcome_of,
    edit_bonus_of,
    edit_several_of,
    new_bonus_of,
    several_of,
)
from .customer_list import customer_list
from .customer_page import customer_page
from .einvoice import EInvoicePanel, einvoice_panel_of
from .finalizing import finalizing_of
from .home import overview_of
from .invoice_finalizing import invoice_finalizing_of
from .invoice_form import (
    InvoiceOutcome,
    InvoiceSheetPage,
    choosing_of,
    edit_invoice_of,
    invoice_outcome_of,
    new_invoice_of,
)
from .invoice_page import invoice_page
from .jobs import job_list, job_page, jobs_to_look_at, may_do
from .paper_list import LISTINGS, chips_of, export_menu, found_in_list, names_of, nothing_listed, paper_list
from .payments import (
    Paying,
    TakingBack,
    applying_of,
    paying_of,
    settling_payment_of,
    taking_credit_back_of,
)
from .sending import Sending, sending_invoice_of, sending_note_of
from .settings import (
    SETTINGS,
    new_series_of,
    platform_settings_of,
    reason_lists,
    reason_page,
    series_list,
    series_page,
)
from .settling import (
    recording_of,
    refunding_of,
    removing_return_of,
    returning_tax_of,
    settling_of,
    taking_back_of,
    using_credit_of,
)
from .shell import shell_of
from .undoing import (
    reversing_of,
    voiding_of,
)

__all__ = [
    "BULK_DEEDS",
    "LISTINGS",
    "SETTINGS",
    "BonusPage",
    "BulkDeed",
    "BulkPage",
    "CreditLines",
    "Crediting",
    "CustomerOutcome",
    "EInvoicePanel",
    "InvoiceOutcome",
    "InvoiceSheetPage",
    "Outcome",
    "Paying",
    "Sending",
    "SeveralPage",
    "TakingBack",
    "all_of",
    "api_key_list",
    "applying_of",
    "bulk_deeds_of",
    "bulk_page_of",
    "channel_list",
    "channel_page",
    "channel_row",
    "chips_of",
    "choosing_of",
    "credit_lines_of",
    "credit_note_page",
    "crediting_of",
    "customer_list",
    "customer_outcome_of",
    "customer_page",
    "edit_bonus_of",
    "edit_invoice_of",
    "edit_lines_of",
    "edit_several_of",
    "einvoice_panel_of",
    "export_menu",
    "finalizing_of",
    "found_in_list",
    "invoice_finalizing_of",
    "invoice_outcome_of",
    "invoice_page",
    "job_list",
    "job_page",
    "jobs_to_look_at",
    "may_do",
    "names_of",
    "new_api_key_of",
    "new_bonus_of",
    "new_invoice_of",
    "new_series_of",
    "nothing_listed",
    "outcome_of",
    "overview_of",
    "paper_list",
    "paying_of",
    "platform_settings_of",
    "reason_lists",
    "reason_page",
    "recording_of",
    "refunding_of",
    "removing_return_of",
    "returning_tax_of",
    "reversing_of",
    "revoking_key_of",
    "rotating_key_of",
    "sending_invoice_of",
    "sending_note_of",
    "series_list",
    "series_page",
    "settling_of",
    "settling_payment_of",
    "several_of",
    "shell_of",
    "taking_back_of",
    "taking_credit_back_of",
    "using_credit_of",
    "voiding_of",
]
