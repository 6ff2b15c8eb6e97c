"""How far a run is: taken from the ledger, while it runs or after."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from callcoach.batch.sources.arrivals import waiting_since
from callcoach.model.failed_call import FailedCall
from callcoach.storage.ledger import WITHOUT_REPORT, CallRecord, Ledger, State
from callcoach.storage.output_folder import Store
from callcoach.text import formatting

_SPEED_OF = 3  # finished calls, before a speed says something


@dataclass(frozen=True)
class RunningCall:
    """A call that a run has: since when and, where it is known, in which stage."""

    call_id: str
    seconds: float
    stage: str | None


@dataclass(frozen=True)
class Status:
    """How far an output folder is.

    ``running_since`` is when the oldest run that is at work began (seconds since 1970), ``None``
    where none is; ``workers`` names them. ``counts`` are calls by state, ``waiting`` those that
    wait for their recording or their row. ``speed`` is seconds of sound finished in a second by
    the runs at work, ``end_at`` when they will be through with the calls they know of; ``None``
    where too few calls were finished to tell.
    """

    running_since: float | None
    workers: tuple[str, ...]
    counts: dict[str, int]
    waiting: int
    running: tuple[RunningCall, ...]
    failed: tuple[FailedCall, ...]
    speed: float | None
    end_at: float | None
    last_exit_code: int | None

    @property
    def json(self) -> str:
        """As one JSON object."""
        values = asdict(self)
        for failed in values["failed"]:
            del failed["source_name"]
        return json.dumps(values, ensure_ascii=False, indent=1)


def read_status(store: Store, *, now: float | None = None) -> Status:
    """Read how far an output folder is.

    Raises
    ------
    StoreError
        If the ledger cannot be read.
    """
    now = time.time() if now is None else now
    ledger = Ledger(store.ledger)
    try:
        entries, runs = ledger.entries(), ledger.runs()
    finally:
        ledger.close()
    at_work = [run for run in runs if run.is_at_work(now)]
    names = {run.run_id for run in at_work}
    since = min((run.started_at for run in at_work), default=None)
    ended = next((run for run in runs if run.ended_at is not None), None)
    done = [e for e in entries if e.state is State.DONE and e.run_id in names]
    todo = [e for e in entries if e.state in (State.NEW, State.RUNNING)]
    speed, end_at = _foretold(done, todo, since, now)
    return Status(
        since,
        tuple(f"process {run.pid} on {run.host}" for run in at_work),
        {state.value: sum(e.state is state for e in entries) for state in State},
        len(waiting_since(store.root)),
        tuple(
            RunningCall(e.call_id, round(now - (e.started_at or now), 1), e.stage)
            for e in entries
            if e.state is State.RUNNING and e.run_id in names
        ),
        tuple(
            FailedCall(
                e.call_id,
                e.source_name,
                e.error_class or "",
                e.error or "",
                e.attempts,
                e.state is State.QUARANTINED,
            )
            for e in entries
            if e.state in WITHOUT_REPORT
        ),
        speed,
        end_at,
        None if ended is None else ended.exit_code,
    )


def status_text(status: Status) -> str:
    """The status for people; lines end without a break."""
    lines = [f"{state:12} {many}" for state, many in status.counts.items()]
    if status.waiting:
        lines.append(f"{'waiting':12} {status.waiting} (for their recording or their row)")
    if status.running_since is None:
        lines.append("no run is at work")
    else:
        lines.append(f"at work since {_clock(status.running_since)}: {', '.join(status.workers)}")
    if status.speed is not None:
        lines.append(f"speed {status.speed:.1f} seconds of sound in a second")
    if status.end_at is not None:
        lines.append(f"expected end {_clock(status.end_at)}")
    for call in status.running:
        stage = f", {call.stage}" if call.stage else ""
        lines.append(f"running: {call.call_id}: for {formatting.length(call.seconds)}{stage}")
    for failed in status.failed:
        times = "once" if failed.attempts == 1 else f"{failed.attempts} times"
        aside = ", set aside" if failed.quarantined else ""
        lines.append(f"failed {times}{aside}: {failed.call_id}: {failed.error}")
    return "\n".join(lines).replace(formatting.NBSP, " ")


def _foretold(
    done: Sequence[CallRecord], todo: Sequence[CallRecord], since: float | None, now: float
) -> tuple[float | None, float | None]:
    """Speed and expected end. Calls of unknown length count as the mean of the finished ones."""
    if since is None or len(done) < _SPEED_OF or now <= since:
        return None, None
    sound_s = [e.audio_s for e in done if e.audio_s]
    if not sound_s:
        return None, None
    speed = sum(sound_s) / (now - since)
    mean_s = sum(sound_s) / len(sound_s)
    left_s = sum(e.audio_s or mean_s for e in todo)
    return speed, now + left_s / speed


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
