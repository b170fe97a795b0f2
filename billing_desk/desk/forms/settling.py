"""How a credit note's money moves."""

from typing import Any

from django import forms

from billing.platforms.models import Platform
from billing_desk.desk.queries.settling import NoteMoney, ReturningTax, UsingCredit
from invoices.models import Payment

from .credit_notes import reason_choices
from .fields import DayField, LongText, MoneyField

LONGEST_REFERENCE = 200
OLDEST = ""


def reference_field(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Reference", required=False, max_length=LONGEST_REFERENCE, help_text=help_text
    )


class UseCreditForm(forms.Form):
    """Give credit to the oldest debt, or to one invoice."""

    invoice = forms.ChoiceField(label="Which invoice", required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, page: UsingCredit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice"].choices = [
            (OLDEST, "Oldest debt first"),
            *((row.id, row.number) for row in page.invoices),
        ]
        self.fields["amount"] = MoneyField(
            currency=page.note.currency,
            label="Amount",
            required=False,
            help_text="Only with one invoice. Empty: as much as fits.",
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("amount") is not None and said.get("invoice") == OLDEST and not self.errors:
            self.add_error("amount", "Choose the invoice that gets this amount.")
        return said


class RefundForm(forms.Form):
    """How much to refund. `shown` is the amount whose steps were on the page."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, platform: Platform, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=currency, label="Amount")
        self.fields["reason_code"] = reason_field(platform)


class RecordRefundForm(forms.Form):
    """Money that went back elsewhere."""

    def __init__(self, *args: Any, platform: Platform, note: NoteMoney, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=note.currency, label="Amount", initial=note.available)
        self.fields["date"] = DayField(label="On which day", initial=note.today)
        self.fields["method"] = forms.ChoiceField(label="How", choices=Payment.Method.of_money())
        self.fields["reference"] = reference_field("Such as the bank's number of the transfer.")
        self.fields["reason_code"] = reason_field(platform)


class ReturnTaxForm(forms.Form):
    """Withheld tax that a note returns."""

    def __init__(self, *args: Any, page: ReturningTax, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = min(page.taxes[0].left, page.note.available) if page.taxes else None
        self.fields["tax_withheld_id"] = forms.ChoiceField(
            label="Which tax", choices=[(row.id, row.label) for row in page.taxes]
        )
        self.fields["amount"] = MoneyField(currency=page.note.currency, label="Amount", initial=most)
        self.fields["date"] = DayField(label="On which day", initial=page.note.today)
        self.fields["reference"] = reference_field("Such as the tax office's.")


class PaidOutForm(forms.Form):
    """A refund by hand has left the house."""

    def __init__(self, *args: Any, note: NoteMoney, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["date"] = DayField(label="On which day", initial=note.today)
        self.fields["provider_reference"] = reference_field("Such as the bank's number of the transfer.")


class FailedForm(forms.Form):
    """A refund by hand will not go."""

    failure = LongText(
        label="Why it failed",
        help_text="Such as: the account is closed.",
        error_messages={"required": "Say why it failed."},
    )


def reason_field(platform: Platform) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Reason", required=platform.requires_refund_reason, choices=reason_choices(platform, "REFUND")
    )
