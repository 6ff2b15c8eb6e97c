"""What was said, understood: from turns to concerns, answers, paraphrases, questions and the gist.

The order matters: the agent's acts need the concerns and the comparison of turns, the paraphrases
and the responses need the acts, the gist needs all of it. Every part is a pure function of the
turns and the configuration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from callcoach.call import Turn, Word
from callcoach.config import Config
from callcoach.delivery import TurnTension
from callcoach.dialogue.acts import find_acts, listens
from callcoach.dialogue.arc import tension_arc
from callcoach.dialogue.closing import find_closing
from callcoach.dialogue.concerns import find_concerns
from callcoach.dialogue.gist import find_gist
from callcoach.dialogue.overlap_words import consists_of
from callcoach.dialogue.paraphrase import Scored, find_paraphrases, paraphrase_scores
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.questions import find_questions
from callcoach.dialogue.responses import find_responses
from callcoach.language import (
    HeardOfEach,
    Language,
    Question,
    ResponseKind,
    Utterance,
    UtteranceTurns,
)
from callcoach.role import Role
from callcoach.timeline import Span

NO_SENTENCES = "the weights for comparing what sentences mean are not here"
"""Why paraphrases are ``None``."""


def understand(
    utterances: Sequence[Utterance],
    tensions: Sequence[TurnTension],
    matcher: Matcher,
    config: Config,
) -> Language:
    """Find everything that the words of a call tell.

    Parameters
    ----------
    utterances
        The turns of agent and customer in order; turns of others take no part.
    tensions
        The tension of the customer's turns where it is known, else empty.
    matcher
        The phrase book, and the sentence model if there is one.
    config
        Limits and weights.
    """
    encoder = matcher.encoder
    concerns = find_concerns(utterances, matcher, config.concerns, config.weights)
    scores: Sequence[Scored | None] = [None] * len(utterances)
    if encoder is not None:
        scores = paraphrase_scores(
            utterances, encoder, config.paraphrase, config.paraphrase_weights, book=matcher
        )
    acts = find_acts(utterances, concerns, scores, matcher, config)
    paraphrases = None
    if encoder is not None:
        given_back = {act.turn for act in acts if ResponseKind.PARAPHRASE in act.kinds}
        paraphrases = find_paraphrases(utterances, scores, given_back, config.paraphrase)
    closing = find_closing(utterances, matcher, config.closing)
    return Language(
        concerns=concerns,
        responses=find_responses(
            concerns, utterances, acts, encoder, config.responses, config.acts
        ),
        acts=acts,
        paraphrases=paraphrases,
        questions=find_questions(utterances, matcher, encoder, config.questions),
        closing=closing,
        gist=find_gist(utterances, concerns, acts, closing, config.gist),
        arc=tension_arc(tensions, utterances, config.arc),
    )


def understand_each(
    turns: Sequence[Turn],
    words: Sequence[Word],
    speakers: Sequence[str],
    matcher: Matcher,
    config: Config,
) -> HeardOfEach:
    """Find what each person voices and asks where nobody knows who is the agent.

    Each is heard as if a customer for concerns, and as if the agent, with all others as customers,
    for questions. Voices take no part: one of these people is an agent, and no tension is told of
    agents.

    Parameters
    ----------
    turns, words
        What was said, in order of time.
    speakers
        The people of the call.
    matcher
        The phrase book, and the sentence model if there is one.
    config
        Limits and weights.
    """
    customers = dict.fromkeys(speakers, Role.CUSTOMER)
    said = utterances_of(turns, words, customers, (), config)
    concerns = find_concerns(said, matcher, config.concerns, config.weights)
    by_turn = {turn.id: turn.speaker for turn in turns}
    places = {utterance.id: place for place, utterance in enumerate(said)}
    questions: list[Question] = []
    for speaker in speakers:
        as_agent = [
            dataclasses.replace(one, role=Role.AGENT) if by_turn[one.id] == speaker else one
            for one in said
        ]
        questions += find_questions(as_agent, matcher, matcher.encoder, config.questions)
    questions.sort(key=lambda question: places[question.turn])
    return HeardOfEach(concerns, tuple(questions))


def utterances_of(
    turns: Sequence[Turn],
    words: Sequence[Word],
    roles: Mapping[str, Role],
    tensions: Sequence[TurnTension],
    config: Config,
) -> tuple[Utterance, ...]:
    """Turns with text as the language stages see them.

    People pause within a sentence, and speech activity makes a new turn of what comes after. So a
    speaker's turns are one utterance as long as the other says nothing between but listener's
    words. It has the id of the first of them; its certainty is the mean probability of its words,
    its tension the most that the customer's voice adds in any of its turns.

    ``roles`` gives the role of each speaker.
    """
    voices = {tension.turn: tension.voice for tension in tensions}
    by_speaker: dict[str, list[Word]] = {}
    for word in words:
        by_speaker.setdefault(word.speaker, []).append(word)
    result: list[Utterance] = []
    for first, *others in _contributions(turns, config):
        parts = [first, *others]
        spoken = by_speaker.get(first.speaker, [])
        own = [w for w in spoken if any(turn.contains(w.middle_s) for turn in parts)]
        tense = [voice for turn in parts if (voice := voices.get(turn.id)) is not None]
        result.append(
            Utterance(
                id=first.id,
                role=roles.get(first.speaker, Role.UNKNOWN),
                text=_text_of(parts),
                span=Span(first.start_s, max(turn.end_s for turn in parts)),
                certainty=sum(w.probability for w in own) / len(own) if own else None,
                tension=max(tense, default=None),
                starts=tuple(w.start_s for w in own for _ in w.text.split()),
            )
        )
    return tuple(result)


def utterance_turns(turns: Sequence[Turn], config: Config) -> tuple[UtteranceTurns, ...]:
    """Which turns are one utterance, and which of these only listen: for those who come after."""
    return tuple(
        UtteranceTurns(
            parts[0].id,
            tuple(turn.id for turn in parts),
            listens(_text_of(parts), config.acts),
        )
        for parts in _contributions(turns, config)
    )


def _text_of(parts: Sequence[Turn]) -> str:
    return " ".join(turn.text for turn in parts)


def _contributions(turns: Sequence[Turn], config: Config) -> list[list[Turn]]:
    """Turns with text, one speaker's in a row together; listening in between ends none."""
    result: list[list[Turn]] = []
    last: dict[str, list[Turn]] = {}
    floor: str | None = None
    for turn in turns:
        if not turn.text.strip():
            continue
        listens = consists_of(turn.text.split(), config.overlaps.listener_words)
        if turn.speaker == floor:
            last[turn.speaker].append(turn)
            continue
        last[turn.speaker] = [turn]
        result.append(last[turn.speaker])
        if not listens or floor is None:
            floor = turn.speaker
    return result
