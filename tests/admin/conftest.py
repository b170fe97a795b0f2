"""Who opens the admin, and books with something of everything in them."""

from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client

from billing.access.sessions import open_session
from billing.api.models import IdempotencyKey
from billing.documents import files
from billing.documents.models import SeriesCounter
from billing.documents.templates import create_template
from billing.events.models import Delivery, DeliveryAttempt, Event, Reaction, WebhookEndpoint
from billing.exchange.channels import configure_channel
from billing.exchange.models import EInvoice, EInvoiceChange, KnownReceiver
from billing.platforms.models import Platform, User
from credit_notes import services
from credit_notes.models import ReasonCode, SentMessage
from tests import factories
from tests.jobs.working import a_job, work_on

from .pages import signed_in


@pytest.fixture
def root(db: None) -> Client:
    """The browser of a superuser."""
    user = User.objects.create_superuser("root", password="secret-42", first_name="Rosa", last_name="Root")
    return signed_in(user)


@pytest.fixture
def clerk(platform: Platform) -> Client:
    """The browser of a clerk of the platform who may open the admin."""
    return signed_in(factories.a_member(platform, is_staff=True))


@pytest.fixture
def books(platform: Platform) -> SimpleNamespace:
    """One of everything that the admin shows."""
    return a_bit_of_everything(platform)


def a_bit_of_everything(platform: Platform) -> SimpleNamespace:
    invoice = factories.a_final_invoice(platform)
    factories.a_payment(invoice, "21.00")
    note = factories.a_final_note(invoice)
    event = Event.objects.filter(object_id=note.pk).first()
    endpoint = WebhookEndpoint.objects.create(
        platform=platform, url="https://acme.example/hook", secret="whsec_x"
    )
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, due_at=factories.NOON, response_status=503
    )
    job = work_on(a_job(platform, "void_credit_note", ["cn_nothing"], reason="Wrong"))
    content = b"%PDF"
    with transaction.atomic():
        file, _ = files.keep(
            document=note,
            kind="pdf",
            key="key/note.pdf",
            content=content,
            content_type="application/pdf",
            at=factories.NOON,
        )
    factories.an_api_key(platform)
    reason_code = ReasonCode.objects.create(platform=platform, code="GOODWILL-2026", name="Goodwill")
    (refund,) = services.refund(
        platform=platform, credit_note_id=note.pk, actor=factories.CLERK, at=factories.NOON
    )
    einvoice = EInvoice.objects.create(
        platform=platform,
        billing_entity=note.billing_entity,
        customer=note.customer,
        document_id=note.pk,
        document_kind="credit_note",
        status=EInvoice.Status.SCHEDULED,
        created_at=factories.NOON,
        updated_at=factories.NOON,
    )
    return SimpleNamespace(
        platform=platform,
        billing_entity=invoice.billing_entity,
        customer=invoice.customer,
        series=note.billing_entity.series.get(),
        api_key=platform.api_keys.get(),
        endpoint=endpoint,
        invoice=invoice,
        payment=invoice.payments.get(),
        note=note,
        draft=factories.a_draft_note(factories.a_final_invoice(platform)),
        allocation=note.allocations.first(),
        refund=refund,
        einvoice=einvoice,
        einvoice_change=EInvoiceChange.objects.create(
            position=1, einvoice=einvoice, status="SCHEDULED", actor=factories.CLERK, at=factories.NOON
        ),
        channel=configure_channel(
            platform=platform,
            billing_entity_id=note.billing_entity_id,
            method="manual",
            actor=factories.CLERK,
            at=factories.NOON,
        ),
        known_receiver=KnownReceiver.objects.create(
            platform=platform, scheme="0208", identifier="0123456749"
        ),
        gateway_account=factories.a_gateway_account(platform),
        event=event,
        reaction=Reaction.objects.filter(event=event).first(),
        delivery=delivery,
        attempt=DeliveryAttempt.objects.create(
            delivery=delivery,
            at=factories.NOON,
            milliseconds=120,
            url=endpoint.url,
            request_headers={"webhook-id": event.pk},
            request_body="{}",
            response_status=503,
            response_headers={"Retry-After": "60"},
            response_body="not now",
            error="https://acme.example/hook answered 503",
        ),
        job=job,
        job_item=job.items.get(),
        file=file,
        counter=SeriesCounter.objects.get(),
        template=create_template(
            platform=platform, name="House style", actor=factories.CLERK, at=factories.NOON
        ),
        reason_code=reason_code,
        message=SentMessage.objects.create(
            platform=platform,
            credit_note=note,
            event_id=event.pk,
            to=["ap@bieres.example"],
            subject="Credit note",
            sent_at=factories.NOON,
        ),
        session=open_session(
            user=factories.a_member(platform, username="paula"),
            place=None,
            places=(),
            user_agent="Portal",
            at=factories.NOON,
        ).session,
        answer=IdempotencyKey.objects.create(
            platform=platform,
            key="k-1",
            request_digest="d",
            status=201,
            body={"text": f'{{"id": "{note.pk}"}}', "headers": {}},
            created_at=factories.NOON,
        ),
    )
