"""`manage.py credit INVOICE`: the same services for people and scripts; a refusal changes nothing."""

import json

import pytest
from django.core.management import CommandError, call_command

from billing.events.models import Event
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    a_draft_invoice,
    a_final_invoice,
    a_final_note,
    a_line,
    a_payment,
    a_platform,
    an_entity,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(platform) -> Invoice:
    lines = [a_line("100.00", name="Licence"), a_line(name="Seats", quantity="4", unit_price="25.00")]
    return a_final_invoice(platform, number="INV-1", lines=lines)


def credit(capsys, *arguments: str) -> list[str]:
    """Return the lines that the command prints."""
    call_command("credit", *arguments)
    return capsys.readouterr().out.splitlines()


def refused(*arguments: str) -> str:
    """Return why the command refuses, and check that nothing has changed."""
    before = digest_of_rows()
    with pytest.raises(CommandError) as caught:
        call_command("credit", *arguments)
    assert caught.value.returncode == 1
    assert digest_of_rows() == before
    return str(caught.value)


def test_an_invoice_is_credited_by_its_number(invoice, capsys):
    a_payment(invoice, "42.00")

    told = credit(capsys, "INV-1", "--finalize", "--note", "Outage")

    note = CreditNote.objects.get()
    assert told == [
        f"{note.number} is {note.pk}: 242.00 EUR of INV-1, refundable.",
        "It clears 200.00 EUR; 42.00 EUR is left of it.",
        "INV-1 asks for 0.00 EUR; 0.00 EUR of it can still be credited.",
    ]
    assert (note.status, note.note) == ("FINAL", "Outage")
    drafted = Event.objects.get(object_id=note.pk, type="billing.credit_note.finalized")
    assert drafted.actor.startswith("command line (")


def test_without_finalize_it_is_a_draft(invoice, capsys):
    told = credit(capsys, invoice.pk)

    note = CreditNote.objects.get()
    assert told == [
        f"{note.display_number} (a draft) is {note.pk}: 242.00 EUR of INV-1, adjustment.",
        "INV-1 asks for 242.00 EUR; 242.00 EUR of it can still be credited.",
    ]


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (["1"], "121.00"),
        (["2x1"], "30.25"),
        (["2×3"], "90.75"),
        (["1=10.00", "2*2"], "72.60"),
        (["1", "2"], "242.00"),
    ],
)
def test_lines_are_named_by_their_number_with_an_amount_or_a_quantity(invoice, capsys, lines, total):
    credit(capsys, "INV-1", "--lines", *lines)

    assert str(CreditNote.objects.get().total) == f"{total}00"


def test_lines_are_named_by_their_id_too(invoice, capsys):
    second = invoice.lines.last()

    credit(capsys, "INV-1", "--lines", f"{second.pk}x2", "--finalize")

    assert [line.name for line in CreditNote.objects.get().lines.all()] == [second.name]


def test_a_sum_is_credited(invoice, capsys):
    told = credit(capsys, "INV-1", "--amount", "50", "--finalize", "--type", "adjustment")

    assert told[1:] == [
        "It clears 50.00 EUR; 0.00 EUR is left of it.",
        "INV-1 asks for 192.00 EUR; 192.00 EUR of it can still be credited.",
    ]


def test_an_estimate_stores_nothing(invoice, capsys):
    before = digest_of_rows()

    told = credit(capsys, "INV-1", "--estimate", "--lines", "2x1")

    assert told == [
        "30.25 EUR of INV-1 would be credited (25.00 and 5.25 of VAT), adjustment.",
        "It would clear 30.25 EUR; 0.00 EUR would be left of it. Nothing was stored.",
    ]
    assert digest_of_rows() == before


def test_for_scripts_it_answers_as_the_api_does(invoice, capsys):
    estimate = json.loads("\n".join(credit(capsys, "INV-1", "--estimate", "--json")))
    note = json.loads("\n".join(credit(capsys, "INV-1", "--finalize", "--json")))

    assert (estimate["object"], estimate["total"]) == ("credit_note_estimate", "242.00")
    assert (note["object"], note["status"], note["total"]) == ("credit_note", "FINAL", "242.00")
    assert note["id"] == CreditNote.objects.get().pk


def test_a_refusal_says_why_and_changes_nothing(invoice, capsys):
    note = a_final_note(invoice)

    sentence = refused("INV-1", "--json")

    assert sentence == f"INV-1 has been credited in full by {note.number}. [nothing_left_to_credit]"
    problem = json.loads(capsys.readouterr().out)
    assert (problem["code"], problem["status"]) == ("nothing_left_to_credit", 409)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["INV-2"], "There is no invoice 'INV-2'"),
        ([""], "There is no invoice ''"),
        (["INV-1", "--lines", "3"], "There is no line '3'; there are: 1 (Licence), 2 (Seats)."),
        (["INV-1", "--lines", "1=much"], "There is no line '1=much'"),
        (["INV-1", "--lines", "2x9"], "[exceeds_line_remaining]"),
        (["INV-1", "--amount", "1000"], "[amount_exceeds_creditable]"),
        (["INV-1", "--amount", "NaN"], "'NaN' is not a number"),
        (["INV-1", "--amount", "1e30"], "'1e30' is not a number"),
        (["INV-1", "--amount", "9" * 18], "is not a number"),
        (["INV-1", "--amount", "0.001"], "[amount_too_fine]"),
        (["INV-1", "--date", "soon"], "'soon' is not a day such as 2026-01-31"),
        (["INV-1", "--type", "gift"], "invalid choice"),
        (["INV-1", "--lines", "1", "--amount", "5"], "not allowed with argument"),
        (["INV-1", "--notify"], "give --finalize too"),
        (["INV-1", "--reason-code", "because"], "[reason_code_unknown]"),
        (["INV-1", "--platform", "Nobody"], "Name one platform"),
    ],
)
def test_what_cannot_be_done_is_said(invoice, arguments, sentence):
    assert sentence in refused(*arguments)


def test_a_draft_is_not_credited(platform):
    draft = a_draft_invoice(platform)

    assert "[invoice_not_final]" in refused(draft.pk)


def test_a_number_that_several_invoices_have_is_not_guessed(invoice, platform):
    other = an_entity(platform, name="Other B.V.", vat_number="")
    twin = a_final_invoice(platform, seller=other, number="INV-1")
    elsewhere = a_final_invoice(a_platform("Zebra Holding"), number="INV-1")

    everywhere = refused("INV-1")
    here = refused("INV-1", "--platform", platform.pk)

    assert everywhere.startswith("3 invoices have the number INV-1; name one by its id:")
    assert all(one.pk in everywhere for one in (invoice, twin, elsewhere))
    assert here.startswith("2 invoices")
    assert elsewhere.pk not in here
    call_command("credit", twin.pk)
    assert CreditNote.objects.get().invoice_id == twin.pk
