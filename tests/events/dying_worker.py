"""A real worker that kills itself with -9 at a named step, once, where a file of that name lies.

    python -m tests.events.dying_worker FOLDER

This process loads everything and forks a worker; when that has died, the next, until it is stopped itself.
The steps are points between two lines of the real code, which is not replaced.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import django

from billing_desk.embedded.processes import die_with_parent

Named = Callable[..., str]
"""Says from a call's arguments and result at which step it is; "" for none."""

folder = Path(sys.argv[-1])


def die_at(step: str) -> None:
    """Die, if this step was asked for; whoever asked sees that the file is gone."""
    try:
        (folder / step).unlink()
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def steps(owner: Any, name: str, *, before: Named | None = None, after: Named | None = None) -> None:
    """Put a step before or after every call of a function."""
    function = getattr(owner, name)

    @wraps(function)
    def stepwise(*args: Any, **kwargs: Any) -> Any:
        if before and (step := before(*args, **kwargs)):
            die_at(step)
        result = function(*args, **kwargs)
        if after and (step := after(result, *args, **kwargs)):
            die_at(step)
        return result

    setattr(owner, name, stepwise)


def of_kind(words: str) -> Named:
    """Name a step for a file of a credit note, whichever the call is about."""

    def name(*_: Any, **call: Any) -> str:
        kind = call.get("kind") or call["name"].rpartition(".")[2]
        return words.format(kind=kind)

    return name


def set_steps() -> None:
    from django.core.mail import EmailMessage

    from billing import mailing, printing
    from billing.documents import files
    from billing.events import webhooks
    from billing.events.models import Work
    from billing.events.querysets import WorkQuerySet

    steps(
        WorkQuerySet,
        "claim",
        before=lambda *_, **__: "before anything is claimed",
        after=lambda work, *_, **__: f"{name_of(work)} claimed",
    )
    steps(printing, "draw", before=lambda paper, document, kind, **_: f"before the {kind} is drawn")
    steps(printing, "einvoice_of", before=lambda *_, **__: "before the xml is written")
    steps(files, "upload", after=of_kind("{kind} uploaded, not recorded"))
    steps(files, "keep", after=of_kind("{kind} recorded, not committed"))
    steps(
        printing,
        "keep",
        after=lambda _, paper, drawn, *__, **___: f"{drawn[0].kind} committed, not marked done",
    )
    steps(
        EmailMessage,
        "send",
        before=lambda *_, **__: "before the mail is sent",
        after=lambda *_, **__: "mail accepted, not recorded",
    )
    steps(mailing, "tell_sent", after=lambda *_, **__: "mail recorded, not marked done")
    steps(
        webhooks,
        "post",
        before=lambda *_, **__: "before the webhook is posted",
        after=lambda *_, **__: "webhook posted, not recorded",
    )
    steps(Work, "finish", before=lambda work, **_: f"{name_of(work)} done, not marked done")


def name_of(work: Any) -> str:
    """Return what a piece of work is: the name of a reaction, or `delivery`."""
    return getattr(work, "name", "delivery")


def work_until_death() -> None:
    """Fork a worker, wait for its end, and fork the next. Nothing here has a connection to share."""
    from billing_desk.celery import app

    arguments = "worker --pool solo --without-gossip --without-mingle --without-heartbeat --loglevel warning"
    while True:
        parent = os.getpid()
        worker = os.fork()
        if not worker:
            die_with_parent(parent)
            app.worker_main(arguments.split())
            os._exit(0)
        os.waitpid(worker, 0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    django.setup()
    import billing_desk.reactions  # noqa: F401 - loaded once, for every worker that is forked

    set_steps()
    work_until_death()
