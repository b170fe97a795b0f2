import json
import signal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage

from billing_desk.embedded.home import CHECKOUT
from tests.embedded.launching import all_gone, eventually, family, launch

A_TEST_THAT_WAITS = """
import os, pathlib, time

def test_it(tmp_path):
    pathlib.Path(os.environ["TOLD"]).write_text("begun")
    time.sleep(60)
"""


def sent(subject, **more):
    message = EmailMessage(subject, "Text", "desk@example.com", ["to@example.com"], **more)
    message.attach("CR-1.pdf", b"%PDF", "application/pdf")
    message.send()


def test_the_outbox_has_what_was_sent_over_the_wire(outbox):
    # when
    sent("One", bcc=["blind@example.com"])
    sent("Two")

    # then
    assert [message["Subject"] for message in outbox] == ["One", "Two"]
    assert outbox[0]["X-Envelope-To"] == "to@example.com, blind@example.com"
    assert [part.get_filename() for part in outbox[0].iter_attachments()] == ["CR-1.pdf"]


def test_the_outbox_has_nothing_of_other_tests(outbox, smtp_dir):
    assert len(outbox) == 0
    assert list(smtp_dir.glob("*.eml")) == []


def test_the_bucket_is_there_over_http():
    # when
    name = default_storage.save("plugin/file.txt", ContentFile(b"kept"))

    # then
    assert default_storage.open(name).read() == b"kept"
    assert default_storage.url(name).startswith("http://127.0.0.1:")


def test_a_killed_test_run_leaves_no_process(tmp_path):
    # given
    (tmp_path / "test_waiting.py").write_text(A_TEST_THAT_WAITS)
    told = tmp_path / "told"
    options = ["-c", str(CHECKOUT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    run = launch(
        "-m", "pytest", *options, str(tmp_path), home=tmp_path, TOLD=str(told), PYTHONPATH=str(CHECKOUT)
    )
    assert eventually(told.exists, within=60)
    pids = family(run.pid)
    assert len(pids) >= 4

    # when
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=30)

    # then
    assert eventually(lambda: all_gone(pids)), json.dumps(pids)
