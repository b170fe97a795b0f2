"""Hundreds of deeds at random, every kind of them; all along the books balance.

LAWS_LONG_WALKS=50 takes more walks than the usual ones; a walk that fails is taken again by its seed alone.
"""

import os

import pytest

from billing_desk.audit import audit
from tests import laws
from tests.walking import Walk

WALKS = int(os.environ.get("LAWS_LONG_WALKS", "3"))
STEPS = 320
LOOK_EVERY = 20


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_for_long_the_books_balance(seed, outbox):
    walk = Walk(seed)

    for step in range(1, STEPS + 1):
        walk.take_a_step()
        if step % LOOK_EVERY == 0:
            laws.all_laws()

    assert audit().findings == ()
    assert walk.done.total() + walk.refused.total() == STEPS
    assert walk.done.total() > STEPS / 2, walk.refused
    missing = {deed.__name__ for deed in walk.deeds} - walk.done.keys()
    assert len(missing) <= 3, f"never succeeded: {missing}; {walk.refused}"
