"""The ledger: what became of every call, and which run has which, in SQLite.

Several processes may write at the same time (runs that share the output folder), and
``callcoach status`` may read. Every change of a call's state is one transaction.
"""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from callcoach.batch.ledger_file import LEASE_S
from callcoach.batch.ledger_records import LedgerRecords
from callcoach.batch.locks import process_start
from callcoach.voice.baseline import PastCall


class State(StrEnum):
    """Where a call stands."""

    NEW = "new"  # to be done
    RUNNING = "running"  # a run has it
    DONE = "done"
    FAILED = "failed"  # the next run tries again
    QUARANTINED = "quarantined"  # only tried again when told, or when something about it changed


BEATS_A_LEASE = 4
"""How many times in its lease a run says that it is at work."""

WITHOUT_REPORT = frozenset({State.FAILED, State.QUARANTINED})
"""The states of calls that were tried and have no report."""


@dataclass(frozen=True)
class Entry:
    """A call in the ledger; a field is a column.

    ``key`` stands for everything the result depends on: the recording's bytes, what the manifest
    says of it, the configuration, the code and the models. ``seconds`` is the time the
    analysis took.

    ``content`` is the recording's SHA-256, ``source_stamp`` the state of its file when that was
    taken, ``source_bytes`` its size, ``audio_s`` its length, ``result_bytes`` the size of the
    call's results. ``run_id`` is the run that has the call, or had it last; ``stage`` what it
    works on. Times of day are seconds since 1970. ``interrupted`` counts the runs that died while
    they had it.
    """

    call_id: str
    source_name: str
    key: str
    state: State
    attempts: int
    seconds: float | None = None
    error_class: str | None = None
    error: str | None = None
    content: str | None = None
    source_stamp: str | None = None
    source_bytes: int | None = None
    audio_s: float | None = None
    result_bytes: int | None = None
    run_id: str | None = None
    stage: str | None = None
    started_at: float | None = None
    ended_at: float | None = None
    interrupted: int = 0


@dataclass(frozen=True)
class StageTime:
    """How long a stage of a call took. ``cached``: it was taken from an earlier analysis."""

    stage: str
    seconds: float
    cached: bool = False


@dataclass(frozen=True)
class RunEntry:
    """A run. ``process_start`` tells a process from a later one with the same number.

    ``identity`` stands for its settings, code and models, ``closing_s`` is how long the work after
    the calls took. ``lease_s`` is its own ``batch.lease_s``: not heard of for so long, it is dead.
    """

    run_id: str
    host: str
    pid: int
    process_start: str
    shared: bool
    identity: str
    started_at: float
    seen_at: float
    ended_at: float | None = None
    exit_code: int | None = None
    closing_s: float | None = None
    lease_s: float = LEASE_S

    def is_at_work(self, now: float) -> bool:
        """Whether the run lives, at ``now`` (seconds since 1970); for all who ask.

        It has not ended, was heard of within its lease, and its process is there, where that can
        be seen from this machine.
        """
        if self.ended_at is not None or now - self.seen_at >= self.lease_s:
            return False
        here = self.host == socket.gethostname()
        return not here or process_start(self.pid) == self.process_start


@dataclass(frozen=True)
class PastWork:
    """What a finished call took: seconds of work, of sound, and bytes of source and results."""

    source_name: str
    seconds: float
    audio_s: float
    source_bytes: int
    result_bytes: int


_ENDED = WITHOUT_REPORT | {State.DONE}

_COLUMNS = tuple(field.name for field in dataclasses.fields(Entry))
_RUN_COLUMNS = tuple(field.name for field in dataclasses.fields(RunEntry))
_NAMES = ", ".join(_COLUMNS)
_PUT = f"INSERT OR REPLACE INTO calls ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_RECENT = 500  # finished calls from which speeds and sizes are foretold


class Ledger(LedgerRecords):
    """An open ledger.

    Raises
    ------
    StoreError
        From every method, if the file cannot be read or written.
    """

    # ---------------------------------------------------------------- calls

    def get(self, call_id: str) -> Entry | None:
        """The call's entry, or ``None`` for a call that it never saw."""
        with self._said():
            return self._get(call_id)

    def put(self, entry: Entry) -> None:
        """Write an entry, replacing the call's older one."""
        self.put_all((entry,))

    def put_all(self, entries: Iterable[Entry]) -> None:
        """Write entries, replacing the calls' older ones, all or none."""
        with self._said(), self._transaction():
            self._db.executemany(_PUT, (dataclasses.astuple(entry) for entry in entries))

    def entries(self) -> tuple[Entry, ...]:
        """All entries in order of call id."""
        with self._said():
            rows = self._db.execute(f"SELECT {_NAMES} FROM calls ORDER BY call_id").fetchall()
        return tuple(_entry(row) for row in rows)

    def enlist(self, changes: Iterable[tuple[Entry | None, Entry]]) -> None:
        """Write down calls that are to be done, but for those that another run took meanwhile.

        Parameters
        ----------
        changes
            Each call as it was seen in the ledger, and as it is to be done.
        """
        with self._said(), self._transaction():
            for seen, entry in changes:
                taken = seen is not None and seen.state is State.RUNNING
                if not taken and self._get(entry.call_id) == seen:
                    self._put(entry)

    def claim(self, before: Entry, run_id: str, at: float, alive: Collection[str]) -> Entry | None:
        """Take a call for a run, unless another run has it or has done it meanwhile.

        Parameters
        ----------
        before
            The call as this run enlisted it.
        run_id, at
            The run that takes it, and the time.
        alive
            Runs that are known to be at work: their calls are not taken.

        Returns
        -------
        Entry or None
            The entry as it is now, ``None`` where the call was not to be had.
        """
        with self._said(), self._transaction():
            now = self._get(before.call_id)
            if now is None or now.key != before.key:
                return None
            if now.state is State.RUNNING and now.run_id in alive and now.run_id != run_id:
                return None
            if now.state in _ENDED:
                return None
            lost = now.state is State.RUNNING and now.run_id != run_id
            taken = dataclasses.replace(
                now,
                state=State.RUNNING,
                run_id=run_id,
                stage=None,
                started_at=at,
                ended_at=None,
                interrupted=now.interrupted + lost,
            )
            self._put(taken)
        return taken

    def finish(
        self,
        entry: Entry,
        stages: Sequence[StageTime] = (),
        voice: tuple[str, str, PastCall] | None = None,
    ) -> bool:
        """Write what became of a call that this run has.

        Parameters
        ----------
        entry
            The call; ``run_id`` names the run.
        stages
            How long its stages took.
        voice
            Agent, key and what was usual for the agent's voice; ``None`` forgets what was kept.

        Returns
        -------
        bool
            False where another run has taken the call meanwhile; nothing is written then.
        """
        with self._said(), self._transaction():
            now = self._get(entry.call_id)
            if now is None or now.run_id != entry.run_id or now.state is not State.RUNNING:
                return False
            self._put(entry)
            self._db.execute("DELETE FROM stages WHERE call_id = ?", (entry.call_id,))
            self._db.executemany(
                "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?)",
                [(entry.call_id, s.stage, s.seconds, int(s.cached)) for s in stages],
            )
            self._db.execute("DELETE FROM voices WHERE call_id = ?", (entry.call_id,))
            if voice is not None:
                self._put_voice(*voice)
        return True

    def set_stages(self, stages: Iterable[tuple[str, str]], run_id: str) -> None:
        """Note what the calls of a run, given with the stage, are at; or not, if it is locked."""
        with self._unless_locked(), self._transaction():
            self._db.executemany(
                "UPDATE calls SET stage = ? WHERE call_id = ? AND run_id = ? AND state = 'running'",
                [(stage, call_id, run_id) for call_id, stage in stages],
            )

    def release(self, run_id: str) -> None:
        """Give back the calls that a run has and will not finish."""
        with self._said(), self._transaction():
            self._db.execute(
                "UPDATE calls SET state = 'new', stage = NULL "
                "WHERE run_id = ? AND state = 'running'",
                (run_id,),
            )

    def reclaim(self, alive: Collection[str]) -> None:
        """Take the calls from runs that died."""
        with self._said(), self._transaction():
            for entry in self._running():
                if entry.run_id not in alive:
                    interrupted = entry.interrupted + 1
                    self._put(
                        dataclasses.replace(
                            entry, state=State.NEW, stage=None, interrupted=interrupted
                        )
                    )

    def running(self) -> tuple[Entry, ...]:
        """The calls that runs have, dead runs included."""
        with self._said():
            return self._running()

    def stage_times(self, call_id: str) -> tuple[StageTime, ...]:
        """How long each stage of a finished call took, in the order of the flow."""
        with self._said():
            rows = self._db.execute(
                "SELECT stage, seconds, cached FROM stages WHERE call_id = ? ORDER BY rowid",
                (call_id,),
            ).fetchall()
        return tuple(StageTime(stage, seconds, bool(cached)) for stage, seconds, cached in rows)

    def past_work(self) -> tuple[PastWork, ...]:
        """What the calls that were finished last took."""
        with self._said():
            rows = self._db.execute(
                "SELECT source_name, seconds, audio_s, source_bytes, result_bytes FROM calls "
                "WHERE state = 'done' AND seconds > 0 AND audio_s > 0 AND source_bytes > 0 "
                "AND result_bytes IS NOT NULL ORDER BY ended_at DESC LIMIT ?",
                (_RECENT,),
            ).fetchall()
        return tuple(PastWork(*row) for row in rows)

    # ---------------------------------------------------------------- runs

    def begin_run(self, run: RunEntry) -> None:
        """Write a run down, so that others know of it."""
        holes = ", ".join("?" * len(_RUN_COLUMNS))
        with self._said(), self._transaction():
            self._db.execute(
                f"INSERT OR REPLACE INTO runs ({', '.join(_RUN_COLUMNS)}) VALUES ({holes})",
                dataclasses.astuple(run),
            )

    def seen(self, run_id: str, at: float) -> None:
        """Note that a run is at work; or not, if the ledger is locked just now."""
        with self._unless_locked():
            self._db.execute("UPDATE runs SET seen_at = ? WHERE run_id = ?", (at, run_id))

    def end_run(self, run_id: str, at: float, exit_code: int, closing_s: float | None) -> None:
        """Note that a run has ended, and how long the work after its calls took."""
        with self._said():
            self._db.execute(
                "UPDATE runs SET ended_at = ?, seen_at = ?, exit_code = ?, closing_s = ? "
                "WHERE run_id = ?",
                (at, at, exit_code, closing_s, run_id),
            )

    def runs(self, *, open_only: bool = False) -> tuple[RunEntry, ...]:
        """The runs, the newest first; with ``open_only`` those that did not end."""
        where = "WHERE ended_at IS NULL" if open_only else ""
        with self._said():
            rows = self._db.execute(
                f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs {where} "
                "ORDER BY started_at DESC, run_id"
            ).fetchall()
        runs = (RunEntry(*row) for row in rows)
        return tuple(dataclasses.replace(run, shared=bool(run.shared)) for run in runs)

    # ---------------------------------------------------------------- inside a transaction

    def _get(self, call_id: str) -> Entry | None:
        row = self._db.execute(
            f"SELECT {_NAMES} FROM calls WHERE call_id = ?", (call_id,)
        ).fetchone()
        return _entry(row) if row else None

    def _put(self, entry: Entry) -> None:
        self._db.execute(_PUT, dataclasses.astuple(entry))

    def _running(self) -> tuple[Entry, ...]:
        rows = self._db.execute(f"SELECT {_NAMES} FROM calls WHERE state = 'running'").fetchall()
        return tuple(_entry(row) for row in rows)


def finished_calls(path: Path) -> frozenset[str]:
    """The calls that a ledger has as done; none where there is no ledger yet.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    if not path.is_file():
        return frozenset()
    ledger = Ledger(path)
    try:
        return frozenset(e.call_id for e in ledger.entries() if e.state is State.DONE)
    finally:
        ledger.close()


def _entry(row: Sequence[object]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = State(str(values["state"]))
    return Entry(**values)  # type: ignore[arg-type]
