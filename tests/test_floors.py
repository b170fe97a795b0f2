"""House rules that no type and no constraint can hold, as tests."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from billing.api.permissions import HasPermission
from billing.api.views import BillingView
from billing.events import names
from billing.platforms import permissions
from billing_desk.desk.views.base import DeskView
from tests.factories import a_platform, an_api_key

ROOT = Path(__file__).parents[1]
PACKAGES = ("billing", "invoices", "credit_notes", "billing_desk")
FILES = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]
AT_THE_EDGE = {"views", "serializers", "forms", "tasks", "admin"}
WRITES = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}
SIGNALS = {"signals", "dispatch"}
LONGEST_FILE = 400
WHO_ASKS = {"self", "view", "member"}
"""Whose platform is that of the one who asks."""


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_package_leans_only_on_what_lies_below():
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_uses_djangos_signals():
    for path in FILES:
        for node in nodes(path):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            package = f"{getattr(node, 'module', '') or ''}."
            modules = [(package + alias.name).lstrip(".") for alias in node.names]
            used = [name for name in modules if name.startswith("django.") and SIGNALS & {*name.split(".")}]
            assert not used, place(path, node)


def test_no_view_serializer_form_task_or_admin_writes_to_the_database():
    for path in FILES:
        if not AT_THE_EDGE & {path.stem, *path.relative_to(ROOT).parts}:
            continue
        for node in nodes(path):
            written = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            assert not (written and node.func.attr in WRITES), place(path, node)


def test_nobody_finds_what_was_named_on_the_platform_of_a_row():
    """A row's platform is seen whole: a client would find a neighbour's thing. It is asked with one's own."""
    for path in FILES:
        for node in nodes(path):
            finds = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if finds and node.func.attr == "find":
                assert not platforms_of_rows_in(node.func.value), place(path, node)


def platforms_of_rows_in(chain: ast.AST) -> list[str]:
    """Return the rows whose platform a chain of queryset calls is given: `["invoice"]`."""
    given = [argument for call in ast.walk(chain) if isinstance(call, ast.Call) for argument in call.args]
    owners = [one.value for one in given if isinstance(one, ast.Attribute) and one.attr == "platform"]
    return [owner.id for owner in owners if isinstance(owner, ast.Name) and owner.id not in WHO_ASKS]


def names_of_events_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the constants of `names` that a file speaks of, each with its place."""
    for node in nodes(path):
        owner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == "names" and node.attr.isupper():
            yield node.attr, place(path, node)


def test_every_event_that_is_recorded_is_declared_and_every_declared_one_is_recorded():
    declared = {name for name in vars(names) if name.isupper() and name != "ALL"}
    recorded = set()
    for path in FILES:
        for name, where in names_of_events_in(path):
            assert name in declared | {"ALL"}, where
            if path.name != "reactions.py":
                recorded.add(name)

    assert recorded - {"ALL"} == declared


def test_events_are_named_only_in_the_catalogue():
    for path in FILES:
        if path == ROOT / "billing/events/names.py":
            continue
        for node in nodes(path):
            text = node.value if isinstance(node, ast.Constant) else None
            assert not (isinstance(text, str) and text in names.ALL), place(path, node)


def test_no_file_has_become_too_long_to_read():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_every_scheduled_task_exists():
    current_app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= current_app.tasks.keys()


# Who may come in


def views(base: type) -> Iterator[tuple[str, type]]:
    """Yield the address and the class of every view of a kind; parameters are filled in."""
    yield from views_of(get_resolver(), "/", base)


def views_of(resolver: URLResolver, prefix: str, base: type) -> Iterator[tuple[str, type]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views_of(entry, route, base)
        elif issubclass(class_of(entry), base):
            yield filled_in(entry, route), class_of(entry)


def class_of(entry: URLPattern) -> type:
    return getattr(entry.callback, "view_class", None) or getattr(entry.callback, "cls", object)


def filled_in(entry: URLPattern, route: str) -> str:
    """Return an address with something for each of its parameters; there is nothing of that id."""
    for name, converter in entry.pattern.converters.items():
        value = "1" if isinstance(converter, IntConverter) else "unknown"
        route = re.sub(rf"<(\w+:)?{name}>", value, route)
    return route


def methods_of(view: type) -> list[str]:
    return [verb.upper() for verb in view.http_method_names if verb != "options" and hasattr(view, verb)]


def asks_for_a_permission(view: type) -> bool:
    return HasPermission in view.permission_classes


API = [
    (address, view, method)
    for address, view in views(BillingView)
    if asks_for_a_permission(view)
    for method in methods_of(view)
]
WITHOUT_PERMISSION = {
    "/v1/tokens",
    "/v1/tokens/refresh",
    "/v1/tokens/revoke",
    "/v1/sessions",
    "/v1/sessions/unknown",
}
"""Where people sign in and out, and see to their own sessions."""
DESK = [(address, view, method) for address, view in views(DeskView) for method in methods_of(view)]


def test_there_are_views_to_look_at():
    assert len(API) > 10
    assert len(DESK) > 10


def test_only_signing_in_and_out_needs_no_permission():
    without = {address for address, view in views(BillingView) if not asks_for_a_permission(view)}

    assert without == WITHOUT_PERMISSION


@pytest.mark.parametrize(("address", "view", "method"), API)
def test_every_method_of_the_api_names_a_permission_of_the_catalogue(address, view, method):
    assert view.needs[method] in permissions.ALL


@pytest.mark.parametrize(("address", "view", "method"), DESK)
def test_every_method_of_the_desk_names_a_permission_of_the_catalogue(address, view, method):
    catalogue = frozenset().union(*permissions.OF_ROLE.values())

    assert view.permissions["GET" if method == "HEAD" else method] in catalogue


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "view", "method"), API)
def test_the_api_asks_for_a_key_and_for_the_permission_by_name(address, view, method):
    client, key = Client(), an_api_key(a_platform(), permissions=[])

    without = client.generic(method, address)
    without_permission = client.generic(method, address, headers={"X-API-KEY": key})

    assert (without.status_code, without.json()["code"]) == (401, "not_authenticated")
    assert (without_permission.status_code, without_permission.json()["permission"]) == (
        403,
        view.needs[method],
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "view", "method"), DESK)
def test_the_desk_asks_everybody_to_sign_in(address, view, method):
    response = Client().generic(method, address)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in")
