"""The code lists are whole, and each code has its name."""

import json
import subprocess
import sys

import pytest

from billing.einvoice import codes
from billing.einvoice.codes import (
    NAMES,
    about,
    code_in,
    code_list,
    did_you_mean,
    folded,
    is_known,
    name_of,
    near,
    search,
)


def test_every_list_has_the_number_of_codes_that_its_source_has():
    counted = {name: len(code_list(name)) for name in NAMES}

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


def test_every_list_names_its_source_and_version():
    sources = {name: f"{about(name).source} {about(name).version}" for name in NAMES}

    assert {sources[name] for name in NAMES if name.startswith("peppol_")} == {"Peppol BIS Billing 3.0.21"}
    assert {sources[name] for name in NAMES if not name.startswith("peppol_")} == {
        "EN 16931 validation artefacts 1.3.16"
    }
    assert all(about(name).title and about(name).of and about(name).names for name in NAMES)


def test_every_code_has_a_name_but_one_that_nobody_publishes():
    nameless = {name: [code for code in about(name).codes if name_of(name, code) == code] for name in NAMES}

    assert {name: found for name, found in nameless.items() if found} == {"identifier_schemes": ["0247"]}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_one_line_of_text(name):
    for code, called in about(name).codes.items():
        assert called == " ".join(called.split()), code
        assert called, code
        assert folded(called), code


@pytest.mark.parametrize("name", NAMES)
def test_what_is_common_or_known_by_other_words_is_on_the_list(name):
    assert set(about(name).common) <= code_list(name)
    assert len(set(about(name).common)) == len(about(name).common)
    assert set(about(name).also) <= code_list(name)


@pytest.mark.parametrize(
    ("name", "code", "called"),
    [
        ("units", "HUR", "hour"),
        ("units", "C62", "one (piece)"),
        ("units", "XPK", "Package"),
        ("countries", "XI", "United Kingdom (Northern Ireland)"),
        ("countries", "1A", "Kosovo"),
        ("countries", "CI", "Côte d’Ivoire"),
        ("currencies", "CNH", "Chinese Yuan (offshore)"),
        ("endpoint_schemes", "0246", "German Electronic Business Address"),
        ("endpoint_schemes", "EM", "Electronic mail (SMTP)"),
        ("identifier_schemes", "SEPA", "SEPA creditor identifier"),
        ("payment_means", "58", "SEPA credit transfer"),
        ("allowance_reasons", "95", "Discount"),
        ("charge_reasons", "FC", "Freight service"),
        ("tax_categories", "AE", "VAT Reverse charge"),
        ("tax_categories", "B", "Transferred VAT (split payment, Italy)"),
        ("exemption_codes", "VATEX-EU-IC", "Intra-community supply"),
        ("invoice_types", "389", "Self-billed invoice"),
        ("credit_note_types", "261", "Self billed credit note"),
        ("tax_point_codes", "432", "Paid to date"),
        ("classification_lists", "HS", "Harmonised system"),
        ("object_schemes", "AVE", "Metering point"),
        ("mime_types", "text/csv", "CSV table"),
        ("units", "no such code", "no such code"),
    ],
)
def test_a_code_is_called_by_its_name(name, code, called):
    assert name_of(name, code) == called


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


def test_what_peppol_takes_the_core_knows_under_the_same_name():
    for name in ("peppol_endpoint_schemes", "peppol_credit_note_types", "peppol_invoice_types"):
        core = name.removeprefix("peppol_")
        assert code_list(name) < code_list(core)
        assert all(name_of(name, code) == name_of(core, code) for code in code_list(name))


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("units", "", ["C62", "H87", "HUR"]),
        ("units", "hur", ["HUR"]),
        ("units", "h", ["HUR", "H87", "H03"]),
        ("units", "hour", ["HUR", "KWH"]),
        ("units", "kilo", ["KGM", "KMT", "KWH"]),
        ("units", "metre cub", ["MTQ"]),
        ("units", "PCS", ["C62", "H87"]),
        ("units", "m²", ["MTK"]),
        ("countries", "côte", ["CI"]),
        ("countries", "COTE", ["CI"]),
        ("countries", "united", ["GB", "XI", "US"]),
        ("countries", "holl", ["NL"]),
        ("currencies", "€", ["EUR"]),
        ("endpoint_schemes", "belg", ["0208", "9925"]),
        ("exemption_codes", "vatex-eu-132-1a", ["VATEX-EU-132-1A"]),
        ("exemption_codes", "export", ["VATEX-EU-G"]),
        ("mime_types", "text/", ["text/csv"]),
        ("units", "no such thing", []),
        ("units", "9" * 400, []),
    ],
)
def test_a_search_finds_codes_then_words_of_names_the_common_ones_first(name, text, first):
    assert [code for code, _ in search(name, text)][: len(first) or 1] == first


def test_a_search_shows_no_more_than_it_is_asked_for():
    assert search("units", "", 2) == [("C62", "one (piece)"), ("H87", "piece")]
    assert len(search("units", "")) == 20
    assert len(search("units", "", 3000)) == 2162


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("units", "h", " Did you mean HUR (hour)?"),
        ("units", "kg", " Did you mean KGM (kilogram)?"),
        ("units", "pcs", " Did you mean C62 (one (piece)) or H87 (piece)?"),
        ("countries", "UK", " Did you mean GB (United Kingdom)?"),
        ("countries", "EL", " Did you mean GR (Greece)?"),
        ("countries", "Germeny", " Did you mean DE (Germany)?"),
        ("currencies", "zloti", " Did you mean LSL (Lesotho Loti) or PLN (Polish Zloty)?"),
        ("units", "hourz", " Did you mean HUR (hour)?"),
        ("currencies", "XYZ", ""),
        ("units", "", ""),
        ("units", "\0", ""),
        ("units", "'; --", ""),
        ("units", "9" * 400, ""),
    ],
)
def test_a_wrong_code_brings_what_may_have_been_meant(name, text, sentence):
    assert did_you_mean(name, text) == sentence
    assert bool(near(name, text)) == bool(sentence)


def test_a_code_in_small_letters_and_a_whole_name_are_understood_and_nothing_is_guessed():
    assert code_in("units", " hur ") == "HUR"
    assert code_in("countries", "côte d'ivoire") == "CI"
    assert code_in("units", "h") == "h"
    assert code_in("units", "litre per") == "litre per"
    assert code_in("units", "") == ""


def test_no_list_is_read_before_it_is_asked_for():
    program = (
        "import billing.einvoice.codes as codes, json;"
        "before = codes.about.cache_info().currsize; codes.is_known('countries', 'DE');"
        "print(json.dumps([before, codes.about.cache_info().currsize]))"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert json.loads(said) == [0, 1]
    assert codes.about.cache_info().currsize > 1
