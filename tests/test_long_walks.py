"""Hundreds of deeds at random, every kind of them; all along the audit finds nothing wrong.

LAWS_LONG_WALKS=50 takes more walks than the usual ones; a walk that fails is taken again by its seed alone.
"""

import os
from collections import Counter

import pytest

from billing_desk.audit import audit
from tests.walking import Walk

WALKS = int(os.environ.get("LAWS_LONG_WALKS", "4"))
STEPS = 320
LOOK_EVERY = 20

done: Counter[str] = Counter()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_for_long_the_audit_finds_nothing(seed, outbox):
    walk = Walk(seed)

    for step in range(1, STEPS + 1):
        walk.take_a_step()
        if step % LOOK_EVERY == 0:
            assert audit(files=False).findings == (), f"after step {step}: {walk.done}"
    walk.let_the_workers_work()

    assert audit().findings == ()
    assert walk.done.total() > STEPS / 3, walk.refused
    missing = {deed.__name__ for deed in walk.deeds} - {*walk.done, "change_settings"}
    assert len(missing) <= 8, f"never succeeded: {missing}; {walk.refused}"
