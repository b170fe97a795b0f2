"""Coming in, going out, and choosing where to act."""

import pytest
from django.test import Client, override_settings

from tests.factories import a_final_invoice, a_member, a_platform

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_the_sign_in_page_and_back_afterwards(platform):
    a_member(platform)
    client = Client()

    sent_away = client.get("/invoices/?q=acme")
    assert sent_away.headers["Location"] == "/sign-in/?next=/invoices/%3Fq%3Dacme"

    let_in = client.post(
        "/sign-in/", {"username": "clara", "password": "secret-42", "next": "/invoices/?q=acme"}
    )
    assert let_in.headers["Location"] == "/invoices/?q=acme"


def test_nobody_is_sent_to_another_site_after_signing_in(platform):
    a_member(platform)

    let_in = Client().post(
        "/sign-in/", {"username": "clara", "password": "secret-42", "next": "https://evil.example/"}
    )

    assert let_in.headers["Location"] == "/"


def test_a_wrong_password_is_refused_without_saying_which_of_the_two_was_wrong(platform):
    a_member(platform)

    page = Client().post("/sign-in/", {"username": "clara", "password": "guess"}).content.decode()

    assert "User name and password do not belong together." in page
    assert "<title>Error: Sign in" in page


def test_the_hint_about_the_demo_is_not_shown_in_production():
    assert "demo" not in Client().get("/sign-in/").content.decode()
    with override_settings(DEBUG=True):
        assert "A demo desk" in Client().get("/sign-in/").content.decode()


def test_signing_out_needs_a_post_and_leads_to_the_sign_in_page(clerk):
    assert clerk.get("/sign-out/").status_code == 405
    assert clerk.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert clerk.get("/").headers["Location"] == "/sign-in/?next=/"


def test_a_form_without_its_token_is_refused_in_words(platform):
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_member(platform))

    answer = client.post("/sign-out/")

    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


def test_a_person_without_a_platform_is_told_so(platform):
    user = a_member(platform)
    user.memberships.all().delete()
    client = Client()
    client.force_login(user)

    answer = client.get("/invoices/")

    assert answer.status_code == 403
    assert "You belong to no platform yet" in answer.content.decode()


def test_a_person_with_two_platforms_switches_and_stays_there(clerk, platform):
    other = a_platform("Zebra")
    a_final_invoice(other, number="ZEBRA-1")
    clerk_user = platform.members.get().user
    other.members.create(user=clerk_user, role="VIEWER")
    assert "Act for Zebra" in clerk.get("/").content.decode()

    answer = clerk.post("/platform/", {"platform": other.pk}, follow=True)

    assert "You now act for Zebra." in answer.content.decode()
    page = clerk.get("/invoices/").content.decode()
    assert "ZEBRA-1" in page
    assert "Import invoice" not in page


def test_nobody_switches_to_a_platform_they_do_not_belong_to(clerk):
    stranger = a_platform("Stranger")

    assert clerk.post("/platform/", {"platform": stranger.pk}).status_code == 404
    assert "Stranger" not in clerk.get("/").content.decode()


def test_htmx_is_told_to_load_the_sign_in_page_when_the_session_is_over(platform):
    answer = Client().get(
        "/invoices/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/invoices/?q=x"}
    )

    assert answer.headers["HX-Redirect"] == "/sign-in/?next=/invoices/%3Fq%3Dx"


def test_pages_are_kept_by_no_cache_and_no_part_is_taken_for_a_page(clerk):
    answer = clerk.get("/invoices/")

    assert "no-store" in answer.headers["Cache-Control"]
    assert "HX-Request" in answer.headers["Vary"]
