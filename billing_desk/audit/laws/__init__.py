"""The laws of the books, by the numbers that the list of laws gives them: the one table to read."""

from . import (
    belonging,
    credits,
    einvoices,
    events,
    files,
    guards,
    invoices,
    jobs,
    money,
    notes,
    numbers,
    papers,
    snapshots,
    webhooks,
)

LAWS = {
    1: papers.LAWS,
    2: invoices.LAWS_OF_SETTLING,
    3: credits.LAWS,
    4: notes.LAWS_OF_MONEY,
    5: invoices.LAWS_OF_ROWS + money.LAWS,
    6: numbers.LAWS,
    7: belonging.LAWS,
    8: snapshots.LAWS + guards.LAWS,
    9: notes.LAWS_OF_UNDOING,
    10: events.LAWS + jobs.LAWS + webhooks.LAWS + einvoices.LAWS,
}
"""What is read from the rows, at one moment."""

LAWS_OF_FILES = {8: files.LAWS}
"""What is read from the store, which takes its time."""
