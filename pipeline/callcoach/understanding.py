"""What was said, understood: from turns to concerns, answers, paraphrases, questions and the gist.

The order matters: the agent's acts need the paraphrases, the responses need concerns and acts, the
gist needs all of it. Every part is a pure function of the turns and the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcoach.call import Turn, Word
from callcoach.config import Config
from callcoach.delivery import TurnTension
from callcoach.dialogue.acts import find_acts
from callcoach.dialogue.arc import tension_arc
from callcoach.dialogue.closing import find_closing
from callcoach.dialogue.concerns import find_concerns
from callcoach.dialogue.gist import find_gist
from callcoach.dialogue.paraphrase import find_paraphrases
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.questions import find_questions
from callcoach.dialogue.responses import find_responses
from callcoach.language import Language, ParaphraseKind, Utterance
from callcoach.role import Role


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
    concerns = find_concerns(utterances, matcher, config.concerns)
    paraphrases = None
    if encoder is not None:
        paraphrases = find_paraphrases(utterances, encoder, config.paraphrase)
    given_back = {
        found.turn for found in paraphrases or () if found.kind is not ParaphraseKind.CONFIRM_DETAIL
    }
    acts = find_acts(utterances, concerns, matcher, config.acts, config.concerns, given_back)
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


def utterances_of(
    turns: Sequence[Turn],
    words: Sequence[Word],
    roles: Mapping[str, Role],
    tensions: Sequence[TurnTension],
) -> tuple[Utterance, ...]:
    """Turns with text as the language stages see them.

    ``roles`` gives the role of each speaker. The certainty of a turn is the mean probability of
    the words that lie in it, its tension what the customer's voice adds.
    """
    voices = {tension.turn: tension.voice for tension in tensions}
    by_speaker: dict[str, list[Word]] = {}
    for word in words:
        by_speaker.setdefault(word.speaker, []).append(word)
    result = []
    for turn in turns:
        if not turn.text.strip():
            continue
        own = [w for w in by_speaker.get(turn.speaker, []) if turn.contains(w.middle_s)]
        result.append(
            Utterance(
                id=turn.id,
                role=roles.get(turn.speaker, Role.UNKNOWN),
                text=turn.text,
                span=turn.span,
                certainty=sum(w.probability for w in own) / len(own) if own else None,
                tension=voices.get(turn.id),
            )
        )
    return tuple(result)
