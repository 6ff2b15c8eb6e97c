"""The moments in which a raised, hurried or flat voice is something to work on.

The voice alone tells how it sounds, not what for: joy is as loud as anger, a bad line makes
everybody loud, a number is read on one note. So a departure of the agent's voice is named only
where it may cost something: during or after a tense or harsh turn of the customer, after a
concern, or with words of the agent's own that are curt or put the customer off; and not where the
words say that it has another reason. All else stays a mark on the curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from callcoach.coaching.facts import CoachedUtterance
from callcoach.coaching.measures.acts import against
from callcoach.coaching.measures.measure import MeasureContext
from callcoach.config.voice_words import moment_words
from callcoach.model.language import ClosingKind, ConcernKind
from callcoach.model.party import Role
from callcoach.model.timeline import Span
from callcoach.model.voice import StretchKind, VoiceDeparture
from callcoach.text.joy import joyful
from callcoach.text.phrases import heard, spelled_out
from callcoach.text.spoken_numbers import plain, read
from callcoach.voice.departures import LASTS_PARTS

AFTER_S = 30.0
"""An answer begins within this after what it answers."""

AFTER_TURNS = 2
"""The customer's last turns that an answer may be about."""

BAD_LINE_S = 90.0
"""How long people keep speaking up after somebody was not heard."""

SURE_CONCERN = 0.5
"""Least confidence of a concern that makes a moment."""

STEPS = 2
"""Phrases of instructions in one go that are taken for steps to follow."""

_HARD = frozenset({ConcernKind.HARSH, ConcernKind.THREAT})
_SPELLED_SHARE = 0.3  # of the words
_SPELLED_LEAST = 3


@dataclass(frozen=True)
class VoiceMoment(Span):
    """A departure of the agent's voice that matters.

    ``parts`` are those that have no other reason, ``said`` what the agent said there, ``before``
    what the customer had said. ``tense`` tells whether it was tense or harsh.
    """

    kind: StretchKind
    departure: VoiceDeparture
    parts: tuple[Span, ...]
    said: CoachedUtterance
    before: CoachedUtterance | None
    tense: bool


def voice_moments(sheet: MeasureContext) -> tuple[VoiceMoment, ...]:
    """The agent's departures that matter, in order of time."""
    voice = sheet.facts.agent_voice
    found = [_moment(sheet, item) for item in (voice.departures if voice else ())]
    return tuple(item for item in found if item is not None)


def hard_before(sheet: MeasureContext, span: Span) -> tuple[CoachedUtterance | None, bool]:
    """What the customer said shortly before a span or in it that asks for care.

    The tense or harsh turn, or else the concern, and whether it was tense; nothing where the
    customer has been joyful since.
    """
    facts = sheet.facts
    near = [
        said
        for said in facts.said
        if said.role is Role.CUSTOMER
        and not said.listens
        and said.start_s < span.end_s
        and said.end_s > span.start_s - AFTER_S
    ][-AFTER_TURNS:]
    voiced: CoachedUtterance | None = None
    for said in reversed(near):
        if _tense(sheet, said):
            return said, True
        if _about(said.text).joy:
            break
        if voiced is None and any(
            c.said.id == said.id and c.concern.confidence >= SURE_CONCERN
            for c in facts.concerns or ()
        ):
            voiced = said
    return voiced, False


def _tense(sheet: MeasureContext, said: CoachedUtterance) -> bool:
    tension = (sheet.facts.tensions or {}).get(said.id)
    hard = any(
        c.said.id == said.id and _HARD & set(c.concern.kinds) for c in sheet.facts.concerns or ()
    )
    return hard or (tension is not None and tension.tense)


def _moment(sheet: MeasureContext, departure: VoiceDeparture) -> VoiceMoment | None:
    facts = sheet.facts
    parts = tuple(part for part in departure.parts if not explained(sheet, part))
    if len(parts) < LASTS_PARTS:
        return None
    span = Span(parts[0].start_s, parts[-1].end_s)
    said = facts.at(span, facts.agent)
    if said is None:
        return None
    before, tense = hard_before(sheet, span)
    if before is None and not any(put_off(sheet, part) for part in parts):
        return None
    return VoiceMoment(
        span.start_s,
        span.end_s,
        departure.kind,
        departure,
        parts,
        said,
        before or facts.before(said),
        tense,
    )


def spoken_share(sheet: MeasureContext, moments: tuple[VoiceMoment, ...]) -> float | None:
    """Share of the agent's measured speech that lies in some moments, ``None`` without any."""
    voice = sheet.facts.agent_voice
    spoken_s = sum(part.speech_s for part in voice.parts) if voice else 0.0
    if voice is None or spoken_s == 0:
        return None
    inside = {(part.start_s, part.end_s) for moment in moments for part in moment.parts}
    return (
        sum(part.speech_s for part in voice.parts if (part.start_s, part.end_s) in inside)
        / spoken_s
    )


# --------------------------------------------------------------------------- the words


@dataclass(frozen=True)
class _About:
    """What some words tell: that they are curt, or another reason for how the voice was."""

    curt: bool
    spelled: bool
    joy: bool
    frame: bool  # greeting, goodbye
    not_heard: bool
    steps: bool


@lru_cache(maxsize=4096)
def _about(text: str) -> _About:
    words = moment_words()
    said = spelled_out(text)
    return _About(
        curt=bool(heard(said, words.curt)),
        spelled=_spelled(said) or bool(heard(said, words.spelling)),
        joy=joyful(said),
        frame=bool(heard(said, (*words.greeting, *words.goodbye))),
        not_heard=bool(heard(said, words.bad_line)),
        steps=len(heard(said, words.instructions)) >= STEPS,
    )


def put_off(sheet: MeasureContext, part: Span) -> bool:
    """Whether the agent was curt there, or put the customer off."""
    if _about(_text(sheet, part)).curt:
        return True
    said = sheet.facts.at(part, sheet.facts.agent)
    return said is not None and against(sheet, said)


def explained(sheet: MeasureContext, part: Span) -> bool:
    """Whether the words say that the agent's voice had another reason there."""
    about = _about(_text(sheet, part))
    if about.spelled or _not_heard(sheet, part):
        return True
    if put_off(sheet, part):
        return False
    facts = sheet.facts
    said = facts.at(part, facts.agent)
    if about.joy or about.frame or said is None or _about(said.text).steps:
        return True
    if not facts.agent_said or said == facts.agent_said[0]:
        return True
    ends = {
        mark.turn
        for mark in facts.analysis.closing or ()
        if mark.kind in (ClosingKind.ANYTHING_ELSE, ClosingKind.THANKS)
    }
    return bool(ends & set(said.turns))


def _spelled(text: str) -> bool:
    """Whether a text is read out sign by sign."""
    words = [plain(word) for word in text.split()]
    at = signs = 0
    while at < len(words):
        token = read(words, at)
        if token is None or token.joint or token.weak:
            at += 1
            continue
        signs += token.count
        at += token.count
    return signs >= _SPELLED_LEAST and signs >= _SPELLED_SHARE * len(words)


def _not_heard(sheet: MeasureContext, part: Span) -> bool:
    """Whether somebody had said shortly before that they are not heard, or hear badly."""
    return any(
        said.start_s < part.end_s
        and said.end_s > part.start_s - BAD_LINE_S
        and _about(said.text).not_heard
        for said in sheet.facts.said
    )


def _text(sheet: MeasureContext, part: Span) -> str:
    """The agent's words in a part; those of its turns where words have no times."""
    facts = sheet.facts
    own = [word for word in facts.analysis.words if word.speaker == facts.agent]
    if not own:
        turns = (turn for turn in facts.analysis.turns if turn.speaker == facts.agent)
        return " ".join(turn.text for turn in turns if turn.overlaps(part))
    return " ".join(word.text for word in own if part.contains(word.middle_s))
