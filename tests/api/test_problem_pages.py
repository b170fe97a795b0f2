"""Every code has a page: what it means, what to do. The pages and the refusals are held together here."""

import ast
import json
import pkgutil
import re
import subprocess
import sys
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path

from django.test import Client
from django.utils.html import escape

from billing.api import catalogue
from billing.api.catalogue import chapters, codes_by_status, entries
from billing.api.problems import CODES, REASONS
from billing.errors import BillingError

HOUSE = Path(__file__).parents[2]
FLOORS = ("billing", "invoices", "credit_notes", "billing_desk")
AT_THE_TERMINAL = "billing_desk.embedded"
"""Refusals to start a desk; they are told to whoever wanted to start it."""
STANDARD = {"type", "title", "status", "detail", "code", "field"}


def every_refusal() -> list[type[BillingError]]:
    """Return all refusals of the house, whether anybody has imported them yet or not."""
    for floor in map(import_module, FLOORS):
        for module in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}."):
            if not any(part in module.name for part in (".migrations.", AT_THE_TERMINAL, "celery", "wsgi")):
                import_module(module.name)
    refusals = catalogue.refusals()
    return [
        kind
        for kind in refusals
        if kind.__module__.startswith(FLOORS) and AT_THE_TERMINAL not in kind.__module__
    ]


def test_every_code_has_its_page_and_every_page_a_refusal():
    codes = {refusal.code for refusal in every_refusal()} | {code for code, _ in CODES.values()}

    assert codes - set(entries()) == set()
    assert set(entries()) - codes == set()


def test_the_addresses_alone_import_every_code():
    # a process of its own, for the tests have imported all there is
    script = "import django; django.setup()\n"
    script += "from billing.api.catalogue import entries; print(len(entries()))"

    run = subprocess.run(
        [sys.executable, "-c", script], cwd=HOUSE, capture_output=True, text=True, check=False
    )

    assert (run.stdout.strip(), run.returncode) == (str(len(entries())), 0), run.stderr


def test_a_code_belongs_to_one_refusal_alone():
    uses = defaultdict(set)
    for refusal in every_refusal():
        uses[refusal.code].add(f"{refusal.__module__}.{refusal.__qualname__}")

    assert {code: names for code, names in uses.items() if len(names) > 1} == {}
    assert "refused" not in uses
    assert [
        title for title, count in Counter(entry.title for entry in entries().values()).items() if count > 1
    ] == []


def raised_with() -> dict[str, set[str]]:
    """Return the facts that each class of refusal is raised with, as far as the code spells them out."""
    found = defaultdict(set)
    for floor in FLOORS:
        for file in (HOUSE / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    found[name] |= {word.arg for word in node.keywords if word.arg}
    return found


def test_every_fact_that_a_refusal_brings_is_explained_on_its_page():
    raised, unexplained = raised_with(), {}
    for refusal in every_refusal():
        explained = {fact.name for fact in entries()[refusal.code].facts} | {"field"}
        if unknown := raised[refusal.__name__] - explained:
            unexplained[refusal.code] = unknown

    assert unexplained == {}


def test_every_page_is_written_out():
    for code, entry in entries().items():
        facts = {fact.name for fact in entry.facts}
        sentences = [entry.meaning, entry.remedy, *(fact.meaning for fact in entry.facts)]
        assert all(sentence.endswith(".") for sentence in sentences), code
        assert set(entry.example) - STANDARD <= facts, code
        assert json.loads(json.dumps(entry.example)) == entry.example, code
    assert [chapter.name for chapter in chapters() if not chapter.entries] == []


def test_a_program_reads_all_codes_without_a_credential():
    answer = Client().get("/v1/problems", headers={"Accept": "application/json", "X-API-KEY": "wrong"})

    assert answer.status_code == 200
    assert [row["code"] for row in answer.json()["data"]] == list(entries())
    assert (answer.json()["has_more"], answer["Vary"]) == (False, "Accept")
    assert Client().get("/v1/problems.json").json() == answer.json()


def test_a_program_reads_what_one_code_means():
    answer = Client().get("/v1/problems/number_in_use")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "object": "problem",
        "code": "number_in_use",
        "status": 409,
        "title": "Another document has this number",
        "topic": "Numbers and dates",
        "type": "/v1/problems/number_in_use",
        "meaning": "Another document of the same seller has this number. Numbers are never used twice, "
        "not even of void documents.",
        "remedy": "Choose another number, or leave it out. If you imported the document before, there is "
        "nothing to do.",
        "facts": answer.json()["facts"],
        "example": {
            "type": "/v1/problems/number_in_use",
            "title": "Another document has this number",
            "status": 409,
            "detail": "CR-2026-000007 is taken.",
            "code": "number_in_use",
            "field": "number",
            "number": "CR-2026-000007",
            "used_by": [{"id": "cn_01jd8q2m4x"}],
        },
    }
    assert [fact["name"] for fact in answer.json()["facts"]] == ["number", "used_by"]
    assert (
        Client().get("/v1/problems/number_in_use.json", headers={"Accept": "text/html"}).json()
        == answer.json()
    )


def test_an_unknown_code_is_a_problem_itself():
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    told, shown = Client().get("/v1/problems/no_such"), Client().get("/v1/problems/<b>", headers=browser)

    assert (told.status_code, told["Content-Type"]) == (404, "application/problem+json")
    assert (told.json()["code"], told.json()["id"]) == ("not_found", "no_such")
    assert (shown.status_code, shown["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "No problem is called <code>&lt;b&gt;</code>" in shown.content.decode()


def test_a_person_is_shown_a_page_of_each_code():
    for code, entry in entries().items():
        page = Client().get(f"/v1/problems/{code}", headers={"Accept": "text/html"})
        text = page.content.decode()
        assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert f"<h1>{escape(entry.title)}</h1>" in text
        assert "`" not in text.partition("<pre")[0], code


def test_the_list_for_people_leads_to_every_page():
    text = Client().get("/v1/problems", headers={"Accept": "text/html"}).content.decode()

    assert [code for code in entries() if f'href="/v1/problems/{code}"' not in text] == []
    assert "//" not in text


def test_codes_are_known_by_their_status():
    by_status = codes_by_status()

    assert by_status[411] == ["length_required"]
    assert sum(map(len, by_status.values())) == len(entries())


def test_the_guide_to_errors_is_true():
    guide = (HOUSE / "docs/api/errors.md").read_text()
    before, _, after = guide.partition("| reason | says |")
    reasons, _, after = after.partition("\n\n")

    names = set(re.findall(r'`([a-z]+(?:_[a-z]+)+)`|case "([a-z_]+)"', before + after))
    assert {code or case for code, case in names} - {"request_id"} <= set(entries())
    assert set(REASONS.values()) <= set(re.findall(r"`([a-z_]+)`", reasons))
