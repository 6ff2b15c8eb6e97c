"""What must not be heard in the copy of a call's sound: more than the words that are hidden.

The times of words are placed by a speech model and the model does not hear everything. So a hidden
word silences all that can belong to it, up to the words that are shown; and where something private
was named or asked for, speech without words is silent too: it may be the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from callcoach.config.privacy import RedactionConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.private import PrivateKind, Silenced, SilencedFor
from callcoach.model.speech import Turn, Word
from callcoach.model.timeline import Span, merged
from callcoach.privacy.answers import is_conversational
from callcoach.privacy.conversation import Conversation, Private
from callcoach.privacy.cues import Cues
from callcoach.privacy.secrets import stretches

Place = tuple[int, int]

_LETTER_S = 0.09
_WORD_S = 0.35
"""A word takes at most about so long, in seconds, and so much more for each letter: twice the 70 ms
of a sound in ordinary talk (Crystal and House 1982). A recogniser that did not hear something often
stretches the word beside it over it."""

_LEAST_S = 0.1
"""Shorter speech is no word, in seconds."""

_HOLE_S = 0.8
"""Longest time between two words of one stretch of speech that words explain where something
private was named or asked for, in seconds: words' times are off by up to 0.4 s on either side."""

_PIECE_S = 1.0
_PIECES_APART_S = 2.0
_PIECES = 4
"""So many pieces of speech without words in a row, each at most so long, in seconds, and not
further apart: how somebody sounds who says digits or spells. Listener words are seldom so near."""

_STRETCH_S = 1.5
"""Speech without words for longer than this, in seconds, may be four digits in one go; it is what
words explain anywhere, see :mod:`callcoach.speech.coverage`."""

_WINDOW_S = 60.0
_NAME_WINDOW_S = 10.0
"""An answer has begun and ended so long after it was asked for or named, in seconds: 16 digits said
with pauses of 3 s; a name that is spelled. Where the speaker named it, half of that: it comes at
once."""

_BESIDE = 4
"""So many words beside a hidden number may be misheard digits of it."""

_MISHEARD = frozenset("for fore to too at ate or oh o won tree sex seven's nein free".split())
"""What digits are written as where a recogniser takes them for words."""

_NUMBERS = frozenset(PrivateKind) - {PrivateKind.NAME, PrivateKind.ADDRESS, PrivateKind.EMAIL}


@dataclass(frozen=True)
class _Shown:
    """A word that is shown: where it belongs, and the time that it can have taken."""

    speaker: str
    turn: int
    span: Span


def find_silenced(
    analysis: CallAnalysis,
    call: Conversation,
    cues: Cues,
    found: Sequence[Private],
    spans: dict[Place, Span],
    places: Sequence[tuple[Place, ...]],
    config: RedactionConfig,
) -> tuple[Silenced, ...]:
    """The stretches of a call that must be silent in every copy of its sound.

    Parameters
    ----------
    analysis
        The call as it was heard.
    call
        Its turns as a stream of words.
    cues
        What is named and asked for in it.
    found
        The private words.
    spans
        When each place of the conversation was said.
    places
        The places that each word of the analysis fills.
    config
        Which kinds are hidden, and whether speech without words may be heard.

    Returns
    -------
    tuple of Silenced
        In order of time; stretches may overlap.
    """
    hidden = {place for private in found for place in private.places}
    hidden |= set(_misheard(call, found, hidden))
    shown = tuple(
        _Shown(word.speaker, own[0][0] if own else -1, _plausible(word))
        for word, own in zip(analysis.words, places, strict=True)
        if not any(place in hidden for place in own)
    )
    listens = frozenset(index for index in range(len(analysis.turns)) if call.light(index))
    result = [
        Silenced(*_around(stretch, analysis.turns, shown, spans, listens), SilencedFor.HIDDEN)
        for private in found
        for stretch in stretches(private.places)
    ]
    if not config.silence_unheard:
        return in_order(result)
    kinds = frozenset(config.kinds)
    unheard = {
        speaker: _unheard(analysis, shown, speaker)
        for speaker in dict.fromkeys(region.speaker for region in analysis.activity)
    }
    for speaker, window in _windows(analysis, call, cues, spans, kinds, listens):
        result += [
            Silenced(span.start_s, span.end_s, speaker, SilencedFor.UNHEARD_ANSWER)
            for span in unheard.get(speaker, ())
            if span.overlaps(window)
        ]
    for speaker, pieces in unheard.items():
        result += [
            Silenced(span.start_s, span.end_s, speaker, SilencedFor.UNHEARD_SPEECH)
            for span in _like_digits(pieces)
        ]
    known = merged(item for item in result if item.reason is SilencedFor.HIDDEN)
    return in_order(
        item
        for item in result
        if item.reason is SilencedFor.HIDDEN
        or not any(span.start_s <= item.start_s and item.end_s <= span.end_s for span in known)
    )


def in_order(silenced: Iterable[Silenced]) -> tuple[Silenced, ...]:
    """Stretches in order of time, each once."""
    return tuple(sorted(set(silenced), key=lambda item: (item.start_s, item.end_s, item.speaker)))


def _plausible(word: Word) -> Span:
    """The time a word can have taken: its beginning where it is stretched."""
    longest_s = _WORD_S + _LETTER_S * len(word.text)
    return Span(word.start_s, min(word.end_s, word.start_s + longest_s))


def _around(
    stretch: Sequence[Place],
    turns: Sequence[Turn],
    shown: Sequence[_Shown],
    spans: dict[Place, Span],
    listens: frozenset[int],
) -> tuple[float, float, str]:
    """From the last word shown before a hidden stretch to the next one shown after it.

    Where there is none in its turn, all up to the other side's last and next turn is silent too.
    """
    index = stretch[0][0]
    turn = turns[index]
    core = spans[stretch[0]].union(spans[stretch[-1]])
    start_s, end_s = min(turn.start_s, core.start_s), max(turn.end_s, core.end_s)
    own = [one for one in shown if one.speaker == turn.speaker]
    before = [one for one in own if one.span.start_s < core.start_s]
    after = [one for one in own if one.span.end_s > core.end_s and one not in before]
    others = [
        other
        for number, other in enumerate(turns)
        if other.speaker != turn.speaker and number not in listens
    ]
    if before and before[-1].turn == index:
        start_s = min(core.start_s, before[-1].span.end_s)
    else:
        edges = [o.end_s for o in others if o.start_s < core.start_s]
        edges += [one.span.end_s for one in before]
        start_s = min(start_s, max(edges, default=start_s))
    if after and after[0].turn == index:
        end_s = max(core.end_s, after[0].span.start_s)
    else:
        edges = [o.start_s for o in others if o.start_s >= core.end_s]
        edges += [one.span.start_s for one in after]
        end_s = max(end_s, min(edges, default=end_s))
    return start_s, end_s, turn.speaker


def _unheard(analysis: CallAnalysis, shown: Sequence[_Shown], speaker: str) -> tuple[Span, ...]:
    """Somebody's speech without a word that is shown: whole pieces, and holes between words.

    Where no word of theirs has a time, turns with a text are taken as heard.
    """
    words = merged(one.span for one in shown if one.speaker == speaker)
    if not any(word.speaker == speaker for word in analysis.words):
        words = merged(t for t in analysis.turns if t.speaker == speaker and t.text)
    result = []
    for region in merged(r for r in analysis.activity if r.speaker == speaker):
        within = [word for word in words if word.overlaps(region)]
        least_s = _HOLE_S if within else _LEAST_S
        starts_s = [region.start_s, *(word.end_s for word in within)]
        ends_s = [*(word.start_s for word in within), region.end_s]
        result += [
            Span(start_s, end_s)
            for start_s, end_s in zip(starts_s, ends_s, strict=True)
            if end_s - start_s >= least_s
        ]
    return tuple(result)


def _windows(
    analysis: CallAnalysis,
    call: Conversation,
    cues: Cues,
    spans: dict[Place, Span],
    kinds: frozenset[PrivateKind],
    listens: frozenset[int],
) -> Iterator[tuple[str, Span]]:
    """When somebody may be saying what is private: after they named it, or the other side did.

    It ends where whoever named it, or the other side of who answers, says something again.
    """
    turns = analysis.turns
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    ends_s = analysis.call.duration_s
    for index, turn in enumerate(turns):
        named = [
            cue
            for cue in cues.within((index, 0), (index, len(call.tokens[index])))
            if cue.kind in kinds
        ]
        if not named:
            continue
        at_s = spans[named[0].at].start_s
        names = all(cue.kind is PrivateKind.NAME for cue in named)
        longest_s = _NAME_WINDOW_S if names else _WINDOW_S
        for speaker in speakers:
            if speaker == turn.speaker and call.lines[index].agent:
                continue  # asks, and says nothing private
            after_s = turn.start_s if speaker == turn.speaker else turn.end_s
            until_s = min(
                (
                    later.start_s
                    for number, later in enumerate(turns)
                    if later.speaker != speaker
                    and number not in listens
                    and number > index
                    and later.start_s > after_s
                ),
                default=ends_s,
            )
            from_s = at_s if speaker == turn.speaker else turn.end_s
            most_s = longest_s / 2 if speaker == turn.speaker else longest_s
            yield speaker, Span(at_s, min(max(at_s, until_s), from_s + most_s))


def _misheard(call: Conversation, found: Sequence[Private], hidden: set[Place]) -> Iterator[Place]:
    """Words beside hidden numbers that may be digits of them which were written as other words."""
    for private in found:
        if private.kind not in _NUMBERS:
            continue
        for stretch in stretches(private.places):
            turn, first = stretch[0]
            last = stretch[-1][1]
            own = call.tokens[turn]
            for step, edge in ((-1, first), (1, last)):
                for place in range(edge + step, edge + step * (_BESIDE + 1), step):
                    if not 0 <= place < len(own) or (turn, place) in hidden:
                        break
                    if own[place].plain not in _MISHEARD and is_conversational(call, own[place]):
                        break
                    yield turn, place


def _like_digits(unheard: Iterable[Span]) -> list[Span]:
    """Speech without words that sounds as if somebody said digits, or goes on for long."""
    result: list[Span] = []
    run: list[Span] = []
    for span in unheard:
        if span.duration_s > _STRETCH_S:
            result.append(span)
        piece = span.duration_s <= _PIECE_S
        if run and (not piece or span.start_s - run[-1].end_s > _PIECES_APART_S):
            result += run if len(run) >= _PIECES else []
            run = []
        if piece:
            run.append(span)
    return result + (run if len(run) >= _PIECES else [])


def silent_stretches(analysis: CallAnalysis, margin_s: float = 0.0) -> tuple[Span, ...]:
    """What a copy of the call's sound must not hold, disjoint and in order of time.

    Hidden words and speech without words are silent ``margin_s`` before and after too; what lies
    between hidden words and those that are shown ends where these begin. Of an analysis that an
    earlier version wrote, only when the hidden words were said is known.
    """
    silenced = analysis.silenced or ()
    unheard = [item for item in silenced if item.reason is not SilencedFor.HIDDEN]
    wide = (*(analysis.redactions or ()), *unheard)
    return merged(
        (*(Span(max(0.0, s.start_s - margin_s), s.end_s + margin_s) for s in wide), *silenced)
    )
