"""Why: a platform's own list of reasons, or the default one; mandatory if the platform says so."""

import pytest

from billing.errors import BillingError, Invalid, NotFound
from billing.events.corrections import NothingToCorrect
from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import CreditNote, ReasonCode
from credit_notes.reasons import DEFAULT
from credit_notes.services import add_reason_code, change_reason_code, reasons_of, retire_reason_code
from credit_notes.services.reason_codes import (
    ReasonCodeExists,
    ReasonCodeRequired,
    ReasonCodeUnknown,
    require_reason,
)
from tests.books import digest_of_rows
from tests.credit_notes.stories import credit, refusal
from tests.factories import CLERK, NOON, a_customer, a_final_invoice, a_platform

CREDIT, REFUND = ReasonCode.Kind.CREDIT, ReasonCode.Kind.REFUND
BY = {"actor": CLERK, "at": NOON}


def a_reason(platform: Platform, code: str, name: str = "Kulanz", **fields) -> ReasonCode:
    return add_reason_code(platform=platform, **{"kind": CREDIT, "code": code, "name": name} | fields | BY)


def refused(error: type[BillingError], call, **wish) -> BillingError:
    before = digest_of_rows()
    with pytest.raises(error) as caught:
        call(**wish)
    assert digest_of_rows() == before
    return caught.value


def test_a_platform_without_a_list_has_the_twelve_of_the_default_one(platform):
    assert reasons_of(platform, CREDIT) == reasons_of(platform, REFUND) == list(DEFAULT.items())
    assert len(DEFAULT) == 12


def test_a_default_reason_keeps_no_name_for_it_is_printed_in_the_customers_language(platform):
    assert require_reason(platform=platform, kind=CREDIT, code="order_change") == ""
    a_customer(platform, language="de")

    note = credit(a_final_invoice(platform), reason_code="order_change")

    assert (note.reason_code, note.reason_name, note.reason) == (
        "order_change",
        "",
        "Änderung der Bestellung",
    )


def test_the_first_reason_of_ones_own_replaces_the_list_of_its_kind_only(platform):
    a_reason(platform, "KULANZ", "Kulanz")
    a_reason(platform, "ERROR", "Our mistake")

    assert reasons_of(platform, CREDIT) == [("KULANZ", "Kulanz"), ("ERROR", "Our mistake")]
    assert reasons_of(platform, REFUND) == list(DEFAULT.items())
    assert reasons_of(a_platform("Zebra Holding"), CREDIT) == list(DEFAULT.items())


def test_ones_own_reason_is_printed_by_the_name_it_had_when_the_note_was_made(platform):
    row = a_reason(platform, "KULANZ", "Kulanz")

    note = credit(a_final_invoice(platform), reason_code="KULANZ", finalize=True)
    change_reason_code(platform=platform, reason_code_id=row.pk, name="Goodwill", **BY)

    note = CreditNote.objects.with_snapshot().get(pk=note.pk)
    assert (note.reason_code, note.reason_name, note.snapshot.reason) == ("KULANZ", "Kulanz", "Kulanz")
    assert require_reason(platform=platform, kind=CREDIT, code="KULANZ") == "Goodwill"


@pytest.mark.parametrize("code", ["kulanz", "KULANZ ", "order_change", "x" * 50])
def test_a_code_that_is_not_on_the_list_is_refused_with_the_list(platform, code):
    a_reason(platform, "KULANZ")

    refused = refusal(a_final_invoice(platform), reason_code=code)

    assert (refused.code, refused.field, refused.facts) == (
        "reason_code_unknown",
        "reason_code",
        {"allowed": ["KULANZ"]},
    )
    assert isinstance(refused, ReasonCodeUnknown)


def test_a_reason_is_mandatory_where_the_platform_says_so(platform):
    Platform.objects.update(requires_reason=True)
    platform = Platform.objects.get()

    assert refusal(a_final_invoice(platform)).code == "reason_code_required"
    assert credit(a_final_invoice(platform), reason_code="waiver").reason_code == "waiver"
    assert require_reason(platform=platform, kind=REFUND, code="") == ""


def test_a_reason_for_refunds_is_mandatory_by_itself(platform):
    platform.requires_refund_reason = True

    refused(ReasonCodeRequired, require_reason, platform=platform, kind=REFUND, code="")
    assert require_reason(platform=platform, kind=CREDIT, code="") == ""


def test_a_list_is_kept_with_a_record_of_every_change(platform):
    row = a_reason(platform, "KULANZ", position=5)
    change_reason_code(platform=platform, reason_code_id=row.pk, name="Goodwill", position=2, **BY)
    retire_reason_code(platform=platform, reason_code_id=row.pk, **BY)

    events = Event.objects.filter(object_id=row.pk).order_by("id")
    assert [event.data["deed"] for event in events] == ["added", "changed", "changed"]
    assert [event.actor for event in events] == [CLERK] * 3
    assert events[1].data["before"] == {"name": "Kulanz", "position": 5}
    assert events[2].data["after"] == {"is_active": False}


def test_a_retired_reason_is_no_longer_offered_and_may_come_back(platform):
    a_reason(platform, "ERROR", "Our mistake")
    row = a_reason(platform, "KULANZ")

    retire_reason_code(platform=platform, reason_code_id=row.pk, **BY)

    assert reasons_of(platform, CREDIT) == [("ERROR", "Our mistake")]
    assert a_reason(platform, "KULANZ", "Goodwill").pk == row.pk
    assert reasons_of(platform, CREDIT) == [("ERROR", "Our mistake"), ("KULANZ", "Goodwill")]


def test_the_default_list_is_back_when_the_last_of_ones_own_is_retired(platform):
    row = a_reason(platform, "KULANZ")

    retire_reason_code(platform=platform, reason_code_id=row.pk, **BY)

    assert reasons_of(platform, CREDIT) == list(DEFAULT.items())
    refused(NothingToCorrect, retire_reason_code, platform=platform, reason_code_id=row.pk, **BY)


def test_a_code_is_on_the_list_once(platform):
    row = a_reason(platform, "KULANZ")

    caught = refused(
        ReasonCodeExists,
        add_reason_code,
        platform=platform,
        kind=CREDIT,
        code="KULANZ",
        name="Other",
        **BY,
    )

    assert caught.facts == {"reason_code": row.pk}
    assert a_reason(platform, "kulanz").pk != row.pk
    assert a_reason(platform, "KULANZ", kind=REFUND).pk != row.pk


@pytest.mark.parametrize(
    ("code", "name", "field"),
    [
        ("", "Kulanz", "code"),
        (" A", "Kulanz", "code"),
        ("A\n", "Kulanz", "code"),
        ("A", " ", "name"),
        ("A", "\0", "name"),
    ],
)
def test_what_cannot_be_printed_is_no_reason(platform, code, name, field):
    caught = refused(Invalid, add_reason_code, platform=platform, kind=CREDIT, code=code, name=name, **BY)

    assert caught.field == field


def test_another_platforms_reason_does_not_exist(platform):
    theirs = a_reason(a_platform("Zebra Holding"), "KULANZ")

    refused(NotFound, change_reason_code, platform=platform, reason_code_id=theirs.pk, name="x", **BY)
    refused(NotFound, retire_reason_code, platform=platform, reason_code_id=theirs.pk, **BY)
