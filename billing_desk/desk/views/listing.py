"""Reading what somebody asked a list for."""

from django.http import QueryDict

from billing_desk.desk.queries.paging import Wish

LONGEST_TEXT = 200
LONGEST_ID = 40


def wish_of(query: QueryDict) -> Wish:
    """Return the search, the state and the place in the list that a query string names."""
    return Wish(
        text=query.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
        state=query.get("state", "all"),
        before=query.get("before", "").replace("\x00", "")[:LONGEST_ID],
        after=query.get("after", "").replace("\x00", "")[:LONGEST_ID],
    )
