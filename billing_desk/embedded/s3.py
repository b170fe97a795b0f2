"""An S3 server over a folder: localbucket, which keeps its objects as plain files."""

import os
import sys
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from billing_desk.embedded.home import LOOPBACK, free_port
from billing_desk.embedded.processes import Service, answers, spawn

BUCKET = "billing-desk"


def start(folder: Path, *, access_key: str, secret_key: str, log: Path, lock: int | None = None) -> Service:
    """Start the server on a free loopback port; the objects lie in `folder`, and the bucket is there."""
    port = free_port()
    (folder / BUCKET).mkdir(mode=0o700, exist_ok=True)
    process = spawn(
        "s3",
        [sys.executable, "-m", "billing_desk.embedded.s3", folder, str(port)],
        log=log,
        environment={**os.environ, "S3_ACCESS_KEY_ID": access_key},
        keep_open=[lock] if lock else [],
    )
    return Service(
        process=process,
        environment={
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{port}",
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY_ID": access_key,
            "S3_SECRET_ACCESS_KEY": secret_key,
            "S3_REGION": "us-east-1",
            "S3_ADDRESSING_STYLE": "path",
        },
        is_ready=lambda: answers(port),
    )


def key_of(path: str, authorization: str) -> str:
    """Return the access key id that a request names, in its header or, for a signed link, in its query."""
    query = parse_qs(urlsplit(path).query)
    named = query.get("X-Amz-Credential", [authorization.partition("Credential=")[2]])[0]
    return named.partition("/")[0]


def serve(folder: Path, port: int, access_key: str) -> None:
    """Serve for ever.

    localbucket lets everybody in. Any web page that the developer visits could then read the files through
    the browser, so this server asks for the access key, which is long and random.
    """
    from localbucket import S3Handler

    class Guarded(S3Handler):
        data_root = folder.resolve()

        def parse_request(self) -> bool:
            if not super().parse_request():
                return False
            if key_of(self.path, self.headers.get("Authorization", "")) == access_key:
                return True
            self.send_error(HTTPStatus.FORBIDDEN, "The access key is not the one of this server")
            return False

    ThreadingHTTPServer((LOOPBACK, port), Guarded).serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), os.environ["S3_ACCESS_KEY_ID"])
