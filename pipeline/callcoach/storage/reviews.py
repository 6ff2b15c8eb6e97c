"""What people said, in SQLite beside the reports: written once, never changed.

Every entry is an event: who said what about which part of a call, and when. Of the events of one
person about one thing the latest counts; the earlier ones stay. An event without content takes the
earlier one back. Any number of threads and processes may write at the same time.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from callcoach.errors import StoreError
from callcoach.model.coaching import FindingKind, Verdict
from callcoach.model.reviews import (
    NO_REVIEWS,
    CallComment,
    CallReviews,
    Discussion,
    FindingReview,
    Opinion,
    Reply,
    ReviewedFinding,
    ReviewRole,
    ScoreReview,
)
from callcoach.storage.sqlite import errors_told, open_database, transaction

FILE_NAME = "reviews.sqlite"

Said = FindingReview | ScoreReview | CallComment | Discussion | Reply

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    call_id TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('finding', 'score', 'comment', 'discussed', 'reply')),
    target TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('coach', 'qa', 'agent')),
    content TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_call ON events (call_id, id);
CREATE TABLE IF NOT EXISTS opened (
    call_id TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (call_id, reviewer, role)
) STRICT;
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'what was said is not changed'); END
"""

_COLUMNS = "id, at, call_id, part, target, reviewer, role, content"


class Part(StrEnum):
    """What of a call an event is about."""

    FINDING = "finding"
    SCORE = "score"
    COMMENT = "comment"
    DISCUSSED = "discussed"
    REPLY = "reply"


class Sender(NamedTuple):
    """Who says something about which call, and when (with a time zone): how a review begins."""

    call_id: str
    reviewer: str
    role: ReviewRole
    at: datetime


@dataclass(frozen=True)
class Event:
    """One entry as it was written.

    ``target`` is the finding's key, the practice or the text's id, empty for "discussed".
    ``content`` is ``None`` where the person took the earlier one back.
    """

    number: int
    at: datetime
    call_id: str
    part: Part
    target: str
    reviewer: str
    role: ReviewRole
    content: Mapping[str, Any] | None

    @property
    def said(self) -> Said | None:
        """The review that the event stands for, ``None`` where it was taken back.

        Raises
        ------
        StoreError
            If its content is not what this version writes.
        """
        with _readable(self.number):
            return None if self.content is None else _said(self, self.content)


# Sender, part, target and content of an event that is to be written.
_Entry = tuple[Sender, Part, str, dict[str, Any] | None]


class ReviewStore:
    """The reviews of an output folder; each call opens and closes the file.

    ``busy_s`` is how long to wait while another program writes to it, in seconds.

    Raises
    ------
    StoreError
        From every method, if the file cannot be read or written.
    """

    def __init__(self, root: Path, busy_s: float) -> None:
        self.path = root / FILE_NAME
        self._busy_s = busy_s
        with self.connected() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)

    def add(self, *reviews: Said) -> None:
        """Keep what somebody said: all of it or nothing."""
        self._write(
            [
                (Sender(one.call_id, one.reviewer, one.role, one.at), *_event_of(one))
                for one in reviews
            ]
        )

    def take_back(self, sender: Sender, part: Part, target: str) -> None:
        """Let what this person said about this no longer count."""
        self._write([(sender, part, target, None)])

    def events(self, call_id: str | None = None) -> tuple[Event, ...]:
        """All that was ever said, or all about one call, in the order of writing."""
        query = f"SELECT {_COLUMNS} FROM events"
        with self.connected() as db:
            if call_id is None:
                rows = db.execute(f"{query} ORDER BY id").fetchall()
            else:
                rows = db.execute(f"{query} WHERE call_id = ? ORDER BY id", (call_id,)).fetchall()
        return tuple(_event(row) for row in rows)

    def of_call(self, call_id: str) -> CallReviews:
        """What counts of what was said about a call, with what is for coaches alone."""
        return reviews_of(self.events(call_id)).get(call_id, NO_REVIEWS)

    def all(self) -> dict[str, CallReviews]:
        """What counts, by call."""
        return reviews_of(self.events())

    def last_events(self) -> dict[str, int]:
        """The number of the last event about each call that has any."""
        with self.connected() as db:
            rows = db.execute("SELECT call_id, max(id) FROM events GROUP BY call_id").fetchall()
        return dict(rows)

    def note_opened(self, call_id: str, reviewer: str, role: ReviewRole) -> None:
        """Keep that this person has opened the report, and so seen the machine's scores."""
        with self.connected() as db:
            db.execute(
                "INSERT OR IGNORE INTO opened VALUES (?, ?, ?)",
                (call_id, reviewer.casefold(), role),
            )

    def has_opened(self, call_id: str, reviewer: str, role: ReviewRole) -> bool:
        """Whether this person has opened the report before."""
        with self.connected() as db:
            found = db.execute(
                "SELECT 1 FROM opened WHERE call_id = ? AND reviewer = ? AND role = ?",
                (call_id, reviewer.casefold(), role),
            ).fetchone()
        return found is not None

    def forget(self, call_id: str) -> None:
        """Delete all that was said about a call."""
        with self.connected() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("DELETE FROM events WHERE call_id = ?", (call_id,))
            db.execute("DELETE FROM opened WHERE call_id = ?", (call_id,))

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use: threads share none."""
        told = errors_told(
            f"the reviews {self.path}",
            "bring the file back from a backup, or move it away with all that was said",
            "try again",
        )
        with told, contextlib.closing(open_database(self.path, self._busy_s)) as db:
            yield db

    def _write(self, entries: Iterable[_Entry]) -> None:
        values = [
            (
                who.at.astimezone(UTC).isoformat(),
                who.call_id,
                part,
                target,
                who.reviewer,
                who.role,
                None if content is None else json.dumps(content, ensure_ascii=False),
            )
            for who, part, target, content in entries
        ]
        with self.connected() as db, transaction(db):
            db.executemany(
                "INSERT INTO events (at, call_id, part, target, reviewer, role, content) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )


def load_reviews(out: Path, busy_s: float) -> dict[str, CallReviews]:
    """What pages may show, by call: all that counts, but for the comments for coaches alone.

    A folder without reviews has none, and none are made.
    """
    if not (out / FILE_NAME).is_file():
        return {}
    every = ReviewStore(out, busy_s).all()
    return {call_id: reviews.without_private() for call_id, reviews in every.items()}


def last_events(out: Path, busy_s: float) -> dict[str, int]:
    """The number of the last event about each call that has any; it stands for all before it."""
    return ReviewStore(out, busy_s).last_events() if (out / FILE_NAME).is_file() else {}


def latest_of(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events that are not followed by a later one of the same person about the same thing."""
    latest: dict[tuple[str, Part, str, str, ReviewRole], Event] = {}
    for event in events:
        who = event.reviewer.casefold(), event.role
        key = (event.call_id, event.part, event.target, *who)
        latest.pop(key, None)  # the latest also has the latest place
        latest[key] = event
    return tuple(latest.values())


def reviews_of(events: Iterable[Event]) -> dict[str, CallReviews]:
    """What counts of these events, by call."""
    by_call: dict[str, list[Said]] = {}
    for event in latest_of(events):
        said = event.said
        if said is not None:
            by_call.setdefault(event.call_id, []).append(said)
    return {
        call_id: CallReviews(
            findings=tuple(one for one in said if isinstance(one, FindingReview)),
            scores=tuple(one for one in said if isinstance(one, ScoreReview)),
            comments=tuple(one for one in said if isinstance(one, CallComment)),
            discussed=tuple(one for one in said if isinstance(one, Discussion)),
            replies=tuple(one for one in said if isinstance(one, Reply)),
        )
        for call_id, said in by_call.items()
    }


def _event_of(review: Said) -> tuple[Part, str, dict[str, Any]]:
    """What a review is about, and its content."""
    match review:
        case FindingReview():
            about = asdict(review.about)
            opinion = {"opinion": review.opinion, "comment": review.comment}
            return Part.FINDING, review.finding, {**opinion, "about": about}
        case ScoreReview():
            score = {"score": review.score, "reason": review.reason, "seen": review.seen}
            return Part.SCORE, review.practice, score
        case CallComment():
            comment = {"text": review.text, "coaches_only": review.coaches_only}
            return Part.COMMENT, review.id, comment
        case Discussion():
            return Part.DISCUSSED, "", {"on": review.on.isoformat()}
        case Reply():
            return Part.REPLY, review.id, {"text": review.text}


def _said(event: Event, content: Mapping[str, Any]) -> Said:
    who = Sender(event.call_id, event.reviewer, event.role, event.at)
    match event.part:
        case Part.FINDING:
            about = content["about"]
            return FindingReview(
                *who,
                finding=event.target,
                opinion=Opinion(content["opinion"]),
                comment=content["comment"],
                about=ReviewedFinding(
                    **about
                    | {"kind": FindingKind(about["kind"]), "verdict": Verdict(about["verdict"])}
                ),
            )
        case Part.SCORE:
            return ScoreReview(*who, practice=event.target, **content)
        case Part.COMMENT:
            return CallComment(*who, id=event.target, **content)
        case Part.DISCUSSED:
            return Discussion(*who, on=date.fromisoformat(content["on"]))
        case Part.REPLY:
            return Reply(*who, id=event.target, **content)


def _event(row: tuple[Any, ...]) -> Event:
    number, at, call_id, part, target, reviewer, role, content = row
    with _readable(number):
        return Event(
            number=number,
            at=datetime.fromisoformat(at),
            call_id=call_id,
            part=Part(part),
            target=target,
            reviewer=reviewer,
            role=ReviewRole(role),
            content=None if content is None else json.loads(content),
        )


@contextlib.contextmanager
def _readable(number: int) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"entry {number} of {FILE_NAME} cannot be read: {error}; use the callcoach that wrote "
            "it, or bring the file back from a backup"
        ) from error
