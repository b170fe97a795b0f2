"""Take over an invoice that somebody else issued: all that it says, once, or nothing."""

import hashlib
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from billing.documents import files
from billing.documents.models import StoredFile
from billing.documents.snapshot import Attachment, digest
from billing.einvoice.cii import writer as cii
from billing.einvoice.reading import read
from billing.einvoice.ubl.writer import serialize
from billing.errors import BillingError
from billing.events.models import Event
from billing.platforms.models import BillingEntity, Customer
from invoices.models import Invoice, Payment
from invoices.services import import_document, import_file
from tests import hybrids
from tests.books import digest_of_rows, stored_keys
from tests.factories import CLERK, NOON, a_line, a_platform
from tests.threads import at_once

from .ubl import a_document, a_file


def take(platform, xml: bytes) -> Invoice:
    invoice = import_file(platform=platform, content=xml, actor=CLERK, at=NOON)
    return Invoice.objects.with_snapshot().get(pk=invoice.pk)


def refusal(platform, xml: bytes) -> BillingError:
    """Return how a file was refused. No row and no object is stored."""
    rows, keys = digest_of_rows(), stored_keys()
    with pytest.raises(BillingError) as caught:
        take(platform, xml)
    assert digest_of_rows() == rows
    assert stored_keys() == keys
    return caught.value


def test_an_imported_invoice_is_final_and_says_what_the_file_says(platform):
    # given
    xml = a_file(lines=[a_line("100.00"), a_line("50.00", rate="9")], purchase_order_reference="PO-9")

    # when
    invoice = take(platform, xml)

    # then
    assert (invoice.status, invoice.number, invoice.date) == ("FINAL", "F-2026-1", date(2026, 11, 3))
    assert (invoice.total, invoice.amount_due) == (Decimal("175.50"), Decimal("175.50"))
    assert invoice.purchase_order_reference == "PO-9"
    assert [line.net_amount for line in invoice.lines.all()] == [Decimal("100.00"), Decimal("50.00")]
    assert invoice.snapshot == read(xml).document
    assert invoice.snapshot_digest == digest(invoice.snapshot)
    assert invoice.finalized_at == NOON


def test_the_file_itself_and_what_it_carries_are_kept(platform):
    # given
    hours = b"day;hours\n2026-11-01;8\n"
    sheet = Attachment(id="TS-1", filename="hours é.csv", mime_type="text/csv")
    xml = a_file(attachments=(sheet,), files={"TS-1": hours})

    # when
    invoice = take(platform, xml)

    # then
    kept = {row.kind: row for row in StoredFile.objects.filter(document_id=invoice.pk)}
    assert {kind: row.name for kind, row in kept.items()} == {
        "source": "invoice.xml",
        "attachment": "1-hours_é.csv",
    }
    assert kept["source"].sha256 == hashlib.sha256(xml).hexdigest()
    assert (kept["attachment"].sha256, kept["attachment"].content_type) == (
        hashlib.sha256(hours).hexdigest(),
        "text/csv",
    )
    assert {row.key for row in kept.values()} <= stored_keys()


def test_an_invoice_in_cii_is_taken_over_as_it_would_be_in_ubl(platform):
    # given
    document = a_document(
        lines=[a_line("100.00"), a_line("50.00", rate="9")], purchase_order_reference="PO-9"
    )
    xml = cii.serialize(document)

    # when
    invoice = take(platform, xml)

    # then
    assert (invoice.status, invoice.number, invoice.total) == ("FINAL", "F-2026-1", Decimal("175.50"))
    assert invoice.snapshot == read(serialize(document)).document == read(xml).document
    assert StoredFile.objects.get(document_id=invoice.pk).sha256 == hashlib.sha256(xml).hexdigest()


def test_a_pdf_is_kept_as_it_came_and_so_is_the_xml_inside_it(platform):
    # given
    hours = b"day;hours\n2026-11-01;8\n"
    document = a_document(attachments=(Attachment(id="TS-1", filename="hours.csv", mime_type="text/csv"),))
    xml = cii.serialize(document, files={"TS-1": hours})
    pdf = hybrids.a_pdf(("factur-x.xml", xml), ("terms.txt", b"30 days"))

    # when
    invoice = take(platform, pdf)

    # then
    kept = {row.kind: row for row in StoredFile.objects.filter(document_id=invoice.pk)}
    assert {kind: (row.name, row.content_type) for kind, row in kept.items()} == {
        "source": ("invoice.xml", "application/xml"),
        "source_pdf": ("invoice.pdf", "application/pdf"),
        "attachment": ("1-hours.csv", "text/csv"),
    }
    assert [files.read(kept[kind]) for kind in ("source", "source_pdf", "attachment")] == [xml, pdf, hours]
    assert Event.objects.get(type="billing.invoice.imported").data["ignored"] == ["PDF/terms.txt"]


@pytest.mark.parametrize(
    ("spoil", "code", "status"),
    [
        (lambda xml: hybrids.a_pdf(), "pdf_without_invoice", 400),
        (lambda xml: hybrids.a_pdf(("hours.csv", xml)), "pdf_without_invoice", 400),
        (lambda xml: hybrids.a_pdf(("order-x.xml", xml)), "not_an_invoice", 400),
        (
            lambda xml: hybrids.a_pdf(("factur-x.xml", xml), ("xrechnung.xml", xml + b" ")),
            "pdf_with_several_invoices",
            400,
        ),
        (lambda xml: hybrids.encrypted(hybrids.a_hybrid(xml), user=""), "pdf_encrypted", 400),
        (lambda xml: hybrids.a_hybrid(xml)[:500], "pdf_unreadable", 400),
        (lambda xml: hybrids.a_bomb(21), "einvoice_too_large", 413),
        (lambda xml: hybrids.a_hybrid(b" " * 21_000_000 + xml), "einvoice_too_large", 413),
        (lambda xml: hybrids.a_hybrid(xml.replace(b">380<", b">381<")), "not_an_invoice", 400),
        (lambda xml: hybrids.a_hybrid(xml.replace(b">121.00<", b">122.00<")), "einvoice_invalid", 422),
        (lambda xml: hybrids.a_hybrid(xml[:-9]), "einvoice_unreadable", 400),
        (lambda xml: hybrids.a_hybrid(b"<!DOCTYPE a>" + xml.partition(b"?>")[2]), "doctype_forbidden", 400),
        (lambda xml: xml.replace(b">380<", b">381<"), "not_an_invoice", 400),
        (lambda xml: xml.replace(b">121.00<", b">122.00<"), "einvoice_invalid", 422),
        (
            lambda xml: xml.decode().replace("'UTF-8'", "'ISO-8859-1'").encode(),
            "einvoice_unreadable",
            400,
        ),
    ],
)
def test_a_pdf_or_cii_that_cannot_be_taken_is_refused_by_name_and_nothing_is_stored(
    platform, spoil, code, status
):
    xml = cii.serialize(a_document(buyer={"name": "Bières du Nord SA"}))

    refused = refusal(platform, spoil(xml))

    assert (refused.code, refused.status) == (code, status)


def test_an_attachment_of_fifty_megabytes_is_refused_and_nothing_is_stored(platform):
    large = Attachment(id="TS-1", filename="hours.csv", mime_type="text/csv")
    document = a_document(attachments=(large,))

    for write in (serialize, cii.serialize):
        refused = refusal(platform, write(document, files={"TS-1": bytes(50_000_000)}))

        assert (refused.code, refused.status) == ("einvoice_too_large", 413)


def test_what_was_paid_before_is_a_payment(platform):
    # when
    invoice = take(platform, a_file(prepaid_amount=Decimal("21.00")))

    # then
    payment = Payment.objects.get()
    assert (payment.amount, payment.status, payment.method) == (Decimal("21.00"), "SUCCEEDED", "other")
    assert (payment.date, payment.reference) == (invoice.date, "Paid before the invoice was issued")
    assert (invoice.amount_paid, invoice.amount_due) == (Decimal("21.00"), Decimal("100.00"))
    event = Event.objects.get(type="billing.invoice.payment_recorded")
    assert event.data["object"] == {
        "object": "payment",
        "id": payment.pk,
        "invoice": invoice.pk,
        "invoice_number": "F-2026-1",
        "customer": invoice.customer_id,
        "currency": "EUR",
        "amount": "21.00",
        "status": "SUCCEEDED",
        "date": "2026-11-03",
        "method": "other",
        "reference": "Paid before the invoice was issued",
        "amount_due": "100.00",
    }
    assert event.data["previous"] == {"amount_due": "121.00"}


def test_no_more_is_counted_as_paid_than_the_invoice_is_worth(platform):
    invoice = take(platform, a_file(prepaid_amount=Decimal("150.00")))

    assert (invoice.total, invoice.amount_paid, invoice.amount_due) == (
        Decimal("121.00"),
        Decimal("121.00"),
        Decimal("0.00"),
    )


def test_unknown_parties_are_taken_on_once_and_found_again(platform):
    # when
    first = take(platform, a_file(number="F-1"))
    second = take(platform, a_file(number="F-2", buyer={"name": "Bières du Nord (moved)", "city": "Gent"}))

    # then
    assert first.billing_entity == second.billing_entity == BillingEntity.objects.get()
    assert first.customer == second.customer == Customer.objects.get()
    customer = Customer.objects.get()
    assert (
        customer.name,
        customer.vat_number,
        customer.city,
        customer.buyer_reference,
        customer.currency,
    ) == (
        "Bières du Nord SA",
        "BE0123456749",
        "Bruxelles",
        "PO-77",
        "EUR",
    )
    entity = BillingEntity.objects.get()
    assert (entity.legal_id, entity.legal_id_scheme, entity.country) == ("12345678", "0106", "NL")


def test_without_a_vat_number_a_party_is_found_by_its_registration_or_else_by_its_name(platform):
    nameless = {"vat_number": "", "legal_id": "", "legal_id_scheme": ""}
    registered = nameless | {"legal_id": "0123456749", "legal_id_scheme": "0208"}

    for number, buyer in enumerate(
        [
            nameless,
            nameless | {"city": "Gent"},
            nameless | {"country": "LU"},
            registered,
            registered | {"name": "Another name"},
        ]
    ):
        take(platform, a_file(number=f"F-{number}", buyer=buyer))

    found = Invoice.objects.order_by("number").values_list("customer_id", flat=True)
    customers = list(Customer.objects.order_by("id").values_list("pk", flat=True))
    assert [customers.index(pk) for pk in found] == [0, 0, 1, 2, 2]


def test_what_happened_is_recorded_in_order(platform):
    invoice = take(platform, a_file(prepaid_amount=Decimal("21.00")))

    events = list(Event.objects.order_by("id"))
    assert [(event.type, event.object_id) for event in events] == [
        ("billing.billing_entity.created", invoice.billing_entity_id),
        ("billing.customer.created", invoice.customer_id),
        ("billing.invoice.imported", invoice.pk),
        ("billing.invoice.payment_recorded", invoice.pk),
    ]
    assert {(event.actor, event.created_at) for event in events} == {(CLERK, NOON)}
    told = {"object": "invoice", "id": invoice.pk, "number": "F-2026-1", "status": "FINAL", "total": "121.00"}
    assert told.items() <= events[2].data["object"].items()


def test_a_number_that_the_seller_has_used_is_refused_and_nothing_is_stored(platform):
    take(platform, a_file())

    refused = refusal(platform, a_file(lines=[a_line("7.00")]))

    assert (refused.code, refused.status, refused.field) == ("number_in_use", 409, "number")
    assert refused.detail == "Acme Software B.V. already has an invoice F-2026-1."
    assert refused.facts == {"number": "F-2026-1"}


@pytest.mark.parametrize("syntax", [serialize, cii.serialize])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("F-1\n2", "U+000A"),
        ("F-1\t2", "U+0009"),
        ("F-1\r2", "U+000D"),
        ("F-1\u202e2", "U+202E"),  # what follows would be read from right to left
        ("F-1\u2028 2", "U+2028"),
        ("F-1\u200b2", "U+200B"),
        ("F-1\x852", "U+0085"),
    ],
)
def test_a_number_that_cannot_be_read_on_one_line_is_refused_and_nothing_is_stored(
    platform, syntax, number, code
):
    refused = refusal(platform, syntax(a_document(number=number)))

    assert (refused.code, refused.status, refused.field) == ("invalid_request", 400, "number")
    assert f"one line ({code})" in refused.detail


def test_another_seller_and_another_platform_may_use_the_same_number(platform):
    xml = a_file()
    take(platform, xml)

    take(a_platform("Other Group"), xml)
    take(platform, a_file(seller={"vat_number": "NL004495445B01", "legal_id": "34281029"}))

    assert Invoice.objects.filter(number="F-2026-1").count() == 3
    assert BillingEntity.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"number": "F" * 201}, "number", "number has 201 characters; at most 200 are kept"),
        (
            {"lines": [a_line(), a_line(name="L" * 1001)]},
            "lines.1.name",
            "name has 1001 characters; at most 1000 are kept",
        ),
        (
            {"lines": [a_line(rate="100000000")]},
            "lines.0.tax_rate",
            "tax rate has more than 8 digits before the point",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(platform, fields, field, words):
    refused = refusal(platform, a_file(**fields))

    assert (refused.code, refused.status, refused.field) == ("value_too_large", 400, field)
    assert refused.detail == f"{field}: {words}."


@pytest.mark.parametrize(("party", "fields"), [("seller", {"bank_account": ""}), ("buyer", {})])
def test_a_party_that_cannot_be_kept_is_refused_by_name(platform, party, fields):
    longest = a_document(**{party: {"name": "N" * 300} | fields})
    xml = serialize(longest).replace(b"N" * 300, b"N" * 301)

    refused = refusal(platform, xml)

    assert (refused.code, refused.field) == ("value_too_large", f"{party}.name")
    assert take(platform, serialize(longest)).status == "FINAL"


CROWD = 8


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Several imports in the same moment."""

    def test_one_file_is_imported_once_and_the_others_are_told_why(self):
        # given
        platform, xml = a_platform(), a_file()

        # when
        outcomes = at_once([partial(take, platform, xml)] * CROWD)

        # then
        refused = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
        assert len(refused) == CROWD - 1, outcomes
        assert {refusal.code for refusal in refused} == {"number_in_use"}
        assert Invoice.objects.count() == 1
        assert (BillingEntity.objects.count(), Customer.objects.count()) == (1, 1)
        assert StoredFile.objects.count() == 1
        assert Event.objects.filter(type="billing.invoice.imported").count() == 1

    def test_different_invoices_of_unknown_parties_take_them_on_once(self):
        platform = a_platform()
        files = [a_file(number=f"F-{place}") for place in range(CROWD)]

        outcomes = at_once([partial(take, platform, xml) for xml in files])

        assert sorted(outcome.number for outcome in outcomes) == [f"F-{place}" for place in range(CROWD)]
        assert (BillingEntity.objects.count(), Customer.objects.count()) == (1, 1)


def test_a_document_of_our_own_making_is_taken_over_too(platform):
    document = a_document(number="F-7")

    invoice = import_document(platform=platform, document=document, actor=CLERK, at=NOON)

    assert Invoice.objects.with_snapshot().get(pk=invoice.pk).snapshot == document
    assert not StoredFile.objects.exists()
