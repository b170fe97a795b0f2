"""A draft may be edited, outdated and thrown away; a final note only gets an internal comment."""

from decimal import Decimal

import pytest

from billing.errors import BillingError, NotFound
from billing.events.models import Event
from billing.platforms.models import Customer
from billing_desk.audit import audit
from credit_notes.models import CreditNote, CreditNoteLine
from credit_notes.selection import Selection
from credit_notes.services import delete_draft, finalize_credit_note, update_draft
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
)

from .stories import credit, due, finalize, four_lines, issue, lump_sum, nets_of, pick, refused, sums_of


def edit(note: CreditNote, /, **changes: object) -> CreditNote:
    update_draft(platform=note.platform, credit_note_id=note.pk, changes=changes, actor=CLERK, at=NOON)
    return CreditNote.objects.get(pk=note.pk)


def delete(note: CreditNote) -> None:
    delete_draft(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)


def test_a_drafts_note_and_reason_can_be_changed(platform):
    # given
    draft = a_draft_note(a_final_invoice(platform), note="Wrong customer")

    # when
    draft = edit(draft, note="Wrong price", reason_code="waiver", internal_comment="See ticket 7")

    # then
    assert (draft.note, draft.reason_code, draft.internal_comment) == (
        "Wrong price",
        "waiver",
        "See ticket 7",
    )
    assert (draft.version, draft.status) == (2, "DRAFT")
    event = Event.objects.latest("id")
    assert (event.type, event.object_id, event.actor) == ("billing.credit_note.updated", draft.pk, CLERK)
    assert event.data["previous"] == {"note": "Wrong customer", "reason_code": "", "internal_comment": ""}


def test_a_change_that_changes_nothing_says_nothing(platform):
    draft = a_draft_note(a_final_invoice(platform), note="Wrong customer")
    before = digest_of_rows()

    edit(draft, note="Wrong customer")

    assert digest_of_rows() == before


def test_the_edited_note_is_what_is_printed(platform):
    draft = edit(a_draft_note(a_final_invoice(platform)), note="Łódź paid twice, 10 € too much")

    assert finalize(draft).snapshot.reason == "Łódź paid twice, 10 € too much"


def test_of_a_final_note_only_the_internal_comment_changes(platform):
    # given
    note = a_final_note(a_final_invoice(platform))

    # when
    commented = edit(note, internal_comment="The customer called")

    # then
    assert commented.internal_comment == "The customer called"
    assert (commented.version, commented.snapshot_digest) == (note.version + 1, note.snapshot_digest)
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        edit(note, note="Another reason", internal_comment="Changed")
    assert caught.value.code == "note_not_draft"
    assert digest_of_rows() == before


def test_a_deleted_draft_leaves_only_its_events_and_frees_the_invoice(platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)

    # when
    delete(draft)

    # then
    assert not CreditNote.objects.exists()
    assert not CreditNoteLine.objects.exists()
    assert list(Event.objects.filter(object_id=draft.pk).values_list("type", flat=True)) == [
        "billing.credit_note.drafted",
        "billing.credit_note.deleted",
    ]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("121.00")
    assert a_final_note(invoice).number == "CR-2026-000001"


@pytest.mark.parametrize("deed", [delete, finalize])
def test_a_final_note_is_neither_deleted_nor_finalised_again(platform, deed):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        deed(note)

    assert caught.value.code == "note_not_draft"
    assert caught.value.detail == (
        "CR-2026-000001 is FINAL. Void it, or reverse it where it has left the house."
    )
    assert digest_of_rows() == before


@pytest.mark.parametrize("deed", [edit, delete, finalize])
def test_a_note_of_another_platform_does_not_exist(platform, deed):
    draft = a_draft_note(a_final_invoice(platform))
    draft.platform = a_platform("Other Group")
    before = digest_of_rows()

    with pytest.raises(NotFound):
        deed(draft)

    assert digest_of_rows() == before


def test_a_draft_on_hold_can_be_finalised_by_a_person(platform):
    draft = a_draft_note(a_final_invoice(platform), on_hold=True)

    assert finalize(draft).status == "FINAL"


def test_finalising_says_which_rules_the_paper_passed(platform):
    note = a_final_note(a_final_invoice(platform))

    assert set(note.einvoice_rules) == {"ruleset", "version", "sha256", "layers", "warnings"}
    assert note.einvoice_rules["version"]
    assert note.finalized_at == NOON


# Parts


def select(draft: CreditNote, selection: Selection) -> CreditNote:
    return edit(draft, selections=((draft.invoice_id, selection),))


def test_a_drafts_lines_are_replaced_and_worked_out_anew(platform):
    # given
    invoice = four_lines(platform)
    draft = credit(invoice, note="Returned")

    # when
    draft = select(draft, pick(invoice, 2, net_amount="20.00"))

    # then
    assert (nets_of(draft), sums_of(draft)) == (["20.00"], ("20.00", "4.00", "24.00"))
    assert (draft.is_full, draft.note, draft.version) == (False, "Returned", 2)
    event = Event.objects.latest("id")
    assert event.data["previous"] == {
        "total": "334.99",
        "lines": [["Licence", "1", net] for net in ("68.33", "68.33", "57.5", "85")],
    }
    assert event.data["object"]["lines"] == [["Licence", "1", "20"]]


def test_a_draft_over_a_part_becomes_one_over_a_sum_and_one_over_all(platform):
    invoice = four_lines(platform)
    draft = credit(invoice, selection=pick(invoice, 2))

    assert f"{select(draft, lump_sum('10')).total:.2f}" == "10.00"
    whole = select(draft, Selection())

    assert (whole.is_full, whole.total) == (True, Decimal("334.99"))
    assert finalize(whole).total == Decimal("334.99")


def test_only_one_draft_credits_all_of_an_invoice(platform):
    # given
    invoice = four_lines(platform)
    full, part = credit(invoice), credit(invoice, selection=lump_sum("10"))

    # when
    refusal = refused(lambda: select(part, Selection()))

    # then
    assert (refusal.code, refusal.facts["used_by"]) == (
        "full_credit_is_drafted",
        [{"id": full.pk, "number": full.display_number, "status": "DRAFT"}],
    )


def test_a_draft_takes_nothing_from_the_invoice(platform):
    invoice = four_lines(platform)
    credit(invoice, selection=lump_sum("300"))

    assert issue(invoice, lump_sum("300")).total == 300
    assert due(invoice) == "34.99"


def test_a_draft_whose_line_has_less_left_is_refused_with_what_is_left(platform):
    # given
    invoice = four_lines(platform)
    by_quantity = credit(invoice, selection=pick(invoice, 1, quantity="1"))
    by_amount = credit(invoice, selection=pick(invoice, 1, net_amount="60.00"))
    issue(invoice, pick(invoice, 1, net_amount="20.00"))

    # then
    for draft in (by_quantity, by_amount):
        refusal = refused(lambda draft=draft: finalize(draft))
        assert (refusal.code, refusal.facts["limit"]) == ("exceeds_line_remaining", "48.33")


def test_a_draft_over_what_was_left_is_outdated_once_less_is_left(platform):
    # given
    invoice = four_lines(platform)
    draft = credit(invoice, selection=pick(invoice, 1))
    issue(invoice, pick(invoice, 1, net_amount="20.00"))

    # when
    refusal = refused(lambda: finalize(draft))

    # then
    assert (refusal.code, refusal.status, refusal.facts) == (
        "draft_outdated",
        409,
        {"drafted": "82.00", "now": "58.00"},
    )
    assert refusal.detail.startswith(f"{draft.display_number} was drafted over 82 EUR, and other notes")


def test_saving_an_outdated_draft_brings_it_up_to_date(platform):
    invoice = four_lines(platform)
    draft = credit(invoice)
    issue(invoice, pick(invoice, 1))
    assert refused(lambda: finalize(draft)).code == "draft_outdated"

    draft = edit(draft)

    assert sums_of(draft) == ("210.83", "42.16", "252.99")
    assert finalize(draft).total == Decimal("252.99")
    assert due(invoice) == "0.00"


def test_vat_may_move_by_a_cent_when_another_note_is_final_first(platform):
    # given
    invoice = four_lines(platform)
    draft = credit(invoice, selection=pick(invoice, 2))
    assert sums_of(draft) == ("68.33", "13.67", "82.00")
    issue(invoice, pick(invoice, 1))

    # when
    note = finalize(draft)

    # then
    assert sums_of(note) == ("68.33", "13.66", "81.99")
    assert (note.snapshot.totals.total, note.references.get().total) == (Decimal("81.99"), Decimal("81.99"))


def test_whoever_names_the_total_is_told_that_it_has_moved(platform):
    invoice = four_lines(platform)
    draft = credit(invoice, selection=pick(invoice, 2))
    issue(invoice, pick(invoice, 1))

    refusal = refused(lambda: finalize(draft, total=Decimal("82.00")))

    assert refusal.code == "changed_meanwhile"
    assert "81.99" in refusal.detail
    assert finalize(draft, total=Decimal("81.99")).number == "CR-2026-000002"


def test_whoever_names_the_version_is_told_that_it_was_edited(platform):
    draft = credit(four_lines(platform), note="Once")
    seen = draft.version
    edit(draft, note="Twice")

    assert refused(lambda: finalize(draft, version=seen)).code == "changed_meanwhile"
    assert finalize(draft, version=seen + 1).status == "FINAL"


def test_lines_of_a_final_note_do_not_change(platform):
    note = issue(four_lines(platform), lump_sum("10"))

    assert refused(lambda: select(note, lump_sum("5"))).code == "note_not_draft"


def test_a_draft_cannot_be_moved_to_an_invoice_of_another_customer(platform):
    draft = credit(four_lines(platform))
    other = a_final_invoice(platform, buyer=a_customer(platform, name="Other", vat_number=""))

    refusal = refused(lambda: edit(draft, selections=((other.pk, Selection()),)))

    assert (refusal.code, refusal.field) == ("invoices_differ", "invoices")


@pytest.mark.parametrize("source", ["CURRENT", "ORIGINAL"])
def test_parties_that_change_before_a_draft_is_final_stand_alike_on_row_and_paper(platform, source):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice, details_source=source)
    Customer.objects.filter(pk=invoice.customer_id).update(name="Renamed SA")

    # when
    finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    # then
    note = CreditNote.objects.with_snapshot().get()
    assert note.buyer == note.snapshot.buyer
    assert note.buyer.name == ("Renamed SA" if source == "CURRENT" else "Bières du Nord SA")
    assert audit(files=False).findings == ()
