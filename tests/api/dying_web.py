"""The web server's application, which kills its process with -9 at a named step.

It does so once, where a file of that name lies in DYING_WEB_FOLDER. The step is a point between two lines of
the real code, which is not replaced.
"""

import os
import signal
from pathlib import Path
from typing import Any

from billing_desk.wsgi import application
from tests.web import COMMITTED

folder = Path(os.environ["DYING_WEB_FOLDER"])


def die_at(step: str) -> None:
    """Die, if this step was asked for; whoever asked sees that the file is gone."""
    try:
        (folder / step).unlink()
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def set_steps() -> None:
    from billing.api import idempotency

    commits = idempotency.in_transaction

    def in_transaction(call: Any) -> Any:
        result = commits(call)
        die_at(COMMITTED)
        return result

    idempotency.in_transaction = in_transaction


set_steps()
__all__ = ["application"]
