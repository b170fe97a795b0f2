"""A process that asks the gateway of a refund, and kills itself with -9 before it notes the answer.

python -m tests.credit_notes.dying_sender REFUND
"""

import os
import signal
import sys
from typing import Any

import django


def die(**_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
    django.setup()
    from billing import clock
    from credit_notes.services import send_refund

    send_refund.take_outcome = die
    send_refund.send_refund(refund_id=sys.argv[-1], at=clock.now())
