"""Reading what somebody asked a list for, and answering the lists that the API's filters narrow."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django_htmx.http import push_url

from billing import clock, lists
from billing.api.exports import FORMATS, export
from billing.api.page import OWN
from billing.errors import Invalid
from billing.lists.filters import SEVERAL, Amount
from billing_desk.desk import queries
from billing_desk.desk.forms import FilterForm
from billing_desk.desk.forms.fields import number_in
from billing_desk.desk.queries.paging import Listing, Wish

from .base import DeskView

LONGEST_TEXT = 200
LONGEST_ID = 40
PLACE = frozenset({"q", "state", "before", "after"})


def wish_of(query: QueryDict, listing: lists.Listing | None = None) -> Wish:
    """Return the search, the state, the place in the list and the filters that a query string names."""
    return Wish(
        text=query.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
        state=query.get("state", "all"),
        before=query.get("before", "").replace("\x00", "")[:LONGEST_ID],
        after=query.get("after", "").replace("\x00", "")[:LONGEST_ID],
        filters=tuple(
            tidied(listing, name, text) for name, text in pairs_in(query) if text.strip() and name not in OWN
        )
        if listing
        else (),
    )


def pairs_in(query: QueryDict) -> list[tuple[str, str]]:
    """Return what a query string says beside the search, the state and the place."""
    return [(name, text) for name, texts in query.lists() if name not in PLACE for text in texts]


def tidied(listing: lists.Listing, written: str, text: str) -> tuple[str, str]:
    """Return a filter as the API writes it, of what may be another product's name, or a person's number."""
    try:
        name, operator = listing.filter_in(written)
    except lists.ParameterUnknown:
        return written, text
    number = number_in(text) if operator not in SEVERAL else None
    if isinstance(listing.filters[name], Amount) and number is not None:
        text = f"{number:f}"
    elif name == "currency":
        text = text.upper()
    return (name if operator == "is" else f"{name}[{operator}]"), text.strip()


class PaperList(DeskView):
    """A list of papers: the page, to htmx the list alone, or with `format` all that it shows as a file.

    `kind` is `invoice` or `credit_note`. An address that could be shorter leads to the shorter one, which can
    be handed on.
    """

    kind: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        listing, at = queries.LISTINGS[self.kind], clock.now()
        wish = wish_of(request.GET, listing)
        try:
            if request.GET.get("format") in FORMATS:
                return self.file_of(wish)
            if not self.wants_part and pairs_in(request.GET) != [*wish.filters]:
                return redirect(wish.here(request.path))
            return self.show(queries.paper_list(self.kind, member=self.member, wish=wish, at=at))
        except Invalid as refusal:
            nothing = queries.nothing_listed(self.kind, member=self.member, wish=wish)
            return self.show(nothing, refusal=refusal)

    def file_of(self, wish: Wish) -> HttpResponseBase:
        found = queries.found_in_list(self.kind, member=self.member, wish=wish, at=clock.now())
        listing = queries.LISTINGS[self.kind]
        name = found.model._meta.verbose_name_plural
        return export(listing.in_order(found), listing, self.request.GET["format"], name=name)

    def show(self, listing: Listing, refusal: Invalid | None = None) -> HttpResponse:
        wish = listing.wish
        names = queries.names_of(self.kind, member=self.member, wish=wish)
        form = FilterForm(dict(wish.filters), names)
        answer = self.render(
            f"desk/{self.section}/{'_list' if self.wants_part else 'list'}.html",
            listing=listing,
            deeds=queries.bulk_deeds_of(self.member, self.kind),
            form=form,
            wrong=sentence_of(refusal, form) if refusal else "",
            chips=queries.chips_of(self.kind, wish, names),
            unfiltered=wish.without(*wish.filters).address(),
            others=[pair for pair in wish.filters if pair[0] not in form.fields],
            export=queries.export_menu(wish),
            status=refusal.status if refusal else 200,
        )
        return push_url(answer, wish.here(self.request.path)) if self.wants_part else answer


def sentence_of(refusal: Invalid, form: FilterForm) -> str:
    """Say what is wrong with a filter, by the name that the page has for it."""
    label = form.blame(refusal.field)
    return f"{label}: {refusal.detail.removeprefix(f'{refusal.field}: ')}" if label else refusal.detail
