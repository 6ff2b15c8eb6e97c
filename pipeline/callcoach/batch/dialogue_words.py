"""What the words of a transcript made elsewhere tell: the language part of ``measure dialogue``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from callcoach.call import Timing, Word
from callcoach.config import Config
from callcoach.delivery import Unmeasured
from callcoach.dialogue.paraphrase import Scored, paraphrase_scores
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.roles import guess_roles
from callcoach.language import ConcernKind, Language, QuestionKind, ResponseKind, Utterance
from callcoach.role import Role
from callcoach.settings.listening import TranscriptsConfig
from callcoach.transcript import UNKNOWN_SPEAKER, Dialogue
from callcoach.understanding import NO_SENTENCES, understand

NO_ROLES = "it is not known which speaker is the agent and which the customer"
PARTS = ("concerns", "responses", "paraphrases", "questions", "closing", "gist")
"""What a dialogue gets besides the values of its turns."""


@dataclass(frozen=True)
class TurnWords:
    """What the words of one turn tell.

    ``paraphrase`` (0..1) says how much the turn gives back of what the other said before,
    ``restates_turn`` which turn (its place, from 0). Both are ``None`` where nothing was said
    before. Kinds are empty where nothing was found and ``None`` where they were not looked for:
    concerns in the customer's turns, the others in the agent's.
    """

    paraphrase: float | None = None
    restates_turn: int | None = None
    question: tuple[QuestionKind, ...] | None = None
    concern: tuple[ConcernKind, ...] | None = None
    response: tuple[ResponseKind, ...] | None = None


@dataclass(frozen=True)
class DialogueWords:
    """What the words of a dialogue tell; ids of turns are their places as text.

    ``language`` is ``None`` where the roles are not known, with the reason in ``unmeasured``.
    """

    roles: Mapping[str, Role]
    turns: tuple[TurnWords, ...]
    language: Language | None
    unmeasured: tuple[Unmeasured, ...]


def measure_words(dialogue: Dialogue, matcher: Matcher, config: Config) -> DialogueWords:
    """Look for paraphrases, questions, concerns and answers in a transcript.

    Where the roles are not known, every speaker's turns are scored for giving back what the
    others said, and the rest is not measured.
    """
    roles = speaker_roles(dialogue, config)
    said = tuple(
        Utterance(str(place), roles.get(turn.speaker, Role.UNKNOWN), turn.text, turn.span)
        for place, turn in enumerate(dialogue.turns)
    )
    known = set(roles.values()) >= {Role.AGENT, Role.CUSTOMER}
    scored = _scores(dialogue, said, known, matcher, config)
    language = understand(said, (), matcher, config) if known else None
    missing = [] if language else [Unmeasured(name, NO_ROLES) for name in PARTS]
    if matcher.encoder is None:
        missing = [m for m in missing if m.measure != "paraphrases"]
        missing += [Unmeasured(name, NO_SENTENCES) for name in ("paraphrase", "paraphrases")]
    turns = []
    for utterance, score in zip(said, scored, strict=True):
        found = TurnWords()
        if score is not None:
            found = TurnWords(round(score.score, 4), score.restates)
        if language is not None and utterance.role is Role.CUSTOMER:
            kinds = (c.kinds for c in language.concerns if c.turn == utterance.id)
            found = replace(found, concern=next(kinds, ()))
        elif language is not None and utterance.role is Role.AGENT:
            acts = (a.kinds for a in language.acts if a.turn == utterance.id)
            asked = (q.kind for q in language.questions if q.turn == utterance.id)
            found = replace(found, response=next(acts, ()), question=tuple(dict.fromkeys(asked)))
        turns.append(found)
    return DialogueWords(roles, tuple(turns), language, tuple(missing))


def speaker_roles(dialogue: Dialogue, config: Config) -> Mapping[str, Role]:
    """The role of each speaker that is known: by name, else of two speakers by what they say."""
    speakers = dialogue.speakers
    roles = {name: _named(name, config.transcripts) for name in speakers}
    unknown = [name for name, role in roles.items() if role is Role.UNKNOWN]
    if len(speakers) == 2 and len(unknown) == 1:
        other = next(role for role in roles.values() if role is not Role.UNKNOWN)
        roles[unknown[0]] = Role.CUSTOMER if other is Role.AGENT else Role.AGENT
    elif len(speakers) == 2 and unknown:
        words = [
            Word(0.0, 0.0, turn.speaker, word, 1.0, Timing.INTERPOLATED)
            for turn in dialogue.turns
            for word in turn.text.split()
        ]
        pair = (speakers[0], speakers[1])
        guess = guess_roles(words, pair, config.roles, config.role_signs)
        if guess is not None:
            roles |= {guess.agent: Role.AGENT, guess.customer: Role.CUSTOMER}
    return roles


def _named(name: str, config: TranscriptsConfig) -> Role:
    """The role that a speaker's name says: "Agent", "agent_1", "Customer"."""
    plain = name.casefold().strip().rstrip("0123456789").rstrip(" _-#:")
    if plain in config.agent_names:
        return Role.AGENT
    return Role.CUSTOMER if plain in config.customer_names else Role.UNKNOWN


def _scores(
    dialogue: Dialogue,
    said: Sequence[Utterance],
    known: bool,
    matcher: Matcher,
    config: Config,
) -> Sequence[Scored | None]:
    """The paraphrase score of each turn: the agent's, or everybody's where nobody knows."""
    if matcher.encoder is None:
        return [None] * len(said)
    if known:
        return paraphrase_scores(
            said, matcher.encoder, config.paraphrase, config.paraphrase_weights, book=matcher
        )
    result: list[Scored | None] = [None] * len(said)
    for name in dialogue.speakers:
        heard = [
            replace(u, role=Role.AGENT if turn.speaker == name else Role.CUSTOMER)
            for u, turn in zip(said, dialogue.turns, strict=True)
        ]
        scores = paraphrase_scores(
            heard, matcher.encoder, config.paraphrase, config.paraphrase_weights, book=matcher
        )
        for place, score in enumerate(scores):
            if score is not None and dialogue.turns[place].speaker != UNKNOWN_SPEAKER:
                result[place] = score
    return result
