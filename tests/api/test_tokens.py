"""People over the API: signing in, fresh tokens, signing out, and what takes access away at once."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from billing.access.tokens import ALGORITHM, signing_keys
from billing.events.models import Event
from billing.platforms.models import Member, Session, User
from tests.api.conftest import Caller, Person
from tests.books import digest_of_rows
from tests.factories import NOON, a_customer, a_final_invoice, a_member, a_platform

pytestmark = pytest.mark.django_db
nobody = Caller("nobody")


@pytest.fixture(autouse=True)
def attempts_are_forgotten():
    cache.clear()


def sign_in(**fields):
    return nobody("POST", "tokens", {"username": "clara", "password": "secret-42"} | fields)


def refreshed(token):
    return nobody("POST", "tokens/refresh", {"refresh_token": token})


def code_of(person):
    answer = person("GET", "invoices")
    return answer.body.get("code", answer.status)


# Signing in


def test_a_person_signs_in_and_acts_under_their_name(platform):
    clara = a_member(platform)
    invoice = a_final_invoice(platform)

    answer = sign_in()

    token = answer.body
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    assert (token["object"], token["token_type"], token["expires_in"]) == ("token", "Bearer", 600)
    assert token["reach"] == "staff"
    (place,) = token["platforms"]
    assert (place["id"], place["name"], place["customer"]) == (platform.pk, "Acme Group", None)
    assert "CREDIT_NOTE.FINALIZE" in place["permissions"]
    assert "ACCESS.GRANT" not in place["permissions"]
    assert Session.objects.get().pk == token["session"]
    answer = Person("clara")("POST", f"invoices/{invoice.pk}/credit")
    assert answer.status == 201
    event = Event.objects.get(type="billing.credit_note.drafted")
    assert (event.actor, event.actor_id) == ("Clara Clerk", clara.pk)


def test_a_role_is_what_a_person_may_do(platform):
    a_member(platform, "VIEWER", username="victor")
    invoice = a_final_invoice(platform)

    answer = Person("victor")("POST", f"invoices/{invoice.pk}/credit")

    assert (answer.status, answer.body["permission"]) == (403, "INVOICE.CREDIT.CREATE")


def test_it_is_not_told_whether_there_is_such_a_person(platform):
    clara = a_member(platform)
    closed = a_member(platform, username="closed")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    before = digest_of_rows()

    answers = [
        sign_in(password="wrong"),
        sign_in(username="nobody-at-all"),
        sign_in(username="closed"),
        sign_in(username="closed", password="wrong"),
        sign_in(username="CLARA"),
    ]

    assert {(answer.status, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert answers[0].body["code"] == "sign_in_refused"
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")
    assert digest_of_rows() == before
    assert clara.is_active


def test_guessing_is_slowed_down(platform):
    a_member(platform)

    answers = [sign_in(password="wrong") for _ in range(11)]

    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert sign_in().body["code"] == "too_many_requests"
    assert sign_in(username="victor").status == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"username": "clara"},
        {"username": "clara", "password": ""},
        {"username": "clara", "password": 7, "colour": "red"},
        {"username": "cl\0ara", "password": "secret-42"},
        {"username": "clara", "password": "x" * 1001},
        {"username": "x" * 151, "password": "secret-42"},
        {"username": ["clara"], "password": "secret-42"},
        {"username": "clara", "password": {"$ne": ""}},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(platform, body):
    a_member(platform)

    answer = nobody("POST", "tokens", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert not Session.objects.exists()


def test_who_has_no_place_anywhere_is_told_so(platform):
    User.objects.create_user("clara", password="secret-42")

    answer = sign_in()

    assert (answer.status, answer.body["code"]) == (403, "no_platform")
    assert not Session.objects.exists()


# The reach of a person


def test_a_person_with_several_places_says_for_which_they_act(platform):
    clara = a_member(platform)
    other = a_platform("Other")
    Member.objects.create(user=clara, platform=other, role="VIEWER")
    a_final_invoice(other)
    person = Person("clara")

    unsaid = person("GET", "invoices")

    assert person.answer["reach"] == "directory"
    assert [place["id"] for place in person.answer["platforms"]] == [platform.pk, other.pk]
    assert (unsaid.status, unsaid.body["code"]) == (400, "platform_required")
    assert unsaid.body["platforms"] == [platform.pk, other.pk]
    assert person("GET", "invoices", X_Platform_Id=platform.pk).body["data"] == []
    assert len(person("GET", "invoices", X_Platform_Id=other.pk).body["data"]) == 1
    may_not = person("POST", "credit-notes", {}, X_Platform_Id=other.pk)
    assert (may_not.status, may_not.body["permission"]) == (403, "CREDIT_NOTE.CREATE")


def test_a_session_for_one_platform_stays_there(platform):
    clara = a_member(platform)
    other = a_platform("Other")
    Member.objects.create(user=clara, platform=other, role="CLERK")
    person = Person("clara", platform=other.pk)

    assert person.answer["reach"] == "staff"
    assert [place["id"] for place in person.answer["platforms"]] == [other.pk]
    assert person("GET", "invoices").status == 200
    strayed = person("GET", "invoices", X_Platform_Id=platform.pk)
    assert (strayed.status, strayed.body["code"]) == (403, "platform_not_allowed")


def test_nobody_signs_in_to_somebody_elses_platform(platform):
    a_member(platform)

    answer = sign_in(platform=a_platform("Somebody else").pk)

    assert (answer.status, answer.body["code"]) == (403, "platform_not_allowed")
    assert answer.body["platforms"] == [platform.pk]


def test_a_client_sees_their_own_papers(platform):
    customer, neighbour = a_customer(platform), a_customer(platform, name="Neighbour", vat_number="")
    own, _ = a_final_invoice(platform, buyer=customer), a_final_invoice(platform, buyer=neighbour)
    user = User.objects.create_user("paul", password="secret-42")
    Member.objects.create(user=user, platform=platform, role="CLIENT", customer=customer)
    paul = Person("paul")

    assert (paul.answer["reach"], paul.answer["platforms"][0]["customer"]) == ("client", customer.pk)
    assert [row["id"] for row in paul("GET", "invoices").body["data"]] == [own.pk]
    assert paul("POST", f"invoices/{own.pk}/credit").status == 403


# Fresh tokens


def test_an_access_token_lasts_ten_minutes_and_a_refresh_token_brings_the_next(platform):
    a_member(platform)
    with time_machine.travel(NOON, tick=False):
        person = Person("clara")
    with time_machine.travel(NOON + timedelta(minutes=10, seconds=-1), tick=False):
        assert code_of(person) == 200
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert code_of(person) == "token_expired"
        answer = refreshed(person.answer["refresh_token"])
        person.secret = answer.body["access_token"]
        assert (answer.status, code_of(person)) == (201, 200)

    assert answer.body["session"] == person.answer["session"]
    assert answer.body["refresh_token"] != person.answer["refresh_token"]


def test_a_refresh_token_that_is_used_again_ends_the_session(platform):
    a_member(platform)
    person = Person("clara")
    second = refreshed(person.answer["refresh_token"]).body

    stolen = refreshed(person.answer["refresh_token"])

    assert (stolen.status, stolen.body["code"]) == (401, "refresh_token_reused")
    assert code_of(person) == "session_ended"
    assert refreshed(second["refresh_token"]).body["code"] == "session_ended"
    assert refreshed(person.answer["refresh_token"]).body["code"] == "session_ended"


def test_a_made_up_refresh_token_ends_nobodys_session(platform):
    a_member(platform)
    person = Person("clara")
    session = person.answer["session"]

    for token in (
        f"{session}.made-up",
        session,
        "nonsense",
        f"{session}.{person.answer['access_token'][:100]}",
    ):
        answer = refreshed(token)
        assert (answer.status, answer.body["code"]) == (401, "authentication_failed")
    assert code_of(person) == 200


def test_a_session_ends_after_thirty_days(platform):
    a_member(platform)
    with time_machine.travel(NOON, tick=False):
        person = Person("clara")
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        assert refreshed(person.answer["refresh_token"]).body["code"] == "session_ended"


def test_a_refresh_token_is_stored_as_a_digest_only(platform):
    a_member(platform)
    person = Person("clara")

    stored = json.dumps(list(Session.objects.values()), default=str)

    assert person.answer["refresh_token"] not in stored
    assert person.answer["refresh_token"].split(".")[1] not in stored


# Signing out, and what takes access away at once


def test_signing_out_ends_the_session_at_once(platform):
    a_member(platform)
    person, elsewhere = Person("clara"), Person("clara")

    assert person("POST", "tokens/revoke").status == 204

    assert code_of(person) == "session_ended"
    assert refreshed(person.answer["refresh_token"]).body["code"] == "session_ended"
    assert code_of(elsewhere) == 200


def test_a_person_sees_and_ends_their_own_sessions_only(platform):
    a_member(platform)
    a_member(platform, username="mona")
    here, there, mona = Person("clara"), Person("clara"), Person("mona")

    listed = here("GET", "sessions").body["data"]

    assert [row["id"] for row in listed] == [there.answer["session"], here.answer["session"]]
    assert "refresh_digest" not in listed[0]
    assert here("DELETE", f"sessions/{mona.answer['session']}").status == 404
    assert here("DELETE", "sessions/ses_0").status == 404
    assert here("DELETE", f"sessions/{there.answer['session']}").status == 204
    assert (code_of(there), code_of(here), code_of(mona)) == ("session_ended", 200, 200)


def test_a_key_has_no_sessions(platform, api):
    for method, path in (("GET", "sessions"), ("DELETE", "sessions/ses_0"), ("POST", "tokens/revoke")):
        answer = api(method, path)
        assert (answer.status, answer.body["code"]) == (403, "people_only")


@pytest.mark.parametrize(
    ("take_away", "code"),
    [
        (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), "session_ended"),
        (lambda user: Member.objects.filter(user=user).delete(), "platform_not_allowed"),
        (lambda user: Session.objects.filter(user=user).update(revoked_at=NOON), "session_ended"),
        (lambda user: Session.objects.filter(user=user).delete(), "session_ended"),
        (lambda user: (user.set_password("another-43"), user.save()), "session_ended"),
    ],
)
def test_what_is_taken_away_is_gone_at_once(platform, take_away, code):
    clara = a_member(platform)
    person = Person("clara")
    assert code_of(person) == 200

    take_away(clara)

    assert code_of(person) == code
    assert refreshed(person.answer["refresh_token"]).status in {201, 401}


def test_a_new_password_makes_refresh_tokens_worthless(platform):
    clara = a_member(platform)
    person = Person("clara")

    clara.set_password("another-43")
    clara.save()

    assert refreshed(person.answer["refresh_token"]).status == 401


def test_a_role_that_was_lowered_counts_at_once(platform):
    clara = a_member(platform)
    person = Person("clara")

    Member.objects.filter(user=clara).update(role="VIEWER")

    assert person("POST", "credit-notes", {}).status == 403


# Tokens that are not ours


def signed(claims, *, key=None, algorithm=ALGORITHM, **header):
    kid, own = next(iter(signing_keys().items()))
    return jwt.encode(claims, key or own, algorithm=algorithm, headers={"kid": kid} | header)


def claims_of(person):
    return jwt.decode(person.secret, options={"verify_signature": False})


def test_the_claims_name_the_session_and_nothing_secret(platform):
    clara = a_member(platform)
    person = Person("clara")

    claims = claims_of(person)

    assert (claims["iss"], claims["sub"], claims["sid"]) == (
        "billing-desk",
        clara.pk,
        person.answer["session"],
    )
    assert (claims["reach"], claims["exp"] - claims["iat"]) == ("staff", 600)


def test_a_token_that_was_not_signed_by_us_is_refused(platform, settings):
    a_member(platform)
    person = Person("clara")
    claims = claims_of(person)
    head, body, mark = person.secret.split(".")
    more = (
        base64.urlsafe_b64encode(json.dumps(claims | {"reach": "directory"}).encode()).rstrip(b"=").decode()
    )
    own = next(iter(signing_keys().values()))
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()

    forged = [
        f"{head}.{more}.{mark}",
        f"{none}.{body}.",
        f"{none}.{body}.{mark}",
        f"{head}.{body}.{mark[:-2]}AA",
        f"{head}.{body}.",
        signed(claims, key="x" * 32),
        signed(claims, key=settings.SECRET_KEY.ljust(32, "x")),
        signed(claims, key=own * 2, algorithm="HS512"),
        signed(claims, kid="unknown"),
        signed(claims, kid=""),
        signed(claims | {"iss": "somebody-else"}),
        signed({name: claims[name] for name in claims if name != "exp"}),
        signed({name: claims[name] for name in claims if name != "sid"}),
        signed(claims | {"exp": 10**30}),
        signed(claims | {"exp": "soon"}),
        signed(claims | {"sub": 7}),
        signed(claims | {"sid": ["x"]}),
        signed(claims | {"sub": User.objects.create_user("eve").pk}),
    ]

    for token in forged:
        answer = Client().get("/v1/invoices", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) in {
            (401, "authentication_failed"),
            (401, "session_ended"),
        }, token


def test_a_token_that_is_signed_with_an_older_secret_of_ours_still_counts(platform, settings):
    a_member(platform)
    person = Person("clara")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a-new-secret-for-everything-that-is-signed"
    assert code_of(person) == 200

    settings.SECRET_KEY_FALLBACKS = []
    assert code_of(person) == "authentication_failed"


def test_an_access_token_is_no_api_key_and_a_refresh_token_no_access_token(platform):
    a_member(platform)
    person = Person("clara")

    as_key = Client().get("/v1/invoices", headers={"X-API-KEY": person.secret})
    person.secret = person.answer["refresh_token"]

    assert as_key.status_code == 401
    assert code_of(person) == "authentication_failed"
