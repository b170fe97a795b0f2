"""The ways out that need no partner: e-mail, and the drop in the outbox."""

import json
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.core.files.storage import storages

from billing.exchange.models import Channel
from billing.exchange.port import NotNow, Refused
from billing.exchange.transports import TRANSPORTS
from billing_desk.settings import S3
from billing_desk.settings import outbox as outbox_at
from tests.factories import an_entity
from tests.smtp_server import a_mail_server

from .parcels import PDF, XML, a_channel, a_parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def entity(platform):
    return an_entity(platform)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    """An outbox that is a folder."""
    settings.STORAGES = settings.STORAGES | {"outbox": outbox_at(str(tmp_path))}
    return tmp_path


def send(parcel, channel):
    return TRANSPORTS[channel.transport].send(parcel, channel)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refusal_of(parcel, channel) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        send(parcel, channel)
    return caught.value.reason_code, caught.value.detail


def test_there_is_a_transport_for_each_choice_of_a_channel():
    assert set(TRANSPORTS) == set(Channel.Transport.values)


# E-mail


def test_by_email_the_customer_gets_the_paper_and_the_xml_under_the_parcels_own_id(platform, entity, outbox):
    handed = send(a_parcel(platform), a_channel(entity, transport="email"))

    (mail,) = outbox
    enclosed = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert enclosed == {"INV-2026-0007.pdf": PDF, "INV-2026-0007.xml": XML}
    assert (mail["To"], mail["Message-ID"]) == ("ap@bieres.example", "<einv_01-1@localhost>")
    assert (handed.status, handed.reference, handed.receiver) == (
        "SUCCESS",
        "<einv_01-1@localhost>",
        "ap@bieres.example",
    )


def test_a_hybrid_goes_by_email_as_one_pdf_so_that_nobody_books_it_twice(platform, entity, outbox):
    parcel = a_parcel(platform, profile="factur-x", syntax="cii")

    send(parcel, a_channel(entity, transport="email"))

    (mail,) = outbox
    assert [part.get_filename() for part in mail.iter_attachments()] == ["INV-2026-0007.pdf"]


def test_without_an_address_or_with_one_that_is_none_nothing_is_mailed(platform, entity, outbox):
    channel = a_channel(entity, transport="email")

    assert refusal_of(a_parcel(platform, email=""), channel)[0] == "no_receiver_address"
    assert refusal_of(a_parcel(platform, email="x@y\nBcc: z@z.example"), channel)[0] == "email_refused"
    assert list(outbox) == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"ap@bieres.example": "550 no such user"}, "ap@bieres.example: 550 no such user"),
        ({"DATA": "554 too large"}, "the server: 554 too large"),
    ],
)
def test_what_a_mail_server_refuses_for_good_is_refused(settings, platform, entity, answers, said):
    with a_mail_server(settings, answers):
        assert refusal_of(a_parcel(platform), a_channel(entity, transport="email")) == ("email_refused", said)


@pytest.mark.parametrize("answers", [{"ap@bieres.example": "450 busy"}, {"DATA": "451 later"}])
def test_what_a_mail_server_puts_off_is_tried_again(settings, platform, entity, answers):
    with a_mail_server(settings, answers), pytest.raises(NotNow):
        send(a_parcel(platform), a_channel(entity, transport="email"))


def test_a_mail_server_that_is_away_is_tried_again(settings, platform, entity):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(NotNow, match="ConnectionRefusedError"):
        send(a_parcel(platform), a_channel(entity, transport="email"))


# The drop


def test_a_drop_is_the_xml_and_after_it_a_manifest_below_the_platforms_own_folder(platform, entity, folder):
    handed = send(a_parcel(platform), a_channel(entity, transport="directory"))

    place = f"{platform.pk}/{entity.pk}"
    assert files_in(folder) == [
        f"{place}/INV-2026-0007-einv_01-1.json",
        f"{place}/INV-2026-0007-einv_01-1.xml",
    ]
    assert (folder / place / "INV-2026-0007-einv_01-1.xml").read_bytes() == XML
    manifest = json.loads((folder / place / "INV-2026-0007-einv_01-1.json").read_bytes())
    assert manifest.pop("created_at").endswith("Z")
    assert manifest == {
        "message_id": "einv_01-1",
        "document": "inv_01",
        "kind": "invoice",
        "number": "INV-2026-0007",
        "profile": "peppol-bis-3",
        "syntax": "ubl",
        "specification": "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "process": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "sender": {"scheme": "0106", "id": "12345678"},
        "receiver": {"scheme": "0208", "id": "0123456749"},
        "sha256": a_parcel(platform).content_sha256,
        "files": [
            {
                "name": "INV-2026-0007-einv_01-1.xml",
                "content_type": "application/xml",
                "size": len(XML),
                "sha256": a_parcel(platform).content_sha256,
            }
        ],
    }
    assert (handed.status, handed.reference) == ("SUCCESS", f"{place}/INV-2026-0007-einv_01-1.json")


def test_a_hybrid_is_dropped_with_its_pdf(platform, entity, folder):
    channel = a_channel(entity, transport="directory", folder="northwind/out")

    send(a_parcel(platform, profile="factur-x", syntax="cii"), channel)

    assert [name.rpartition(".")[2] for name in files_in(folder)] == ["json", "pdf", "xml"]
    assert all(name.startswith(f"{platform.pk}/northwind/out/") for name in files_in(folder))


def test_the_same_parcel_again_changes_no_byte_and_gets_the_same_answer(platform, entity, folder):
    channel = a_channel(entity, transport="directory")
    first = send(a_parcel(platform), channel)
    before = {
        name: ((folder / name).read_bytes(), (folder / name).stat().st_ino) for name in files_in(folder)
    }

    second = send(a_parcel(platform), channel)

    assert second == first
    after = {name: ((folder / name).read_bytes(), (folder / name).stat().st_ino) for name in files_in(folder)}
    assert after == before


def test_other_bytes_under_the_same_id_are_refused_and_overwrite_nothing(platform, entity, folder):
    channel = a_channel(entity, transport="directory")
    send(a_parcel(platform), channel)
    before = {name: (folder / name).read_bytes() for name in files_in(folder)}

    assert refusal_of(a_parcel(platform, xml=b"<Other/>"), channel)[0] == "place_taken"
    assert refusal_of(a_parcel(platform, profile="en16931"), channel)[0] == "place_taken"
    assert {name: (folder / name).read_bytes() for name in files_in(folder)} == before


def test_a_drop_that_died_before_its_manifest_is_finished_the_next_time(platform, entity, folder):
    channel = a_channel(entity, transport="directory")
    send(a_parcel(platform), channel)
    (manifest,) = folder.rglob("*.json")
    manifest.unlink()

    send(a_parcel(platform), channel)

    assert manifest.exists()


def test_sixteen_workers_with_one_parcel_drop_it_once(platform, entity, folder):
    channel, parcel = a_channel(entity, transport="directory"), a_parcel(platform)
    start, outcomes = Barrier(16), []

    def drop():
        start.wait()
        outcomes.append(send(parcel, channel))

    threads = [Thread(target=drop) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 16
    assert len(set(outcomes)) == 1
    assert len(files_in(folder)) == 2
    assert stat.S_IMODE(next(folder.rglob("*.xml")).stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "number", ["../../etc/passwd", "/etc/passwd", "..", "CR\0.xml", "a\nb", "2026/17", "CON:1", ".hidden"]
)
def test_no_number_leads_out_of_the_folder(platform, entity, folder, number):
    send(a_parcel(platform, number=number), a_channel(entity, transport="directory"))

    here = folder / platform.pk / entity.pk
    assert len(list(here.iterdir())) == len(files_in(folder)) == 2
    assert not any(path.name.startswith(".") for path in here.iterdir())


@pytest.mark.parametrize("name", ["../../../elsewhere", "/etc", "a/../../../b"])
def test_a_folder_that_leads_out_of_the_outbox_is_refused_even_if_it_was_stored(
    platform, entity, folder, name
):
    channel = a_channel(entity, transport="directory", folder=name)

    if name == "/etc":
        send(a_parcel(platform), channel)
        assert all(path.startswith(f"{platform.pk}/etc/") for path in files_in(folder))
    else:
        assert refusal_of(a_parcel(platform), channel)[0] == "folder_not_possible"
        assert files_in(folder) == []


def test_a_folder_that_cannot_be_written_is_tried_again(platform, entity, folder):
    (folder / platform.pk).write_text("A file stands in its place.")

    with pytest.raises(OSError, match=r"exists|directory"):
        send(a_parcel(platform), a_channel(entity, transport="directory"))


def test_by_itself_the_outbox_is_a_prefix_in_the_desks_own_bucket(platform, entity):
    channel, parcel = a_channel(entity, transport="directory"), a_parcel(platform)

    first, second = send(parcel, channel), send(parcel, channel)

    assert first == second
    place = f"{platform.pk}/{entity.pk}"
    assert sorted(storages["default"].listdir(f"outbox/{place}")[1]) == [
        "INV-2026-0007-einv_01-1.json",
        "INV-2026-0007-einv_01-1.xml",
    ]
    assert storages["default"].open(f"outbox/{place}/INV-2026-0007-einv_01-1.xml").read() == XML
    assert refusal_of(a_parcel(platform, xml=b"<Other/>"), channel)[0] == "place_taken"


def test_a_store_that_is_away_is_tried_again(settings, platform, entity):
    away = outbox_at("")
    away["OPTIONS"] = away["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:1"}
    settings.STORAGES = settings.STORAGES | {"outbox": away}

    with pytest.raises(NotNow, match="did not take"):
        send(a_parcel(platform), a_channel(entity, transport="directory"))


def test_the_outbox_is_where_the_operator_says():
    own, other, folder = outbox_at(""), outbox_at("s3://drops/acme/out"), outbox_at("/srv/outbox")

    assert (own["OPTIONS"]["bucket_name"], own["OPTIONS"]["location"]) == (S3["bucket_name"], "outbox")
    assert (other["OPTIONS"]["bucket_name"], other["OPTIONS"]["location"]) == ("drops", "acme/out")
    assert folder == {"BACKEND": "billing.exchange.outbox.Folder", "OPTIONS": {"location": "/srv/outbox"}}
