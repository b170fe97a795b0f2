"""The PDF: what it says, that its fonts are in it, and that it is the same every time."""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from billing.documents.snapshot import Note, to_json
from billing.paper import pdf, render_pdf
from billing.paper.words import LANGUAGES, words_of

from .papers import (
    BUYER,
    SELLER,
    a_document,
    a_line,
    a_logo,
    a_rich_document,
    fonts_of,
    many_lines,
    pages_of,
    text_of,
)

ROOT = Path(__file__).parents[3]
PAGE = """
<html lang="en">
  <head>
    <style>
      @font-face {{ font-family: Inter; src: url("{font}"); }}
      @page {{ size: a4; margin: 2cm; }}
      html {{ font-family: Inter; }}
    </style>
  </head>
  <body>{body}</body>
</html>
"""


def printed(body: str, *, font: str = "Inter-Regular.ttf", at: date | datetime = date(2026, 11, 21)) -> bytes:
    return pdf.render(PAGE.format(font=font, body=body), at=at, title="Title", author="Author", language="en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_europe_comes_out_in_every_language(language):
    note = a_document([a_line("Łódź ß ğ Ω Ж € ě ő ș ı Ћ ϊ")], language=language)

    text = text_of(render_pdf(note))

    assert "Łódź ß ğ Ω Ж € ě ő ș ı Ћ ϊ" in text
    assert words_of(language).title["credit_note"] + " CR-2026-000001" in text


@pytest.mark.parametrize("mark", ["", "DRAFT", "VOID"])
def test_only_our_fonts_are_in_the_file_and_they_are_embedded(mark):
    content = render_pdf(a_rich_document(), logo=a_logo(), watermark=mark)

    assert fonts_of(content) == {"/AAAAAA+Inter-Regular", "/AAAAAA+Inter-SemiBold"}


def test_the_same_document_has_the_same_bytes():
    note = a_rich_document()

    assert render_pdf(note, logo=a_logo()) == render_pdf(note, logo=a_logo())


def test_another_process_elsewhere_makes_the_same_bytes(tmp_path):
    # given
    note = a_rich_document(language="de")
    program = (
        "import sys, json, hashlib, django; django.setup();"
        "from billing.documents.snapshot import Document, from_json; from billing.paper import render_pdf;"
        "note = from_json(json.load(sys.stdin), Document);"
        "print(hashlib.sha256(render_pdf(note, watermark='VOID')).hexdigest())"
    )
    elsewhere = os.environ | {
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "billing_desk.settings",
        "TZ": "Asia/Tokyo",
        "SOURCE_DATE_EPOCH": "1",
        "PYTHONHASHSEED": "7",
    }

    # when
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(to_json(note)),
        cwd=tmp_path,
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )

    # then
    assert run.stdout.strip() == hashlib.sha256(render_pdf(note, watermark="VOID")).hexdigest()


def test_threads_do_not_mix_their_papers():
    notes = [a_rich_document(number=f"CR-{at}", language=language) for at, language in enumerate(LANGUAGES)]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(render_pdf, notes))

    assert together == [render_pdf(note) for note in notes]


def test_the_file_says_what_it_is():
    reader = PdfReader(BytesIO(render_pdf(a_document(language="de"))))

    assert reader.metadata is not None
    assert reader.metadata.title == "Rechnungskorrektur CR-2026-000001"
    assert reader.metadata.author == "Łódź Software sp. z o.o."
    assert reader.metadata.subject == (
        "Diese Rechnungskorrektur berichtigt die Rechnung INV-2026-00417 vom 3. November 2026."
    )
    assert reader.metadata.creation_date == datetime(2026, 11, 21, tzinfo=UTC)
    assert reader.metadata.modification_date == datetime(2026, 11, 21, tzinfo=UTC)
    assert reader.root_object["/Lang"] == "de"


def test_a_moment_is_written_in_utc():
    at = datetime(2026, 11, 21, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    reader = PdfReader(BytesIO(printed("x", at=at)))

    assert reader.trailer["/Info"]["/CreationDate"] == "D:20261120233000+00'00'"


def test_a_long_table_repeats_its_head_and_pages_are_counted():
    pages = pages_of(render_pdf(a_document(many_lines(60))))

    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of 3" in page
        assert "Łódź Software sp. z o.o. · Credit note CR-2026-000001" in page
        assert "Unit price" in page
    assert "Item 1\n" in pages[0]
    assert "Item 60\n" in pages[-1]
    assert "Total credited" in pages[-1]


def test_no_line_of_three_hundred_is_lost_or_repeated():
    lines = text_of(render_pdf(a_document(many_lines(300)))).splitlines()

    assert [line for line in lines if line.startswith("Item ")] == [f"Item {at}" for at in range(1, 301)]


@pytest.mark.parametrize("count", range(14, 22))
def test_the_sums_never_begin_a_page_alone(count):
    last = pages_of(render_pdf(a_document(many_lines(count))))[-1]

    assert f"Item {count}\n" in last
    assert "VAT 19%" in last
    assert "Total credited" in last


def test_nothing_of_a_very_long_text_is_lost():
    # given
    words = [f"w{at}" for at in range(1500)]
    long = " ".join(words)
    note = a_document(
        [a_line("short", description=long)],
        reason=long.replace("w", "r"),
        notes=(Note(long.replace("w", "n")),),
        seller=replace(SELLER, legal_info=long.replace("w", "s")),
        buyer=replace(BUYER, name=long.replace("w", "b")),
    )

    # when
    found = set(text_of(render_pdf(note)).split())

    # then
    for letter in "wrnsb":
        assert {word.replace("w", letter) for word in words} <= found


def test_what_cannot_be_drawn_is_shown_explained_and_logged(caplog):
    note = a_document([a_line("設備 plan")], language="de")

    text = text_of(render_pdf(note))

    assert "□□ plan" in text
    assert "□ steht für ein Zeichen" in text
    assert "CR-2026-000001 cannot show U+5099, U+8A2D" in caplog.text


@pytest.mark.parametrize("body", ["漢", "<img src='http://127.0.0.1/x.png'> x", "<img src='/etc/passwd'> x"])
def test_html_that_would_come_out_wrong_is_refused(body):
    with pytest.raises(pdf.PaperCannotDraw):
        printed(body)


@pytest.mark.parametrize("font", ["Gone.ttf", "../html.py", "/etc/passwd", "http://127.0.0.1/x.ttf"])
def test_a_font_that_is_not_ours_is_an_error_and_never_helvetica(font):
    with pytest.raises(pdf.PaperCannotDraw):
        printed("x", font=font)


def test_a_watermark_is_drawn_on_every_page():
    pages = pages_of(render_pdf(a_document(many_lines(60)), watermark="VOID"))

    assert [page.count("Void") for page in pages] == [2, 1, 1]
