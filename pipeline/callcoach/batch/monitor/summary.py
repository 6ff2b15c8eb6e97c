"""What a run did, in a page: ``summary.json``, ``summary.txt`` and, if asked for, ``summary.eml``.

Calls are named by their ids (or hashes of them); nothing of what was said is in it.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from callcoach import __version__
from callcoach.batch import events
from callcoach.batch.monitor.logs import Names
from callcoach.batch.sources.overlooked import endings_line
from callcoach.config.nightly import NotifyConfig
from callcoach.dialogue.role_check import RoleCheck, swapped_calls
from callcoach.errors import ConfigError, exit_code_of
from callcoach.storage.output_folder import write_file
from callcoach.text import formatting

JSON_FILE, TEXT_FILE, MAIL_FILE = "summary.json", "summary.txt", "summary.eml"

FILES = (JSON_FILE, TEXT_FILE, MAIL_FILE)

_SLOWEST = 10

_MOST_LISTED = 50  # calls of one kind; the ledger has them all

_CODES = {
    0: "all good",
    1: "could not run, or not go on",
    2: "wrong settings, or another run has the folder",
    3: "finished, but not all could be done: see the log",
    4: "the time was up",
    130: "stopped",
    143: "stopped",
}

_LEFT = {
    events.LeftReason.TIME: "would not have been finished in time; the next run takes them",
    events.LeftReason.SPACE: "there is too little free space; free some and run again",
    events.LeftReason.ELSEWHERE: "another run that shares the folder has them",
    events.LeftReason.RECORDING: "wait for their recording; check the delivery",
    events.LeftReason.ROW: "wait for their row in the manifest; check the delivery",
    events.LeftReason.WRITTEN: "are still being written; the next run takes them",
    events.LeftReason.PURGED: "were purged before and are left alone",
}

_ADVICE = {
    "BusyError": "another run is writing to the folder",
    "ConfigError": "a setting is wrong; the run's message on the terminal says which",
    "AudioError": "the recording is broken or unfit",
    "SourceError": "the recording is not there or may not be taken",
    "EngineError": "the speech engine failed",
    "WeightsError": "a model is missing or wrong: `callcoach doctor`",
    "StoreError": "the results could not be written: check space and permissions",
    "MemoryError": "too little memory: use fewer --jobs",
    "OutOfMemory": "too little memory: use fewer --jobs, or raise batch.worker_memory_mb",
    "RecordingGone": "the recording was taken away while the run was at work",
    "WorkerCrashed": "a decoder or a model crashed over the recording",
    "WorkerDied": "its worker ended without a word",
    "WorkerHung": "it took too long: batch.hang_min_s, batch.hang_factor",
}


@dataclass(frozen=True)
class TimedCall:
    """A finished call: how long it took and how long it is."""

    call: str
    seconds: float
    audio_s: float


@dataclass(frozen=True)
class UnnamedFailure:
    """A call without a report as a summary tells it: no name of a file is in it."""

    call: str
    error_class: str
    attempts: int
    quarantined: bool


@dataclass(frozen=True)
class LeftCalls:
    """How many calls were left for one reason, and the first of them; purged ones have no name."""

    reason: events.LeftReason
    count: int
    calls: tuple[str, ...]


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    ``audio_s`` is the length of the calls it finished, ``speed`` how many seconds of sound it
    finished in a second; ``None`` where it finished none. ``failed`` holds the calls that failed in
    this run, at most 50; ``failures`` counts all of them by kind. ``roles_given`` calls of this run
    had a channel map and words to hold it against; in ``roles_contradicted`` of them the words say
    that agent and customer are swapped. ``stages`` are the seconds that all calls spent in each
    stage. ``error_class`` says why a run broke off. ``not_looked_at`` counts the files of the
    source that are no recordings, by ending; ``notes`` say what else of it was not used.
    """

    run_id: str
    version: str
    started_at: str
    ended_at: str
    seconds: float
    exit_code: int
    total: int
    done: int
    unchanged: int
    without_report: int
    quarantined: int
    retries: int
    audio_s: float
    speed: float | None
    stages: dict[str, float]
    failures: dict[str, int]
    failed: tuple[UnnamedFailure, ...]
    slowest: tuple[TimedCall, ...]
    left: tuple[LeftCalls, ...]
    error_class: str | None = None
    not_looked_at: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    roles_given: int = 0
    roles_contradicted: int = 0


_ADAPTER = TypeAdapter(RunSummary)


class SummaryMaker:
    """Listens to a run and hands over its summary at the end.

    Parameters
    ----------
    names
        How calls are named.
    take
        Gets the summary.
    """

    def __init__(self, names: Names, take: Callable[[RunSummary], None]) -> None:
        self._names = names
        self._take = take
        self._started: events.RunStarted | None = None
        self._done: list[TimedCall] = []
        self._failed: list[UnnamedFailure] = []
        self._roles: Counter[RoleCheck] = Counter()
        self._retries = 0
        self._stages: Counter[str] = Counter()
        self._left: dict[events.LeftReason, list[str]] = {}
        self._overlooked = events.SourceOverlooked({}, ())
        self._ended = False

    def on(self, event: events.Event) -> None:
        """See :class:`callcoach.batch.events.EventListener`."""
        match event:
            case events.RunStarted():
                self._started = event
            case events.SourceOverlooked():
                self._overlooked = event
            case events.StageDone() if not event.cached:
                self._stages[event.stage] += event.seconds  # type: ignore[assignment]
            case events.CallDone():
                call = self._names.of(event.call_id)
                self._done.append(TimedCall(call, round(event.seconds, 1), round(event.audio_s, 1)))
                self._roles[event.roles] += 1
            case events.CallFailed() if event.retry_s is not None:
                self._retries += 1
            case events.CallFailed():
                call = self._names.of(event.call_id)
                self._failed.append(
                    UnnamedFailure(call, event.error_class, event.attempts, event.quarantined)
                )
            case events.CallLeft():
                self._left.setdefault(event.reason, []).append(event.call_id)
            case events.RunEnded():
                self._ended = True
                self._take(self._summary(event))

    def broke_off(self, error: BaseException) -> None:
        """The run ends with an error: it is told too where it did not even begin."""
        if self._ended:
            return
        now, begun = time.time(), self._started
        aside = sum(call.quarantined for call in self._failed)
        self.on(
            events.RunEnded(
                run_id="not begun" if begun is None else begun.run_id,
                at=now,
                seconds=0.0 if begun is None else now - begun.at,
                done=len(self._done),
                unchanged=0 if begun is None else begun.unchanged,
                failed=len(self._failed) - aside,
                quarantined=aside,
                left=0,
                exit_code=exit_code_of(error),
                error_class=None if isinstance(error, KeyboardInterrupt) else type(error).__name__,
            )
        )

    def _summary(self, end: events.RunEnded) -> RunSummary:
        audio_s = sum(call.audio_s for call in self._done)
        started = end.at - end.seconds if self._started is None else self._started.at
        slowest = sorted(self._done, key=lambda call: (-call.seconds, call.call))
        return RunSummary(
            run_id=end.run_id,
            version=__version__,
            started_at=_iso(started),
            ended_at=_iso(end.at),
            seconds=round(end.seconds, 1),
            exit_code=end.exit_code,
            total=0 if self._started is None else self._started.total,
            done=end.done,
            unchanged=end.unchanged,
            without_report=end.failed + end.quarantined,
            quarantined=end.quarantined,
            retries=self._retries,
            audio_s=round(audio_s, 1),
            speed=round(audio_s / end.seconds, 2) if audio_s and end.seconds else None,
            stages={stage: round(s, 1) for stage, s in sorted(self._stages.items())},
            failures=dict(sorted(Counter(call.error_class for call in self._failed).items())),
            failed=tuple(sorted(self._failed, key=lambda call: call.call)[:_MOST_LISTED]),
            slowest=tuple(slowest[:_SLOWEST]),
            left=tuple(
                LeftCalls(reason, len(calls), self._listed(reason, calls))
                for reason, calls in sorted(self._left.items())
            ),
            error_class=end.error_class,
            not_looked_at=self._overlooked.not_looked_at,
            notes=self._overlooked.notes,
            roles_given=self._roles[RoleCheck.AGREES] + self._roles[RoleCheck.CONTRADICTED],
            roles_contradicted=self._roles[RoleCheck.CONTRADICTED],
        )

    def _listed(self, reason: events.LeftReason, calls: list[str]) -> tuple[str, ...]:
        if reason is events.LeftReason.PURGED:
            return ()
        return tuple(self._names.of(call) for call in sorted(calls)[:_MOST_LISTED])


def write_summary(root: Path, summary: RunSummary, config: NotifyConfig | None) -> None:
    """Write the summary's files into an output folder; ``None`` writes no mail.

    Raises
    ------
    StoreError
        If one cannot be written.
    """
    write_file(root / JSON_FILE, _ADAPTER.dump_json(summary, indent=1) + b"\n")
    write_file(root / TEXT_FILE, summary_text(summary).encode())
    if config is not None and config.mail_to:
        write_file(root / MAIL_FILE, mail(summary, config).as_bytes())
    else:  # an older run's mail would be sent again
        (root / MAIL_FILE).unlink(missing_ok=True)


def read_summary(root: Path) -> RunSummary | None:
    """The summary of the last run, ``None`` where there is none that can be read."""
    try:
        return _ADAPTER.validate_json((root / JSON_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def without(summary: RunSummary, calls: Collection[str]) -> RunSummary:
    """The summary without what it says of some calls; its counts stay as they are."""
    return dataclasses.replace(
        summary,
        failed=tuple(one for one in summary.failed if one.call not in calls),
        slowest=tuple(one for one in summary.slowest if one.call not in calls),
        left=tuple(
            dataclasses.replace(one, calls=tuple(c for c in one.calls if c not in calls))
            for one in summary.left
        ),
    )


def totals_json(summary: RunSummary) -> bytes:
    """The summary as JSON without any call: what a webhook gets."""
    bare = dataclasses.replace(
        summary,
        failed=(),
        slowest=(),
        left=tuple(dataclasses.replace(one, calls=()) for one in summary.left),
    )
    values = _ADAPTER.dump_python(bare, mode="json")
    for name in ("failed", "slowest"):
        del values[name]
    values["left"] = {one["reason"]: one["count"] for one in values["left"]}
    return json.dumps(values).encode()


def headline(summary: RunSummary) -> str:
    """A summary in one line, for a mail's subject."""
    said = [f"{summary.done} done"]
    if summary.without_report:
        said.append(f"{summary.without_report} without a report")
    gone = events.LeftReason.PURGED  # for good, and none of a run's business
    if left := sum(one.count for one in summary.left if one.reason is not gone):
        said.append(f"{left} left")
    return f"callcoach: {', '.join(said)} ({_CODES.get(summary.exit_code, summary.exit_code)})"


def summary_text(summary: RunSummary) -> str:
    """The summary for people, as plain text."""
    lines = [
        headline(summary),
        "",
        f"Run          {summary.run_id}, callcoach {summary.version}",
        f"Started      {summary.started_at}",
        f"Ended        {summary.ended_at}, after {formatting.length(summary.seconds)}",
        f"Exit code    {summary.exit_code}: {_CODES.get(summary.exit_code, 'see docs/running.md')}",
        *([f"Broke off    {_reason(summary.error_class)}"] if summary.error_class else []),
        "",
        f"To do        {summary.total}",
        f"Done         {summary.done} ({formatting.length(summary.audio_s)} of sound)",
        f"Before       {summary.unchanged} finished by earlier runs",
        f"No report    {summary.without_report}, of these set aside: {summary.quarantined}",
        f"Tried again  {summary.retries}",
    ]
    if summary.speed is not None:
        lines.append(f"Speed        {summary.speed:g} seconds of sound in a second")
    if summary.not_looked_at or summary.notes:
        lines += ["", "In the source"]
        told = [endings_line(summary.not_looked_at)] if summary.not_looked_at else []
        lines += [f"  {line}" for line in (*told, *summary.notes)]
    swapped = summary.roles_contradicted
    checks = {
        RoleCheck.CONTRADICTED: swapped,
        RoleCheck.AGREES: summary.roles_given - swapped,
    }
    if sides := swapped_calls(checks):
        lines += ["", sides]
    if summary.failures:
        lines += ["", "Failures in this run, by kind"]
        lines += [f"  {many:5}  {_reason(kind)}" for kind, many in summary.failures.items()]
    if summary.failed:
        lines += ["", "Failed calls (why: failed/CALL.json)"]
        lines += [
            f"  {one.call}: {one.error_class}, "
            f"{formatting.count(one.attempts, 'attempt', 'attempts')}"
            + (", set aside until --retry-failed" if one.quarantined else "")
            for one in summary.failed
        ]
    for left in summary.left:
        lines += ["", f"{formatting.count(left.count, 'call', 'calls')}: {_LEFT[left.reason]}"]
        lines += [f"  {call}" for call in left.calls]
        if left.calls and left.count > len(left.calls):
            lines.append(f"  and {left.count - len(left.calls)} more")
    if summary.stages:
        lines += ["", "Seconds in each stage, all calls together"]
        lines += [f"  {spent:8.1f}  {stage}" for stage, spent in summary.stages.items()]
    if summary.slowest:
        lines += ["", "Slowest calls"]
        lines += [
            f"  {one.seconds:8.1f} s for {formatting.length(one.audio_s)} of sound  {one.call}"
            for one in summary.slowest
        ]
    return "\n".join(lines).replace(formatting.NBSP, " ") + "\n"


def _reason(error_class: str) -> str:
    advice = _ADVICE.get(error_class, "a defect of callcoach; please report it")
    return f"{error_class}: {advice}"


def mail(summary: RunSummary, config: NotifyConfig) -> EmailMessage:
    """The summary as a mail that a program such as sendmail can send.

    Raises
    ------
    ConfigError
        If an address of the settings cannot stand in a mail.
    """
    message = addressed(config)
    message["Subject"] = headline(summary)
    message["Date"] = datetime.fromisoformat(summary.ended_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(summary_text(summary))
    return message


def addressed(config: NotifyConfig) -> EmailMessage:
    """An empty mail from and to those that the settings name.

    Raises
    ------
    ConfigError
        If an address cannot stand in a mail.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = config.mail_from or "callcoach@localhost"
        message["To"] = config.mail_to
    except (ValueError, IndexError) as error:
        raise ConfigError(
            f"notify.mail_from or notify.mail_to is no address: {error}; write it like "
            "qa@example.org"
        ) from error
    return message


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
