"""What beat asks of the house as a whole."""

from celery import shared_task

from billing import clock

from .audit import nightly


@shared_task(soft_time_limit=3000, time_limit=3300)
def audit_books(**_: object) -> None:
    """Go through all books and all files; below an hour, after which the broker would hand it out again."""
    nightly.audit_books(at=clock.now())
