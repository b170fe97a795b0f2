"""Using a credit note's money: on invoices, as refunds, as returned tax; and taking it back."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse

from billing import clock
from billing.documents.values import whole
from billing.errors import BillingError
from billing.paper.formats import formats_of
from billing.platforms.permissions import CREDIT_NOTE_ALLOCATE, CREDIT_NOTE_REFUND
from billing_desk.desk import queries
from billing_desk.desk.forms import (
    FailedForm,
    NothingForm,
    PaidOutForm,
    RecordRefundForm,
    RefundForm,
    ReturnTaxForm,
    UseCreditForm,
)
from credit_notes.services import (
    allocate,
    allocate_oldest_first,
    deallocate,
    record_refund,
    refund,
    remove_tax_withheld_refund,
    return_tax_withheld,
    settle_refund,
)

from .asking import Asking

MANY = 2


class Settling(Asking):
    """What all of these pages have in common: the note, and who does it when."""

    section = "credit_notes"

    def when_by_whom(self) -> dict[str, Any]:
        return {"platform": self.platform, "actor": self.actor, "at": clock.now()}

    def seen(self) -> dict[str, Any]:
        return {"member": self.member, "at": clock.now()}


class UseCredit(Settling):
    permissions = {"GET": CREDIT_NOTE_ALLOCATE, "POST": CREDIT_NOTE_ALLOCATE}
    template = "desk/credit_notes/use_credit.html"
    heading = "Use the credit"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.using_credit_of(credit_note_id=credit_note_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return UseCreditForm(data, page=page, initial={"invoice": ""})

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        who = {"credit_note_id": credit_note_id, **self.when_by_whom()}
        if said["invoice"]:
            given = [allocate(invoice_id=said["invoice"], amount=said["amount"], **who)]
        else:
            given = allocate_oldest_first(**who)
        total = sum((row.amount for row in given), Decimal(0))
        where = given[0].invoice.display_number if len(given) < MANY else f"{len(given)} invoices"
        return f"{written(total, page.note.currency)} was given to {where}."


class TakeBack(Settling):
    permissions = {"GET": CREDIT_NOTE_ALLOCATE, "POST": CREDIT_NOTE_ALLOCATE}
    template = "desk/credit_notes/take_back.html"
    heading = "Take the credit back"

    def look(self, *, credit_note_id: str, allocation_id: str) -> Any:
        return queries.taking_back_of(
            credit_note_id=credit_note_id, allocation_id=allocation_id, **self.seen()
        )

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NothingForm(data)

    def do(self, page: Any, said: dict[str, Any], *, allocation_id: str, **ids: str) -> str:
        deallocate(allocation_id=allocation_id, **self.when_by_whom())
        return f"{written(page.amount, page.note.currency)} was taken back from {page.invoice}."


class Refund(Settling):
    """Money is asked for only after the steps of exactly this amount were on the page."""

    permissions = {"GET": CREDIT_NOTE_REFUND, "POST": CREDIT_NOTE_REFUND}
    template = "desk/credit_notes/refund.html"
    heading = "Refund the customer"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.refunding_of(credit_note_id=credit_note_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return RefundForm(
            data, platform=self.platform, currency=page.note.currency, initial={"amount": page.amount}
        )

    def act(self, page: Any, form: forms.Form, **ids: str) -> HttpResponse:
        amount = form.cleaned_data["amount"]
        is_shown = form.cleaned_data["shown"] == f"{whole(amount, page.note.currency):f}"
        if is_shown and "look" not in self.request.POST:
            return super().act(page, form, **ids)
        try:
            page = queries.refunding_of(amount=amount, **ids, **self.seen())
        except BillingError as refusal:
            form.add_error("amount", refusal.detail)
            return self.ask(page, form, refusal=refusal, status=refusal.status)
        return self.ask(page, form, is_new=not is_shown)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        rows = refund(
            credit_note_id=credit_note_id,
            amount=said["amount"],
            reason_code=said["reason_code"],
            **self.when_by_whom(),
        )
        steps = "" if len(rows) < MANY else f" in {len(rows)} refunds"
        return f"{written(said['amount'], page.note.currency)} is on its way back{steps}."


class RecordRefund(Settling):
    permissions = {"GET": CREDIT_NOTE_REFUND, "POST": CREDIT_NOTE_REFUND}
    template = "desk/credit_notes/record_refund.html"
    heading = "Record a refund"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.recording_of(credit_note_id=credit_note_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return RecordRefundForm(data, platform=self.platform, note=page)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        record_refund(credit_note_id=credit_note_id, **said, **self.when_by_whom())
        return f"A refund of {written(said['amount'], page.currency)} was recorded."


class ReturnTax(Settling):
    permissions = {"GET": CREDIT_NOTE_REFUND, "POST": CREDIT_NOTE_REFUND}
    template = "desk/credit_notes/return_tax.html"
    heading = "Return withheld tax"

    def look(self, *, credit_note_id: str) -> Any:
        return queries.returning_tax_of(credit_note_id=credit_note_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return ReturnTaxForm(data, page=page)

    def do(self, page: Any, said: dict[str, Any], *, credit_note_id: str) -> str:
        row = return_tax_withheld(credit_note_id=credit_note_id, **said, **self.when_by_whom())
        return f"{written(row.amount, page.note.currency)} of withheld tax was returned."


class RemoveReturn(Settling):
    permissions = {"GET": CREDIT_NOTE_REFUND, "POST": CREDIT_NOTE_REFUND}
    template = "desk/credit_notes/remove_return.html"
    heading = "Remove the return of withheld tax"

    def look(self, *, credit_note_id: str, refund_id: str) -> Any:
        return queries.removing_return_of(credit_note_id=credit_note_id, refund_id=refund_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return NothingForm(data)

    def do(self, page: Any, said: dict[str, Any], *, refund_id: str, **ids: str) -> str:
        remove_tax_withheld_refund(refund_id=refund_id, **self.when_by_whom())
        return f"The return of {written(page.amount, page.note.currency)} was removed."


class SettleRefund(Settling):
    """What became of a refund that is paid out by hand."""

    permissions = {"GET": CREDIT_NOTE_REFUND, "POST": CREDIT_NOTE_REFUND}
    template = "desk/credit_notes/settle_refund.html"
    succeeded = True
    heading = "The refund was paid out"

    def look(self, *, credit_note_id: str, refund_id: str) -> Any:
        return queries.settling_of(credit_note_id=credit_note_id, refund_id=refund_id, **self.seen())

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return PaidOutForm(data, note=page.note)

    def ask(self, page: Any, form: forms.Form, **more: Any) -> HttpResponse:
        return super().ask(page, form, succeeded=self.succeeded, **more)

    def do(self, page: Any, said: dict[str, Any], *, refund_id: str, **ids: str) -> str:
        settle_refund(refund_id=refund_id, succeeded=self.succeeded, **said, **self.when_by_whom())
        became = "was paid out" if self.succeeded else "failed; the credit note has it again"
        return f"The refund of {written(page.amount, page.note.currency)} {became}."


class FailRefund(SettleRefund):
    succeeded = False
    heading = "The refund failed"

    def form_for(self, page: Any, data: Any = None) -> forms.Form:
        return FailedForm(data)


def written(amount: Decimal, currency: str) -> str:
    return formats_of("en", currency).money(amount)
