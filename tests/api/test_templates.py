"""Templates over the API: how papers look, which look a paper has, and when that is settled."""

from datetime import UTC, date, datetime

import pytest

from billing.documents import files
from billing.documents.models import Template
from billing.events.models import Event
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice, finalize_credit_note
from invoices.models import Invoice
from invoices.services.dates import DateInFuture
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_entity,
)
from tests.invoices.wishes import create
from tests.work import do_all_work

GREEN = "#0b6b3a"
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
"""The 21st in Amsterdam and in Auckland, the 20th in New York."""


@pytest.fixture(autouse=True)
def parties(platform):
    an_entity(platform)
    a_customer(platform, currency="EUR")


def a_body(platform):
    line = {"name": "Licence", "quantity": 1, "unit_price": "100.00", "tax_rate": 21}
    return {"customer": platform.customers.get().pk, "lines": [line]}


def made(api, **fields):
    return api("POST", "templates", {"name": "House style"} | fields).body


def test_a_template_is_made_shown_changed_and_deleted(api, platform):
    # when
    created = api(
        "POST", "templates", {"name": "House style", "accent": "#0B6B3A", "footer": "Merci.\nÀ bientôt"}
    )

    # then
    template = created.body
    assert created.status == 201
    assert template["id"].startswith("tpl_")
    assert (template["style"], template["accent"], template["footer"]) == (
        "classic",
        GREEN,
        "Merci.\nÀ bientôt",
    )
    assert (template["is_default"], template["is_builtin"], template["object"]) == (False, False, "template")
    assert api("GET", f"templates/{template['id']}").body == template

    # when
    changed = api("PATCH", f"templates/{template['id']}", {"style": "compact", "footer": ""})

    # then
    assert (changed.status, changed.body["style"], changed.body["footer"]) == (200, "compact", "")
    event = Event.objects.get(type="billing.template.updated")
    assert event.data["previous"] == {"style": "classic", "footer": "Merci.\nÀ bientôt"}
    assert event.data["object"]["style"] == "compact"

    # when
    assert api("DELETE", f"templates/{template['id']}").status == 204
    assert api("GET", f"templates/{template['id']}").status == 404


def test_saving_a_template_as_it_is_records_nothing(api):
    template = made(api)

    assert api("PATCH", f"templates/{template['id']}", {"name": "House style"}).status == 200

    assert not Event.objects.filter(type="billing.template.updated").exists()


def test_the_built_in_looks_end_the_list_and_can_be_retrieved(api):
    own = made(api)

    listed = api("GET", "templates?include=total").body

    assert [row["id"] for row in listed["data"]] == [own["id"], "classic", "compact"]
    assert [row["is_builtin"] for row in listed["data"]] == [False, True, True]
    assert api("GET", "templates/compact").body == listed["data"][2]
    assert [row["id"] for row in api("GET", "templates?style=classic").body["data"]] == [own["id"]]


def test_the_built_in_looks_are_on_the_last_page_only(api):
    for number in range(3):
        made(api, name=f"Style {number}")

    first = api("GET", "templates?limit=2").body
    last = api("GET", f"templates?limit=2&cursor={first['next_cursor']}").body

    assert [row["name"] for row in first["data"]] == ["Style 2", "Style 1"]
    assert [row["name"] for row in last["data"]] == ["Style 0", "classic", "compact"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": ""}, "invalid_request", "name"),
        ({"name": " blanks "}, "template_not_possible", "name"),
        ({"name": "two\nlines"}, "template_not_possible", "name"),
        ({"name": "Compact"}, "template_not_possible", "name"),
        ({"name": "x" * 101}, "invalid_request", "name"),
        ({"name": "x", "style": "baroque"}, "invalid_request", "style"),
        ({"name": "x", "accent": "green"}, "invalid_request", "accent"),
        ({"name": "x", "accent": "#fff"}, "invalid_request", "accent"),
        ({"name": "x", "accent": "#0b6b3a;}"}, "invalid_request", "accent"),
        ({"name": "x", "accent": "#ffcc00"}, "accent_too_light", "accent"),
        ({"name": "x", "accent": "#777777"}, "accent_too_light", "accent"),
        ({"name": "x", "footer": "y" * 1001}, "invalid_request", "footer"),
        ({"name": "x", "footer": "bell \x07"}, "template_not_possible", "footer"),
        ({"name": "x", "colour": "#000000"}, "invalid_request", "colour"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_name(api, body, code, field):
    before = digest_of_rows()

    refused = api("POST", "templates", body)

    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, code, field)
    assert digest_of_rows() == before


def test_a_light_colour_is_refused_with_its_contrast(api):
    refused = api("POST", "templates", {"name": "x", "accent": "#777777"}).body

    assert (refused["contrast"], refused["least_contrast"]) == ("4.48", "4.5")
    assert made(api, accent="#767676")["accent"] == "#767676"


def test_two_templates_of_one_platform_have_different_names(api, caller):
    made(api)

    assert api("POST", "templates", {"name": "House style"}).body["code"] == "template_exists"
    other = caller(a_platform("Other"))
    assert made(other)["name"] == "House style"


def test_a_new_default_takes_the_place_of_the_old_one(api):
    first = made(api, is_default=True)

    second = made(api, name="Second", is_default=True)

    assert api("GET", f"templates/{first['id']}").body["is_default"] is False
    assert second["is_default"] is True
    event = Event.objects.get(type="billing.template.updated")
    assert (event.object_id, event.data["previous"]) == (first["id"], {"is_default": True})


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_the_built_in_looks_stay_as_they_are(api, method):
    refused = api(method, "templates/classic", {"footer": "Mine"} if method == "PATCH" else None)

    assert (refused.status, refused.body["code"]) == (409, "template_is_builtin")


def test_another_platforms_template_does_not_exist(api, caller):
    template = made(caller(a_platform("Other")))
    before = digest_of_rows()

    for method, body in (("GET", None), ("PATCH", {"footer": "x"}), ("DELETE", None)):
        assert api(method, f"templates/{template['id']}", body).status == 404
    assert digest_of_rows() == before


def test_templates_need_the_permission_for_settings(platform, caller):
    reader = caller(platform, ["SETTINGS.VIEW"])

    assert reader("GET", "templates").status == 200
    assert reader("POST", "templates", {"name": "x"}).body["permission"] == "SETTINGS.UPDATE"
    assert caller(platform, ["INVOICE.VIEW"])("GET", "templates").status == 403


# On papers


@pytest.mark.parametrize("asked", ["id", "name"])
def test_an_invoice_is_made_with_a_template_by_id_or_name(api, platform, asked):
    template = made(api, style="compact", accent=GREEN, footer="Bis bald")

    invoice = api("POST", "invoices", a_body(platform) | {"template": template[asked], "finalize": True}).body

    row = Invoice.objects.get(pk=invoice["id"])
    assert invoice["template"] == template["id"]
    assert row.look == {"style": "compact", "accent": GREEN, "footer": "Bis bald"}


def test_an_unknown_template_is_refused_with_those_there_are(api, platform, caller):
    made(api)
    foreign = made(caller(a_platform("Other")))
    body = a_body(platform)
    before = digest_of_rows()

    for unknown in ("Baroque", foreign["id"], "Classic"):
        refused = api("POST", "invoices", body | {"template": unknown})
        assert (refused.status, refused.body["code"]) == (400, "template_unknown")
        assert (refused.body["field"], refused.body["allowed"]) == (
            "template",
            ["classic", "compact", "House style"],
        )
    assert digest_of_rows() == before


def test_a_draft_follows_its_template_and_a_final_paper_keeps_the_look_it_was_printed_with(api, platform):
    # given
    template = made(api, footer="First")
    draft = api("POST", "invoices", a_body(platform) | {"template": "House style"}).body
    api("PATCH", f"templates/{template['id']}", {"footer": "Second"})

    # when
    api("POST", f"invoices/{draft['id']}/finalize", {})
    api("PATCH", f"templates/{template['id']}", {"footer": "Third", "style": "compact"})

    # then
    invoice = Invoice.objects.get(pk=draft["id"])
    assert invoice.look == {"style": "classic", "accent": "#000000", "footer": "Second"}
    do_all_work()
    page = api("GET", f"invoices/{draft['id']}/html").content.decode()
    assert "Second" in page
    assert "Third" not in page


def test_a_paper_that_names_no_template_has_the_default_one_when_it_becomes_final(api, platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)
    assert invoice.look == {"style": "classic", "accent": "#000000", "footer": ""}

    # when
    template = made(api, is_default=True, style="compact")
    shown = api("POST", f"credit-notes/{draft.pk}/finalize", {}).body

    # then
    assert shown["template"] == template["id"]
    assert CreditNote.objects.get(pk=draft.pk).look["style"] == "compact"
    assert api("GET", f"invoices/{invoice.pk}").body["template"] == "classic"


def test_the_built_in_look_can_be_chosen_against_the_default_and_unchosen_again(api, platform):
    made(api, is_default=True, style="compact", footer="House")
    draft = api("POST", "invoices", a_body(platform) | {"template": "classic"}).body

    assert draft["template"] == "classic"
    assert api("PATCH", f"invoices/{draft['id']}", {"payment_terms": "10 days"}).body["template"] == "classic"
    assert "House" not in api("GET", f"invoices/{draft['id']}/html").content.decode()
    assert api("PATCH", f"invoices/{draft['id']}", {"template": ""}).body["template"] is None
    assert "House" in api("GET", f"invoices/{draft['id']}/html").content.decode()


def test_a_template_that_papers_were_made_with_stays(api, platform):
    # given
    template = made(api)
    draft = api("POST", "invoices", a_body(platform) | {"template": template["id"]}).body
    before = digest_of_rows()

    # when
    refused = api("DELETE", f"templates/{template['id']}")

    # then
    assert (refused.status, refused.body["code"]) == (409, "template_in_use")
    assert refused.body["used_by"] == [
        {"id": draft["id"], "number": draft["display_number"], "status": "DRAFT"}
    ]
    assert digest_of_rows() == before
    api("DELETE", f"invoices/{draft['id']}")
    assert api("DELETE", f"templates/{template['id']}").status == 204
    assert not Template.objects.exists()


def test_a_void_note_is_printed_in_the_look_that_it_was_issued_with(api, platform):
    # given
    template = made(api, is_default=True, footer="As issued")
    note = a_final_note(a_final_invoice(platform))
    api("PATCH", f"templates/{template['id']}", {"footer": "As of today"})

    # when
    api("POST", f"credit-notes/{note.pk}/void", {"reason": "Wrong customer"})
    do_all_work()

    # then
    note = CreditNote.objects.get(pk=note.pk)
    page = files.read(files.shown(document=note, kind="html")).decode()
    assert "As issued" in page
    assert "As of today" not in page


# Time zones


def test_a_paper_is_dated_by_the_days_of_its_own_time_zone(api, platform):
    west = create(platform, finalize=True, time_zone="America/New_York", at=LATE)
    here = create(platform, finalize=True, at=LATE)

    assert (west.date, here.date) == (date(2026, 11, 20), date(2026, 11, 21))
    assert west.snapshot.due_date == date(2026, 11, 20)
    assert api("GET", f"invoices/{west.pk}").body["timezone"] == "America/New_York"
    assert api("GET", f"invoices/{here.pk}").body["timezone"] == ""


def test_no_paper_is_dated_after_its_sellers_today(platform):
    noon, zone = LATE.replace(hour=12), "Pacific/Kiritimati"

    far = create(platform, finalize=True, time_zone=zone, at=noon)
    here = create(platform, finalize=True, at=noon)

    assert (far.date, here.date) == (date(2026, 11, 20), date(2026, 11, 20))
    with pytest.raises(DateInFuture):
        create(platform, finalize=True, time_zone=zone, date=date(2026, 11, 21), at=noon)


def test_a_note_is_finalised_on_the_day_of_its_own_time_zone(platform):
    invoice = a_final_invoice(platform)
    note = credit_invoice(
        platform=platform, invoice_id=invoice.pk, time_zone="America/New_York", actor=CLERK, at=LATE
    )

    final = finalize_credit_note(platform=platform, credit_note_id=note.pk, actor=CLERK, at=LATE)

    assert final.date == date(2026, 11, 20)


def test_an_unknown_time_zone_is_refused(api, platform):
    body = a_body(platform)
    before = digest_of_rows()

    for unknown in ("Mars/Olympus", "../../etc/passwd", "europe/berlin"):
        refused = api("POST", "invoices", body | {"timezone": unknown})
        assert (refused.status, refused.body["code"], refused.body["field"]) == (
            400,
            "timezone_unknown",
            "timezone",
        )
    assert digest_of_rows() == before
