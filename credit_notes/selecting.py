"""From what somebody wants to have credited of an invoice to what the note takes: values in, values out."""

from .free_lines import free_lines, require_within_groups
from .picking import everything, picked_lines
from .portion import Portion, portion
from .selection import Selection
from .shapes import Source
from .with_vat import gross_of, lump_sum, net_of_gross


def portion_of(source: Source, selection: Selection) -> Portion:
    """Return the note's portion of one invoice for what was selected.

    :raises BillingError: a line is unknown, given twice, or less is left than was asked for.
    """
    if selection.amount is not None:
        return lump_sum(source, selection.amount)
    if selection.is_everything:
        return everything(source)
    picked = [*picked_lines(source, selection.picks), *free_lines(source, selection.free)]
    picked, fixed = net_of_gross(source, picked, gross_of(source, picked))
    note = portion(source.document, source.taken, picked, fixed)
    require_within_groups(source, picked, note.taxes)
    return note
