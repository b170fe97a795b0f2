"""A real worker that kills itself with -9 at a named step of a job's item.

python -m tests.jobs.dying_worker FOLDER
"""

import os

import django

from tests.events.dying_worker import steps, work_until_death


def set_steps() -> None:
    from billing.events.querysets import WorkQuerySet
    from billing.jobs import run

    steps(WorkQuerySet, "claim", after=lambda *_, **__: "item claimed, not begun")
    steps(run, "settle", before=lambda *_, **__: "deed done, not written down")
    steps(run, "finish_with_last", after=lambda *_, **__: "item written down, not committed")
    steps(run, "do_and_settle", after=lambda *_, **__: "item committed, not settled")
    steps(run, "hand_out", before=lambda *_, **__: "before the next are handed out")
    steps(run, "hand_out", after=lambda *_, **__: "next handed out, not sent")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    django.setup()
    import billing_desk.deeds
    import billing_desk.reactions  # noqa: F401 - loaded once, for every worker that is forked

    set_steps()
    work_until_death()
