"""What came in for an invoice: payments, withheld tax, and credit from other notes."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing import clock
from billing.errors import BillingError
from billing.paper.formats import formats_of
from billing.platforms.permissions import CREDIT_NOTE_ALLOCATE, PAYMENT_CREATE, PAYMENT_UPDATE
from billing_desk.desk import queries
from billing_desk.desk.forms import MoneyForm, PaymentForm, SettleForm, blame
from credit_notes.services import apply_credits, remove_credit_note
from invoices.services import record_payment, record_tax_withheld, settle_payment

from .base import DeskView


class MoneyView(DeskView):
    """A page that asks for an amount on a day, and writes it down."""

    form_class: type[MoneyForm]
    template: str
    heading: str
    section = "invoices"
    permissions = {"GET": PAYMENT_CREATE, "POST": PAYMENT_CREATE}

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        return self.ask(invoice_id)

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        page = queries.paying_of(member=self.member, invoice_id=invoice_id, at=clock.now())
        form = self.form(page, request.POST)
        if not form.is_valid():
            return self.show(page, form, status=400)
        try:
            said = self.record(form, page)
        except BillingError as refusal:
            blame(form, refusal)
            return self.show(page, form, refusal=refusal, status=refusal.status)
        messages.success(request, said)
        return redirect("desk:invoice", invoice_id)

    def record(self, form: MoneyForm, page: queries.Paying) -> str:
        """Write it down, and return what happened in a sentence."""
        raise NotImplementedError

    def ask(self, invoice_id: str) -> HttpResponse:
        page = queries.paying_of(member=self.member, invoice_id=invoice_id, at=clock.now())
        return self.show(page, self.form(page))

    def form(self, page: queries.Paying, data: object = None) -> MoneyForm:
        return self.form_class(data, currency=page.currency, due=page.unpromised, today=page.today)

    def show(
        self, page: queries.Paying, form: Form, *, refusal: BillingError | None = None, status: int = 200
    ) -> HttpResponse:
        return self.render(
            self.template, heading=self.heading, page=page, form=form, refusal=refusal, status=status
        )


class RecordPayment(MoneyView):
    form_class = PaymentForm
    template = "desk/invoices/pay.html"
    heading = "Record a payment"

    def record(self, form: MoneyForm, page: queries.Paying) -> str:
        assert isinstance(form, PaymentForm)
        payment = record_payment(
            platform=self.platform,
            invoice_id=page.invoice_id,
            **form.wish(),
            actor=self.actor,
            at=clock.now(),
        )
        money = formats_of("en", page.currency).money
        if form.cleaned_data["in_progress"]:
            return f"{money(payment.amount)} is on its way for {page.number}."
        excess = form.cleaned_data["amount"] - payment.amount
        if excess:
            return (
                f"{money(payment.amount)} was recorded on {page.number}, which is paid; "
                f"{money(excess)} more is kept as credit of {page.customer}."
            )
        return f"A payment of {money(payment.amount)} was recorded on {page.number}."


class RecordTaxWithheld(MoneyView):
    form_class = MoneyForm
    template = "desk/invoices/withhold.html"
    heading = "Record withheld tax"

    def record(self, form: MoneyForm, page: queries.Paying) -> str:
        row = record_tax_withheld(
            platform=self.platform,
            invoice_id=page.invoice_id,
            **form.cleaned_data,
            actor=self.actor,
            at=clock.now(),
        )
        amount = formats_of("en", page.currency).money(row.amount)
        return f"Withheld tax of {amount} was recorded on {page.number}."


class SettlePayment(DeskView):
    """Says of a payment on its way whether the money came."""

    permissions = {"GET": PAYMENT_UPDATE, "POST": PAYMENT_UPDATE}
    section = "invoices"

    def get(self, request: HttpRequest, payment_id: str) -> HttpResponse:
        return self.ask(payment_id, SettleForm(initial={"succeeded": "yes"}))

    def post(self, request: HttpRequest, payment_id: str) -> HttpResponse:
        form = SettleForm(request.POST)
        if not form.is_valid():
            return self.ask(payment_id, form, status=400)
        try:
            payment = settle_payment(
                platform=self.platform,
                payment_id=payment_id,
                **form.cleaned_data,
                actor=self.actor,
                at=clock.now(),
            )
        except BillingError as refusal:
            return self.ask(payment_id, form, refusal=refusal, status=refusal.status)
        amount = formats_of("en", payment.currency).money(payment.amount)
        became = "has arrived" if form.cleaned_data["succeeded"] else "will not come"
        messages.success(request, f"The payment of {amount} {became}.")
        return redirect("desk:invoice", payment.invoice_id)

    def ask(
        self, payment_id: str, form: Form, *, refusal: BillingError | None = None, status: int = 200
    ) -> HttpResponse:
        page = queries.settling_payment_of(member=self.member, payment_id=payment_id)
        return self.render(
            "desk/invoices/settle.html",
            heading="What became of the payment?",
            page=page,
            form=form,
            refusal=refusal,
            status=status,
        )


class ApplyCredits(DeskView):
    """Gives an invoice the credit that its customer has, after showing which."""

    permissions = {"GET": CREDIT_NOTE_ALLOCATE, "POST": CREDIT_NOTE_ALLOCATE}
    section = "invoices"

    def get(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        return self.ask(invoice_id)

    def post(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        try:
            given = apply_credits(
                platform=self.platform, invoice_id=invoice_id, actor=self.actor, at=clock.now()
            )
        except BillingError as refusal:
            return self.ask(invoice_id, refusal=refusal, status=refusal.status)
        money = formats_of("en", given[0].currency).money
        total = sum(row.amount for row in given)
        messages.success(request, f"Credit of {money(total)} was used on {given[0].invoice}.")
        return redirect("desk:invoice", invoice_id)

    def ask(self, invoice_id: str, *, refusal: BillingError | None = None, status: int = 200) -> HttpResponse:
        page = queries.applying_of(member=self.member, invoice_id=invoice_id)
        return self.render(
            "desk/invoices/apply_credits.html",
            heading="Use available credit",
            page=page,
            refusal=refusal,
            status=status,
        )


class TakeCreditBack(DeskView):
    """Takes from an invoice what a note on another one gave to it."""

    permissions = {"GET": CREDIT_NOTE_ALLOCATE, "POST": CREDIT_NOTE_ALLOCATE}
    section = "invoices"

    def get(self, request: HttpRequest, invoice_id: str, credit_note_id: str) -> HttpResponse:
        return self.ask(invoice_id, credit_note_id)

    def post(self, request: HttpRequest, invoice_id: str, credit_note_id: str) -> HttpResponse:
        page = self.page(invoice_id, credit_note_id)
        try:
            remove_credit_note(
                platform=self.platform,
                invoice_id=invoice_id,
                credit_note_id=credit_note_id,
                actor=self.actor,
                at=clock.now(),
            )
        except BillingError as refusal:
            return self.ask(invoice_id, credit_note_id, refusal=refusal, status=refusal.status)
        amount = formats_of("en", page.currency).money(page.amount)
        messages.success(request, f"{amount} went back to {page.note}; {page.number} asks for it again.")
        return redirect("desk:invoice", invoice_id)

    def page(self, invoice_id: str, credit_note_id: str) -> queries.TakingBack:
        return queries.taking_credit_back_of(
            member=self.member, invoice_id=invoice_id, credit_note_id=credit_note_id
        )

    def ask(
        self,
        invoice_id: str,
        credit_note_id: str,
        *,
        refusal: BillingError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = self.page(invoice_id, credit_note_id)
        return self.render(
            "desk/invoices/take_back.html",
            heading="Take the credit back",
            page=page,
            refusal=refusal,
            status=status,
        )
