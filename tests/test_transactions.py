"""A transaction that the database breaks off is run again, and nobody notices."""

import threading
from functools import partial

import pytest
from django.db import OperationalError, connection

from billing.platforms.models import Platform
from billing.transactions import TRIES, entrance
from tests.factories import a_platform
from tests.threads import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_lock_in_opposite_orders_both_get_through():
    # given
    one, other = a_platform("One"), a_platform("Other")
    both_hold_one = threading.Barrier(2)
    tries = []

    @entrance
    def lock(first: str, second: str) -> str:
        tries.append(first)
        Platform.objects.select_for_update().get(pk=first)
        if len(tries) <= 2:
            both_hold_one.wait(PATIENCE)
        Platform.objects.select_for_update().get(pk=second)
        return first

    # when
    done = at_once([partial(lock, one.pk, other.pk), partial(lock, other.pk, one.pk)])

    # then
    assert sorted(done) == sorted([one.pk, other.pk])
    assert len(tries) > 2


def test_a_transaction_that_never_gets_through_is_given_up():
    tries = []

    @entrance
    def fail() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'crossed' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(OperationalError, match="crossed"):
        fail()

    assert len(tries) == TRIES


def test_another_error_of_the_database_is_not_tried_again():
    tries = []

    @entrance
    def fail() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = '57P01'; END $$")

    with pytest.raises(OperationalError, match="gone"):
        fail()

    assert len(tries) == 1
