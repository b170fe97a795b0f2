"""`manage.py import_invoice FILE…`: each file whole or not at all, and every refusal with its place."""

import pytest
from django.core.management import CommandError, call_command

from billing.einvoice.cii import writer as cii
from billing.platforms.models import Platform
from invoices.models import Invoice
from tests import hybrids
from tests.factories import a_platform

from .ubl import a_document, a_file


@pytest.fixture
def files(tmp_path, platform):
    """Two good invoices, and between them one whose sums are wrong."""
    contents = {
        "one.xml": a_file(number="F-1"),
        "wrong.xml": a_file(number="F-2").replace(
            b">121.00</cbc:PayableAmount", b">122.00</cbc:PayableAmount"
        ),
        "three.xml": a_file(number="F-3"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [str(tmp_path / name) for name in contents]


def test_good_files_are_imported_and_their_ids_told(files, capsys):
    call_command("import_invoice", files[0], files[2])

    told = capsys.readouterr().out.splitlines()
    invoices = Invoice.objects.order_by("number")
    assert told == [
        f"{file}: {invoice.number} is {invoice.pk}"
        for file, invoice in zip((files[0], files[2]), invoices, strict=True)
    ]


def test_a_bad_file_is_named_with_place_and_rule_and_stops_no_other(files, capsys):
    with pytest.raises(CommandError, match=r"^1 of 3 files were refused\.$") as caught:
        call_command("import_invoice", *files)

    assert caught.value.returncode == 1
    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == ["F-1", "F-3"]
    told = capsys.readouterr().err
    assert told.startswith(f"{files[1]}: ")
    assert "[einvoice_invalid]" in told
    assert "\n  BR-CO-16 at " in told


def test_a_file_that_is_not_there_or_no_invoice_is_said_in_a_line(tmp_path, platform, capsys):
    letter = tmp_path / "letter.xml"
    letter.write_text("Dear all,")
    missing = tmp_path / "missing.xml"

    with pytest.raises(CommandError, match="2 of 2 files were refused"):
        call_command("import_invoice", str(letter), str(missing))

    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith(f"{letter}: ")
    assert "[einvoice_unreadable]" in told[0]
    assert "No such file" in told[1]
    assert not Invoice.objects.exists()


def test_cii_and_pdf_are_taken_as_ubl_is(tmp_path, platform, capsys):
    xml = cii.serialize(a_document(number="F-1"))
    contents = {
        "cii.xml": xml,
        "hybrid.pdf": hybrids.a_hybrid(xml.replace(b"F-1<", b"F-2<")),
        "paper.pdf": hybrids.a_pdf(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    with pytest.raises(CommandError, match="1 of 3 files were refused"):
        call_command("import_invoice", *(str(tmp_path / name) for name in contents))

    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == ["F-1", "F-2"]
    assert capsys.readouterr().err.rstrip().endswith("or for XML. [pdf_without_invoice]")


def test_with_several_platforms_one_must_be_named(files, platform):
    other = a_platform("Other Group")

    with pytest.raises(CommandError, match="Name one platform with --platform") as caught:
        call_command("import_invoice", files[0])

    assert all(f"{each.pk} ({each.name})" in str(caught.value) for each in Platform.objects.all())
    call_command("import_invoice", files[0], "--platform", other.pk)
    call_command("import_invoice", files[0], "--platform", "Acme Group")
    assert set(Invoice.objects.values_list("platform__name", flat=True)) == {"Other Group", "Acme Group"}


def test_a_platform_that_does_not_exist_is_said(files, platform):
    with pytest.raises(CommandError, match="Name one platform with --platform"):
        call_command("import_invoice", files[0], "--platform", "Nobody")
