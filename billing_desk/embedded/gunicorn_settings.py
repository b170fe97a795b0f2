"""What gunicorn does in the desk on top of the Procfile's line: its workers die with their master.

Celery's do so by themselves. With that no process of a desk outlives the launcher, however it ends.
"""

from typing import Any

from billing_desk.embedded.processes import die_with_parent

graceful_timeout = 4


def post_fork(server: Any, worker: Any) -> None:
    die_with_parent(worker.ppid)
