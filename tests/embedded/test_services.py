import http.client
import signal
import smtplib
from email import message_from_bytes
from urllib.parse import urlsplit

import boto3
import psycopg
import pytest
import redis
from botocore.config import Config
from botocore.exceptions import ClientError
from redis.backoff import NoBackoff
from redis.retry import Retry

from billing_desk.embedded import services
from tests.embedded.launching import all_gone, eventually, start_services, stop


def bucket_of(environment, *, key=None):
    return boto3.resource(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        aws_access_key_id=key or environment["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["S3_SECRET_ACCESS_KEY"],
        region_name=environment["S3_REGION"],
        config=Config(signature_version="s3v4"),
    ).Bucket(environment["S3_BUCKET"])


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("services")
    launcher, told = start_services(home)
    yield told | {"home": home}
    launcher.communicate("", timeout=30)
    assert launcher.returncode == 0
    assert all_gone(list(told["pids"].values()))


def test_a_killed_launcher_leaves_no_process_and_loses_nothing(tmp_path):
    # given
    launcher, told = start_services(tmp_path)
    environment = told["environment"]
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    redis.Redis.from_url(environment["REDIS_URL"]).set("kept", "7")
    bucket_of(environment).put_object(Key="a/kept.txt", Body=b"7")

    # when
    stop(launcher, signal.SIGKILL)

    # then
    assert eventually(lambda: all_gone(list(told["pids"].values())))

    # and
    launcher, told = start_services(tmp_path)
    environment = told["environment"]
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert redis.Redis.from_url(environment["REDIS_URL"]).get("kept") == b"7"
    assert bucket_of(environment).Object("a/kept.txt").get()["Body"].read() == b"7"
    launcher.communicate("", timeout=30)
    assert launcher.returncode == 0


def test_each_variable_replaces_its_service():
    # given
    everything = ["s3", "smtp", "valkey", "postgres"]

    # then
    assert services.missing({}) == everything
    assert services.missing({"DATABASE_URL": ""}) == everything
    assert services.missing({"DATABASE_URL": "postgres://elsewhere/x"}) == ["s3", "smtp", "valkey"]
    assert services.missing({"REDIS_URL": "redis://elsewhere"}) == ["s3", "smtp", "postgres"]
    assert services.missing({"EMAIL_HOST": "elsewhere"}) == ["s3", "valkey", "postgres"]
    assert services.missing({"S3_BUCKET": "elsewhere"}) == ["smtp", "valkey", "postgres"]
    assert services.missing({"S3_ENDPOINT_URL": "http://elsewhere"}) == ["smtp", "valkey", "postgres"]


def test_the_database_is_a_real_postgresql_and_nobody_else_reaches_it(running):
    with psycopg.connect(running["environment"]["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SELECT lower('ŁÓDŹ')").fetchone() == ("łódź",)


def test_valkey_asks_for_its_password(running):
    # given
    parts = urlsplit(running["environment"]["REDIS_URL"])

    # then
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host=parts.hostname, port=parts.port, retry=Retry(NoBackoff(), 0)).ping()


def test_the_mail_server_keeps_each_message_with_its_envelope(running):
    # given
    environment = running["environment"]

    # when
    with smtplib.SMTP(environment["EMAIL_HOST"], int(environment["EMAIL_PORT"])) as server:
        server.sendmail(
            "desk@example.com", ["to@example.com", "blind@example.com"], b"Subject: One\r\n\r\nText\r\n"
        )

    # then
    (file,) = (running["home"] / "mail").iterdir()
    message = message_from_bytes(file.read_bytes())
    assert file.suffix == ".eml"
    assert message["X-Envelope-To"] == "to@example.com, blind@example.com"
    assert message["Subject"] == "One"
    assert message.get_payload() == "Text\r\n"


def test_the_file_server_asks_for_its_key(running):
    # given
    environment = running["environment"]
    bucket_of(environment).put_object(Key="secret.txt", Body=b"!")

    # when
    with pytest.raises(ClientError) as refusal:
        bucket_of(environment, key="another").Object("secret.txt").get()
    connection = http.client.HTTPConnection(urlsplit(environment["S3_ENDPOINT_URL"]).netloc)
    connection.request("GET", "/billing-desk/secret.txt")

    # then
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert connection.getresponse().status == 403


def test_a_signed_link_opens_without_a_key_and_names_the_file(running):
    # given
    bucket = bucket_of(running["environment"])
    bucket.put_object(Key="paper.pdf", Body=b"%PDF")
    wish = {
        "Bucket": bucket.name,
        "Key": "paper.pdf",
        "ResponseContentDisposition": 'attachment; filename="CR-1.pdf"',
    }

    # when
    link = urlsplit(bucket.meta.client.generate_presigned_url("get_object", Params=wish))
    connection = http.client.HTTPConnection(link.netloc)
    connection.request("GET", f"{link.path}?{link.query}")
    answer = connection.getresponse()

    # then
    assert answer.read() == b"%PDF"
    assert answer.getheader("Content-Disposition") == 'attachment; filename="CR-1.pdf"'
