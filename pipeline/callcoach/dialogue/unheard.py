"""Answers that nobody can read: the agent spoke after a concern, and the words are missing.

Then nothing is claimed about the answer: not that there was none, not that the concern was passed
over, not that understanding was missing. What was heard all the same stays.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence

from callcoach.config.language import ResponsesConfig
from callcoach.model.language import Language, ResponseKind, TurnActs, Utterance
from callcoach.model.party import Role
from callcoach.model.timeline import Span


def without_unheard(
    language: Language,
    utterances: Sequence[Utterance],
    wordless: Sequence[Span],
    config: ResponsesConfig,
) -> Language:
    """What was understood, without judgements on answers that were not heard in full.

    Parameters
    ----------
    language
        What the words of the call told.
    utterances
        The turns that they are in, in order of time.
    wordless
        The agent's speech without words.
    config
        How many turns are the answer to a concern.

    Returns
    -------
    Language
        A concern without a validated answer has no response where the agent spoke without words
        after it, up to the last of the answers; no turn with such speech in it counts as one that
        ignores the concern.
    """
    if not wordless:
        return language
    spans = {u.id: u.span for u in utterances if u.span is not None}
    missing = set(_unheard(language, utterances, wordless, config))
    heard = (_unless_ignoring(act, spans.get(act.turn), wordless) for act in language.acts)
    return dataclasses.replace(
        language,
        responses=tuple(r for r in language.responses if r.concern not in missing),
        acts=tuple(act for act in heard if act is not None),
    )


def _unheard(
    language: Language,
    utterances: Sequence[Utterance],
    wordless: Sequence[Span],
    config: ResponsesConfig,
) -> Iterator[str]:
    """Ids of the concerns whose answers have speech without words in them."""
    by_concern = {response.concern: response for response in language.responses}
    order = [u for u in utterances if u.span is not None]
    places = {u.id: place for place, u in enumerate(order)}
    for concern in language.concerns:
        response, place = by_concern.get(concern.id), places.get(concern.turn)
        if response is None or place is None or ResponseKind.VALIDATE in response.kinds:
            continue
        after = _answering(order, place, config.agent_turns)
        if any(span.overlaps(after) for span in wordless):
            yield concern.id


def _answering(order: Sequence[Utterance], place: int, count: int) -> Span:
    """From a concern's start to the end of the last of the agent's turns that answer it."""
    own = order[place].span
    assert own is not None
    answers = [u.span for u in order[place + 1 :] if u.role is Role.AGENT and u.span is not None]
    # With fewer answers anything up to the end of the call may have been one.
    end_s = answers[count - 1].end_s if len(answers) >= count else sys.float_info.max
    return Span(own.start_s, max(own.end_s, end_s))


def _unless_ignoring(act: TurnActs, span: Span | None, wordless: Sequence[Span]) -> TurnActs | None:
    """The acts of a turn without "ignored" where part of the turn has no words."""
    if span is None or ResponseKind.IGNORE not in act.kinds:
        return act
    if not any(span.overlaps(stretch) for stretch in wordless):
        return act
    kept = [
        (kind, fired)
        for kind, fired in zip(act.kinds, act.fired, strict=True)
        if kind is not ResponseKind.IGNORE
    ]
    if not kept:
        return None
    kinds, fired = zip(*kept, strict=True)
    return dataclasses.replace(act, kinds=kinds, fired=fired)
