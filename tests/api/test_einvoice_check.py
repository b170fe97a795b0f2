"""`GET …/einvoice/check`: what the rules say of a draft, and nothing changes."""

import pytest

from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_platform,
    an_api_key,
    an_entity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers(platform):
    """A draft invoice with a fault, a good draft note, a final note."""
    an_entity(platform)
    customer = a_customer(platform)
    good = a_final_invoice(platform)
    customer.einvoice_profile = "xrechnung-3"
    faulty = a_draft_invoice(platform, lines=[a_line(unit="h")])
    return {
        "faulty": f"invoices/{faulty.pk}",
        "draft": f"credit-notes/{a_draft_note(good).pk}",
        "final": f"credit-notes/{a_final_note(a_final_invoice(platform)).pk}",
        "imported": f"invoices/{good.pk}",
    }


def test_a_faulty_draft_is_told_what_and_where(api, papers):
    before = digest_of_rows()

    answer = api("GET", f"{papers['faulty']}/einvoice/check")

    assert answer.status == 200
    found = answer.body
    assert (found["object"], found["valid"], found["complete"]) == ("einvoice_check", False, True)
    assert (found["profile"], found["findings_count"]) == ("peppol-bis-3", len(found["findings"]))
    assert found["findings"][0] == {
        "id": "BR-CL-23",
        "flag": "fatal",
        "message": "The unit h is not in UNECE Recommendation 20: pieces are C62, hours HUR",
        "location": "line 1",
        "field": "lines.0.unit",
    }
    assert digest_of_rows() == before


@pytest.mark.parametrize("paper", ["draft", "final", "imported"])
def test_a_good_one_names_the_rules_that_it_passed(api, papers, paper):
    found = api("GET", f"{papers[paper]}/einvoice/check").body

    assert (found["valid"], found["complete"], found["findings"]) == (True, True, [])
    assert [layer["name"] for layer in found["layers"]] == ["schema", "en16931", "peppol"]
    assert all(layer["complete"] and layer["version"] and layer["sha256"] for layer in found["layers"])


def test_it_takes_the_permission_to_look(platform, papers):
    for paper, permission in (("faulty", "INVOICE.VIEW"), ("draft", "CREDIT_NOTE.VIEW")):
        for granted, status in (([permission], 200), (["CUSTOMER.VIEW"], 403)):
            key = an_api_key(platform, granted)
            answer = Caller(key)("GET", f"{papers[paper]}/einvoice/check")
            assert answer.status == status


def test_anothers_paper_does_not_exist(papers):
    key = an_api_key(a_platform("Strangers"))

    for paper in ("faulty", "draft"):
        answer = Caller(key)("GET", f"{papers[paper]}/einvoice/check")
        assert answer.status == 404
