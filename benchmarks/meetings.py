"""Meetings with hand labels, as two-party dialogues (ICSI meetings, MRDA labels, ``.dadb``).

Each line of a ``.dadb`` file is an act of one speaker: its words with their times and a label.
Every two speakers of a meeting are one dialogue: words give the speech activity, activity the
turns, turns the overlaps, as in a call. Nothing is trained here.

Labels: ``b`` is a backchannel, ``s^bk`` an acknowledgement, ``s^aa`` an acceptance (all three are
said with the same words: "yeah", "right", "okay"); ``%-`` ends an act that another interrupted,
``%--`` one that its own speaker gave up.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.config.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import Unit, build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapEvent
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word
from callcoach.model.timeline import Span, merged

_WORD = re.compile(r"([\d.]+)\+([\d.]+)\+(.+)$")
_SPELLING = {"o_k": "okay", "mmm": "mm", "uhhuh": "uh-huh"}


@dataclass(frozen=True)
class Act(Span):
    """A labelled act of one speaker."""

    speaker: str
    label: str
    words: tuple[Word, ...]

    @property
    def backchannel(self) -> bool:
        """Labelled as a backchannel."""
        return re.split(r"[.^|:]", self.label)[0] == "b"

    @property
    def acknowledges(self) -> bool:
        """Labelled as an acknowledgement or an acceptance."""
        return self.label.startswith(("s^bk", "s^aa"))

    @property
    def interrupted(self) -> bool:
        """Labelled as interrupted by another."""
        return re.search(r"%-(?!-)", self.label) is not None


@dataclass(frozen=True)
class Meeting:
    """The acts of each speaker of a meeting, in order of time."""

    name: str
    acts: dict[str, tuple[Act, ...]]


@dataclass(frozen=True)
class Score:
    """Right, missed and false findings."""

    right: int
    missed: int
    false: int

    @property
    def precision(self) -> float:
        """Share of the findings that are right."""
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.false)

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.3f} (precision {self.precision:.3f}, recall {self.recall:.3f}, "
            f"n {self.right + self.missed})"
        )


def read_meetings(folder: Path) -> tuple[tuple[Meeting, ...], tuple[Meeting, ...]]:
    """The meetings of a folder: every other one for tuning, the rest for the test."""
    meetings = [_read(path) for path in sorted(folder.glob("*.dadb"))]
    return tuple(meetings[0::2]), tuple(meetings[1::2])


def _read(path: Path) -> Meeting:
    acts: dict[str, list[Act]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split(",")
        label, speaker = fields[5], fields[7]
        words = tuple(_words(fields[4], speaker))
        if words:
            span = Span(min(w.start_s for w in words), max(w.end_s for w in words))
            acts.setdefault(speaker, []).append(
                Act(span.start_s, span.end_s, speaker, label, words)
            )
    return Meeting(
        path.stem,
        {name: tuple(sorted(own, key=lambda a: a.start_s)) for name, own in sorted(acts.items())},
    )


def _words(field: str, speaker: str) -> Iterator[Word]:
    for item in field.split("|"):
        match = _WORD.match(item)
        if match and float(match[2]) > float(match[1]):
            text = _SPELLING.get(match[3], match[3])
            yield Word(float(match[1]), float(match[2]), speaker, text, 1.0, Timing.MEASURED)


@dataclass(frozen=True)
class Pair:
    """Two speakers of a meeting with what was found between them."""

    meeting: Meeting
    speakers: tuple[str, str]
    units: tuple[Unit, ...]
    events: tuple[OverlapEvent, ...]


def pairs(meetings: Sequence[Meeting], config: Config) -> tuple[Pair, ...]:
    """Every two speakers of every meeting as a dialogue."""
    found = []
    for meeting in meetings:
        words = {name: [w for a in acts for w in a.words] for name, acts in meeting.acts.items()}
        activities = {
            name: Activity(
                name, tuple(SpeechRegion(s.start_s, s.end_s, name) for s in merged(said))
            )
            for name, said in words.items()
        }
        for one, other in itertools.combinations(meeting.acts, 2):
            said = sorted(words[one] + words[other], key=lambda w: w.start_s)
            units = inter_pausal_units((activities[one], activities[other]), config.turns)
            turns = build_turns(units, said, config.turns)
            events = find_overlaps(units, turns, said, config.overlaps)
            found.append(Pair(meeting, (one, other), units, events))
    return tuple(found)


def backchannel_score(
    found: Sequence[Pair],
    config: Config,
    *,
    positive: Callable[[Act], bool] = lambda act: act.backchannel,
    aside: Callable[[Act], bool] = lambda act: act.backchannel,
    least: float = 0.0,
) -> Score:
    """Bursts of one speaker during the other's talk, found as backchannels or not.

    An item is an inter-pausal unit of B that begins while A speaks (acts labelled ``b`` are no
    talk) and shares ``overlaps.min_s`` with it. It is positive when all its acts are. A burst is
    found when it lies in an overlap of kind backchannel of at least ``least`` confidence. Bursts
    with nothing but acts that are ``aside`` are never false: B may have begun just before A.
    """
    right = missed = false = 0
    for pair in found:
        for name, other in (pair.speakers, pair.speakers[::-1]):
            heard = [
                e
                for e in pair.events
                if e.incomer == name
                and e.kind.value == "backchannel"
                and (e.confidence or 0.0) >= least
            ]
            acts = pair.meeting.acts[name]
            talk = _talk(pair.meeting.acts[other], config)
            for unit in (u for u in pair.units if u.speaker == name):
                own = _overlapping(acts, unit)
                is_found = any(event.overlaps(unit) for event in heard)
                if all(positive(act) for act in own) and _within(unit, talk, config):
                    right += is_found
                    missed += not is_found
                elif is_found and not all(aside(act) for act in own):
                    false += 1
    return Score(right, missed, false)


def _talk(acts: Sequence[Act], config: Config) -> tuple[Span, ...]:
    words = (word for act in acts if not act.backchannel for word in act.words)
    return merged(words, config.turns.pause_s)


def _overlapping(acts: Sequence[Act], span: Span) -> list[Act]:
    # Acts of one speaker hardly overlap: a few before the span are enough.
    first = max(0, bisect_left(acts, span.start_s, key=lambda a: a.start_s) - 8)
    last = bisect_left(acts, span.end_s, key=lambda a: a.start_s)
    return [act for act in acts[first:last] if act.overlaps(span)]


def _within(unit: Unit, talk: Sequence[Span], config: Config) -> bool:
    """Whether the unit begins in the talk and shares enough with it."""
    index = bisect_right(talk, unit.start_s, key=lambda s: s.start_s) - 1
    if index < 0 or not talk[index].contains(unit.start_s):
        return False
    return sum(s.overlap_s(unit) for s in talk[index : index + 6]) >= config.overlaps.min_s


def interrupted_score(
    meetings: Sequence[Meeting],
    found: Sequence[Pair],
    counts: Callable[[OverlapEvent], bool],
) -> Score:
    """Acts labelled as interrupted, told by the overlaps that count.

    An overlap points at the holder's act that is under way when the simultaneous speech ends (or
    was said last before). All acts of the meetings are judged, also those nobody spoke over.
    """
    truth = {
        (meeting.name, name, index)
        for meeting in meetings
        for name, acts in meeting.acts.items()
        for index, act in enumerate(acts)
        if act.interrupted
    }
    told = set()
    for pair in found:
        for event in filter(counts, pair.events):
            acts = pair.meeting.acts[event.holder]
            index = bisect_left(acts, event.end_s - 1e-3, key=lambda a: a.start_s) - 1
            told.add((pair.meeting.name, event.holder, max(0, index)))
    return Score(len(truth & told), len(truth - told), len(told - truth))
