"""The code lists are whole, and know what we use."""

from typing import get_args

from billing.einvoice import codes
from billing.einvoice.codes import ListName, code_list, is_known


def test_every_list_has_the_number_of_codes_that_its_source_has():
    counted = {name: len(code_list(name)) for name in get_args(ListName)}

    assert counted == {
        "currencies": 178,
        "peppol_currencies": 178,
        "countries": 251,
        "endpoint_schemes": 104,
        "peppol_endpoint_schemes": 82,
        "identifier_schemes": 244,
        "object_schemes": 818,
        "classification_lists": 185,
        "payment_means": 84,
        "allowance_reasons": 19,
        "charge_reasons": 178,
        "tax_categories": 10,
        "exemption_codes": 88,
        "tax_point_codes": 3,
        "units": 2162,
        "mime_types": 6,
        "invoice_types": 50,
        "credit_note_types": 13,
        "peppol_invoice_types": 26,
        "peppol_credit_note_types": 5,
    }


def test_the_lists_name_their_source_and_version():
    assert "EN 16931 validation artefacts 1.3.16" in codes.source()
    assert "Peppol BIS Billing 3.0.21" in codes.source()


def test_codes_are_spelled_exactly():
    assert is_known("countries", "XI")
    assert not is_known("countries", "UK")
    assert not is_known("countries", "EL")
    assert not is_known("countries", " DE")
    assert is_known("units", "HUR")
    assert not is_known("units", "h")
    assert is_known("endpoint_schemes", "EM")
    assert not is_known("peppol_endpoint_schemes", "EM")
    assert not is_known("invoice_types", "381")
    assert not is_known("units", "")


def test_what_peppol_takes_the_core_knows():
    assert code_list("peppol_endpoint_schemes") < code_list("endpoint_schemes")
    assert code_list("peppol_credit_note_types") < code_list("credit_note_types")
    assert code_list("peppol_invoice_types") < code_list("invoice_types")
