"""Webhooks go to public addresses only, whoever says what, and whenever a name leads elsewhere."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from billing import clock
from billing.events import relay, sending, webhooks
from billing.events.addresses import AddressNotAllowed, is_public, require_possible
from billing.events.models import Delivery, DeliveryAttempt, Reaction
from billing.events.sending import NoAnswer, post
from tests.factories import NOON, a_final_invoice, a_webhook_endpoint
from tests.work import do_all_work

IMPORTED = "billing.invoice.imported"
PUBLIC = "93.184.215.14"

PRIVATE = [
    "http://localhost/",
    "http://LOCALHOST./",
    "http://app.localhost:8000/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.1.2.3:8080/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
]
NO_ADDRESS = [
    "",
    "ftp://93.184.215.14/",
    "file:///etc/passwd",
    "http:///nowhere",
    "http://",
    "nonsense",
    "//acme.example/",
    "https://user:secret@acme.example/",
    "https://user@acme.example/",
    "https://acme.example:99999/",
    "https://acme.example/a b",
    "https://acme.example/\r\nHost: evil",
    "https://acme.example/\0",
    "https://bücher.example/",
    "http://１２７.0.0.1/",
    "https://acme.example/" + "a" * 500,
]


@pytest.mark.parametrize("url", PRIVATE + NO_ADDRESS)
def test_an_address_that_can_never_be_sent_to_is_refused(url, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False

    with pytest.raises(AddressNotAllowed) as caught:
        require_possible(url)

    assert (caught.value.code, caught.value.field) == ("address_not_allowed", "url")


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_is_refused_also_where_private_ones_are_allowed(url, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True

    with pytest.raises(AddressNotAllowed):
        require_possible(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://93.184.215.14/hooks",
        "http://[2606:2800:220:1::1]:8080/",
        "https://xn--bcher-kva.example/hooks?token=1",
        "HTTPS://Acme.Example:8443/a/b",
    ],
)
def test_a_public_address_is_allowed(url):
    require_possible(url)


def test_an_ipv4_address_inside_an_ipv6_address_is_looked_at():
    assert is_public(ipaddress.ip_address("64:ff9b::5db8:d70e"))
    assert not is_public(ipaddress.ip_address("64:ff9b::7f00:1"))


def test_by_default_nothing_is_sent_to_a_private_address(platform, listener, settings):
    # given
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    # when
    do_all_work()

    # then
    assert listener.calls == []
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("PENDING", 1)
    told = f"{listener.url} leads to 127.0.0.1, which is not public."
    assert delivery.last_error == f"NotDelivered: {told}"
    assert DeliveryAttempt.objects.get().error == told


class Internet:
    """Names lead where `leads_to` says, each look-up taking the next; PUBLIC is wired to the listener."""

    def __init__(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leads_to: list[list[str]] = []
        self.asked: list[str] = []
        self.dialled: list[str] = []
        connect = socket.socket.connect

        def look_up(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
            self.asked.append(host)
            found = self.leads_to.pop(0)
            if not found:
                raise socket.gaierror(-2, "Name or service not known")
            kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
            return [
                (kind, socket.SOCK_STREAM, 6, "", (address, port))
                for kind, address in zip(kinds, found, strict=True)
            ]

        def dial(line: socket.socket, address: Any) -> None:
            self.dialled.append(address[0])
            connect(line, ("127.0.0.1", port) if address[0] == PUBLIC else ("127.0.0.1", 9))

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(socket.socket, "connect", dial)


@pytest.fixture
def internet(listener: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Internet:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    return Internet(listener.server.server_port, monkeypatch)


def send(url: str, **options: Any) -> sending.Answer:
    return post(url, body=b"{}", headers={}, **{"seconds": 5} | options)


def test_a_name_is_looked_up_once_and_only_what_was_checked_is_dialled(internet, listener):
    # given: a name that leads to us from the second look-up on
    internet.leads_to = [[PUBLIC], ["127.0.0.1"]]

    # when
    answer = send("http://hooks.example:8080/in?x=1")

    # then
    assert answer.status == 204
    assert (internet.asked, internet.dialled) == (["hooks.example"], [PUBLIC])
    assert (listener.calls[0].path, listener.calls[0].headers["host"]) == ("/in?x=1", "hooks.example:8080")

    # when: it is looked up again for the next one
    with pytest.raises(AddressNotAllowed, match=r"leads to 127\.0\.0\.1, which is not public"):
        send("http://hooks.example:8080/in")

    # then
    assert internet.dialled == [PUBLIC]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1"]
)
def test_a_name_with_one_private_address_among_public_ones_is_not_trusted(internet, address):
    internet.leads_to = [[PUBLIC, address]]

    with pytest.raises(AddressNotAllowed):
        send("https://hooks.example/")

    assert internet.dialled == []


def test_the_next_address_is_tried_when_one_does_not_take_the_call(internet, listener):
    internet.leads_to = [["1.1.1.1", PUBLIC]]

    assert send("http://hooks.example/").status == 204
    assert internet.dialled == ["1.1.1.1", PUBLIC]


def test_a_name_that_does_not_resolve_is_no_answer(internet):
    internet.leads_to = [[]]

    with pytest.raises(NoAnswer, match=r"gave no answer: gaierror: \[Errno -2\] Name or service not known"):
        send("http://hooks.example/")


def test_a_name_that_leads_to_a_private_address_for_a_moment_loses_no_event(platform, internet, listener):
    # given
    a_webhook_endpoint(platform, "http://hooks.example/", [IMPORTED])
    a_final_invoice(platform)
    relay.react(reaction_id=Reaction.objects.get(name="deliver_webhooks").pk, at=NOON)
    internet.leads_to = [["127.0.0.1"], [PUBLIC]]

    # when
    for _ in range(2):
        webhooks.deliver(delivery_id=Delivery.objects.get().pk, at=clock.now() + timedelta(minutes=1))

    # then
    assert (Delivery.objects.get().status, internet.dialled) == ("DONE", [PUBLIC])


def test_a_resolver_that_takes_too_long_is_not_waited_for(monkeypatch):
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10) and [])

    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"it took longer than 0\.3 seconds"):
        send("http://hooks.example/", seconds=0.3)

    assert time.monotonic() - began < 2
    over.set()


def test_no_proxy_of_the_environment_is_asked(internet, listener, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    internet.leads_to = [[PUBLIC]]

    send("http://hooks.example/")

    assert internet.asked == ["hooks.example"]


def test_a_redirect_to_ourselves_leads_nowhere(internet, listener):
    listener.answers = [(302, b"", {"Location": "http://127.0.0.1/admin"})]
    internet.leads_to = [[PUBLIC]]

    answer = send("http://hooks.example/")

    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1/admin")
    assert internet.dialled == [PUBLIC]


@pytest.fixture
def certificate_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Make a certificate for a name, the only one that is believed."""

    def make(name: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "listener.pem"
        pem = serialization.Encoding.PEM
        file.write_bytes(
            certificate.public_bytes(pem)
            + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        return file

    sending.trust.cache_clear()
    yield make
    sending.trust.cache_clear()


def speak_tls(listener: Any, file: Path) -> list[str]:
    """Let a listener speak TLS; the list gets the name that each call asks for."""
    asked: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda line, name, _: asked.append(name)
    listener.server.socket = context.wrap_socket(listener.server.socket, server_side=True)
    return asked


def test_the_certificate_is_that_of_the_name_though_the_address_is_dialled(
    internet, listener, certificate_for
):
    asked = speak_tls(listener, certificate_for("hooks.example"))
    internet.leads_to = [[PUBLIC]]

    assert send("https://hooks.example/in").status == 204

    assert (asked, internet.dialled) == (["hooks.example"], [PUBLIC])
    assert listener.calls[0].headers["host"] == "hooks.example"


def test_a_certificate_of_another_name_is_not_believed(internet, listener, certificate_for):
    speak_tls(listener, certificate_for("other.example"))
    internet.leads_to = [[PUBLIC]]

    with pytest.raises(NoAnswer, match="certificate verify failed: Hostname mismatch"):
        send("https://hooks.example/in")

    assert listener.calls == []
