"""Calls from a few lines for tests of coaching: what is said, and what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcoach.call import CallAnalysis, SpeechRegion, Turn
from callcoach.coaching.facts import facts_of
from callcoach.coaching.measures import CallMeasures, measured
from callcoach.language import (
    Concern,
    ConcernKind,
    Fired,
    Response,
    ResponseKind,
    TurnActs,
)
from callcoach.older import brought_up
from callcoach.settings.measures import MeasuresConfig
from callcoach.trust import with_trust
from factory import settled, two_channels

LINE_S = 4.0
"""Each line takes this long, with half a second after it."""


@dataclass(frozen=True)
class Line:
    """A turn: who, what, and the kinds of concern or answer in it."""

    speaker: str
    text: str
    concerns: tuple[ConcernKind, ...] = ()
    acts: tuple[ResponseKind, ...] = ()
    strength: float = 0.6
    by: str = "words"
    confidence: float = 0.8


def agent(text: str, *acts: ResponseKind, by: str = "words", confidence: float = 0.8) -> Line:
    return Line("agent", text, acts=acts, by=by, confidence=confidence)


def customer(text: str, *concerns: ConcernKind, strength: float = 0.6) -> Line:
    return Line("customer", text, concerns=concerns, strength=strength)


def call_of(lines: Sequence[Line], **changes: object) -> CallAnalysis:
    """A clean two-channel call; answers are what the next two agent turns do."""
    turns = tuple(
        Turn(i * 4.5, i * 4.5 + LINE_S, f"t{i + 1}", line.speaker, line.text)
        for i, line in enumerate(lines)
    )
    concerns = tuple(_concern(turn, line) for turn, line in zip(turns, lines, strict=True))
    acts = tuple(_acts(turn, line) for turn, line in zip(turns, lines, strict=True))
    base = two_channels()
    analysis = replace(
        base,
        call=replace(base.call, duration_s=len(lines) * 4.5),
        turns=turns,
        words=(),
        overlaps=(),
        silences=(),
        activity=tuple(SpeechRegion(t.start_s, t.end_s, t.speaker) for t in turns),
        warnings=(),
        concerns=tuple(c for c in concerns if c is not None),
        responses=tuple(
            _response(i, c, lines, turns) for i, c in enumerate(concerns) if c is not None
        ),
        acts=tuple(a for a in acts if a is not None),
        paraphrases=(),
        questions=(),
        closing=(),
        tension=(),
        arc=None,
        composure=None,
        unmeasured=(),
    )
    changed: CallAnalysis = replace(analysis, **changes)  # type: ignore[arg-type]
    return brought_up(changed) if "listening" in changes else settled(changed)


def measure(analysis: CallAnalysis, **settings: object) -> CallMeasures:
    """All measures of a call."""
    config = MeasuresConfig(**settings)  # type: ignore[arg-type]
    return measured(facts_of(with_trust(analysis, config)), config)


def _concern(turn: Turn, line: Line) -> Concern | None:
    if not line.concerns:
        return None
    return Concern(
        f"c-{turn.id}", turn.id, line.text, line.concerns[0], line.concerns, line.strength,
        None, 0.8, (Fired("line", line.by, 1.0, line.text),), turn.start_s, turn.end_s,
    )  # fmt: skip


def _acts(turn: Turn, line: Line) -> TurnActs | None:
    if not line.acts:
        return None
    fired = tuple(Fired(str(kind), line.by, 1.0, line.text) for kind in line.acts)
    return TurnActs(turn.id, line.acts, fired, line.confidence)


def _response(
    place: int, concern: Concern, lines: Sequence[Line], turns: Sequence[Turn]
) -> Response:
    later = [i for i in range(place + 1, len(lines)) if lines[i].speaker == "agent"][:2]
    kinds = {kind for i in later for kind in lines[i].acts}
    validated = ResponseKind.VALIDATE in kinds
    first = next((i for i in later if lines[i].acts), later[0] if later else None)
    return Response(
        concern.id,
        None if first is None else turns[first].id,
        tuple(kind for kind in ResponseKind if kind in kinds),
        None if first is None else 1 + later.index(first),
        True if validated else None,
        None if first is None else lines[first].text,
        True if validated else None,
        False if validated else None,
        0.8,
    )
