"""Which services this machine has to be given: every one that no variable names."""

from collections.abc import Iterator, Mapping

from billing_desk.embedded import postgres, s3, smtp, valkey
from billing_desk.embedded.home import Home
from billing_desk.embedded.processes import Service

# A variable on the right replaces the embedded service on the left.
REPLACED_BY = {
    "s3": ("S3_ENDPOINT_URL", "S3_BUCKET"),
    "smtp": ("EMAIL_HOST",),
    "valkey": ("REDIS_URL",),
    "postgres": ("DATABASE_URL",),
}


def missing(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the services that the environment does not name."""
    return [
        name for name, variables in REPLACED_BY.items() if not any(environment.get(key) for key in variables)
    ]


def start_missing(home: Home, *, environment: Mapping[str, str], lock: int) -> Iterator[Service]:
    """Start each missing service in its folder of the home, the slowest last; they may not answer yet."""
    secrets = home.secrets()
    for name in missing(environment):
        if name == "s3":
            keys = {"access_key": secrets["s3_access_key"], "secret_key": secrets["s3_secret_key"]}
            yield s3.start(home.folder("s3"), log=home.log("s3"), lock=lock, **keys)
        elif name == "smtp":
            yield smtp.start(home.folder("mail"), log=home.log("smtp"), lock=lock)
        elif name == "valkey":
            password = secrets["valkey_password"]
            yield valkey.start(home.folder("valkey"), password=password, log=home.log("valkey"), lock=lock)
        else:
            yield postgres.start(home.folder("postgres"), log=home.log("postgres"), lock=lock)
