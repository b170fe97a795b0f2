"""Our own checks beside the official rules: what we allow they allow; where we are stricter we know it."""

import pytest
from msgspec.structs import replace

from billing.einvoice import preflight
from billing.einvoice.profiles import EN16931, FACTUR_X, PEPPOL, PROFILES, XRECHNUNG, XRECHNUNG_CII
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.writing import write
from tests.unit.einvoice.documents import an_invoice, as_credit_note, within_germany
from tests.unit.einvoice.faults import FAULTS, HARMLESS, STRICTER

EVERY = (PEPPOL, XRECHNUNG, XRECHNUNG_CII, EN16931, FACTUR_X)

NOT_IN = {
    PEPPOL: {"exempt by a code of another category", "Greek seller's number"},
}
"""What is harmless but for a profile's own rules: a code of Peppol's, Greek rules."""


def base_of(profile: str):
    """A document without fault in a profile."""
    domestic = PROFILES[profile].cius == "xrechnung"
    return replace(within_germany() if domestic else an_invoice(), profile=profile)


def noted(document):
    """The credit note over a document, with the references and totals that the fault gave it."""
    kept = {"references": document.references} if document.references else {}
    return as_credit_note(document, **kept, totals=document.totals)


def ours(document) -> set[str]:
    return {finding.id for finding in preflight.check(document) if finding.flag == "fatal"}


def official(document) -> set[str]:
    """The rules that forbid a document, by official judges alone."""
    report = validate(write(document), PROFILES[document.profile], twin=lambda: ubl.serialize(document))
    return {finding.id for finding in report.findings if finding.flag == "fatal"}


def test_what_is_a_fault_for_us_is_one_for_every_official_rule_set():
    for profile in EVERY:
        for name, change in FAULTS.items():
            document = change(base_of(profile))
            assert ours(document), (profile, name)
            is_in_cii = PROFILES[profile].syntax == "cii"
            assert official(document) or (is_in_cii and name in LOST_IN_CII), (profile, name)


LOST_IN_CII = {"card holder without a card"}
"""What the CII writer has no place for, so that its rules never see it."""


@pytest.mark.parametrize("profile", EVERY)
def test_what_we_allow_the_official_rules_allow(profile):
    for name, change in HARMLESS.items():
        document = change(base_of(profile))
        found = ours(document)
        assert found or not official(document), (profile, name)
        assert bool(found) == (name in NOT_IN.get(profile, ())), (profile, name, found)


def test_credit_notes_are_judged_as_their_invoices_are():
    for name, change in (FAULTS | HARMLESS).items():
        if name == "unknown type":
            continue
        note = noted(change(base_of(EN16931)))
        assert bool(ours(note)) == bool(official(note)) == (name in FAULTS), name


@pytest.mark.parametrize("name", STRICTER)
def test_where_we_are_stricter_the_rules_of_ubl_let_it_pass(name):
    document = STRICTER[name](base_of(EN16931))

    assert official(document) == set()
    assert ours(document)
