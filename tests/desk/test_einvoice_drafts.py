"""A draft's page and the page that finalises it say what its e-invoice lacks, and where to mend it."""

import re

import pytest

from billing.documents.snapshot import Address, Attachment, Delivery
from billing.platforms.models import Customer
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit, update_draft
from credit_notes.wish import Wish
from invoices.models import Invoice
from invoices.snapshot import document_of
from tests.books import digest_of_rows
from tests.desk.conftest import text_of
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_line,
    an_entity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def corrector(platform, sign_in):
    """Somebody who may also correct master data."""
    return sign_in(platform, username="carl", is_staff=True)


def links_of(answer) -> dict[str, str]:
    """Return where each rule that a page names leads to."""
    page = answer.content.decode()
    found = re.findall(r"<code>([^<]+)</code>\s*(?:<small>(?:<a href=\"([^\"]+)\")?)?", page)
    return dict(found)


def fields_of(answer) -> dict[str, str]:
    """Return what the form of an invoice's page would send."""
    sheet = answer.context["sheet"]
    forms = [
        sheet.header,
        sheet.lines.management_form,
        sheet.items.management_form,
        *sheet.lines,
        *sheet.items,
    ]
    fields = [field for form in forms for field in form]
    said = {field.html_name: field.field.prepare_value(field.value()) for field in fields}
    said = {name: "" if value is None or value is False else str(value) for name, value in said.items()}
    return said | {"version": str(answer.context["page"].version)}


def document_of_draft(draft):
    return document_of(Invoice.objects.get(pk=draft.pk), number="", on=NOON.date())


def nowhere(platform) -> Customer:
    """A customer without an electronic address who wants XRechnungen."""
    an_entity(platform)
    return a_customer(platform, endpoint_id="", endpoint_scheme="", einvoice_profile="xrechnung-3")


def test_a_draft_says_what_is_to_be_mended_and_where(platform, corrector):
    customer = nowhere(platform)
    draft = a_draft_invoice(platform, lines=[a_line(), a_line(unit="h")], buyer_reference="")

    answer = corrector.get(f"/invoices/{draft.pk}/")

    assert "As an e-invoice XRechnung 3.0 (UBL) 3 things to mend, 1 warning" in text_of(answer)
    assert "The unit h is not in UNECE Recommendation 20: pieces are C62, hours HUR (line 2)" in text_of(
        answer
    )
    assert links_of(answer) == {
        "BR-CL-23": f"/invoices/{draft.pk}/edit/#id_lines-1-unit",
        "PEPPOL-EN16931-R010": f"/admin/platforms/customer/{customer.pk}/change/#id_endpoint_id",
        "BR-DE-15": f"/invoices/{draft.pk}/edit/#id_buyer_reference",
        "BR-DE-TMP-32": f"/invoices/{draft.pk}/edit/#id_delivery_date",
    }


def test_who_may_not_correct_master_data_is_told_who_does(platform, clerk):
    customer = nowhere(platform)
    draft = a_draft_invoice(platform)

    answer = clerk.get(f"/invoices/{draft.pk}/")

    assert f"An administrator mends it with the customer {customer.name}." in text_of(answer)
    assert links_of(answer)["PEPPOL-EN16931-R010"] == ""


def test_a_viewer_is_given_no_links(platform, viewer):
    nowhere(platform)
    draft = a_draft_invoice(platform, lines=[a_line(unit="h")])

    assert set(links_of(viewer.get(f"/invoices/{draft.pk}/")).values()) == {""}


@pytest.mark.parametrize(
    ("entity", "fields", "rule", "anchor"),
    [
        ({"contact_name": ""}, {}, "BR-DE-5", "id_contact_name"),
        ({"city": ""}, {}, "BR-DE-3", "id_city"),
        ({}, {"payment_means": ()}, "BR-DE-1", "id_bank_account"),
    ],
)
def test_what_the_seller_lacks_is_mended_with_the_seller(platform, corrector, entity, fields, rule, anchor):
    seller = an_entity(platform, **entity)
    a_customer(platform, einvoice_profile="xrechnung-3")
    draft = a_draft_invoice(platform, **fields)

    address = links_of(corrector.get(f"/invoices/{draft.pk}/"))[rule]

    assert address == f"/admin/platforms/billingentity/{seller.pk}/change/#{anchor}"


def test_the_links_lead_to_fields_that_are_there(platform, corrector):
    nowhere(platform)
    draft = a_draft_invoice(platform, lines=[a_line(unit="h")], buyer_reference="")

    for address in links_of(corrector.get(f"/invoices/{draft.pk}/")).values():
        page, _, anchor = address.partition("#")
        assert f'id="{anchor}"' in corrector.get(page).content.decode(), address


def test_finalising_is_not_offered_while_something_is_to_be_mended(platform, corrector):
    nowhere(platform)
    draft = a_draft_invoice(platform)
    page = f"/invoices/{draft.pk}/finalise/"

    answer = corrector.get(page)

    assert "Its e-invoice, XRechnung 3.0 (UBL): 1 thing to mend, 1 warning" in text_of(answer)
    assert "It can be finalised once that is mended." in text_of(answer)
    assert 'type="submit">Finalise<' not in answer.content.decode()
    before = digest_of_rows()
    assert corrector.post(page).status_code == 422
    assert digest_of_rows() == before


def test_a_draft_that_passes_names_the_rules_and_only_warnings_are_left(platform, clerk):
    an_entity(platform)
    a_customer(platform, einvoice_profile="xrechnung-3")
    draft = a_draft_invoice(platform)

    answer = clerk.get(f"/invoices/{draft.pk}/finalise/")

    passed = "Its e-invoice, XRechnung 3.0 (UBL), passes UBL 2.1, EN 16931"
    assert passed in text_of(answer)
    assert "with 1 warning. Warning It does not say when it was delivered" in text_of(answer)
    clerk.post(f"/invoices/{draft.pk}/finalise/")
    assert Invoice.objects.get(pk=draft.pk).is_final


def test_dinars_are_refused_by_name_and_paper_only_is_told(platform, corrector):
    customer = a_customer(platform)
    an_entity(platform)
    draft = a_draft_invoice(platform, currency="KWD", lines=[a_line(currency="KWD")])
    address = f"/invoices/{draft.pk}/"

    answer = corrector.get(address)
    assert (
        "KWD has three decimals; an e-invoice has two. Give the customer the profile “No e-invoice"
        in text_of(answer)
    )
    assert links_of(answer)["BD-CURRENCY-PLACES"].endswith("/change/#id_einvoice_profile")

    Customer.objects.filter(pk=customer.pk).update(einvoice_profile="none")
    assert "It is paper only: no e-invoice is made." in text_of(corrector.get(address))
    assert "It is paper only, without an e-invoice." in text_of(corrector.get(f"{address}finalise/"))


def test_the_place_of_delivery_is_written_on_the_draft(platform, corrector):
    an_entity(platform)
    a_customer(platform)
    line = a_line(category="K", rate="0")
    draft = a_draft_invoice(platform, lines=[line], delivery=Delivery(date=NOON.date()))
    page = f"/invoices/{draft.pk}/"

    assert links_of(corrector.get(page))["BR-IC-12"] == f"{page}edit/#id_delivery_country"

    form = fields_of(corrector.get(f"{page}edit/")) | {"deed": "keep", "delivery_country": "France"}
    answer = corrector.post(f"{page}edit/", form | {"delivery_city": "Lyon"})
    assert answer.status_code == 302
    assert document_of_draft(draft).delivery == Delivery(
        date=NOON.date(), address=Address(city="Lyon", country="FR")
    )
    assert "BR-IC-12" not in links_of(corrector.get(page))


def test_a_place_of_delivery_needs_its_country(platform, clerk):
    an_entity(platform)
    a_customer(platform)
    draft = a_draft_invoice(platform)
    page = f"/invoices/{draft.pk}/edit/"

    answer = clerk.post(page, fields_of(clerk.get(page)) | {"deed": "keep", "delivery_city": "Lyon"})

    assert answer.status_code == 400
    assert "An address needs its country." in text_of(answer)


def test_a_new_invoice_begins_with_the_customers_place_of_delivery(platform, clerk):
    an_entity(platform)
    customer = a_customer(platform, delivery_address={"city": "Gent", "country": "BE"})

    fields = fields_of(clerk.get(f"/invoices/new/?customer={customer.pk}"))

    assert fields["delivery_city"] == "Gent"
    assert fields["delivery_country"] == "BE"


# credit notes


def test_a_note_repeats_its_invoice_until_it_takes_the_details_of_today(platform, corrector):
    customer = nowhere(platform)
    note = a_draft_note(a_final_invoice(platform, number="INV-1"))
    page = f"/credit-notes/{note.pk}/"

    answer = corrector.get(page)
    assert "It repeats INV-1. Have it take names, addresses and references as they are today" in text_of(
        answer
    )
    lines = f"/credit-notes/{note.pk}/lines/#id_details_source"
    assert links_of(answer)["PEPPOL-EN16931-R010"] == lines
    assert 'id="id_details_source"' in corrector.get(lines).content.decode()

    update_draft(
        platform=platform,
        credit_note_id=note.pk,
        changes={"details_source": "CURRENT"},
        actor=CLERK,
        at=NOON,
    )
    address = links_of(corrector.get(page))["PEPPOL-EN16931-R010"]
    assert address == f"/admin/platforms/customer/{customer.pk}/change/#id_endpoint_id"


def test_what_a_note_can_only_repeat_is_helped_by_another_profile(platform, corrector):
    an_entity(platform, bank_account="")
    customer = a_customer(platform, einvoice_profile="xrechnung-3")
    note = a_draft_note(a_final_invoice(platform, number="INV-1"))

    answer = corrector.get(f"/credit-notes/{note.pk}/finalise/")

    assert "It repeats INV-1. Another profile of the customer may ask for less" in text_of(answer)
    address = f"/admin/platforms/customer/{customer.pk}/change/#id_einvoice_profile"
    assert links_of(answer)["BR-DE-1"] == address
    assert "It can be finalised once that is mended." in text_of(answer)


def test_a_note_that_passes_can_be_finalised(platform, clerk):
    note = a_draft_note(a_final_invoice(platform))

    page = clerk.get(f"/credit-notes/{note.pk}/")
    assert "As an e-invoice Peppol BIS Billing 3.0 Nothing to mend" in text_of(page)
    answer = clerk.get(f"/credit-notes/{note.pk}/finalise/")
    assert "Its e-invoice, Peppol BIS Billing 3.0, passes UBL 2.1, EN 16931" in text_of(answer)
    assert 'type="submit">Finalise<' in answer.content.decode()
    assert CreditNote.objects.get(pk=note.pk).is_draft


def test_a_note_takes_the_buyers_reference_of_today(platform, corrector):
    an_entity(platform)
    customer = a_customer(platform, einvoice_profile="xrechnung-3", buyer_reference="")
    note = a_draft_note(a_final_invoice(platform, number="INV-1", buyer_reference=""))
    page = f"/credit-notes/{note.pk}/"

    answer = corrector.get(page)
    assert "It repeats INV-1. Have it take names, addresses and references as they are today" in text_of(
        answer
    )
    assert links_of(answer)["BR-DE-15"] == f"/credit-notes/{note.pk}/lines/#id_details_source"

    update_draft(
        platform=platform,
        credit_note_id=note.pk,
        changes={"details_source": "CURRENT"},
        actor=CLERK,
        at=NOON,
    )
    mended = f"/admin/platforms/customer/{customer.pk}/change/#id_buyer_reference"
    assert links_of(corrector.get(page))["BR-DE-15"] == mended
    Customer.objects.filter(pk=customer.pk).update(buyer_reference="04011000-1234512345-06")
    assert "BR-DE-15" not in links_of(corrector.get(page))


def test_a_note_over_several_invoices_takes_the_details_of_today_as_well(platform, corrector):
    customer = nowhere(platform)
    invoices = [a_final_invoice(platform, number=number) for number in ("INV-1", "INV-2")]
    wish = Wish(selections=tuple((each.pk, Selection()) for each in invoices))
    note = credit(platform=platform, wish=wish, actor=CLERK, at=NOON)

    address = links_of(corrector.get(f"/credit-notes/{note.pk}/"))["PEPPOL-EN16931-R010"]

    page, _, anchor = address.partition("#")
    assert f'id="{anchor}"' in corrector.get(page).content.decode()
    assert customer.endpoint_id == ""


def test_findings_say_what_they_are_and_name_categories_as_one_chooses_them(platform, corrector):
    nowhere(platform)
    draft = a_draft_invoice(platform, lines=[a_line(category="E", rate="0")])

    page = text_of(corrector.get(f"/invoices/{draft.pk}/"))

    assert "Must be mended" in page
    assert "(VAT group Exempt (E) 0 %)" in page
    assert "Warning It does not say when it was delivered" in page


def test_a_finding_about_an_attachment_says_how_those_are_changed(platform, corrector):
    an_entity(platform)
    a_customer(platform, einvoice_profile="xrechnung-3")
    same = [Attachment(id=str(number), filename="plan.pdf", uri="https://a.example/") for number in (1, 2)]
    draft = a_draft_invoice(platform, attachments=tuple(same))
    page = f"/invoices/{draft.pk}/"

    answer = corrector.get(page)

    assert "Its attachments are changed through the API" in text_of(answer)
    assert page in links_of(answer).values()
