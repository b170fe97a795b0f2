"""Which queue a task waits in: what people wait for is held up neither by a job nor by what follows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery._state import _task_stack

from billing.events import tasks as events
from billing.jobs import tasks as jobs
from billing_desk.celery import app


@contextmanager
def running(task: Any, *, through: str) -> Iterator[None]:
    """Be a worker that does a task, which came through a queue."""
    task.push_request(delivery_info={"routing_key": through})
    _task_stack.push(task)
    try:
        yield
    finally:
        _task_stack.pop()
        task.pop_request()


def queue_of(task: Any) -> str:
    return app.amqp.router.route({}, task.name)["queue"].name


def test_workers_listen_to_every_queue():
    assert list(app.amqp.queues.consume_from) == ["celery", "jobs", "later"]


@pytest.mark.parametrize("task", [jobs.go_on, jobs.do_item, jobs.sweep])
def test_jobs_have_a_queue_of_their_own(task):
    assert queue_of(task) == "jobs"


def test_what_people_do_goes_into_the_first_queue():
    assert queue_of(events.react) == "celery"
    with running(events.react, through="celery"):
        assert queue_of(events.react) == "celery"


@pytest.mark.parametrize("through", ["jobs", "later"])
def test_what_follows_from_a_job_waits_behind_all_else_and_so_does_what_follows_from_that(through):
    with running(jobs.do_item if through == "jobs" else events.react, through=through):
        assert queue_of(events.react) == "later"
        assert queue_of(events.deliver) == "later"
        assert queue_of(jobs.do_item) == "jobs"


def test_what_the_sweep_finds_waits_too():
    with running(events.sweep, through="celery"):
        assert queue_of(events.react) == "later"
