"""Names in answers: to "your name, please?", to "how is that spelt?", or all that somebody says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.answers import Answers
from callcoach.privacy.conversation import Conversation, Token, sentences
from callcoach.privacy.cues import Cues
from callcoach.privacy.name_words import KIN, MOST_WORDS, NOT_NAMES, name_at

_SPELLING = re.compile(
    r"\b(?:spell|spelt|spelled|spelling)\b|\bwith an? [a-z]\b|\b(?:one|two|double) [a-z]s?\b"
)
_SHORT = 6  # words of an answer that is a name
_MOST_ALONE = 14  # words of a turn that is a name, with its letters


def answered(
    call: Conversation,
    own: Sequence[Token],
    cues: Cues,
    agents: frozenset[str],
    config: RedactionConfig,
) -> list[Token]:
    """The words of names in a turn of a customer that answer something.

    Parameters
    ----------
    call
        The conversation.
    own
        The turn.
    cues
        What was asked for.
    agents
        Names of agents: they stay.
    config
        When a name is too common a word.
    """
    turn = own[0].turn
    alone = _alone(own, Answers(call, cues), config) if call.cased else []
    return [*alone, *_answer(call, own, cues, agents), *_to_spell(call, turn, agents)]


def _answer(
    call: Conversation, own: Sequence[Token], cues: Cues, agents: frozenset[str]
) -> list[Token]:
    """The name in the answer to "your name, please?"."""
    cue = cues.before(own[0].at)
    if cue is None or cues.turns_since(cue.at[0], own[0].turn) > 1:
        return []
    asker, speaker = call.lines[cue.at[0]], call.lines[own[0].turn]
    if cue.kind is not PrivateKind.NAME:
        # "Your name and date of birth?": the name comes first.
        asked = cues.within((cue.at[0], 0), cue.at)
        if asker.speaker == speaker.speaker or not any(c.kind is PrivateKind.NAME for c in asked):
            return []
        first = next((t.place for t in own if t.plain not in NOT_NAMES), len(own))
        return [
            t
            for t in name_at(call, own, first, MOST_WORDS, strict=call.cased_in(own[0].turn))
            if call.cased_in(own[0].turn)
        ]
    if cue.text.startswith("my"):  # "my name is" | "mary johnson"; no request of the other side
        last = call.tokens[cue.at[0]][-1]
        if asker.speaker == speaker.speaker and last.turn < own[0].turn and last.plain == "is":
            return name_at(call, own, 0, MOST_WORDS, strict=call.cased_in(own[0].turn))
        return []
    if asker.speaker == speaker.speaker and (speaker.agent is not None or cue.at[0] == own[0].turn):
        return []
    words = [
        t for t in own if t.plain not in NOT_NAMES | KIN and t.plain.isalpha() and len(t.plain) > 1
    ]
    if call.cased_in(own[0].turn) and not any(t.capital for t in own):
        return words if len(own) == len(words) <= 2 else []
    if call.cased_in(own[0].turn):
        # In a longer answer the first word of a sentence has its capital from that.
        given = [
            t
            for t in words
            if t.capital
            and t.plain not in agents
            and (
                len(own) <= _SHORT
                or (t.place and not own[t.place - 1].ends)
                or _is_spelled(own, t.place)
            )
        ]
        if len(given) <= 4:
            return given
        return given[:3]
    # Without capitals: a short answer that holds little else.
    if len(words) <= 3 and len(own) <= 9:
        return [t for t in words if t.plain not in agents]
    return []


def _to_spell(call: Conversation, turn: int, agents: frozenset[str]) -> list[Token]:
    """The name in a short turn before or after "how is that spelt?", "with an i?"."""
    own = call.tokens[turn]
    asked = any(
        0 <= other < len(call.lines)
        and call.lines[other].agent
        and _SPELLING.search(" ".join(t.plain for t in call.tokens[other]))
        for other in (turn - 1, turn + 1)
    )
    if not asked or not call.cased_in(own[0].turn) or len(own) > _SHORT:
        return []
    return [
        t
        for t in own
        if t.capital
        and t.plain.isalpha()
        and len(t.plain) > 1
        and t.plain not in NOT_NAMES | agents
    ]


def _alone(own: Sequence[Token], answers: Answers, config: RedactionConfig) -> list[Token]:
    """A first and a family name, or a name and its letters, that are all somebody says."""
    from wordfreq import zipf_frequency

    result: list[Token] = []
    if len(own) > _MOST_ALONE or not answers.unprompted(own[0]):
        return result
    for sentence in sentences(own):
        core = answers.core(sentence)
        words = [t for t in core if len(t.plain) > 1 and "-" not in t.plain]
        named = all(
            t.capital
            and t.plain.isalpha()
            and t.plain not in NOT_NAMES
            and zipf_frequency(t.plain, "en") < config.common_name_zipf
            for t in words
        )
        rest = [t for t in core if t not in words]
        letters = (
            len(rest) if all(re.fullmatch("[a-z](?:-[a-z])*|double", t.plain) for t in rest) else -1
        )
        rare = any(zipf_frequency(t.plain, "en") < config.rare_name_zipf for t in words)
        named = named and (rare or letters > 1)
        if (
            named
            and words
            and letters >= 0
            and (1 < len(words) <= MOST_WORDS or letters > 1 or "-" in core[-1].plain)
        ):
            result += core if letters == 0 else words
    return result


def _is_spelled(own: Sequence[Token], place: int) -> bool:
    """Whether the letters of a word follow it: "Pettifer, P E T T"."""
    after = [t.plain for t in own[place + 1 : place + 4] if t.plain not in ("that's", "so")]
    return len(after) > 1 and len(after[0]) == 1 and own[place].plain[:1] == after[0]
