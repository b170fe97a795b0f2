"""Doing the same with many rows of a list: a page asks first, then a job does it."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import resolve_url

from billing import clock
from billing.jobs.create import MOST_ITEMS, create_job
from billing.platforms.permissions import CREDIT_NOTE_VIEW
from billing_desk.desk import queries
from billing_desk.desk.forms import bulk_form
from billing_desk.desk.queries.paging import Wish

from .asking import Asking
from .listing import wish_of

LISTS = {"invoice": "desk:invoices", "credit_note": "desk:credit_notes"}


class Bulk(Asking):
    """Asks whether a deed is to be done with what was ticked, or with all that a list shows."""

    permissions = {"GET": CREDIT_NOTE_VIEW, "POST": CREDIT_NOTE_VIEW}
    template = "desk/bulk.html"

    def look(self, **ids: str) -> queries.BulkPage:
        deed, asked = self.deed, self.asked
        chosen, is_cut = asked.getlist("id"), False
        if "all" in asked:
            found = queries.found_in_list(deed.kind, member=self.member, wish=self.wish, at=clock.now())
            chosen, is_cut = queries.all_of(found)
        page = queries.bulk_page_of(member=self.member, deed=deed, chosen=chosen, is_cut=is_cut)
        self.heading, self.section = page.title, f"{deed.kind}s"
        return page

    @property
    def asked(self) -> QueryDict:
        return self.request.POST if self.request.method == "POST" else self.request.GET

    @property
    def wish(self) -> Wish:
        """What the list was asked for on which the rows were chosen."""
        query = QueryDict(self.asked.get("list", "").removeprefix("?"))
        return wish_of(query, queries.LISTINGS[self.deed.kind])

    @property
    def deed(self) -> queries.BulkDeed:
        deed = queries.BULK_DEEDS.get(self.asked.get("deed", ""))
        if deed is None:
            raise Http404("There is no such deed.")
        if not deed.permits(self.member):
            raise PermissionDenied(deed.name)
        return deed

    def form_for(self, page: queries.BulkPage, data: Any = None) -> forms.Form:
        return bulk_form(page.deed.name, data, platform=self.platform, can_finalize=page.can_finalize)

    def do(self, page: queries.BulkPage, said: dict[str, Any], **ids: str) -> str:
        self.job = create_job(
            platform=self.platform,
            deed=page.deed.name,
            object_ids=[row.id for row in page.rows][:MOST_ITEMS],
            options={name: value for name, value in said.items() if value},
            actor=self.actor,
            at=clock.now(),
        )
        return f"“{page.title}” has begun. It goes on without you, should you leave this page."

    def back(self, **ids: str) -> str:
        if hasattr(self, "job"):
            return resolve_url("desk:job", self.job.pk)
        return self.wish.here(resolve_url(LISTS[self.deed.kind]))

    def ask(self, page: queries.BulkPage, form: forms.Form, **more: Any) -> HttpResponse:
        return super().ask(page, form, wish=self.wish, back=self.back(), **more)
