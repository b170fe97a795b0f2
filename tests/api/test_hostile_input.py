"""Whatever is thrown at it, the API answers 4xx, a problem with a code, and nothing has changed."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client

from tests.books import digest_of_rows
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_paid_invoice


class Target(NamedTuple):
    """A call that would work, and the name of one of its amounts or texts."""

    method: str
    path: str
    body: dict[str, Any]
    field: str


@pytest.fixture
def targets(platform) -> list[Target]:
    invoice, paid = a_final_invoice(platform), a_paid_invoice(platform)
    draft, note = a_draft_note(a_final_invoice(platform)), a_final_note(paid)
    line = {"name": "Licence", "quantity": 1, "unit_price": "10.00", "tax_rate": 21}
    customer = invoice.customer_id
    return [
        Target("POST", f"invoices/{invoice.pk}/credit", {"amount": "10.00"}, "amount"),
        Target(
            "POST", "credit-notes", {"invoice": invoice.pk, "amount": "10.00", "finalize": False}, "amount"
        ),
        Target(
            "POST", "invoices", {"customer": customer, "currency": "EUR", "lines": [line]}, "rounding_amount"
        ),
        Target("POST", f"invoices/{invoice.pk}/payments", {"amount": "10.00"}, "amount"),
        Target("POST", f"credit-notes/{note.pk}/refund", {"amount": "10.00"}, "amount"),
        Target("PATCH", f"credit-notes/{draft.pk}", {"amount": "10.00"}, "amount"),
    ]


@pytest.fixture
def refused(api, targets) -> Callable[..., list[Any]]:
    """Send to every target what `make` makes for it; check each refusal, and that nothing has changed."""

    def check(make: Callable[[Target], bytes], codes: str, status: int = 400, **headers: str) -> list[Any]:
        before = digest_of_rows()
        answers = [api(target.method, target.path, make(target), **headers) for target in targets]
        for target, answer in zip(targets, answers, strict=True):
            assert (answer.status, answer.body["code"]) == (status, answer.body["code"]), (
                target,
                answer.body,
            )
            assert answer.body["code"] in codes.split("|"), (target, answer.body)
            assert_is_problem(answer)
        assert digest_of_rows() == before
        return answers

    return check


def assert_is_problem(answer: Any) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == answer.status
    assert answer.body["type"] == f"/v1/problems/{answer.body['code']}"
    assert answer.body["title"]
    assert answer.body["detail"]
    assert answer.headers["X-Request-Id"]
    assert len(answer.content) < 20_000


DEEP = {
    "lists": b"[" * 10_000 + b"]" * 10_000,
    "objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "open": b"[" * 100_000,
    "somewhat": b'{"metadata":' + b'{"a":' * 40 + b"1" + b"}" * 41,
    "below the parser's limit": b'{"metadata":' + b"[" * 400 + b"]" * 400 + b"}",
}
BROKEN = {
    "nothing but a brace": b"{",
    "two values": b"{} {}",
    "a comment": b"{} // so there",
    "a comma too many": b'{"note": "a",}',
    "single quotes": b"{'note': 'a'}",
    "no quotes": b"{note: 1}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw NUL": b'{"note": "a\0b"}',
    "a raw line break": b'{"note": "a\nb"}',
    "a number that is none": b'{"amount": 01}',
    "a plus": b'{"amount": +1}',
    "hexadecimal": b'{"amount": 0x10}',
    "NaN": b'{"amount": NaN}',
    "Infinity": b'{"amount": Infinity}',
    "less than Infinity": b'{"amount": -Infinity}',
    "an unknown escape": b'{"note": "\\x41"}',
    "half an escape": b'{"note": "\\u12"}',
    "another format": b"amount=10.00&note=a",
    "XML": b"<?xml version='1.0'?><amount>10.00</amount>",
    "a name twice": b'{"amount": "1.00", "amount": "2.00"}',
    "a name twice, deeper": b'{"metadata": {"a": [{"b": 1, "b": 2}]}}',
    "a name twice, once escaped": b'{"note": "1", "n\\u006fte": "2"}',
    "UTF-16": '{"note": "a"}'.encode("utf-16"),
    "UTF-32": '{"note": "a"}'.encode("utf-32"),
    "Latin-1": '{"note": "é"}'.encode("latin-1"),
    "overlong UTF-8": b'{"note": "\xc0\xaf"}',
    "overlong NUL": b'{"note": "\xc0\x80"}',
    "a surrogate in UTF-8": b'{"note": "\xed\xa0\x80"}',
    "beyond Unicode": b'{"note": "\xf4\x90\x80\x80"}',
    "cut off in a character": b'{"note": "\xe2\x82',
    "a number of 400 digits": b'{"amount": ' + b"9" * 400 + b"}",
    "a fraction of 400 digits": b'{"amount": 0.' + b"9" * 400 + b"}",
    "a huge exponent": b'{"amount": 1e999999999}',
    "a huger exponent": b'{"amount": 1e99999999999999999999999}',
    "a tiny exponent": b'{"amount": 1e-999999999}',
    "a huge exponent of nothing": b'{"amount": 0e999999999}',
} | {f"nested: {name}": body for name, body in DEEP.items()}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_not_json_is_refused(refused, body):
    refused(lambda _: body, "invalid_json")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"1.5", b"null", b"true", b'[{"amount": "1.00"}]'])
def test_what_is_no_object_is_refused(refused, body):
    refused(lambda _: body, "invalid_request")


VALUES = {
    "half a pair": b'"\\ud800"',
    "the other half": b'"\\udfff"',
    "the wrong way round": b'"\\udc00\\ud800"',
    "NUL": b'"\\u0000"',
    "a list": b"[]",
    "an object": b"{}",
    "lists in lists": b"[[[[1]]]]",
    "yes": b"true",
    "a word": b'"ten"',
    "nothing": b'""',
    "a space": b'" "',
    "NaN": b'"NaN"',
    "sNaN": b'"sNaN123"',
    "Infinity": b'"Infinity"',
    "1e30": b'"1e30"',
    "the number 1e30": b"1e30",
    "1e-30": b"1e-30",
    "400 digits": b'"' + b"9" * 400 + b'"',
    "digits of another script": '"١٢"'.encode(),
    "digits of full width": '"１０"'.encode(),
    "an underscore": b'"1_000"',
    "two points": b'"1.0.0"',
    "a comma": b'"1,50"',
    "hexadecimal": b'"0x10"',
    "a formula": b'"=1+1"',
    "SQL": b'"1; DROP TABLE invoices_invoice; --"',
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_what_is_no_amount_is_refused_and_the_field_is_named(refused, targets, value):
    def make(target: Target) -> bytes:
        plain = {name: inner for name, inner in target.body.items() if name != target.field}
        return (
            json.dumps(plain)[:-1].encode()
            + (b", " if plain else b"")
            + f'"{target.field}": '.encode()
            + value
            + b"}"
        )

    answers = refused(make, "invalid_request")

    for target, answer in zip(targets, answers, strict=True):
        assert answer.body["field"].split(".")[0] == target.field


@pytest.mark.parametrize(
    "name", ['"colour"', '""', '"__proto__"', '"\\ud800"', '"\\u0000"', '"a\\nb"', json.dumps("x" * 900_000)]
)
def test_names_that_are_none_are_refused(refused, name):
    refused(
        lambda target: json.dumps(target.body)[:-1].encode() + f", {name}: 1}}".encode(), "invalid_request"
    )


def test_very_many_names_that_are_none_do_not_make_a_giant_of_the_answer(refused):
    refused(
        lambda _: json.dumps({f"field {number}": number for number in range(40_000)}).encode(),
        "invalid_request",
    )


def test_very_many_wrong_lines_do_not_make_a_giant_of_the_answer(api, targets):
    before = digest_of_rows()

    answer = api("POST", "invoices", {"customer": "cus_0", "lines": [{"a": 1}] * 4_000})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert_is_problem(answer)
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b'{"amount": "10.00"}'),
        ("text/plain", b'{"amount": "10.00"}'),
        ("application/x-www-form-urlencoded", b"amount=10.00"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n10\r\n--x--',
        ),
        ("application/xml", b"<amount>10.00</amount>"),
        ("application/json; charset=utf-16", b'{"amount": "10.00"}'),
        ("application/json; charset=latin-1", b'{"amount": "10.00"}'),
        ('application/json; charset="no such"', b'{"amount": "10.00"}'),
        ("application/jsonp", b'{"amount": "10.00"}'),
        ("application/vnd.api+json", b"{}"),
        ("nonsense", b"{}"),
        (";;;", b"{}"),
        ("*/*", b"{}"),
        ("a" * 100_000, b"{}"),
    ],
)
def test_other_content_types_are_refused(refused, content_type, body):
    refused(lambda _: body, "unsupported_media_type", 415, content_type=content_type)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"]
)
def test_json_may_say_that_it_is_utf_8(api, targets, content_type):
    body = json.dumps(targets[3].body).encode()

    assert api("POST", targets[3].path, body, content_type=content_type).status == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "nonsense"])
def test_compressed_bodies_are_refused(refused, encoding):
    refused(
        lambda target: gzip.compress(json.dumps(target.body).encode()),
        "unsupported_content_encoding",
        415,
        Content_Encoding=encoding,
    )


def test_a_body_that_is_too_large_is_refused(refused):
    answers = refused(lambda _: b'{"note": "' + b"x" * 10_000_000 + b'"}', "body_too_large", 413)

    assert {answer.body["limit"] for answer in answers} == {1_000_000}


def test_an_import_that_is_too_large_is_refused(api, platform):
    before = digest_of_rows()

    answer = api("POST", "invoices/import", b"<" * 21_000_000, content_type="application/xml")

    assert (answer.status, digest_of_rows()) == (413, before)
    assert_is_problem(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "gift"),
        ("type", ["adjustment"]),
        ("type", {"a": 1}),
        ("type", "\x7f"),
        ("type", "ADJUSTMENT"),
        ("finalize", "maybe"),
        ("finalize", []),
        ("finalize", {}),
        ("note", {"a": 1}),
        ("note", ["a"]),
        ("note", "x" * 2001),
        ("metadata", []),
        ("metadata", "{}"),
        ("lines", {}),
        ("lines", "all"),
        ("lines", [1]),
        ("lines", [[]]),
        ("lines", [None]),
        ("lines", [{"invoice_line": "ln_0", "quantity": "many"}]),
        ("delivery_date", "2026-02-30"),
        ("delivery_date", "yesterday"),
        ("delivery_date", 20260101),
        ("delivery_date", "2026-01-01 00:00"),
    ],
)
def test_values_of_the_wrong_kind_are_refused_by_name(api, platform, field, value):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    answer = api("POST", f"invoices/{invoice.pk}/credit", {field: value})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert answer.body["field"].split(".")[0] == field
    assert_is_problem(answer)
    assert digest_of_rows() == before


LISTS = ("invoices", "credit-notes", "payments", "refunds", "sequences", "customers", "events")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1e9",
        "limit=" + "9" * 5_000,
        "limit=1&limit=2",
        "limit[]=1",
        "colour=red",
        "%00=1",
        "%ED%A0%80=1",
        "cursor=%00",
        "cursor=nonsense",
        "cursor=%F0%9F%90%BB",
        "cursor=" + "x" * 50_000,
        "created_at=%00",
        "created_at[gte]=tomorrow",
        "created_at[between]=[",
        "created_at[no]=1",
        "created_at[=1",
        "created_at[gte][lt]=1",
        "expand=%00",
        "expand=everything",
        "include=%00",
        "order_by=%00",
        "order_by=password",
        "order_direction=sideways",
        "take=-1",
        "skip=-1",
        "take=1&cursor=a",
        "&".join(f"field{number}=1" for number in range(20_001)),
    ],
)
def test_queries_that_make_no_sense_are_refused(api, platform, query):
    a_final_note(a_final_invoice(platform))

    for path in LISTS:
        answer = api("GET", f"{path}?{query}")
        assert answer.status == 400, (path, answer.body)
        assert_is_problem(answer)


@pytest.mark.parametrize(
    "query",
    [
        "number=%00",
        "number=%ED%A0%80",
        "number=%FF%FE",
        "number=%E0%80",
        "number=%",
        "number=%zz",
        "customer=%00",
    ],
)
def test_odd_characters_in_a_filter_find_nothing_or_are_refused(api, platform, query):
    a_final_note(a_final_invoice(platform))

    answer = api("GET", f"credit-notes?{query}")

    assert answer.status in {200, 400}
    assert answer.status == 400 or answer.body["data"] == []


IDS = (
    "inv_0",
    "a%2Fb",
    "..%2F..%2Fetc%2Fpasswd",
    "%00",
    "inv_%00",
    "%ED%A0%80",
    "%FF",
    "%F0%9F%90%BB",
    "%0D%0ASet-Cookie:%20x=1",
    "'%20OR%201=1",
    "%",
    "None",
    "x" * 1_000_000,
)


@pytest.mark.parametrize("odd", IDS, ids=lambda odd: odd[:30])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "invoices/{}"),
        ("GET", "credit-notes/{}"),
        ("GET", "credit-notes/{}/pdf"),
        ("POST", "invoices/{}/credit"),
        ("POST", "invoices/{}/payments"),
        ("POST", "credit-notes/{}/refund"),
        ("POST", "credit-notes/{}/finalize"),
        ("PATCH", "credit-notes/{}"),
        ("DELETE", "credit-notes/{}"),
        ("GET", "customers/{}/balance"),
        ("GET", "{}"),
    ],
)
def test_odd_ids_are_not_found(api, db, method, path, odd):
    body = {"amount": "1.00"} if method == "POST" and "finalize" not in path else {}

    answer = api(method, path.format(odd), body if method in {"POST", "PATCH"} else None)

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("POST", "/v1", 404),
        ("GET", "/v1/unknown", 404),
        ("GET", "/v1/invoices/", 404),
        ("GET", "/v1//invoices", 404),
        ("GET", "/v1/INVOICES", 404),
        ("GET", "/v1/%0A%0Ainvoices", 404),
        ("PUT", "/v1/invoices", 405),
        ("TRACE", "/v1/invoices", 405),
        ("CONNECT", "/v1/invoices", 405),
        ("PLATFORM", "/v1/invoices", 405),
        ("INITIAL", "/v1/invoices", 405),
        ("PATCH", "/v1/credit-notes", 405),
        ("GET", "/v1/credit-notes/estimate", 405),
    ],
)
def test_addresses_and_methods_that_are_none(platform, api, method, path, status):
    response = api.client.generic(method, path, headers={"X-API-KEY": api.secret})

    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert status != 405 or "GET" in response.headers["Allow"] or "POST" in response.headers["Allow"]


def test_options_answers_the_methods(platform, api):
    answer = api("OPTIONS", "invoices")

    assert (answer.status, answer.content, answer.headers["Allow"]) == (204, b"", "GET, POST, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "accept", ["text/html", "application/pdf", "image/*", "nonsense", "", "text/html;q=0.9, */*;q=0"]
)
def test_the_answer_is_json_whatever_was_asked_for(platform, api, accept):
    answer = api("GET", "invoices", Accept=accept)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert api("GET", "invoices/inv_0", Accept=accept).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"X_HTTP_Method_Override": "DELETE"},
        {"X_Method_Override": "DELETE"},
        {"X_HTTP_Method": "DELETE"},
        {"X_Forwarded_Host": "evil.example"},
        {"X_Original_URL": "/v1/invoices"},
        {"X_Rewrite_URL": "/admin/"},
    ],
)
def test_headers_that_would_change_the_request_are_not_heard(platform, api, headers):
    draft = a_draft_note(a_final_invoice(platform))

    answer = api("GET", f"credit-notes/{draft.pk}", **headers)

    assert (answer.status, answer.body["status"]) == (200, "DRAFT")


@pytest.mark.parametrize(
    "named", ["plt_0", "x", " ", "a\r\nX-Evil: 1", "\0", "é", "🐻", "x" * 100_000, "' OR 1=1", "[]"]
)
def test_a_wrong_platform_is_refused(platform, api, named):
    answer = api("GET", "invoices", X_Platform_Id=named)

    assert answer.status in {400, 401, 403}
    assert_is_problem(answer)
    assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "secret", ["x", " ", "bd_\0", "é", "🐻", "a\r\nX-Evil: 1", "x" * 100_000, "a.b.c", "..", "a.b.é"]
)
@pytest.mark.parametrize("header", ["X-API-KEY", "Authorization"])
def test_a_wrong_credential_is_refused(platform, secret, header):
    headers = {header: secret if header == "X-API-KEY" else f"Bearer {secret}"}

    response = Client(raise_request_exception=False).get("/v1/invoices", headers=headers)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "host", ["evil.example", "not a host", "a@b", "[::", "localhost:x", "x" * 300, "", "\0"]
)
def test_a_wrong_host_is_refused(platform, api, settings, host, debug):
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, ["testserver"]

    response = Client(raise_request_exception=False).get(
        "/v1/invoices", headers={"Host": host, "X-API-KEY": api.secret}
    )

    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/%0A%0Ax"])
def test_while_debugging_too_what_is_not_there_is_a_problem(platform, settings, path):
    settings.DEBUG = True

    response = Client().get(path)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "Hello\r\nBcc: all@example.com"},
        {"subject": "Hello\nBcc: all@example.com"},
        {"subject": "a\u2028b\0"},
        {"subject": "x" * 10_000},
        {"to": "ap@bieres.example\r\nBcc: all@example.com"},
        {"to": ["ap@bieres.example, all@example.com"]},
        {"cc": ["all@example.com\nBcc: everybody@example.com"]},
        {"cc": "@"},
        {"to": []},
        {"to": {}},
        {"to": ["a@example.com"] * 1000},
        {"message": "x" * 100_000},
    ],
)
def test_nothing_is_smuggled_into_an_email(platform, api, outbox, body):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    answer = api("POST", f"credit-notes/{note.pk}/send", body)

    assert answer.status == 400, answer.body
    assert_is_problem(answer)
    assert (digest_of_rows(), len(outbox)) == (before, 0)


HUGE = 10**39


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "credit-notes/{draft}", {"version": HUGE, "note": "a"}),
        ("POST", "credit-notes/{draft}/finalize", {"version": HUGE}),
        ("POST", "credit-notes/{draft}/finalize", {"version": -HUGE}),
        ("POST", "invoices/{invoice}/credit", {"periods": [{"period_order": HUGE, "amount": "1.00"}]}),
        ("POST", "invoices/{invoice}/credit", {"lines": [{"invoice_line": "ln_0", "quantity": HUGE}]}),
        ("POST", "sequences", {"kind": "credit_note", "prefix": "X", "first_number": HUGE}),
        ("POST", "credit-notes", {"customer": "{customer}", "line_items": [{"name": "a", "quantity": HUGE}]}),
        ("POST", "invoices/{invoice}/credit", {"lines": [{"name": "a", "taxes": [{"rate": 1}] * 40_000}]}),
        ("POST", "invoices/{invoice}/credit", {"lines": [{}] * 200_000}),
        ("POST", "credit-notes/bulk", {"action": "void", "credit_notes": ["cn_0"] * 100_000}),
    ],
)  # fmt: skip
def test_numbers_and_lists_beyond_all_measure_are_refused(api, platform, method, path, body):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(a_final_invoice(platform))
    names = {"draft": draft.pk, "invoice": invoice.pk, "customer": invoice.customer_id}
    text = json.dumps(body).replace("{customer}", invoice.customer_id)
    before, began = digest_of_rows(), time.monotonic()

    # when
    answer = api(method, path.format(**names), text.encode())

    # then
    assert 400 <= answer.status < 500, answer.body
    assert_is_problem(answer)
    assert digest_of_rows() == before
    assert time.monotonic() - began < 10
