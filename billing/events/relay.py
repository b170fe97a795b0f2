"""Do each reaction once: take it, do it, mark it done; put it off when it fails, and give up in the end."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import clock
from billing.errors import BillingError

from .models import Delivery, Reaction, Work
from .record import part_of, reactions

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.WORK_LEASE_SECONDS)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 178
"""The pauses grow to an hour within ten attempts; with the rest, one an hour, that is a week."""
SWEEP_SIZE = 500


class WorkersDied(BillingError):
    code = "workers_died"
    title = "Every worker that began this died of it"


class NotNow(Exception):
    """It did not work now. `pause` is what somebody asks to be left alone for; LONGEST_PAUSE at most is."""

    def __init__(self, detail: str, *, pause: timedelta = timedelta(0)) -> None:
        super().__init__(detail)
        self.pause = pause


def react(*, reaction_id: int, at: datetime) -> None:
    """Do a reaction, unless it is done or another worker has it."""
    work = Reaction.objects.claim(reaction_id, at=at, lease=LEASE)
    if work is not None:
        with part_of(work.event.request_id):
            attempt(work, lambda: deed_of(work)(event=work.event, at=at))


def deed_of(work: Reaction) -> Callable[..., Any]:
    """Return what a reaction does. A worker older than the reaction does not know it; a newer one may."""
    return reactions()[work.event.type][work.name]


def attempt(
    work: Work,
    deed: Callable[[], Any],
    *,
    most: int = MOST_ATTEMPTS,
    settle: Callable[[Any], Any] | None = None,
) -> None:
    """Do a claimed deed and write down how it went. Nothing it raises gets past here.

    A refusal is final, unless it says that we could not (a status of 500 and above). A deed that kills its
    worker leaves no outcome behind, only attempts; it too comes to an end. `settle` writes the outcome.
    """
    try:
        if work.attempts > most:
            raise WorkersDied(f"{work.attempts - 1} attempts were begun and none came to an end.")
        deed()
    except BillingError as refusal:
        settle_refusal(work, refusal, most=most)
    except Exception as error:  # noqa: BLE001 - whatever fails outside must be tried again
        pause = error.pause if isinstance(error, NotNow) else timedelta(0)
        fail(work, error=f"{type(error).__name__}: {error}", most=most, at_least=pause)
    else:
        work.finish(at=clock.now())
        logger.info("%s is done.", work)
    (settle or type(work).objects.settle)(work)


def settle_refusal(work: Work, refusal: BillingError, *, most: int) -> None:
    error = f"{refusal.code}: {refusal.detail}"
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        fail(work, error=error, most=most)
    else:
        logger.error("%s was refused: %s", work, refusal.detail)
        work.give_up(at=clock.now(), error=error)


def fail(work: Work, *, error: str, most: int = MOST_ATTEMPTS, at_least: timedelta = timedelta(0)) -> None:
    """Put the work off, twice as long each time, or give it up."""
    now = clock.now()
    if work.attempts >= most:
        logger.error("%s is given up after %s attempts: %s", work, work.attempts, error)
        work.give_up(at=now, error=error)
    else:
        doubled = FIRST_PAUSE * 2 ** min(work.attempts - 1, 10)
        pause = max(min(doubled, LONGEST_PAUSE) * random.uniform(0.8, 1.2), min(at_least, LONGEST_PAUSE))
        logger.warning("%s failed, to be tried again in %s: %s", work, pause, error)
        work.put_off(until=now + pause, error=error)


def sweep(*, at: datetime) -> tuple[list[int], list[str]]:
    """Return the reactions and the deliveries that nobody has seen to."""
    with transaction.atomic():
        return (
            Reaction.objects.hand_out(at=at, most=SWEEP_SIZE),
            Delivery.objects.hand_out(at=at, most=SWEEP_SIZE),
        )
