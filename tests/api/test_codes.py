"""The code lists over the API: told with their sources, never more than asked for."""

import pytest

from billing.platforms.permissions import CUSTOMER_VIEW, SETTINGS_VIEW
from tests.api.conftest import Caller
from tests.factories import an_api_key

pytestmark = pytest.mark.django_db


def test_all_lists_are_told_with_source_version_and_count(api):
    answer = api("GET", "codes")

    assert answer.status == 200
    by_name = {each["list"]: each for each in answer.body["data"]}
    assert len(by_name) == 20
    assert by_name["units"] == {
        "object": "code_list",
        "list": "units",
        "title": "units",
        "of": "UNECE Rec 20 and 21: BT-130, BT-150",
        "source": "EN 16931 validation artefacts",
        "version": "1.3.16",
        "names": "UNECE Rec 20 and Rec 21, revisions of the CEN code lists of EN 16931",
        "count": 2162,
    }


def test_a_list_is_searched_by_code_and_name(api):
    answer = api("GET", "codes/units?q=hour&limit=2")

    assert answer.body == {
        "object": "list",
        "data": [{"code": "HUR", "name": "hour"}, {"code": "KWH", "name": "kilowatt hour"}],
        "has_more": True,
        "next_cursor": None,
    }


def test_a_whole_list_comes_at_once(api):
    answer = api("GET", "codes/units?limit=3000")

    assert (len(answer.body["data"]), answer.body["has_more"]) == (2162, False)


def test_nothing_found_is_an_empty_list(api):
    assert api("GET", "codes/countries?q=atlantis").body["data"] == []


def test_whoever_may_see_settings_may_see_the_lists(platform):
    answers = {
        "settings": Caller(an_api_key(platform, permissions=[SETTINGS_VIEW]))("GET", "codes/countries?q=XI"),
        "customers": Caller(an_api_key(platform, permissions=[CUSTOMER_VIEW]))("GET", "codes/countries"),
        "nothing": Caller("")("GET", "codes"),
        "wrong": Caller("bd_wrong")("GET", "codes/units"),
    }

    assert {who: answer.status for who, answer in answers.items()} == {
        "settings": 200,
        "customers": 403,
        "nothing": 401,
        "wrong": 401,
    }
    assert answers["settings"].body["data"] == [{"code": "XI", "name": "United Kingdom (Northern Ireland)"}]
    assert answers["customers"].body["permission"] == "SETTINGS.VIEW"


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("codes/planets", 404, "not_found", ""),
        ("codes/..%2F..%2Fetc", 404, "not_found", ""),
        ("codes/units?limit=0", 400, "invalid_request", "limit"),
        ("codes/units?limit=3001", 400, "invalid_request", "limit"),
        ("codes/units?limit=1e30", 400, "invalid_request", "limit"),
        ("codes/units?limit=NaN", 400, "invalid_request", "limit"),
        (f"codes/units?q={'9' * 400}", 400, "invalid_request", "q"),
        ("codes/units?query=hour", 400, "unknown_field", "query"),
        ("codes/units?q=a&q=b", 400, "invalid_request", "q"),
    ],
)
def test_what_makes_no_sense_is_refused(api, path, status, code, field):
    answer = api("GET", path)

    assert answer.status == status
    if status == 400:
        assert [each["field"] for each in answer.body["errors"]] == [field]
