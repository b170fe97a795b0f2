"""Books in which everything has happened once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.snapshot import AllowanceCharge
from billing.events.models import Delivery
from billing.exchange.models import EInvoice
from billing.platforms.models import Platform
from credit_notes.models import CreditNote, Refund, TaxWithheldRefund
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import (
    allocate,
    credit,
    credit_invoice,
    deallocate,
    refund,
    return_tax_withheld,
    reverse_credit_note,
    send_einvoice,
    settle_refund,
    void_credit_note,
)
from credit_notes.wish import Wish
from invoices.models import Invoice, Overpayment, Payment
from invoices.services import apply_overpayment, record_tax_withheld
from tests.exchange.parcels import a_channel
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
    a_webhook_endpoint,
    an_entity,
)
from tests.jobs.working import a_job, items_of, work_on
from tests.work import do_all_work

WHO: dict[str, Any] = {"actor": CLERK, "at": NOON}
TODAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Story:
    """The ids of what faults are made on."""

    platform: str
    stranger: str
    paid: str  # an invoice that was paid, and credited by half
    open: str  # an invoice that took credit from several sides
    taxed: str  # an invoice of which tax was withheld
    shared: str  # an invoice with two lines, an allowance and a charge, credited in full by two notes
    overpaid: str
    half: str  # the note on `paid`: allocated, refunded, and something left
    tax_note: str
    voided: str
    reversed: str
    reversal: str  # the invoice that took it back
    einvoice: str  # of `half`, dropped into the outbox
    first: str  # the notes on `shared`
    second: str
    named: str  # a note with a number of its own, that left a gap
    adjustment: str
    bonus: str
    draft: str
    payment: str
    excess: str
    refund: str
    failed_refund: str
    withheld_refund: str
    series: str
    job: str  # one of its items was done, the other refused
    item: str
    refused_item: str
    delivery: str  # of the voided note, to a private address: refused
    endpoint: str


def everything_happens() -> Story:
    """Write the books of one platform, and do all the work that follows."""
    platform = a_platform()
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    an_entity(platform)
    customer = a_customer(platform)
    a_webhook_endpoint(platform, "http://127.0.0.1:9/listener", ["billing.credit_note.voided"])
    owing = a_final_invoice(platform)
    paid, half, refunds = credit_that_goes_everywhere(platform, owing)
    taxed, tax_note, returned = withheld_tax(platform)
    voided = void_credit_note(
        platform=platform, credit_note_id=final(a_final_invoice(platform)).pk, reason="Wrong", **WHO
    )
    reversed_, reversal = a_reversal(platform, owing)
    overpaid, excess = an_overpayment(platform, owing)
    shared, first, second = two_notes_on_one(platform)
    named = final(a_paid_invoice(platform), number="CR-2026-000020")
    bonus = credit(
        platform=platform,
        wish=Wish(customer_id=customer.pk, currency="EUR", free=(a_gift(),), note="Thank you"),
        finalize=True,
        **WHO,
    )
    draft = a_draft_note(a_final_invoice(platform))
    a_draft_invoice(platform)
    job = work_on(a_job(platform, "hold_credit_note", [a_draft_note(a_final_invoice(platform)).pk, bonus.pk]))
    item, refused_item = items_of(job)
    do_all_work()
    einvoice = an_einvoice(half)
    return Story(
        platform=platform.pk,
        stranger=a_platform("Somebody else").pk,
        paid=paid.pk,
        open=owing.pk,
        taxed=taxed.pk,
        shared=shared.pk,
        overpaid=overpaid.pk,
        half=half.pk,
        tax_note=tax_note.pk,
        voided=voided.pk,
        reversed=reversed_.pk,
        reversal=reversal.pk,
        einvoice=einvoice.pk,
        first=first.pk,
        second=second.pk,
        named=named.pk,
        adjustment=first.pk,
        bonus=bonus.pk,
        draft=draft.pk,
        payment=paid.payments.get().pk,
        excess=excess.pk,
        refund=refunds[0].pk,
        failed_refund=refunds[1].pk,
        withheld_refund=returned.pk,
        series=CreditNote.objects.get(pk=half.pk).series_id,
        job=job.pk,
        item=item.pk,
        refused_item=refused_item.pk,
        delivery=Delivery.objects.get(event__object_id=voided.pk).pk,
        endpoint=platform.webhook_endpoints.get().pk,
    )


def final(invoice: Invoice, selection: Selection | None = None, **wish: Any) -> CreditNote:
    return credit_invoice(
        platform=invoice.platform,
        invoice_id=invoice.pk,
        selection=selection or Selection(),
        finalize=True,
        **WHO,
        **wish,
    )


def a_gift() -> FreeLine:
    return FreeLine(
        name="Goodwill",
        quantity=Decimal(1),
        unit_price=Decimal("10.00"),
        tax_category="S",
        tax_rate=Decimal(21),
    )


def an_einvoice(note: CreditNote) -> EInvoice:
    a_channel(note.billing_entity, transport="directory")
    einvoice = send_einvoice(platform=note.platform, credit_note_id=note.pk, **WHO)
    do_all_work()
    return einvoice


def credit_that_goes_everywhere(
    platform: Platform, owing: Invoice
) -> tuple[Invoice, CreditNote, list[Refund]]:
    """Half of a paid invoice: 20 to another invoice, 5 there and back, 10 paid out, 7 that could not be."""
    paid = a_paid_invoice(platform)
    note = final(paid, Selection(amount=Decimal("60.50")))
    ids = {"platform": platform, "credit_note_id": note.pk}
    allocate(**ids, invoice_id=owing.pk, amount=Decimal(20), **WHO)
    there = allocate(**ids, invoice_id=owing.pk, amount=Decimal(5), **WHO)
    deallocate(platform=platform, allocation_id=there.pk, **WHO)
    [out] = refund(**ids, amount=Decimal(10), **WHO)
    settle_refund(platform=platform, refund_id=out.pk, succeeded=True, **WHO)
    [back] = refund(**ids, amount=Decimal(7), **WHO)
    settle_refund(platform=platform, refund_id=back.pk, succeeded=False, failure="Account closed", **WHO)
    refund(**ids, amount=Decimal(3), **WHO)
    return paid, note, [out, back]


def withheld_tax(platform: Platform) -> tuple[Invoice, CreditNote, TaxWithheldRefund]:
    invoice = a_final_invoice(platform)
    record_tax_withheld(platform=platform, invoice_id=invoice.pk, amount=Decimal("12.10"), date=TODAY, **WHO)
    a_payment(invoice, "108.90")
    note = final(invoice)
    returned = return_tax_withheld(
        platform=platform, credit_note_id=note.pk, amount=Decimal("12.10"), date=TODAY, **WHO
    )
    return invoice, note, returned


def a_reversal(platform: Platform, owing: Invoice) -> tuple[CreditNote, Invoice]:
    note = final(a_paid_invoice(platform))
    allocate(platform=platform, credit_note_id=note.pk, invoice_id=owing.pk, amount=Decimal(30), **WHO)
    invoice = reverse_credit_note(
        platform=platform, credit_note_id=note.pk, reason="Credited by mistake", **WHO
    )
    return note, invoice


def an_overpayment(platform: Platform, owing: Invoice) -> tuple[Invoice, Overpayment]:
    invoice = a_final_invoice(Platform.objects.get(pk=platform.pk))
    a_payment(invoice, "130.00")
    excess = Overpayment.objects.get(payment__invoice=invoice)
    apply_overpayment(
        platform=platform, invoice_id=owing.pk, overpayment_id=excess.pk, amount=Decimal(4), **WHO
    )
    return invoice, excess


def two_notes_on_one(platform: Platform) -> tuple[Invoice, CreditNote, CreditNote]:
    """An unpaid invoice, credited by line and then by all that is left; a third note on it was voided."""
    discount, freight = (
        AllowanceCharge(
            is_charge=is_charge,
            amount=Decimal("9.99"),
            reason="Freight" if is_charge else "Discount",
            tax_category="S",
            tax_rate=Decimal(21),
        )
        for is_charge in (False, True)
    )
    invoice = a_final_invoice(
        platform,
        lines=[a_line("33.33"), a_line("66.67", name="Support"), a_line("12.34", rate="9", name="Book")],
        allowances_charges=[discount, freight],
    )
    lines = list(invoice.lines.all())
    pick = Selection(picks=(Pick(invoice_line=lines[1].pk, net_amount=Decimal("20.01")),))
    void_credit_note(platform=platform, credit_note_id=final(invoice, pick).pk, reason="Too little", **WHO)
    pick = Selection(picks=(Pick(invoice_line=lines[0].pk), Pick(invoice_line=lines[2].pk)))
    return invoice, final(invoice, pick), final(invoice)


def payment_of(invoice: Invoice) -> Payment:
    return invoice.payments.get()
