"""A process that delivers an e-invoice, and kills itself with -9 at a named step.

    python -m tests.exchange.dying_carrier STEP EVENT

The steps are points between two lines of the real code, which is not replaced.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import django


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    return die


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        die()

    return run


STEPS = {
    "before it begins": ("begin", before),
    "in progress, not handed over": ("begin", after),
    "handed over, not recorded": ("tell_handed", before),
    "recorded, not marked done": ("tell_handed", after),
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    django.setup()
    from billing import clock
    from billing.events.models import Event
    from billing.exchange import deliver
    from credit_notes.services.einvoice import deliver_einvoice

    name, dying = STEPS[sys.argv[-2]]
    setattr(deliver, name, dying(getattr(deliver, name)))
    deliver_einvoice(event=Event.objects.get(pk=sys.argv[-1]), at=clock.now())
