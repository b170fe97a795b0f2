"""The laws of the books, to be checked after any operation.

Most of them are the audit's, which derives every balance anew from the rows. Here is the other side: what the
events alone tell, and what followed from each.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from billing.documents.files import MARKED
from billing.documents.models import StoredFile
from billing.events.models import Event, Reaction
from billing_desk.audit import audit
from billing_desk.reactions import REACTIONS
from credit_notes.models import CreditNote
from invoices.models import Invoice

BALANCES = {
    Invoice: ("amount_due",),
    CreditNote: ("amount_allocated", "amount_refunded", "amount_available"),
}


def all_laws() -> None:
    """Check everything that can be read from the rows."""
    the_audit_finds_nothing()
    events_tell_each_change_from_what_to_what()
    every_event_has_its_reactions_once()


def all_laws_when_all_is_done() -> None:
    """Check that what follows from the events has been done, and the stored files, too."""
    all_laws()
    assert audit().holds
    every_reaction_took_effect_once()


def the_audit_finds_nothing() -> None:
    assert [str(finding) for finding in audit(files=False).findings] == []


def events_tell_each_change_from_what_to_what() -> None:
    """10. By its events alone, one after another, a final paper comes to the balance that it has."""
    events = Event.objects.order_by("object_id", "id")
    told = {paper_id: list(some) for paper_id, some in groupby(events, attrgetter("object_id"))}
    for model, columns in BALANCES.items():
        for paper in model.objects.exclude(status="DRAFT"):
            for name in columns:
                last = last_told(name, told[paper.pk])
                assert last in (None, getattr(paper, name)), f"{paper}: {name}"


def last_told(name: str, events: Iterable[Event]) -> Decimal | None:
    """Return the last that events tell of a balance; where it moves, they must say from what."""
    last = None
    for event in events:
        now, before = event.data.get("object", {}), event.data.get("previous", {})
        if name in now and now.get("status") != "DRAFT":
            moved = last is not None and last != Decimal(now[name])
            from_it = Decimal(before.get(name, "NaN")) == last
            assert from_it or not moved, f"{event.object_id}: {event.type} moves {name} from {last}"
            last = Decimal(now[name])
    return last


def every_event_has_its_reactions_once() -> None:
    """10. Each event asks for what the table of reactions says, once."""
    asked = Counter(Reaction.objects.values_list("event_id", "name"))
    for event in Event.objects.all():
        for deed in REACTIONS.get(event.type, ()):
            assert asked.pop((event.pk, deed.__name__)) == 1
    assert not asked


def every_reaction_took_effect_once() -> None:
    """10. When all work is done, each paper has its files once, and each promised message was sent once.

    A note that was void before its message went out has none.
    """
    assert not Reaction.objects.exclude(status="DONE").exists()
    stored = Counter(StoredFile.objects.values_list("document_id", "kind"))
    generated = Event.objects.filter(type__endswith="_generated")
    told = Counter((event.object_id, file["kind"]) for event in generated for file in event.data["files"])
    papers = ("pdf", "html")
    due = Counter()
    for invoice in Invoice.objects.filter(status="FINAL"):
        einvoice = ("xml",) if invoice.einvoice_rules else ()
        due += Counter((invoice.pk, kind) for kind in (*papers, *einvoice))
    for note in CreditNote.objects.exclude(status="DRAFT"):
        marked = MARKED.values() if note.status == "VOID" else ()
        due += Counter((note.pk, kind) for kind in (*papers, "xml", *marked))
        event = Event.objects.get(type="billing.credit_note.finalized", object_id=note.pk)
        assert note.messages.count() == (event.data["notify"] and note.status != "VOID")
    assert stored == told == due
