"""Every page: for members only, by their role, and never another platform's."""

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import Client

from billing.errors import BillingError
from billing.platforms.permissions import INVOICE_VIEW
from billing_desk.desk.urls import urlpatterns
from billing_desk.desk.views.base import DeskView
from credit_notes.models import CreditNote
from tests.desk.conftest import text_of
from tests.factories import a_draft_note, a_final_invoice, a_platform

pytestmark = pytest.mark.django_db

READ = ["/", "/invoices/", "/invoices/{invoice}/", "/credit-notes/", "/credit-notes/{note}/"]
DEEDS = [
    ("GET", "/invoices/import/"),
    ("POST", "/invoices/import/"),
    ("GET", "/invoices/{invoice}/credit/"),
    ("POST", "/invoices/{invoice}/credit/"),
    ("POST", "/credit-notes/{note}/"),
    ("GET", "/credit-notes/{note}/finalise/"),
    ("POST", "/credit-notes/{note}/finalise/"),
    ("GET", "/credit-notes/{note}/delete/"),
    ("POST", "/credit-notes/{note}/delete/"),
]
ABOUT_ONE = [
    ("GET", "/invoices/{invoice}/"),
    ("GET", "/invoices/{invoice}/credit/"),
    ("POST", "/invoices/{invoice}/credit/"),
    ("GET", "/invoices/{invoice}/files/pdf/"),
    ("GET", "/credit-notes/{note}/"),
    ("POST", "/credit-notes/{note}/"),
    ("GET", "/credit-notes/{note}/finalise/"),
    ("POST", "/credit-notes/{note}/finalise/"),
    ("GET", "/credit-notes/{note}/delete/"),
    ("POST", "/credit-notes/{note}/delete/"),
    ("GET", "/credit-notes/{note}/files/pdf/"),
]


@pytest.fixture
def ids(platform):
    invoice = a_final_invoice(platform)
    return {"invoice": invoice.pk, "note": a_draft_note(invoice).pk}


@pytest.mark.parametrize("path", READ)
def test_a_viewer_reads_everything(viewer, ids, path):
    assert viewer.get(path.format(**ids)).status_code == 200


@pytest.mark.parametrize(("method", "path"), DEEDS)
def test_a_viewer_does_nothing(viewer, ids, method, path):
    answer = viewer.generic(method, path.format(**ids))

    assert answer.status_code == 403
    assert "Your role does not cover this." in answer.content.decode()
    assert CreditNote.objects.get().is_draft


def test_a_viewer_is_not_offered_what_they_may_not_do(viewer, ids):
    invoice = viewer.get(f"/invoices/{ids['invoice']}/").content.decode()
    note = viewer.get(f"/credit-notes/{ids['note']}/").content.decode()

    assert "Import invoice" not in viewer.get("/").content.decode()
    assert "Actions" not in invoice
    assert "Credit entire invoice" not in invoice
    assert "Finalise" not in note
    assert "Delete draft" not in note
    assert "<textarea" not in note


@pytest.mark.parametrize(("method", "path"), ABOUT_ONE)
def test_another_platforms_documents_do_not_exist(sign_in, ids, method, path):
    stranger = sign_in(a_platform("Stranger"))

    answer = stranger.generic(method, path.format(**ids))

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert CreditNote.objects.get().is_draft


@pytest.mark.parametrize("path", ["/invoices/", "/credit-notes/", "/"])
def test_lists_hold_only_ones_own(sign_in, ids, path):
    stranger = sign_in(a_platform("Stranger"))

    assert "Bières du Nord" not in stranger.get(path).content.decode()


@pytest.mark.parametrize("path", [*READ, *(path for _, path in DEEDS)])
def test_a_stranger_sees_nothing(ids, path):
    assert Client().get(path.format(**ids)).headers["Location"].startswith("/sign-in/?next=")


def test_every_view_of_the_desk_names_a_permission_for_each_method():
    views = [pattern.callback.view_class for pattern in urlpatterns]
    of_the_desk = [view for view in views if issubclass(view, DeskView)]

    assert len(of_the_desk) == len(views) - 2, "only signing in and out are for everybody"
    for view in of_the_desk:
        methods = {name.upper() for name in ("get", "post") if hasattr(view, name)}
        assert set(view.permissions) == methods, view


@pytest.mark.parametrize("path", ["/invoices/inv_nothing/", "/credit-notes/cn_nothing/", "/nothing/"])
def test_what_does_not_exist_has_a_page_that_says_so(clerk, path):
    answer = clerk.get(path)

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


class Refusing(DeskView):
    """A view that forgot to handle what its service refuses."""

    permissions = {"GET": INVOICE_VIEW}

    def get(self, request):
        raise BillingError("The moon is in the wrong quarter.")

    def post(self, request):
        """Names no permission."""


@pytest.fixture
def request_of(clerk, platform, rf):
    """Make a clerk's request, as the middleware hands it to a view."""

    def made(method):
        request = rf.generic(method, "/")
        request.user, request.session = platform.members.get().user, clerk.session
        request.htmx = False
        return request

    return made


def test_a_method_without_a_permission_is_refused_to_everybody(request_of):
    with pytest.raises(PermissionDenied):
        Refusing.as_view()(request_of("POST"))


def test_a_refusal_that_a_view_does_not_expect_is_a_page_and_not_a_crash(request_of):
    answer = Refusing.as_view()(request_of("GET"))

    assert answer.status_code == 409
    assert "The moon is in the wrong quarter. Nothing was changed." in text_of(answer)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_every_error_has_a_page_that_needs_nothing_but_itself(name):
    page = render_to_string(f"{name}.html")

    assert "Billing Desk" in page
    assert 'href="/"' in page
