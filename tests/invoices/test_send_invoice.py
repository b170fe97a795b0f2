"""A final invoice is e-mailed once, when somebody asked for it."""

from billing.events import relay
from billing.events.models import Event, Reaction
from billing.platforms.models import Customer
from invoices.models import Invoice
from invoices.services import create_invoice, finalize_invoice
from invoices.tasks import email_invoice
from tests.factories import CLERK, NOON
from tests.work import do_all_work

from .wishes import a_wish, create


def test_it_is_sent_with_its_pdf(platform, outbox):
    # when
    invoice = create_invoice(
        platform=platform, wish=a_wish(platform), finalize=True, notify=True, actor=CLERK, at=NOON
    )
    do_all_work()

    # then
    (message,) = outbox
    assert message["To"] == "ap@bieres.example"
    assert "INV-2026-000001" in message["Subject"]
    assert [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()] == [
        ("INV-2026-000001.pdf", "application/pdf")
    ]
    event = Event.objects.get(type="billing.invoice.emailed")
    assert (event.object_id, event.data["to"]) == (invoice.pk, ["ap@bieres.example"])


def test_nobody_is_written_to_who_was_not_to_be(platform, outbox):
    create(platform, finalize=True)

    do_all_work()

    assert len(outbox) == 0
    assert Event.objects.filter(type="billing.invoice.pdf_generated").count() == 1


def test_a_worker_that_does_it_twice_sends_it_once(platform, outbox):
    invoice = create(platform)
    finalize_invoice(platform=platform, invoice_id=invoice.pk, notify=True, actor=CLERK, at=NOON)
    do_all_work()

    email_invoice(event=Event.objects.get(type="billing.invoice.pdf_generated"), at=NOON)
    Reaction.objects.update(status="PENDING", attempts=0, leased_until=None)
    for work in Reaction.objects.all():
        relay.react(reaction_id=work.pk, at=NOON)

    assert len(outbox) == 1
    assert Invoice.objects.get().status == "FINAL"


def test_an_address_that_was_emptied_meanwhile_is_not_written_to(platform, outbox):
    # given
    invoice = create_invoice(
        platform=platform, wish=a_wish(platform), finalize=True, notify=True, actor=CLERK, at=NOON
    )
    Customer.objects.update(email="")

    # when
    do_all_work()

    # then
    assert len(outbox) == 0
    assert not Event.objects.filter(type="billing.invoice.emailed").exists()
    work = Reaction.objects.get(name="email_invoice")
    assert work.status == "FAILED"
    assert work.last_error == f"no_recipient: {invoice.customer} has no e-mail address."
