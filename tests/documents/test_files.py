"""Stored files: written once, read back checked, linked to for minutes."""

import hashlib
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.files.storage import default_storage
from django.db import transaction

from billing.documents import files
from billing.documents.models import StoredFile
from billing.errors import NotFound
from invoices.models import Invoice
from tests.books import stored_keys
from tests.factories import NOON, a_final_invoice

PDF = b"%PDF-1.7 ..."


@pytest.fixture
def invoice(platform) -> Invoice:
    return a_final_invoice(platform)


def store(invoice: Invoice, content: bytes = PDF, name: str = "INV 1.pdf") -> tuple[StoredFile, bool]:
    about = {"content": content, "content_type": "application/pdf"}
    key = files.upload(platform=invoice.platform, owner=invoice.pk, name=name, **about)
    with transaction.atomic():
        return files.keep(document=invoice, kind="pdf", key=key, at=NOON, **about)


def test_a_file_is_kept_with_its_digest(invoice):
    file, is_new = store(invoice)

    assert is_new
    assert (file.sha256, file.size, file.name) == (hashlib.sha256(PDF).hexdigest(), len(PDF), "INV 1.pdf")
    assert file.key == f"{invoice.platform_id}/{invoice.pk}/{file.sha256}/INV 1.pdf"
    assert files.read(file) == PDF


def test_the_same_file_again_is_the_same_file(invoice):
    first, _ = store(invoice)
    keys = stored_keys()

    second, is_new = store(invoice)

    assert (second, is_new) == (first, False)
    assert stored_keys() == keys


def test_another_file_of_that_name_does_not_replace_the_first(invoice):
    first, _ = store(invoice)

    second, is_new = store(invoice, content=b"something else")

    assert (second, is_new) == (first, False)
    assert files.read(files.get(document=invoice, kind="pdf")) == PDF


def test_a_file_that_is_not_there_is_missing_by_name(invoice):
    with pytest.raises(NotFound, match="has no pdf file") as caught:
        files.get(document=invoice, kind="pdf")

    assert caught.value.facts == {"id": invoice.pk, "kind": "pdf"}


def test_a_changed_file_is_never_handed_out(invoice):
    file, _ = store(invoice)
    default_storage.save(file.key, BytesIO(PDF + b"!"))

    with pytest.raises(files.FileIsDamaged, match=r"INV 1\.pdf does not have the digest") as caught:
        files.read(file)

    assert (caught.value.code, caught.value.status) == ("file_is_damaged", 500)


def test_a_link_is_signed_names_the_file_and_lasts_five_minutes(invoice):
    link = files.signed_link(store(invoice, name="Gutschrift Łódź.pdf")[0])

    question = parse_qs(urlsplit(link).query)
    answer = requests.get(link, timeout=10)
    assert question["X-Amz-Expires"] == ["300"]
    assert "X-Amz-Signature" in question
    assert answer.content == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Gutschrift%20%C5%81%C3%B3d%C5%BA.pdf"
    )


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CR-2026-000001", "CR-2026-000001"),
        ("INV/2026/7", "INV_2026_7"),
        ("../../etc/passwd", "etc_passwd"),
        ("hours é.csv", "hours_é.csv"),
        ('a"b\r\nc;d', "a_b_c_d"),
        ("...", "file"),
        ("", "file"),
        ("x" * 150, "x" * 100),
    ],
)
def test_a_name_becomes_safe_for_paths_headers_and_shells(name, safe):
    assert files.safe_name(name) == safe
