"""Each kind of fault is made by hand, behind the back of every guard; the audit names law and paper."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from billing.documents.models import StoredFile
from billing_desk.audit import audit
from billing_desk.audit.laws import LAWS, LAWS_OF_FILES
from credit_notes.models import Allocation, TaxWithheldRefund

from .faults import FAULTS, commit
from .story import Story


def who(name: str, story: Story) -> str:
    """Return the id that a name of the story stands for."""
    if name == "allocation":
        return Allocation.objects.get(credit_note=story.half, amount=20).pk
    if name == "undone":
        return Allocation.objects.get(credit_note=story.half, amount__lt=0).pk
    if name == "withheld":
        return TaxWithheldRefund.objects.get(pk=story.withheld_refund).tax_withheld_id
    return getattr(story, name, name)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(story, name):
    fault = FAULTS[name]
    expected = {(law, who(of, story)) for law, of in fault.found.items()}

    commit(fault, story)

    found = {(finding.law, finding.document) for finding in audit(files=False).findings}
    assert expected - found == set(), sorted(found)


def test_a_changed_file_is_named(story):
    file = StoredFile.objects.get(document_id=story.half, kind="pdf")
    content = default_storage.open(file.key).read()
    default_storage.save(file.key, ContentFile(content + b" "))

    findings = audit().findings

    default_storage.save(file.key, ContentFile(content))
    assert [(one.law, one.document, one.what) for one in findings] == [
        ("stored_files_are_what_was_stored", story.half, f"the size of its file {file.name}"),
        ("stored_files_are_what_was_stored", story.half, f"the digest of its file {file.name}"),
    ]
    assert findings[0].stored == str(file.size + 1)
    assert findings[0].expected == str(file.size)


def test_a_file_that_is_gone_is_named(story):
    file = StoredFile.objects.get(document_id=story.half, kind="xml")
    content = default_storage.open(file.key).read()
    default_storage.delete(file.key)

    findings = audit().findings

    default_storage.save(file.key, ContentFile(content))
    assert [(one.law, one.document, one.stored) for one in findings] == [
        ("stored_files_are_what_was_stored", story.half, "nothing")
    ]


def test_every_law_is_seen_to_be_broken_by_some_fault():
    laws = {law.__name__ for table in (LAWS, LAWS_OF_FILES) for some in table.values() for law in some}
    broken = {law for fault in FAULTS.values() for law in fault.found}

    assert laws - broken == {"stored_files_are_what_was_stored"}


def test_a_finding_says_what_is_stored_and_what_should_be(story):
    commit(FAULTS["an allocation was thrown away"], story)

    said = [str(finding) for finding in audit(files=False).findings]

    assert any("amount_allocated is 20.00, should be 0.00" in line for line in said), said
