"""What of an invoice is credited: lines, a sum, or all that is left; and what the note says."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html
from msgspec.structs import replace

from billing.errors import BillingError
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.wish import Wish

from .fields import Choices, DayField, LongText, MoneyField, NumberField, PriceField, QuickCheckbox, blame
from .general import ReasonForm
from .rows import filled, more_rows, table

AT_PICK = re.compile(r"lines\.(?P<place>\d+)(\.(?P<name>\w+))?")
WAYS = [
    ("lines", "Lines of the invoice"),
    ("sum", "A sum with VAT"),
    ("rest", "All that is left"),
]
TYPES = [
    (
        "",
        "Automatic",
        "It clears what the invoice still asks for. If something remains, it is owed to the customer.",
    ),
    ("adjustment", "Adjustment", "It only clears debt: refused if the invoice asks for less."),
    (
        "refundable",
        "Refundable",
        "It clears debt first. The rest can be paid back, or used on other invoices.",
    ),
    ("store", "Store credit", "It clears debt first. The rest is used on other invoices and never paid out."),
]


MORE = {"details_source", "date", "series", "number", "internal_comment"}
"""Fields of a note that are seldom needed."""


class CopyForm(ReasonForm):
    """Credit and re-invoice: what is to be final at once."""

    finalize_credit_note = forms.BooleanField(label="Finalise the credit note at once", required=False)
    finalize_copy = forms.BooleanField(label="Finalise the new invoice at once, unchanged", required=False)


class CreditForm(ReasonForm):
    """What a note says beside its lines."""

    way = forms.ChoiceField(label="What to credit", choices=WAYS, initial="lines", widget=forms.RadioSelect)
    amount = MoneyField(label="Sum with VAT", required=False)
    type = forms.ChoiceField(
        label="Type",
        required=False,
        choices=[
            (code, format_html("<span>{}<small>{}</small></span>", name, words))
            for code, name, words in TYPES
        ],
        widget=forms.RadioSelect,
    )
    details_source = forms.ChoiceField(label="Names and addresses", choices=CreditNote.Details.choices)
    date = DayField(label="Date", required=False, help_text="Without one, the day on which it is finalised.")
    series = forms.ChoiceField(label="Series of numbers", required=False)
    number = forms.CharField(
        label="Number",
        required=False,
        max_length=200,
        help_text="Only if it must have a certain one: otherwise the next of its series.",
    )
    internal_comment = LongText(
        label="Internal comment", required=False, max_length=2000, help_text="Nobody else ever sees it."
    )

    def __init__(self, *args: Any, currency: str, series: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        self.fields["amount"].label = f"Sum with VAT, in {currency}"
        self.fields["series"].choices = [("", "The usual one"), *series]

    @property
    def more_has_errors(self) -> bool:
        """Whether something is wrong with what the page folds away."""
        return not MORE.isdisjoint(self.errors)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("way") == "sum" and said.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Say how much, with VAT.")
        return said


class PickForm(forms.Form):
    """How much of one line of the invoice."""

    quantity = NumberField(label="Quantity", required=False, negative=True)
    net_amount = MoneyField(label="Net amount", required=False, negative=True)
    rest = forms.BooleanField(label="All that is left", required=False, widget=QuickCheckbox)

    def __init__(self, *args: Any, line_id: str, is_negative: bool, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=line_id, **kwargs)
        self.line_id, self.is_negative = line_id, is_negative
        self.fields["net_amount"].currency = currency

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if sum(value not in (None, False) for value in said.values()) > 1:
            raise forms.ValidationError("Give a quantity or a net amount, or take all that is left.")
        return said

    def pick(self) -> Pick | None:
        """Return what was asked of the line; None if nothing was. A negative line needs no minus."""
        said = self.cleaned_data
        quantity, net = said.get("quantity"), said.get("net_amount")
        if not said.get("rest") and quantity is None and net is None:
            return None
        return Pick(invoice_line=self.line_id, quantity=self.signed(quantity), net_amount=self.signed(net))

    def signed(self, value: Decimal | None) -> Decimal | None:
        return -abs(value) if value is not None and self.is_negative else value


class FreeLineForm(forms.Form):
    """A line that the invoice does not have."""

    was = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    name = forms.CharField(label="What for", max_length=1000)
    quantity = NumberField(label="Quantity", initial=Decimal(1))
    unit_price = PriceField(label="Price without VAT")
    group = forms.ChoiceField(label="VAT")

    def __init__(self, *args: Any, groups: Choices, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_price"].currency = currency
        self.fields["group"].choices = groups
        self.fields["group"].initial = groups[0][0] if groups else ""

    def line(self, known: Sequence[FreeLine]) -> FreeLine:
        """Return the line. One that was known keeps what the form does not show, such as its unit."""
        said = self.cleaned_data
        category, rate = group_in(said["group"])
        asked = {
            "name": said["name"],
            "quantity": said["quantity"],
            "unit_price": said["unit_price"],
            "tax_category": category,
            "tax_rate": rate,
        }
        was = said["was"]
        return replace(known[was], **asked) if was is not None and was < len(known) else FreeLine(**asked)


def group_in(choice: str) -> tuple[str, Decimal | None]:
    category, _, rate = choice.partition(":")
    return category, Decimal(rate) if rate else None


class CreditSheet:
    """The forms of the page on which parts of an invoice are chosen, as one. `page` is what it shows.

    `data` is what was posted, None to begin; `is_adding` says that only rows are wanted. Its parts are
    `header`, `picks` in the lines' order, and `free`.
    """

    def __init__(self, page: Any, data: Any = None, *, is_adding: bool = False) -> None:
        self.page, self.is_adding = page, is_adding
        draft = page.draft
        selection = draft.selection if draft else Selection()
        initial = draft.header | way_of(selection) if draft else {}
        self.header = CreditForm(
            data, reasons=page.reasons, series=page.series, currency=page.currency, initial=initial
        )
        wanted = {pick.invoice_line: pick_initial(pick) for pick in selection.picks}
        self.picks = [
            PickForm(
                data,
                line_id=line.id,
                is_negative=line.is_negative,
                currency=page.currency,
                initial=wanted.get(line.id, {}),
            )
            for line in page.lines
        ]
        self.free = table(FreeLineForm, 1)(
            data,
            prefix="free",
            form_kwargs={"groups": page.groups, "currency": page.currency},
            initial=[free_initial(line, place, page.groups) for place, line in enumerate(selection.free)],
        )

    @property
    def rows(self) -> Iterator[tuple[Any, PickForm]]:
        """Each line of the invoice with its form."""
        return zip(self.page.lines, self.picks, strict=True)

    @property
    def way(self) -> str:
        return str(self.header["way"].value())

    @property
    def first_error(self) -> str:
        """Say what is wrong, beginning with what it says."""
        forms_ = (self.header, *self.picks, *self.free) if self.way == "lines" else (self.header,)
        found = (error for form in forms_ for errors in form.errors.values() for error in errors)
        return next(found, "")

    def is_valid(self) -> bool:
        """Tell whether it makes sense. Lines only matter where lines were chosen."""
        if not self.header.is_valid():
            return False
        if self.way != "lines":
            return True
        whole = [form.is_valid() for form in (*self.picks, self.free)]
        if all(whole) and not self.selection().picks and not self.selection().free:
            self.header.add_error("way", "Say how much of which line, or add a line of your own.")
            return False
        return all(whole)

    def selection(self) -> Selection:
        """Return what was chosen."""
        if self.way == "rest":
            return Selection()
        if self.way == "sum":
            return Selection(amount=self.header.cleaned_data["amount"])
        picks = [form.pick() for form in self.picks]
        free = [form.line(self.page.free) for form in filled(self.free)]
        return Selection(picks=tuple(pick for pick in picks if pick), free=tuple(free))

    def said(self) -> dict[str, Any]:
        """Return what the note is to say, by the names of a Wish."""
        return {
            name: value for name, value in self.header.cleaned_data.items() if name not in ("way", "amount")
        }

    def wish(self) -> Wish:
        return Wish(selections=((self.page.invoice_id, self.selection()),), **self.said())

    def blame(self, refusal: BillingError) -> None:
        """Show a refusal at the field that it is about."""
        at = AT_PICK.fullmatch(refusal.field)
        if self.way == "sum" and not refusal.field and "requested" in refusal.facts:
            self.header.add_error("amount", refusal.detail)
            return
        if not at or self.way != "lines":
            blame(self.header, refusal)
            return
        place, name = int(at["place"]), at["name"]
        own = filled(self.free)
        if name == "tax_rate" and place < len(own):
            own[place].add_error("group", refusal.detail)
            return
        asked = [form for form in self.picks if form.pick()]
        if place < len(asked):
            asked[place].add_error(name if name in asked[place].fields else None, refusal.detail)


def way_of(selection: Selection) -> dict[str, Any]:
    """Return which way a selection was chosen."""
    if selection.amount is not None:
        return {"way": "sum", "amount": selection.amount}
    return {"way": "rest" if selection.is_everything else "lines"}


def pick_initial(pick: Pick) -> dict[str, Any]:
    is_rest = pick.quantity is None and pick.net_amount is None
    return {"quantity": pick.quantity, "net_amount": pick.net_amount, "rest": is_rest}


def free_initial(line: FreeLine, place: int, groups: Choices) -> dict[str, Any]:
    """Return a free line as its form shows it; without a category, it is the group of its rate."""
    known = [code for code, _ in groups]
    fitting = [
        code for code in known if group_in(code) == (line.tax_category or group_in(code)[0], line.tax_rate)
    ]
    return {
        "was": place,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "group": (fitting or known or [""])[0],
    }


def with_more_rows(page: Any, data: Any) -> Any:
    """Return what was posted, with room for more free lines."""
    group = page.groups[0][0] if page.groups else ""
    return more_rows(data, "free", by=3, blank={"quantity": "1", "group": group})
