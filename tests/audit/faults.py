"""What somebody with the database's password could do to the books, and what the audit must say of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from .story import Story


@dataclass(frozen=True)
class Fault:
    """Statements, and the findings that must come of them: the law, and of what.

    `of` is a name of the story, or what stands there in plain words. `without` are constraints that refused
    the deed, and have to be dropped first.
    """

    deed: str
    found: dict[str, str]
    without: tuple[tuple[str, str], ...] = field(default=())


@contextmanager
def nobody_looks() -> Iterator[Any]:
    """Switch off, for this session, every trigger and foreign key, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def commit(fault: Fault, story: Story) -> None:
    """Do the deed."""
    with nobody_looks() as cursor:
        for table, constraint in fault.without:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        cursor.execute(fault.deed, asdict(story))


INVOICES, NOTES, LINES = "invoices_invoice", "credit_notes_creditnote", "credit_notes_creditnoteline"

FAULTS = {
    # 1. Papers add up.
    "a total was raised": Fault(
        "UPDATE invoices_invoice SET total = total + 1 WHERE id = %(open)s",
        {
            "sums_come_to_the_total": "open",
            "columns_say_what_was_frozen": "open",
            "every_debt_was_told": "open",
        },
        without=((INVOICES, "invoice_adds_up"),),
    ),
    "the lines of notes were emptied out": Fault(
        "TRUNCATE credit_notes_creditnoteline",
        {"parts_come_to_their_sums": "half", "lines_say_what_was_frozen": "half"},
    ),
    "the allowances of notes were emptied out": Fault(
        "TRUNCATE credit_notes_creditnoteallowancecharge",
        {"parts_come_to_their_sums": "second", "allowances_say_what_was_frozen": "second"},
    ),
    "the references of notes were emptied out": Fault(
        "TRUNCATE credit_notes_creditnotereference CASCADE",
        {"notes_name_their_invoice": "half", "references_say_what_was_frozen": "half"},
    ),
    "a line was changed": Fault(
        """UPDATE invoices_invoiceline SET net_amount = net_amount - 1, name = 'Nothing'
            WHERE invoice_id = %(paid)s""",
        {"parts_come_to_their_sums": "paid", "lines_say_what_was_frozen": "paid"},
    ),
    "a VAT group was changed": Fault(
        "UPDATE invoices_invoice SET taxes = jsonb_set(taxes, '{0,base}', '\"1.00\"') WHERE id = %(open)s",
        {"vat_is_taken_of_the_net_total": "open", "vat_groups_say_what_was_frozen": "open"},
    ),
    "what a note took of its invoice was changed": Fault(
        """UPDATE credit_notes_creditnotereference SET total = total + 500,
                  taxes = jsonb_set(taxes, '{0,amount}', '"99.00"') WHERE credit_note_id = %(half)s""",
        {
            "references_come_to_the_note": "half",
            "references_come_to_the_notes_vat": "half",
            "no_invoice_is_credited_beyond_its_total": "paid",
            "no_vat_group_is_credited_beyond_itself": "paid",
        },
    ),
    "a note was hung on another invoice": Fault(
        "UPDATE credit_notes_creditnote SET invoice_id = %(open)s WHERE id = %(half)s",
        {"notes_name_their_invoice": "half"},
    ),
    "a note's line was hung on another invoice's": Fault(
        """UPDATE credit_notes_creditnoteline SET invoice_line_id = (
                  SELECT id FROM invoices_invoiceline WHERE invoice_id = %(open)s)
                       WHERE credit_note_id = %(half)s""",
        {"parts_stay_with_their_paper": "half"},
    ),
    "a payment came with a tenth of a cent": Fault(
        "UPDATE invoices_payment SET amount = amount + 0.001 WHERE id = %(payment)s",
        {"amounts_are_whole": "paid", "settled_amounts_are_sums_of_rows": "paid"},
    ),
    # 2 and 5. Invoices are settled by rows.
    "more was paid than was asked for": Fault(
        "UPDATE invoices_invoice SET amount_paid = 500 WHERE id = %(open)s",
        {"no_invoice_is_settled_twice": "open", "settled_amounts_are_sums_of_rows": "open"},
        without=((INVOICES, "invoice_not_settled_twice"),),
    ),
    "a payment was typed in": Fault(
        """INSERT INTO invoices_payment (id, platform_id, invoice_id, amount, date, method, reference,
             status, created_at)
           VALUES ('pay_by_hand', %(platform)s, %(open)s, 10, '2026-11-20', 'cash', '', 'SUCCEEDED',
                now())""",
        {"settled_amounts_are_sums_of_rows": "open", "every_row_that_moved_money_was_told": "pay_by_hand"},
    ),
    "a payment was thrown away": Fault(
        "DELETE FROM invoices_payment WHERE id = %(payment)s", {"settled_amounts_are_sums_of_rows": "paid"}
    ),
    "an allocation was thrown away": Fault(
        "DELETE FROM credit_notes_allocation WHERE credit_note_id = %(half)s AND amount = 20",
        {"settled_amounts_are_sums_of_rows": "open", "notes_account_for_their_money": "half"},
    ),
    "the payments were emptied out": Fault(
        "TRUNCATE invoices_payment CASCADE",
        {"settled_amounts_are_sums_of_rows": "paid", "notes_account_for_their_money": "half"},
    ),
    "an overpayment was used up in secret": Fault(
        "UPDATE invoices_overpayment SET amount_applied = amount WHERE id = %(excess)s",
        {"overpayments_are_used_once": "excess"},
    ),
    "a payment was made one by overpayment": Fault(
        "UPDATE invoices_payment SET method = 'overpayment' WHERE id = %(payment)s",
        {"payments_by_overpayment_name_it": "payment"},
    ),
    "a refund was raised above its payment": Fault(
        "UPDATE credit_notes_refund SET amount = 1000 WHERE id = %(refund)s",
        {"no_payment_is_refunded_beyond_itself": "payment", "notes_account_for_their_money": "half"},
    ),
    "a refund drew on a payment that failed": Fault(
        "UPDATE invoices_payment SET status = 'FAILED' WHERE id = %(payment)s",
        {
            "no_payment_is_refunded_beyond_itself": "payment",
            "settled_amounts_are_sums_of_rows": "paid",
            "every_row_that_moved_money_was_told": "payment",
        },
    ),
    "a failed refund was made to count": Fault(
        "UPDATE credit_notes_refund SET status = 'SUCCEEDED' WHERE id = %(failed_refund)s",
        {
            "notes_account_for_their_money": "half",
            "every_row_that_moved_money_was_told": "failed_refund",
        },
    ),
    "more withheld tax was given back than was withheld": Fault(
        "UPDATE credit_notes_taxwithheldrefund SET amount = 13 WHERE id = %(withheld_refund)s",
        {
            "notes_account_for_their_money": "tax_note",
            "no_withheld_tax_is_returned_beyond_itself": "withheld",
        },
    ),
    "a payment was made negative": Fault(
        "UPDATE invoices_payment SET amount = -amount WHERE id = %(payment)s",
        {"amounts_are_positive_but_for_reversals": "payment"},
        without=(("invoices_payment", "payment_is_positive"),),
    ),
    "a reversal took back more than was given": Fault(
        "UPDATE credit_notes_allocation SET amount = -6 WHERE credit_note_id = %(half)s AND amount = -5",
        {"a_reversal_undoes_one_row": "undone", "settled_amounts_are_sums_of_rows": "open"},
    ),
    # 3. Credits stay within the invoice.
    "a void note was brought back to life": Fault(
        "UPDATE credit_notes_creditnote SET status = 'FINAL' WHERE status = 'VOID'",
        {
            "no_line_is_credited_beyond_itself": "shared",
            "no_vat_group_is_credited_beyond_itself": "shared",
            "no_invoice_is_credited_beyond_its_total": "shared",
            "every_status_was_told": "voided",
            "every_balance_was_told": "voided",
            "the_end_of_a_note_is_dated": "voided",
            "an_adjustment_clears_debt_whole": "voided",
        },
        without=((NOTES, "credit_note_adjustment_is_allocated"),),
    ),
    "an allowance was credited twice": Fault(
        """UPDATE credit_notes_creditnoteallowancecharge SET amount = amount + 9.99
            WHERE credit_note_id = %(second)s""",
        {"no_allowance_is_credited_beyond_itself": "shared", "allowances_say_what_was_frozen": "second"},
    ),
    "a cent of VAT went from one note to nowhere": Fault(
        """UPDATE credit_notes_creditnotereference SET tax_total = tax_total - 0.01,
                  net_total = net_total + 0.01,
                  taxes = jsonb_set(taxes, '{0,amount}', '"0.01"') WHERE credit_note_id = %(second)s""",
        {
            "an_invoice_credited_in_full_is_credited_exactly": "shared",
            "references_come_to_the_note": "second",
            "references_come_to_the_notes_vat": "second",
        },
    ),
    # 4 and 9. Notes account for their money.
    "a note was given more to spend": Fault(
        "UPDATE credit_notes_creditnote SET amount_refunded = 1 WHERE id = %(half)s",
        {"notes_account_for_their_money": "half", "every_balance_was_told": "half"},
    ),
    "a settlement was written by hand": Fault(
        """ALTER TABLE credit_notes_creditnote ALTER COLUMN settlement DROP EXPRESSION;
           UPDATE credit_notes_creditnote SET settlement = 'refunded' WHERE id = %(half)s""",
        {"notes_say_where_their_money_stands": "half"},
    ),
    "an adjustment was taken out of its debt": Fault(
        "UPDATE credit_notes_creditnote SET amount_allocated = 0 WHERE id = %(adjustment)s",
        {"an_adjustment_clears_debt_whole": "adjustment", "notes_account_for_their_money": "adjustment"},
        without=((NOTES, "credit_note_adjustment_is_allocated"),),
    ),
    "a note that was paid out was made a store note": Fault(
        "UPDATE credit_notes_creditnote SET type = 'store' WHERE id = %(half)s",
        {"only_a_refundable_note_is_paid_out": "half"},
    ),
    "a note was made void, and kept what it gave": Fault(
        "UPDATE credit_notes_creditnote SET status = 'VOID' WHERE id = %(half)s",
        {
            "money_moves_only_from_final_notes": "half",
            "the_end_of_a_note_is_dated": "half",
            "every_status_was_told": "half",
            "every_balance_was_told": "half",
        },
    ),
    "a reversal was made for another amount": Fault(
        """UPDATE invoices_invoice SET total = total - 1, net_total = net_total - 1
             WHERE id = %(reversal)s""",
        {"a_reversal_takes_back_the_same": "reversed", "columns_say_what_was_frozen": "reversal"},
        without=((INVOICES, "invoice_not_settled_twice"),),
    ),
    "a note was unreversed": Fault(
        "UPDATE credit_notes_creditnote SET reversed_by_id = NULL WHERE id = %(reversed)s",
        {"the_end_of_a_note_is_dated": "reversed", "every_status_was_told": "reversed"},
    ),
    # 6. Numbers.
    "a counter was moved on": Fault(
        "UPDATE documents_seriescounter SET last_number = last_number + 3 WHERE series_id = %(series)s",
        {"numbers_have_no_hole": "series", "counters_stand_at_the_last_number": "series"},
    ),
    "a counter was moved back": Fault(
        "UPDATE documents_seriescounter SET last_number = 1 WHERE series_id = %(series)s",
        {"counters_stand_at_the_last_number": "series"},
    ),
    "a counter's date was moved back": Fault(
        "UPDATE documents_seriescounter SET last_date = '2026-01-01' WHERE series_id = %(series)s",
        {"counters_stand_at_the_last_number": "series"},
    ),
    "a counter was thrown away": Fault(
        "DELETE FROM documents_seriescounter WHERE series_id = %(series)s",
        {"counters_stand_at_the_last_number": "series"},
    ),
    "a note's text was changed": Fault(
        "UPDATE credit_notes_creditnote SET note = 'Something else' WHERE id = %(half)s",
        {"the_reason_is_the_one_that_was_printed": "half"},
    ),
    "a note's number was changed": Fault(
        "UPDATE credit_notes_creditnote SET number = 'CR-2026-000777' WHERE id = %(half)s",
        {"numbers_are_written_by_their_series": "half", "columns_say_what_was_frozen": "half"},
    ),
    "a note's place was changed": Fault(
        "UPDATE credit_notes_creditnote SET series_number = 9 WHERE id = %(half)s",
        {"numbers_have_no_hole": "series", "numbers_are_written_by_their_series": "half"},
        without=((NOTES, "credit_note_place_in_series_once"),),
    ),
    "a note's date was changed": Fault(
        "UPDATE credit_notes_creditnote SET date = '2026-01-02' WHERE id = %(named)s",
        {"dates_rise_along_the_numbers": "named", "columns_say_what_was_frozen": "named"},
    ),
    "a number was given twice": Fault(
        """DROP INDEX credit_note_number_once;
           UPDATE credit_notes_creditnote SET number = (SELECT number FROM credit_notes_creditnote
                WHERE id = %(second)s),
                  series_number = (SELECT series_number FROM credit_notes_creditnote WHERE id = %(second)s)
            WHERE id = %(first)s""",
        {
            "numbers_are_given_once": "first",
            "numbers_have_no_hole": "series",
            "constraints_are_in_force": NOTES,
        },
        without=((NOTES, "credit_note_place_in_series_once"),),
    ),
    "a final note lost its place": Fault(
        "UPDATE credit_notes_creditnote SET series_id = NULL, series_number = NULL WHERE id = %(half)s",
        {"issued_papers_have_a_place": "half", "numbers_have_no_hole": "series"},
    ),
    "a recorded gap was thrown away": Fault(
        "DELETE FROM documents_numbergap WHERE series_id = %(series)s", {"numbers_have_no_hole": "series"}
    ),
    "a gap was written to hide a note": Fault(
        """INSERT INTO documents_numbergap (id, platform_id, series_id, period, first, last, left_by,
             created_at)
           VALUES ('gap_by_hand', %(platform)s, %(series)s, '2026', 1, 1, 'CR-2026-000999', now())""",
        {"gaps_were_left_by_a_paper": "gap_by_hand"},
    ),
    "a final note was thrown away": Fault(
        "DELETE FROM credit_notes_creditnote WHERE id = %(bonus)s",
        {"numbers_have_no_hole": "series", "no_paper_is_gone": "bonus"},
    ),
    # 7. Belonging.
    "an invoice was moved to another platform": Fault(
        "UPDATE invoices_invoice SET platform_id = %(stranger)s WHERE id = %(paid)s",
        {"no_row_refers_to_another_platform": "paid"},
    ),
    "a note's currency was changed": Fault(
        "UPDATE credit_notes_creditnote SET currency = 'USD' WHERE id = %(half)s",
        {
            "money_stays_in_its_currency": "half",
            "credit_stays_with_its_customer": "allocation",
            "columns_say_what_was_frozen": "half",
        },
    ),
    "an invoice was given to another customer": Fault(
        """INSERT INTO platforms_customer
           SELECT (jsonb_populate_record(c, '{"id": "cus_by_hand", "vat_number": ""}')).*
             FROM platforms_customer AS c LIMIT 1;
           UPDATE invoices_invoice SET customer_id = 'cus_by_hand' WHERE id = %(open)s""",
        {"credit_stays_with_its_customer": "allocation"},
    ),
    # 8. What was frozen.
    "a snapshot was changed": Fault(
        """UPDATE credit_notes_creditnote SET snapshot = jsonb_set(snapshot, '{reason}', '"A gift"')
            WHERE id = %(half)s""",
        {"snapshots_keep_their_digest": "half"},
    ),
    "something was written into a snapshot": Fault(
        """UPDATE credit_notes_creditnote SET snapshot = snapshot || '{"remark": "Paid"}'
            WHERE id = %(half)s""",
        {"snapshots_keep_their_digest": "half"},
    ),
    "a snapshot was made unreadable": Fault(
        "UPDATE credit_notes_creditnote SET snapshot = snapshot - 'seller' WHERE id = %(half)s",
        {"snapshots_keep_their_digest": "half", "columns_say_what_was_frozen": "half"},
    ),
    "a snapshot was filled with words": Fault(
        """UPDATE credit_notes_creditnote SET snapshot = snapshot || '{"taxes": {"base": "much"}}'
            WHERE id = %(half)s""",
        {"snapshots_keep_their_digest": "half", "vat_groups_say_what_was_frozen": "the rows"},
    ),
    "a snapshot was emptied out": Fault(
        "UPDATE credit_notes_creditnote SET snapshot = NULL WHERE id = %(half)s",
        {"issued_papers_have_a_snapshot": "half"},
        without=((NOTES, "credit_note_final_is_numbered"),),
    ),
    "a buyer was changed": Fault(
        "UPDATE invoices_invoice SET buyer = jsonb_set(buyer, '{name}', '\"Nobody\"') WHERE id = %(open)s",
        {"columns_say_what_was_frozen": "open"},
    ),
    # 10. Events.
    "the event of an allocation was thrown away": Fault(
        "DELETE FROM events_event WHERE type = 'billing.invoice.credited' AND object_id = %(open)s",
        {"every_row_that_moved_money_was_told": "allocation"},
    ),
    "the event of becoming final was thrown away": Fault(
        "DELETE FROM events_event WHERE type = 'billing.credit_note.finalized' AND object_id = %(bonus)s",
        {"every_status_was_told": "bonus"},
    ),
    "a draft was thrown away": Fault(
        "DELETE FROM credit_notes_creditnote WHERE id = %(draft)s", {"no_paper_is_gone": "draft"}
    ),
    "the reactions were emptied out": Fault(
        "TRUNCATE events_reaction", {"every_event_set_off_its_deeds": "half"}
    ),
    "an event set off a deed twice": Fault(
        """INSERT INTO events_reaction (event_id, name, status, attempts, due_at, last_error)
           SELECT event_id, name, status, attempts, due_at, last_error FROM events_reaction AS r
             JOIN events_event AS e ON e.id = r.event_id WHERE e.object_id = %(half)s""",
        {"every_event_set_off_its_deeds": "half"},
        without=(("events_reaction", "reaction_once_an_event"),),
    ),
    "work was marked as done": Fault(
        """UPDATE events_reaction SET attempts = 0 FROM events_event AS e
            WHERE e.id = event_id AND e.object_id = %(half)s""",
        {"what_was_done_took_effect_once": "half"},
    ),
    "the rows of stored files were emptied out": Fault(
        "TRUNCATE documents_storedfile", {"what_was_done_took_effect_once": "half"}
    ),
    # Jobs.
    "an item of a job was thrown away": Fault(
        "DELETE FROM jobs_jobitem WHERE job_id = %(job)s AND position = 0",
        {"jobs_end_with_their_items": "job"},
    ),
    "a job was ended by hand": Fault(
        "UPDATE jobs_jobitem SET status = 'PENDING' WHERE job_id = %(job)s AND position = 0",
        {"jobs_end_with_their_items": "job", "items_tell_what_came_of_them": "item"},
    ),
    "a refusal of a job was hushed up": Fault(
        "UPDATE jobs_jobitem SET status = 'DONE' WHERE job_id = %(job)s AND status = 'FAILED'",
        {"items_tell_what_came_of_them": "refused_item"},
    ),
    # E-invoices.
    "an e-invoice was said to be registered": Fault(
        "UPDATE exchange_einvoice SET status = 'REGISTERED' WHERE id = %(einvoice)s",
        {"einvoices_stand_where_their_history_says": "half"},
    ),
    "an e-invoice was hung on a void note": Fault(
        "UPDATE exchange_einvoice SET document_id = %(voided)s WHERE id = %(einvoice)s",
        {"einvoices_are_of_their_document": "voided"},
    ),
    "an e-invoice forgot when it was sent": Fault(
        "UPDATE exchange_einvoice SET sent_at = NULL WHERE id = %(einvoice)s",
        {"einvoices_that_arrived_were_sent": "half"},
    ),
    # Webhooks.
    "a delivery was marked as done": Fault(
        "UPDATE events_delivery SET status = 'DONE' WHERE id = %(delivery)s",
        {"deliveries_tell_what_came_of_them": "delivery"},
    ),
    "an answer was made up": Fault(
        "UPDATE events_delivery SET response_status = 204 WHERE id = %(delivery)s",
        {"deliveries_tell_what_came_of_them": "delivery"},
    ),
    "an endpoint was disabled by half": Fault(
        "UPDATE events_webhookendpoint SET disabled_because = 'Nobody knows.' WHERE id = %(endpoint)s",
        {"endpoints_are_on_or_off": "endpoint"},
    ),
    # The guards.
    "a trigger was switched off": Fault(
        "ALTER TABLE credit_notes_creditnote DISABLE TRIGGER USER", {"triggers_are_on": NOTES}
    ),
    "foreign keys were switched off": Fault(
        "ALTER TABLE credit_notes_creditnoteline DISABLE TRIGGER ALL",
        {"references_are_kept": LINES, "triggers_are_on": LINES},
    ),
    "triggers were emptied of what they do": Fault(
        """DO $$ BEGIN EXECUTE (SELECT format(
             'CREATE OR REPLACE FUNCTION %%I() RETURNS trigger
              AS ''BEGIN RETURN NEW; END'' LANGUAGE plpgsql', p.proname)
             FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
            WHERE t.tgrelid = 'invoices_payment'::regclass AND NOT t.tgisinternal LIMIT 1); END $$""",
        {"triggers_are_on": "invoices_payment"},
    ),
    "a constraint was dropped": Fault(
        "ALTER TABLE invoices_invoice DROP CONSTRAINT invoice_not_settled_twice",
        {"constraints_are_in_force": INVOICES},
    ),
    "a role was excused from triggers": Fault(
        "ALTER ROLE CURRENT_USER SET session_replication_role = 'replica'",
        {"nothing_switches_the_guards_off": "every database"},
    ),
}
