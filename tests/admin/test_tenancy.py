"""Staff sees its own platforms; another's things do not exist."""

from types import SimpleNamespace

from django.test import Client

from billing.documents.models import Series
from billing.platforms.models import ApiKey, Customer, Member, Platform, User
from tests import factories

from .conftest import a_bit_of_everything
from .pages import WHY, act, add, address_of, correct, corrections, errors_of, page_of, signed_in


def test_another_platforms_things_do_not_exist(clerk: Client, platform: Platform) -> None:
    theirs = a_bit_of_everything(factories.a_platform("Zebra Holding"))
    stranger = factories.a_member(theirs.platform, username="stranger")
    rows = [*vars(theirs).values(), stranger, stranger.memberships.get()]

    for row in rows:
        listed = clerk.get(address_of(type(row), "changelist"))
        pages = [clerk.get(page_of(row)), clerk.get(page_of(row, "delete"))]

        assert page_of(row) not in listed.content.decode(), row
        assert "Zebra" not in listed.content.decode(), row
        assert {page.status_code for page in pages} <= {302, 403}, row
        assert pages[0]["Location"] == "/admin/", row
        if type(row) is not Platform:
            posted = clerk.post(page_of(row), {"reason": WHY})
            assert posted.status_code in {302, 403}
    assert corrections() == []


def test_ones_own_things_open(clerk: Client, books: SimpleNamespace) -> None:
    for row in vars(books).values():
        assert clerk.get(address_of(type(row), "changelist")).context["cl"].result_count >= 1, row
        assert clerk.get(page_of(row)).status_code == 200, row


def test_another_platforms_files_and_logos_are_not_served(clerk: Client) -> None:
    theirs = a_bit_of_everything(factories.a_platform("Zebra Holding"))

    assert clerk.get(f"/admin/documents/storedfile/{theirs.file.pk}/download/").status_code == 404
    assert clerk.get(f"/admin/platforms/billingentity/{theirs.billing_entity.pk}/logo/").status_code == 404


def test_only_ones_own_platforms_can_be_chosen(clerk: Client, platform: Platform) -> None:
    other = factories.a_platform("Zebra Holding")
    factories.an_entity(other)

    answer = add(clerk, Customer, platform=other.pk, name="Neu", country="DE")
    series = add(clerk, Series, billing_entity=other.billing_entities.get().pk, kind="INVOICE", prefix="X")

    assert list(errors_of(answer)) == ["platform"]
    assert list(errors_of(series)) == ["billing_entity"]
    assert not Customer.objects.exists()


def test_a_clerk_may_correct(clerk: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    correct(clerk, customer, city="Liège")

    assert Customer.objects.get().city == "Liège"
    assert corrections()[0].actor == "Clara Clerk"


def test_a_viewer_looks_and_changes_nothing(platform: Platform) -> None:
    viewer = signed_in(factories.a_member(platform, role="VIEWER", is_staff=True))
    books = a_bit_of_everything(platform)

    for row in vars(books).values():
        assert viewer.get(page_of(row)).status_code == 200, row
    assert viewer.post(page_of(books.customer), {"city": "Liège", "reason": WHY}).status_code == 403
    assert viewer.post(page_of(books.customer, "delete"), {"post": "yes", "reason": WHY}).status_code == 403
    act(viewer, "delete_drafts", books.draft)
    assert type(books.draft).objects.filter(pk=books.draft.pk).exists()
    assert "Delete drafts" not in viewer.get(address_of(type(books.draft), "changelist")).content.decode()


def test_a_role_counts_on_its_own_platform_only(platform: Platform) -> None:
    # given somebody who manages one platform and only looks at another
    other = factories.a_platform("Zebra Holding")
    mona = factories.a_member(platform, role="MANAGER", username="mona", is_staff=True)
    Member.objects.create(user=mona, platform=other, role="VIEWER")
    browser = signed_in(mona)
    customer = factories.a_customer(other)
    factories.an_api_key(other)

    # then
    assert browser.get(page_of(customer)).status_code == 200
    assert browser.post(page_of(customer), {"city": "Liège", "reason": WHY}).status_code == 403
    assert list(errors_of(add(browser, Customer, platform=other.pk, name="Neu", country="DE"))) == [
        "platform"
    ]
    act(browser, "revoke", ApiKey.objects.get())
    assert ApiKey.objects.get().revoked_at is None


def test_a_person_who_is_not_staff_does_not_get_in(platform: Platform) -> None:
    browser = signed_in(factories.a_member(platform))

    assert browser.get("/admin/").status_code == 302


def test_staff_without_a_place_sees_nothing(books: SimpleNamespace) -> None:
    browser = signed_in(User.objects.create_user("nobody", is_staff=True))

    for row in vars(books).values():
        assert browser.get(address_of(type(row), "changelist")).context["cl"].result_count == 0, row
