"""Credit lines or an amount: the page, what it works out, what it makes."""

from decimal import Decimal

import pytest

from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.desk.conftest import text_of
from tests.factories import (
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_payment,
    a_platform,
)

pytestmark = pytest.mark.django_db

NO_ROWS = {"free-TOTAL_FORMS": "0", "free-INITIAL_FORMS": "0"}


@pytest.fixture
def invoice(platform: Platform) -> Invoice:
    """INV-1: 10 seats at 12.00 with 21 % VAT, and a setup of 80.00 with 9 %: 232.40 in all."""
    lines = [
        a_line(name="Seats", quantity="10", unit_price="12.00"),
        a_line(name="Setup", net="80.00", rate="9"),
    ]
    return a_final_invoice(platform, number="INV-1", lines=lines)


def ids(invoice: Invoice) -> list[str]:
    return list(invoice.lines.order_by("position").values_list("pk", flat=True))


def sheet(way: str = "lines", deed: str = "draft", **typed: str) -> dict[str, str]:
    return {"way": way, "deed": deed, "details_source": "ORIGINAL"} | NO_ROWS | typed


def test_the_page_shows_each_line_and_what_is_left_of_it(clerk, invoice):
    _, setup = ids(invoice)
    note = a_draft_note(invoice, selection=Selection(picks=(Pick(invoice_line=setup),)))

    answer = clerk.get(f"/invoices/{invoice.pk}/credit/lines/")

    page = text_of(answer)
    assert "INV-1 · Bières du Nord SA · €232.40 left to credit" in page
    assert "Seats 10 × €12.00 · 21% · €120.00 Left €120.00 10" in page
    assert "Setup 1 × €80.00 · 9% · €80.00 Left €80.00 1" in page
    assert note.display_number not in page


def test_a_quantity_and_an_amount_are_worked_out_without_storing_anything(clerk, invoice):
    seats, setup = ids(invoice)
    before = digest_of_rows()

    answer = clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/",
        sheet(deed="estimate", **{f"{seats}-quantity": "3", f"{setup}-net_amount": "20,00"}),
    )

    page = text_of(answer)
    assert "Seats 3 €36.00 Setup 1 €20.00 Net €56.00 VAT 21% on €36.00 €7.56 VAT 9% on €20.00 €1.80" in page
    assert "Total €65.36 Adjustment: all of it clears debt Clears debt €65.36" in page
    assert "Owed to the customer €0.00 INV-1 afterwards Left to credit €167.04 Due €167.04" in page
    assert f'name="{seats}-quantity" value="3"' in answer.content.decode()
    assert digest_of_rows() == before


def test_it_makes_a_draft_of_what_was_chosen(clerk, invoice):
    seats, setup = ids(invoice)

    answer = clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/",
        sheet(
            note="Two seats too many",
            reason_code="order_change",
            type="refundable",
            internal_comment="Ask Bob",
            **{f"{seats}-quantity": "2", f"{setup}-rest": "on"},
        ),
        follow=True,
    )

    note = CreditNote.objects.get()
    assert (note.status, note.total, note.type, note.note) == (
        "DRAFT",
        Decimal("116.24"),
        "refundable",
        "Two seats too many",
    )
    assert (note.reason_code, note.internal_comment, note.is_type_automatic) == (
        "order_change",
        "Ask Bob",
        False,
    )
    assert note.references.get().selection == Selection(
        picks=(Pick(invoice_line=seats, quantity=Decimal(2)), Pick(invoice_line=setup))
    )
    assert answer.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]
    assert f"{note.display_number} was drafted." in text_of(answer)


def test_a_sum_with_vat_is_credited_to_the_cent(clerk, invoice):
    clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet("sum", amount="100"))

    assert CreditNote.objects.get().total == Decimal("100.00")


def test_a_line_of_ones_own_takes_a_vat_rate_of_the_invoice(clerk, invoice):
    typed = {
        "free-TOTAL_FORMS": "2",
        "free-0-name": "For the trouble",
        "free-0-quantity": "1",
        "free-0-unit_price": "10",
        "free-0-group": "S:9",
        "free-1-name": "",
        "free-1-quantity": "1",
        "free-1-unit_price": "",
        "free-1-group": "S:21",
    }

    clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet(**typed))

    note = CreditNote.objects.get()
    assert note.total == Decimal("10.90")
    assert note.references.get().selection.free == (
        FreeLine(
            name="For the trouble",
            quantity=Decimal(1),
            unit_price=Decimal(10),
            tax_category="S",
            tax_rate=Decimal(9),
        ),
    )


def test_rows_are_added_and_what_was_typed_stays(clerk, invoice):
    seats, _ = ids(invoice)

    answer = clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/",
        sheet(
            deed="rows",
            **{
                f"{seats}-quantity": "3",
                "free-TOTAL_FORMS": "1",
                "free-0-name": "Bonus",
                "free-0-quantity": "1",
                "free-0-group": "S:9",
            },
        ),
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="free-3-name"' in page
    assert 'name="free-4-name"' not in page
    assert page.count("This field is required.") == 1  # the row that was begun has no price
    assert 'value="Bonus"' in page
    assert f'name="{seats}-quantity" value="3"' in page
    assert CreditNote.objects.count() == 0


def test_a_data_only_note_corrects_an_invoice_and_takes_nothing(clerk, invoice):
    refused = clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet("sum", amount="0"))
    clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/", sheet("sum", amount="0", note="The order was PO-9, not PO-8")
    )

    assert "A note over nothing corrects data: write what it corrects." in text_of(refused)
    assert CreditNote.objects.get().total == 0


@pytest.mark.parametrize(
    ("way", "typed", "said"),
    [
        ("lines", {}, "Say how much of which line, or add a line of your own."),
        ("lines", {"0-quantity": "11"}, "11 of line 1 cannot be credited: 10 of 10 are left"),
        ("lines", {"0-quantity": "-1"}, "The quantity must be greater than zero."),
        ("lines", {"0-quantity": "0"}, "The quantity must be greater than zero."),
        ("lines", {"1-net_amount": "80.01"}, "80.01 of line 2 cannot be credited: 80.00 EUR of 80.00"),
        ("lines", {"1-net_amount": "1.001"}, "This is finer than EUR, whose smallest unit is 0.01."),
        ("lines", {"1-net_amount": "NaN"}, "Write a number, such as 12.50."),
        ("lines", {"1-net_amount": "1e30"}, "Write a number, such as 12.50."),
        ("lines", {"1-net_amount": "9" * 400}, "Write a number, such as 12.50."),
        (
            "lines",
            {"0-quantity": "1", "0-rest": "on"},
            "Give a quantity or a net amount, or take all that is left.",
        ),
        ("sum", {}, "Say how much, with VAT."),
        ("sum", {"amount": "232.41"}, "232.41 EUR is more than the 232.40 EUR that INV-1 allows now"),
        ("sum", {"amount": "-1"}, "This cannot be negative."),
        ("rest", {"type": "nonsense"}, "Select a valid choice."),
        ("rest", {"date": "2020-01-01"}, "2020-01-01 is before 2026-11-03"),
        ("rest", {"date": "2999-01-01"}, "2999-01-01 is in the future"),
        ("rest", {"number": "NO-1"}, "NO-1"),
        ("nonsense", {}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_typed(clerk, invoice, way, typed, said):
    lines = dict(enumerate(ids(invoice)))
    named = {
        f"{lines[int(name[0])]}{name[1:]}" if name[0].isdigit() else name: value
        for name, value in typed.items()
    }
    before = digest_of_rows()

    answer = clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet(way, note="Keep me", **named))

    assert answer.status_code in (400, 409)
    page = answer.content.decode()
    assert said in text_of(answer)
    assert "field-error" in page
    assert "Keep me" in page
    assert all(f'value="{value}"' in page for value in typed.values() if value not in ("on", "nonsense"))
    assert digest_of_rows() == before


def test_an_adjustment_of_more_than_is_due_is_refused_at_the_type(clerk, invoice):
    a_payment(invoice, "200.00")

    answer = clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/", sheet("sum", amount="100", type="adjustment")
    )

    assert answer.status_code == 409
    assert 'aria-describedby="id_type_error"' in answer.content.decode()
    assert "An adjustment of 100.00 EUR is more than the 32.40 EUR that INV-1 still owes." in text_of(answer)


def test_htmx_is_told_what_it_comes_to_or_what_is_missing(clerk, invoice):
    seats, _ = ids(invoice)
    address, htmx = f"/invoices/{invoice.pk}/credit/lines/", {"HX-Request": "true"}

    fine = clerk.post(address, sheet(deed="estimate", **{f"{seats}-quantity": "3"}), headers=htmx)
    empty = clerk.post(address, sheet(deed="estimate"), headers=htmx)
    much = clerk.post(address, sheet(deed="estimate", **{f"{seats}-quantity": "30"}), headers=htmx)

    assert [answer.status_code for answer in (fine, empty, much)] == [200, 200, 200]
    assert fine.content.decode().strip().startswith('<section class="card outcome" id="outcome"')
    assert "Total €43.56" in text_of(fine)
    assert "Say how much of which line" in text_of(empty)
    assert "30 of line 1 cannot be credited" in text_of(much)


def test_a_negative_line_is_given_without_a_minus(clerk, platform):
    lines = [a_line(net="100.00"), a_line(name="Rebate", quantity="-2", unit_price="10.00")]
    invoice = a_final_invoice(platform, lines=lines)
    licence, rebate = ids(invoice)

    clerk.post(
        f"/invoices/{invoice.pk}/credit/lines/",
        sheet(**{f"{licence}-net_amount": "50", f"{rebate}-quantity": "1"}),
    )

    assert CreditNote.objects.get().total == Decimal("48.40")


def test_the_lines_of_a_draft_are_chosen_anew(clerk, invoice):
    seats, setup = ids(invoice)
    chosen = Selection(
        picks=(Pick(invoice_line=seats, quantity=Decimal(2)),),
        free=(
            FreeLine(
                name="Bonus",
                description="As agreed",
                quantity=Decimal(1),
                unit_price=Decimal(5),
                tax_category="S",
                tax_rate=Decimal(9),
            ),
        ),
    )
    note = a_draft_note(invoice, selection=chosen, note="Old")
    address = f"/credit-notes/{note.pk}/lines/"

    page = clerk.get(address).content.decode()
    answer = clerk.post(
        address,
        sheet(
            version=str(note.version),
            note="New",
            **{
                f"{setup}-net_amount": "70",
                "free-TOTAL_FORMS": "1",
                "free-INITIAL_FORMS": "1",
                "free-0-was": "0",
                "free-0-name": "Bonus",
                "free-0-quantity": "1",
                "free-0-unit_price": "6",
                "free-0-group": "S:9",
            },
        ),
        follow=True,
    )

    assert f'name="{seats}-quantity" value="2"' in page
    assert 'value="Bonus"' in page
    changed = CreditNote.objects.get()
    assert (changed.note, changed.total) == ("New", Decimal("82.84"))
    free = changed.references.get().selection.free[0]
    assert (free.unit_price, free.description) == (Decimal(6), "As agreed")
    assert f"{note.display_number} was changed." in text_of(answer)


def test_a_line_of_ones_own_is_left_out(clerk, invoice):
    free = FreeLine(name="Bonus", quantity=Decimal(1), unit_price=Decimal(5), tax_rate=Decimal(9))
    note = a_draft_note(invoice, selection=Selection(free=(free,)))
    seats, _ = ids(invoice)
    typed = {
        "free-TOTAL_FORMS": "1",
        "free-INITIAL_FORMS": "1",
        "free-0-was": "0",
        "free-0-name": "Bonus",
        "free-0-quantity": "1",
        "free-0-unit_price": "5",
        "free-0-group": "S:9",
        "free-0-DELETE": "on",
        f"{seats}-quantity": "1",
    }

    clerk.post(f"/credit-notes/{note.pk}/lines/", sheet(version=str(note.version), **typed))

    assert CreditNote.objects.get().references.get().selection == Selection(
        picks=(Pick(invoice_line=seats, quantity=Decimal(1)),)
    )


def test_a_draft_that_somebody_else_has_changed_is_not_overwritten(clerk, invoice):
    note = a_draft_note(invoice)
    before = digest_of_rows()

    answer = clerk.post(f"/credit-notes/{note.pk}/lines/", sheet("sum", amount="5", version="7"))

    assert answer.status_code == 409
    assert "has changed since you looked at it" in text_of(answer)
    assert digest_of_rows() == before


def test_a_final_note_keeps_its_lines(clerk, invoice):
    note = a_final_note(invoice)

    answer = clerk.get(f"/credit-notes/{note.pk}/lines/")

    assert answer.status_code == 409


def test_a_line_that_is_used_up_has_no_fields_and_the_rest_says_what_is_left(clerk, invoice):
    _, setup = ids(invoice)
    clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet(**{f"{setup}-rest": "on"}))
    note = CreditNote.objects.get()
    clerk.post(f"/credit-notes/{note.pk}/finalise/")

    lines = clerk.get(f"/invoices/{invoice.pk}/credit/lines/")
    rest = text_of(clerk.get(f"/invoices/{invoice.pk}/credit/"))
    menu = text_of(clerk.get(f"/invoices/{invoice.pk}/"))

    assert "Setup 1 × €80.00 · 9% · €80.00 Left €0.00 Credited already" in text_of(lines)
    assert f'name="{setup}-quantity"' not in lines.content.decode()
    assert "Credit note €145.20 Clears debt €145.20 Owed to the customer €0.00" in rest
    assert "What is left of 1 line of INV-1 is reversed." in rest
    assert "Credit the rest All that is left, €145.20" in menu


def test_a_page_of_many_lines_costs_no_more_queries(clerk, platform, django_assert_max_num_queries):
    invoice = a_final_invoice(platform, lines=[a_line(net="1.00") for _ in range(400)])

    with django_assert_max_num_queries(22):
        clerk.get(f"/invoices/{invoice.pk}/credit/lines/")
    typed = {f"{line}-quantity": "" for line in ids(invoice)}
    typed |= {f"{line}-net_amount": "" for line in ids(invoice)} | {f"{ids(invoice)[7]}-rest": "on"}
    answer = clerk.post(f"/invoices/{invoice.pk}/credit/lines/", sheet(**typed))

    assert answer.status_code == 302
    assert CreditNote.objects.get().total == Decimal("1.21")


def test_a_draft_invoice_is_not_credited(clerk, platform):
    invoice = a_draft_invoice(platform)

    assert clerk.get(f"/invoices/{invoice.pk}/credit/lines/").status_code == 409


def test_who_only_reads_may_not_and_another_platforms_papers_are_not_there(clerk, viewer, invoice):
    note = a_draft_note(invoice)
    strange = a_final_invoice(a_platform("Other"))
    foreign = a_draft_note(strange)
    mine = [f"/invoices/{invoice.pk}/credit/lines/", f"/credit-notes/{note.pk}/lines/"]
    theirs = [f"/invoices/{strange.pk}/credit/lines/", f"/credit-notes/{foreign.pk}/lines/"]

    assert [viewer.get(address).status_code for address in mine] == [403, 403]
    assert [viewer.post(address, sheet()).status_code for address in mine] == [403, 403]
    assert [clerk.get(address).status_code for address in theirs] == [404, 404]
    assert [clerk.post(address, sheet()).status_code for address in theirs] == [404, 404]
