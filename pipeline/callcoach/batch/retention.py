"""Purging: removing everything an output folder holds of some calls.

What is to go is written down first (``purging.json``), then removed step by step. Each step may be
done twice, so a purge that was killed is finished by the next one. A receipt stays behind: when, by
which rule, how many calls, and salted hashes of their ids.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from callcoach.batch import arrivals, summary
from callcoach.batch.databases import Keys, count_rows, databases, remove_rows
from callcoach.batch.derived import derived_files, export_leftovers
from callcoach.batch.holdings import Holding, holdings
from callcoach.batch.ledger import Ledger
from callcoach.batch.run_settings import FILE as SETTINGS
from callcoach.batch.salt import folder_salt, salted
from callcoach.batch.site import write_site
from callcoach.batch.store import Store, write_file
from callcoach.batch.tombstones import FILE as TOMBSTONES
from callcoach.batch.tombstones import Tombstones
from callcoach.batch.traces import Seeker, Trace
from callcoach.call import FILES_PARTED
from callcoach.config import Config
from callcoach.errors import CallCoachError, StoreError
from callcoach.reports.hrefs import agent_file
from callcoach.reports.plots import plotly_name

log = logging.getLogger("callcoach")

PLAN_FILE = "purging.json"
RECEIPTS = "receipts"
NOT_SEARCHED = (
    Path(RECEIPTS), Path(TOMBSTONES), Path(SETTINGS), Path("assets") / plotly_name(),
)  # fmt: skip
"""Where hashes of purged calls stay on purpose, and what is full of short words that no call
brought: the settings, a script of others."""


@dataclass(frozen=True)
class Rule:
    """Which calls are purged: those for which everything that is given holds.

    Parameters
    ----------
    older_than
        Calls that began longer ago; where that is not known, that were analysed longer ago.
    call_ids, agent_ids
        Calls with one of these ids, or of one of these agents.
    where
        Columns of the manifest with the value that they must have.
    """

    older_than: timedelta | None = None
    call_ids: tuple[str, ...] = ()
    agent_ids: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()

    def holds(self, call: Holding, now: datetime) -> bool:
        """Whether a call is to go."""
        old = self.older_than
        return (
            (old is None or (call.at is not None and now - call.at > old))
            and (not self.call_ids or call.call_id in self.call_ids)
            and (not self.agent_ids or call.agent_id in self.agent_ids)
            and all(pair in call.metadata for pair in self.where)
        )

    def names(self) -> tuple[str, ...]:
        """The rule for a receipt: no ids and no values."""
        said = [] if self.older_than is None else [f"older than {self.older_than.days} days"]
        said += ["call"] if self.call_ids else []
        said += ["agent"] if self.agent_ids else []
        return (*said, *(f"where {column} has a value" for column, _ in self.where))


@dataclass(frozen=True)
class Doomed:
    """A call that goes: its id, its recording's name and SHA-256.

    ``name`` and ``content`` are ``None`` where they are not known, or where a call that is kept has
    the same; ``tombstone`` is the SHA-256 all the same.
    """

    call_id: str
    name: str | None
    content: str | None
    tombstone: str | None


@dataclass(frozen=True)
class Counts:
    """How much goes: calls, files and their bytes, rows of databases, lines of logs."""

    calls: int
    files: int
    bytes: int
    rows: int
    log_lines: int


@dataclass(frozen=True)
class Plan:
    """A purge: what goes, by which rule, since when. ``agents`` are those of whom no call stays."""

    at: str
    rule: tuple[str, ...]
    calls: tuple[Doomed, ...]
    agents: tuple[str, ...]
    counts: Counts

    @property
    def keys(self) -> Keys:
        """Whose rows go from the databases."""
        contents = {call.content for call in self.calls if call.content}
        return Keys({call.call_id for call in self.calls}, set(self.agents), contents)


@dataclass(frozen=True)
class Purged:
    """What a purge did. ``left`` are the traces that a search still finds."""

    counts: Counts
    receipt: Path
    left: tuple[Trace, ...]


_PLAN = TypeAdapter(Plan)
_COUNTS = TypeAdapter(Counts)


def plan_purge(store: Store, rule: Rule, *, now: datetime | None = None) -> Plan:
    """Look up what a rule removes; nothing is changed.

    Calls that are named by their id go even when nothing is known of them: something that names
    them may be left.

    Raises
    ------
    StoreError
        If the folder cannot be read.
    """
    now = now or datetime.now(UTC)
    known = holdings(store)
    going = [call for call in known if rule.holds(call, now)]
    if not (rule.agent_ids or rule.where or rule.older_than):
        ids = {call.call_id for call in known}
        going += [Holding(call_id) for call_id in sorted(set(rule.call_ids) - ids)]
    gone = {call.call_id for call in going}
    kept = [call for call in known if call.call_id not in gone]
    names = {name for call in kept for name in _names(call.source_name)}
    contents = {call.content for call in kept}
    calls = tuple(
        Doomed(
            call.call_id,
            call.source_name if names.isdisjoint(_names(call.source_name)) else None,
            call.content if call.content not in contents else None,
            call.content,
        )
        for call in going
    )
    agents = {call.agent_id for call in going if call.agent_id}
    agents -= {call.agent_id for call in kept}
    plan = Plan(
        now.isoformat(timespec="milliseconds"),  # a receipt's name: one for each purge
        rule.names(),
        calls,
        tuple(sorted(agent for agent in agents if agent)),
        Counts(len(calls), 0, 0, 0, 0),
    )
    return Plan(plan.at, plan.rule, plan.calls, plan.agents, _counts(store, plan, kept))


def pending_plan(store: Store) -> Plan | None:
    """The plan of a purge that was stopped in the middle.

    Raises
    ------
    StoreError
        If there is one that cannot be read.
    """
    path = store.root / PLAN_FILE
    try:
        return _PLAN.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(
            f"cannot read {path}, the plan of a purge that was stopped; remove it and give that "
            "purge again"
        ) from error


def finish_purge(store: Store, config: Config) -> None:
    """Finish a purge that was stopped in the middle, if there is one; see :func:`purge`.

    Raises
    ------
    StoreError
        If it cannot be finished.
    """
    plan = pending_plan(store)
    if plan is not None:
        purged = purge(store, plan, config)
        log.warning("a purge that was stopped is finished; traces left: %d", len(purged.left))


def purge(store: Store, plan: Plan, config: Config) -> Purged:
    """Remove what a plan names; the caller holds the folder's lock, and no export is at work.

    Parameters
    ----------
    store, plan
        The folder, and what goes.
    config
        Settings of the pages about all calls, which are written again.

    Raises
    ------
    StoreError
        If something cannot be removed; the next purge goes on from there.
    """
    with store.closing():
        return _purge(store, plan, config)


def _purge(store: Store, plan: Plan, config: Config) -> Purged:
    write_file(store.root / PLAN_FILE, _PLAN.dump_json(plan))
    kept = [call for call in holdings(store) if call.call_id not in plan.keys.calls]
    # First of all, so that no run can bring them back meanwhile.
    Tombstones(store.root).add(
        (call.call_id, call.tombstone, call.tombstone != call.content) for call in plan.calls
    )
    try:
        for path in list(_own_paths(store, plan, kept)):
            if path.is_symlink():
                raise StoreError(
                    f"{path} is a link, which callcoach never makes: remove it and what it leads "
                    "to, then purge again: what is left is finished then"
                )
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot remove {error.filename}: {error.strerror}; check its permissions, then purge "
            "again: what is left is finished then"
        ) from error
    for path in databases(store.root):
        if path != store.site:
            remove_rows(path, plan.keys)
    arrivals.forget(store.root, plan.keys.calls)
    seeker = _seeker(store, plan, kept)
    _purge_logs(store, seeker)
    _purge_summary(store, plan)
    # The digests go last: by them it is seen whose rows must go from the tables.
    _write_derived(store, seeker, config)
    if store.site.is_file():
        remove_rows(store.site, plan.keys)
    receipt = _write_receipt(store, plan)
    (store.root / PLAN_FILE).unlink(missing_ok=True)
    return Purged(plan.counts, receipt, seeker.traces(store.root, NOT_SEARCHED))


def receipts_of(store: Store, call_id: str) -> tuple[Path, ...]:
    """The receipts of purges that removed a call."""
    found = sorted((store.root / RECEIPTS).glob("*.json"))
    if not found:
        return ()
    digest = salted(folder_salt(store.root), call_id)
    return tuple(path for path in found if digest in path.read_text(encoding="utf-8"))


def words_of(call_ids: Iterable[str], salt: bytes) -> set[str]:
    """What names calls: their ids, and the hashes of them that logs may hold."""
    ids = set(call_ids)
    return ids | {salted(salt, call_id) for call_id in ids}


# --------------------------------------------------------------------------- steps


def _counts(store: Store, plan: Plan, kept: Sequence[Holding]) -> Counts:
    files = [
        file
        for path in _own_paths(store, plan, kept)
        for file in ([path] if path.is_file() else path.rglob("*"))
        if file.is_file()
    ]
    seeker = _seeker(store, plan, kept)
    return Counts(
        calls=len(plan.calls),
        files=len(files),
        bytes=sum(file.stat().st_size for file in files),
        rows=sum(count_rows(path, plan.keys) for path in databases(store.root)),
        log_lines=sum(
            bool(seeker.count(line))
            for path in _logs(store)
            for line in path.read_bytes().splitlines()
        ),
    )


def _seeker(store: Store, plan: Plan, kept: Sequence[Holding]) -> Seeker:
    words = words_of((call.call_id for call in plan.calls), folder_salt(store.root))
    words |= {name for call in plan.calls for name in _names(call.name)}
    words |= {call.content for call in plan.calls if call.content}
    return Seeker(words, [*(c.call_id for c in kept), *(c.source_name or "" for c in kept)])


def _names(source_name: str | None) -> tuple[str, ...]:
    """The names of a call's files, and of both together."""
    if not source_name:
        return ()
    return tuple(dict.fromkeys((source_name, *source_name.split(FILES_PARTED))))


def _own_paths(store: Store, plan: Plan, kept: Sequence[Holding]) -> Iterator[Path]:
    """Files and folders that belong to one of the calls alone, whatever part of us wrote them.

    They bear its id or its recording's SHA-256 as their name, with any ending, and lie in one of
    the folders for single calls: what else is in the output folder may be somebody's own.
    """
    going = plan.keys.calls
    by_name = {quote(name, safe=""): name for name in (*going, *(c.call_id for c in kept))}
    by_name |= {name: name for name in (*going, *(c.call_id for c in kept))}
    contents = set(plan.keys.contents)
    for folder in (store.calls, store.cache, store.failed, store.finished):
        for path in sorted(folder.iterdir()):
            owner = _owner(path.name, by_name)
            if owner in going or path.name.split(".")[0] in contents:
                yield path
    pages = (store.root / "agents" / agent_file(agent) for agent in plan.agents)
    yield from (page for page in pages if page.exists())
    yield from export_leftovers(store.root)


def _owner(name: str, ids: dict[str, str]) -> str | None:
    """The call a file belongs to by its name: the longest id that it is, up to a dot."""
    while name not in ids:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return ids[name]


def _logs(store: Store) -> list[Path]:
    return sorted(path for path in store.logs.glob("*") if path.is_file())


def _purge_logs(store: Store, seeker: Seeker) -> None:
    for path in _logs(store):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not seeker.count(line)]
        if len(kept) < len(lines):
            write_file(path, b"".join(kept))


def _purge_summary(store: Store, plan: Plan) -> None:
    """Take the calls out of the last run's summary, or the summary away where it cannot be read."""
    last = summary.read_summary(store.root)
    words = words_of(plan.keys.calls, folder_salt(store.root))
    for name in summary.FILES:
        (store.root / name).unlink(missing_ok=True)
    if last is not None:
        summary.write_summary(store.root, summary.without(last, words), None)


def _write_derived(store: Store, seeker: Seeker, config: Config) -> None:
    """Write what is made of all calls anew; what still names a purged one goes."""
    ledger = Ledger(store.ledger)
    try:
        write_site(store, ledger, config)
    except CallCoachError as error:
        log.error("the pages of all calls could not be written: %s", error)
    finally:
        ledger.close()
    for path in list(derived_files(store)):
        if seeker.count_in(path):
            path.unlink(missing_ok=True)


def _write_receipt(store: Store, plan: Plan) -> Path:
    salt = folder_salt(store.root)
    stamp = re.sub(r"[-:]|\+.*", "", plan.at)
    path = store.root / RECEIPTS / f"{stamp}Z.json"
    text = {
        "purged_at": plan.at,
        "rule": list(plan.rule),
        "removed": _COUNTS.dump_python(plan.counts),
        "calls": sorted(salted(salt, call.call_id) for call in plan.calls),
    }
    write_file(path, (json.dumps(text, indent=1) + "\n").encode())
    return path
