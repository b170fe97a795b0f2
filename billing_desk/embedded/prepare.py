"""What has to be in the database and the bucket before the first page.

Done in the launcher's own process: an interpreter for each of the commands would take seconds.
"""

import io
import logging

from billing_desk.embedded import postgres
from billing_desk.embedded.home import CannotRun, Home
from billing_desk.embedded.processes import Service

DEMO_USERNAME = "demo"


def prepare(home: Home, started: list[Service]) -> None:
    """Migrate, make the bucket and seed the demo, whichever of the services are ours.

    :raises CannotRun: a service that is not ours refuses.
    """
    for service in started:
        if service.process.name == "postgres":
            postgres.ensure_database(service.environment["DATABASE_URL"])
    import django
    from django.core.management import CommandError, call_command
    from django.db import Error, connections

    django.setup()
    logging.disable(logging.INFO)  # here, where a person reads; not in the processes to come
    secrets = home.secrets()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if "s3" not in [service.process.name for service in started]:
            ensure_bucket()
        people = {
            "username": DEMO_USERNAME,
            "password": secrets["demo_password"],
            "api_key": secrets["demo_api_key"],
        }
        call_command("demo", stdout=io.StringIO(), **people)
    except Error as problem:
        raise CannotRun(f"The database refused: {problem}") from problem
    except CommandError as problem:
        raise CannotRun(f"{problem}") from problem
    finally:
        connections.close_all()


def ensure_bucket() -> None:
    """Create the bucket in an S3 server that is not ours, unless it is there."""
    from botocore.exceptions import BotoCoreError, ClientError
    from django.core.files.storage import default_storage

    client, bucket = default_storage.connection.meta.client, default_storage.bucket_name
    region = client.meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        try:
            client.head_bucket(Bucket=bucket)
        except ClientError as refusal:
            if refusal.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            client.create_bucket(Bucket=bucket, **place)
    except (BotoCoreError, ClientError) as problem:
        raise CannotRun(f"The bucket {bucket} cannot be used: {problem}") from problem
