"""A run says that it is at work while it does something that takes long in one piece.

While calls are worked on, their dispatcher says so as it goes. Before them (looking at the source)
and after them (scores, tables, pages) there may be minutes without a moment for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from callcoach.batch.ledger import BEATS_A_LEASE, Ledger, RunEntry
from callcoach.errors import StoreError


@contextlib.contextmanager
def beating(path: Path, run: RunEntry, now: Callable[[], float]) -> Iterator[None]:
    """Note in the ledger, several times in the run's lease, that it is at work.

    Parameters
    ----------
    path
        The ledger's file; it is opened once more, as SQLite wants it for each thread.
    run
        The run.
    now
        The clock: seconds since 1970.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(run.lease_s / BEATS_A_LEASE):
            with contextlib.suppress(StoreError):  # the next beat may do
                ledger = Ledger(path, wait_s=1.0)
                try:
                    ledger.seen(run.run_id, now())
                finally:
                    ledger.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
