"""E-invoices as stored files: what was valid when issued is written, what was imported goes out again."""

import pytest
from lxml import etree

from billing import clock
from billing.documents import files
from billing.documents.files import XML
from billing.documents.models import StoredFile
from billing.einvoice import of_paper, reading
from billing.einvoice.findings import Finding, Report
from billing.events import relay
from billing.events.models import Reaction
from tests.api.conftest import Caller
from tests.api.test_import_and_files import a_ubl_invoice, follow_up
from tests.factories import a_customer, a_final_invoice, a_final_note, an_api_key, an_entity
from tests.work import do_all_work

STRICTER = Finding("BR-99", "fatal", "Everything is forbidden from now on.")


@pytest.fixture
def rules(monkeypatch):
    """Let a rule that is new forbid everything, of the rules in force or of others."""

    def change(*, are_others: bool) -> None:
        judged = of_paper.gate.judged

        def judge(document, **files):
            report, xml = judged(document, **files)
            layers = report.layers[:-1] if are_others else report.layers
            return Report(layers, (*report.findings, STRICTER)), xml

        monkeypatch.setattr(of_paper.gate, "judged", judge)

    return change


@pytest.mark.parametrize("profile", ["peppol-bis-3", "factur-x"])
def test_rules_that_came_into_force_after_a_paper_do_not_keep_its_files_from_it(platform, rules, profile):
    an_entity(platform)
    a_customer(platform, einvoice_profile=profile)
    note = a_final_note(a_final_invoice(platform))
    rules(are_others=True)

    do_all_work()

    assert set(StoredFile.objects.filter(document_id=note.pk).values_list("kind", flat=True)) == {
        "pdf",
        "html",
        "xml",
    }


def test_what_the_rules_it_was_issued_under_forbid_is_not_written(platform, rules):
    note = a_final_note(a_final_invoice(platform))
    rules(are_others=False)

    do_all_work()

    assert files.find(document=note, kind=XML) is None
    assert Reaction.objects.get(name="write_credit_note_xml").last_error.startswith("einvoice_invalid: ")


def test_an_einvoice_that_is_older_than_such_files_is_made_when_it_is_asked_for(platform):
    api = Caller(an_api_key(platform))
    an_entity(platform)
    a_customer(platform, currency="EUR")
    line = {"name": "Licence", "quantity": 1, "unit_price": "100.00", "tax_rate": 21}
    body = {"customer": platform.customers.get().pk, "lines": [line], "finalize": True}
    invoice = api("POST", "invoices", body).body["id"]
    while todo := Reaction.objects.pending().exclude(name="write_invoice_xml"):
        for work in todo:
            relay.react(reaction_id=work.pk, at=clock.now())
    Reaction.objects.filter(name="write_invoice_xml").delete()

    answers = [api("GET", f"invoices/{invoice}/einvoice/xml") for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert reading.read(answers[0].content).document.totals.total == 121


def test_what_was_imported_in_one_syntax_goes_out_in_the_other(platform):
    api = Caller(an_api_key(platform))
    xml = a_ubl_invoice()
    invoice = api("POST", "invoices/import", xml, content_type="application/xml").body["id"]
    follow_up()

    as_it_came = api("GET", f"invoices/{invoice}/einvoice/xml?syntax=ubl")
    in_cii = api("GET", f"invoices/{invoice}/einvoice/xml?syntax=cii")

    assert as_it_came.content == xml
    assert etree.QName(etree.fromstring(in_cii.content)).localname == "CrossIndustryInvoice"
    assert reading.read(in_cii.content).document.lines == reading.read(xml).document.lines


@pytest.mark.parametrize(
    ("profile", "enclosed"),
    [
        ("peppol-bis-3", ["application/pdf", "application/xml"]),
        ("factur-x", ["application/pdf"]),
        ("none", ["application/pdf"]),
    ],
)
def test_a_note_is_mailed_once_with_what_its_profile_has(platform, mailoutbox, profile, enclosed):
    an_entity(platform)
    a_customer(platform, einvoice_profile=profile)
    a_final_note(a_final_invoice(platform), notify=True)

    do_all_work()

    (message,) = mailoutbox
    assert [media_type for _, _, media_type in message.attachments] == enclosed
    assert (b"factur-x.xml" in message.attachments[0].content) == (profile == "factur-x")
