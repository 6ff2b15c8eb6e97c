"""Tagging calls by rules: which categories a call is in, and where that was heard.

A rule is met, not met, or cannot be told, where the call was not measured for it (nobody knows who
is the agent, say). What cannot be told never tags a call, negated or not: a call is in no category
because something failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from callcoach.coaching.facts import no_book
from callcoach.config.categories import (
    ANNOUNCED,
    TOOK_OVER,
    Category,
    CategoryBook,
    CategoryRule,
    EventKind,
    read_categories,
    role_of,
)
from callcoach.config.files import shipped
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import CategoryTag, Measurement
from callcoach.model.interaction import OverlapKind, SilenceKind
from callcoach.model.party import Role
from callcoach.model.speech import Turn
from callcoach.model.timeline import Span
from callcoach.text.formatting import clean, count, number
from callcoach.text.phrases import spelled_out

_DECIMALS = 3  # as in what is stored: 52.4 - 41.0 s are 11.4 s
_GAP = r"(?: \S+){0,3}"
_LABELS = {
    EventKind.INTERRUPTION: "came in and took over",
    EventKind.BACKCHANNEL: "short sounds of listening",
    EventKind.DEAD_AIR: "long silences",
    EventKind.HOLD: "on hold",
    EventKind.PHRASE: "said",
    EventKind.CONCERN: "the customer voiced",
    EventKind.RESPONSE: "the agent's answers",
    EventKind.CLOSING: "said",
    EventKind.QUESTION: "the agent's questions",
}


@dataclass(frozen=True)
class _Judged:
    """A rule on a call: whether it is met (``None``: cannot be told), why, and where."""

    met: bool | None
    why: str = ""
    moments: tuple[Span, ...] = ()


def load_categories(path: Path | None) -> CategoryBook:
    """Read a file of categories, ``None`` the shipped one; measures must be known ones.

    Raises
    ------
    ConfigError
        As :func:`callcoach.config.categories.read_categories`.
    """
    from callcoach.coaching.measures.catalogue import MEASURES

    return read_categories(path or shipped("categories.toml"), tuple(MEASURES))


def categorise(
    analysis: CallAnalysis, book: CategoryBook, measured: Mapping[str, Measurement]
) -> tuple[CategoryTag, ...]:
    """The categories of a call, in the order of the book.

    Parameters
    ----------
    analysis
        The call.
    book
        The categories.
    measured
        The call's measures by name; one that is missing or has no value cannot be told.
    """
    heard = _Heard(analysis)
    tags = (_tag(category, heard, measured) for category in book.category)
    return tuple(tag for tag in tags if tag is not None)


def _tag(
    category: Category, heard: _Heard, measured: Mapping[str, Measurement]
) -> CategoryTag | None:
    judged = [_judge(rule, heard, measured) for rule in category.rule]
    met = [item for item in judged if item.met]
    if not met or (category.match == "all" and len(met) < len(judged)):
        return None
    moments = {moment for item in met for moment in item.moments}
    return CategoryTag(
        name=category.name,
        why=f"{clean(category.text)} Why: {'; '.join(item.why for item in met)}.",
        moments=tuple(sorted(moments, key=lambda span: (span.start_s, span.end_s))),
    )


def _judge(rule: CategoryRule, heard: _Heard, measured: Mapping[str, Measurement]) -> _Judged:
    judged = _of_measure(rule, measured) if rule.measure else _of_events(rule, heard)
    if not rule.negate or judged.met is None:
        return judged
    return _Judged(not judged.met, judged.why)


def _of_measure(rule: CategoryRule, measured: Mapping[str, Measurement]) -> _Judged:
    item = measured.get(rule.measure)
    if item is None or item.value is None:
        return _Judged(None)
    met = (rule.above is None or item.value > rule.above) and (
        rule.below is None or item.value < rule.below
    )
    no = "not " if rule.negate else ""
    limits = [
        f"{name} {limit:g}"
        for name, limit in ((f"{no}above", rule.above), (f"{no}below", rule.below))
        if limit is not None
    ]
    why = f"{clean(rule.measure.replace('_', ' '))} {number(item.value, 2)}, {', '.join(limits)}"
    return _Judged(met, why)


def _of_events(rule: CategoryRule, heard: _Heard) -> _Judged:
    events = heard.events(rule)
    if events is None:
        return _Judged(None)
    window = _window(rule, heard.duration_s)
    found = [event for event in events if window is None or window[0] <= event.start_s < window[1]]
    if rule.event is EventKind.PHRASE:
        found = list({event.turn: event for event in reversed(found)}.values())[::-1]
    if rule.min_s is not None:
        found = [event for event in found if round(event.duration_s, _DECIMALS) >= rule.min_s]
    total_s = round(sum(event.duration_s for event in found), _DECIMALS)
    met = (
        len(found) >= rule.least
        and (rule.at_most is None or len(found) <= rule.at_most)
        and (rule.total_s is None or total_s >= rule.total_s)
    )
    return _Judged(met, _words(rule, found, total_s), tuple(event.span for event in found))


def _window(rule: CategoryRule, duration_s: float) -> tuple[float, float] | None:
    """The window in seconds of the call, ``None`` without one; the end is outside."""
    ends: list[float | None] = [rule.from_s, rule.to_s]
    if rule.from_share is not None or rule.to_share is not None:
        ends = [
            None if share is None else share * duration_s
            for share in (rule.from_share, rule.to_share)
        ]
    elif ends == [None, None]:
        return None
    start_s, end_s = (
        end if end is None or end >= 0 else max(0.0, duration_s + end) for end in ends
    )
    whole = rule.to_share == 1.0  # what begins at the very end is in
    return start_s or 0.0, float("inf") if end_s is None or whole else end_s


def _words(rule: CategoryRule, found: list[_Event], total_s: float) -> str:
    """What was found, in words: ``the customer voiced (threat): 1 time``."""
    label = _LABELS[rule.event]
    if rule.role is not None:
        label = f"{rule.role}, {label}"
    if rule.kind:
        label += f" ({', '.join(kind.replace('_', ' ') for kind in rule.kind)})"
    said = list(dict.fromkeys(event.text for event in found if event.text))
    if rule.event is EventKind.PHRASE:
        lines = said or list(rule.words)
        label += " " + ", ".join(f"“{clean(line)}”" for line in lines[:3])
    text = f"{label}{_when(rule)}: {count(len(found), 'time', 'times') if found else 'not heard'}"
    return f"{text}, {number(total_s, 1)} s in all" if rule.total_s is not None else text


def _when(rule: CategoryRule) -> str:
    """The window in words, such as `` in the first 30 s``."""
    for start, end, unit in (
        (rule.from_s, rule.to_s, "{:g} s"),
        (
            None if rule.from_share is None else 100 * rule.from_share,
            None if rule.to_share is None else 100 * rule.to_share,
            "{:g} %",
        ),
    ):
        if start is None and end is None:
            continue
        if not start and end is not None and end > 0:
            return f" in the first {unit.format(end)}"
        if start is not None and start < 0 and end is None:
            return f" in the last {unit.format(-start)}"
        first = "the start" if not start else _place(start, unit)
        last = "the end" if end is None else _place(end, unit)
        return f" from {first} to {last}"
    return ""


def _place(at: float, unit: str) -> str:
    return unit.format(at) if at >= 0 else f"{unit.format(-at)} before the end"


# ----------------------------------------------------------------- what was heard


@dataclass(frozen=True)
class _Event(Span):
    """Something that a rule may count. ``text`` is the line that was said."""

    turn: str | None = None
    text: str = ""


class _Heard:
    """One call, as the rules look at it."""

    def __init__(self, analysis: CallAnalysis) -> None:
        self._analysis = analysis
        self.duration_s = analysis.call.duration_s
        self._turns = {turn.id: turn for turn in analysis.turns}

    def events(self, rule: CategoryRule) -> list[_Event] | None:
        """What the rule counts, in order of time; ``None`` where that cannot be told."""
        found = _SOURCES[rule.event](self, rule)
        return None if found is None else sorted(found, key=lambda e: (e.start_s, e.end_s))

    def overlaps(self, rule: CategoryRule) -> list[_Event] | None:
        speakers = self._speakers(rule)
        if self._analysis.overlaps is None or speakers is None:
            return None
        kinds: tuple[str, ...] = rule.kind or (TOOK_OVER,)
        if rule.event is EventKind.BACKCHANNEL:
            kinds = (OverlapKind.BACKCHANNEL,)
        return [
            _Event(item.start_s, item.end_s)
            for item in self._analysis.overlaps
            if item.kind in kinds and item.incomer in speakers
        ]

    def silences(self, rule: CategoryRule) -> list[_Event] | None:
        kind = SilenceKind(rule.event.value)
        found = [item for item in self._analysis.silences if item.kind is kind]
        if rule.kind:
            if found and all(item.announced is None for item in found):
                return None
            wanted = {name == ANNOUNCED for name in rule.kind}
            found = [item for item in found if item.announced in wanted]
        return [_Event(item.start_s, item.end_s) for item in found]

    def phrases(self, rule: CategoryRule) -> list[_Event] | None:
        speakers = self._speakers(rule)
        if speakers is None or no_book(self._analysis) is not None:
            return None
        return [
            event
            for turn, text in self._said
            if turn.speaker in speakers
            for line in rule.words
            for event in self._spoken(turn, text, line)
        ]

    def concerns(self, rule: CategoryRule) -> list[_Event] | None:
        if self._analysis.concerns is None or not self._has(Role.CUSTOMER):
            return None
        return self._in_turns(
            item.turn
            for item in self._analysis.concerns
            if not rule.kind or any(kind in rule.kind for kind in item.kinds)
        )

    def responses(self, rule: CategoryRule) -> list[_Event] | None:
        if self._analysis.acts is None:
            return None
        return self._in_turns(
            item.turn
            for item in self._analysis.acts
            if item.kinds and (not rule.kind or any(kind in rule.kind for kind in item.kinds))
        )

    def closings(self, rule: CategoryRule) -> list[_Event] | None:
        if self._analysis.closing is None:
            return None
        return self._in_turns(
            item.turn for item in self._analysis.closing if not rule.kind or item.kind in rule.kind
        )

    def questions(self, rule: CategoryRule) -> list[_Event] | None:
        if self._analysis.questions is None or not self._has(Role.AGENT):
            return None
        return self._in_turns(
            item.turn
            for item in self._analysis.questions
            if not rule.kind or item.kind in rule.kind
        )

    def _speakers(self, rule: CategoryRule) -> frozenset[str] | None:
        """Whom the rule is about; ``None`` where nobody knows who that is."""
        role = role_of(rule)
        named = (p.id for p in self._analysis.call.parties if role is None or p.role is role)
        speakers = frozenset(named)
        return None if role is not None and not speakers else speakers

    def _has(self, role: Role) -> bool:
        return any(party.role is role for party in self._analysis.call.parties)

    def _in_turns(self, turns: Iterable[str]) -> list[_Event]:
        found = (self._turns.get(name) for name in turns)
        return [_Event(t.start_s, t.end_s, t.id) for t in found if t is not None]

    @cached_property
    def _said(self) -> list[tuple[Turn, str]]:
        """The turns with their words in one spelling, a space at both ends."""
        return [(turn, f" {spelled_out(turn.text)} ") for turn in self._analysis.turns]

    def _spoken(self, turn: Turn, text: str, line: str) -> list[_Event]:
        """Where a line is said in a turn, by the times of its words where these are known."""
        result = []
        for match in _compiled(line).finditer(text):
            first = text.count(" ", 0, match.start())
            last = first + match[0].count(" ") - 1
            result.append(_Event(*self._times(turn, first, last), turn.id, line))
        return result

    def _times(self, turn: Turn, first: int, last: int) -> tuple[float, float]:
        """When the spelled-out words ``first`` to ``last`` of a turn are said."""
        words = [
            word
            for word in self._analysis.words
            if word.speaker == turn.speaker and turn.start_s <= word.middle_s <= turn.end_s
        ]
        owners = [word for word in words for _ in spelled_out(word.text).split()]
        if len(owners) != len(spelled_out(turn.text).split()):  # not the same words
            return turn.start_s, turn.end_s
        return owners[first].start_s, max(owners[first].start_s, owners[last].end_s)


_SOURCES: dict[EventKind, Callable[[_Heard, CategoryRule], list[_Event] | None]] = {
    EventKind.INTERRUPTION: _Heard.overlaps,
    EventKind.BACKCHANNEL: _Heard.overlaps,
    EventKind.DEAD_AIR: _Heard.silences,
    EventKind.HOLD: _Heard.silences,
    EventKind.PHRASE: _Heard.phrases,
    EventKind.CONCERN: _Heard.concerns,
    EventKind.RESPONSE: _Heard.responses,
    EventKind.CLOSING: _Heard.closings,
    EventKind.QUESTION: _Heard.questions,
}


@lru_cache(maxsize=10_000)
def _compiled(line: str) -> re.Pattern[str]:
    """A line as a pattern on text that is spelled out, with a space at both ends."""
    parts = (re.escape(spelled_out(part)) for part in line.split("*"))
    return re.compile(" " + f"{_GAP} ".join(parts) + "(?= )")
