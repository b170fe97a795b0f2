"""A lock that a forked child does not inherit locked."""

import os
import threading
from types import TracebackType


class ForkSafeLock:
    """A `threading.Lock` for `with`. A child process gets a fresh one: who held it stayed in the parent."""

    def __init__(self) -> None:
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
