"""What an agent does in a turn: the response kinds heard in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from callcoach.config import Config
from callcoach.dialogue.clauses import clauses
from callcoach.dialogue.forms import OFFERED, asks_for_a_step, is_question, told_by_form
from callcoach.dialogue.paraphrase import Scored, gives_back
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.phrases import plain
from callcoach.dialogue.sureness import FORM, WORDS, confidence, together, trust
from callcoach.dialogue.weighing import Scene, agent_signs, evidence, probable, stretches
from callcoach.language import (
    Concern,
    Fired,
    ResponseKind,
    TurnActs,
    Utterance,
)
from callcoach.role import Role
from callcoach.settings.concerns import ConcernsConfig
from callcoach.settings.responses import ActsConfig

_GIVEN_BACK = "gives back what the customer said"
_IGNORED = "goes on with something else"

Heard = dict[ResponseKind, list[Fired]]

# What a question can mean; other kinds are near to it only because they speak of the same things.
_ASKED = frozenset(
    {
        ResponseKind.EXPLORE,
        ResponseKind.OFFER_OPTIONS,
        ResponseKind.OFFER_ESCALATION,
        ResponseKind.DISMISS,
        ResponseKind.BLAME,
    }
)
_UNKIND = frozenset({ResponseKind.DISMISS, ResponseKind.BLAME, ResponseKind.DEFEND})
# Where one of the first is heard, the second by its form alone is not: "did you clean it? people
# never do" explores nothing, and a guarantee is not a promise as well.
_WINS = (
    (_UNKIND, ResponseKind.EXPLORE),
    ({ResponseKind.OVER_PROMISE}, ResponseKind.PROMISE),
)


def find_acts(
    utterances: Sequence[Utterance],
    concerns: Sequence[Concern],
    scores: Sequence[Scored | None],
    matcher: Matcher,
    config: Config,
) -> tuple[TurnActs, ...]:
    """The response kinds of all agent turns that have any, in order.

    With a sentence model a turn is of the kinds that all its signs together make probable; without
    one, of those whose lines or forms are heard, and nothing is said to be ignored.

    Parameters
    ----------
    utterances
        The turns of a call in order. Turns that only listen have no kinds.
    concerns
        The concerns of the call; only what follows one can ignore it.
    scores
        How much each turn gives back, by comparison of the turns.
    matcher
        The phrase book.
    config
        Verbs, limits and confidences, and how the signs of a turn are weighed.

    Returns
    -------
    tuple of TurnActs
        ``kinds`` and ``fired`` go together, one for one, in the order of the kinds' definition.
    """
    voiced = {concern.turn for concern in concerns}
    scenes = [
        agent_scene(utterances, place, config.acts)
        for place, said in enumerate(utterances)
        if said.role is Role.AGENT and not listens(said.text, config.acts)
    ]
    matcher.read("response", (part for scene in scenes for part in clauses(scene.said.text)))
    found = []
    for scene in scenes:
        heard = heard_acts(scene, scores[scene.place], matcher, config)
        sure: Mapping[ResponseKind, float]
        if matcher.encoder is None:
            sure = {
                kind: together(confidence(fired, config.concerns) for fired in lines)
                for kind, lines in heard.items()
            }
        else:
            signs = (
                agent_signs(part, _kinds_of(part, heard), scores[scene.place], matcher, config.acts)
                for part in stretches(scene)
            )
            by_name = probable(signs, config.weights.response)
            sure = _weighed(
                {ResponseKind(name): share for name, share in by_name.items()},
                scene.before is not None and scene.before.id in voiced,
            )
        if sure:
            found.append(_acts(scene.said, sure, heard, matcher, config.concerns))
    return tuple(found)


def agent_scene(utterances: Sequence[Utterance], place: int, config: ActsConfig) -> Scene:
    """An agent's turn where it stands.

    It answers the customer's last turn, unless the agent has done more than listen since.
    """
    before = None
    for said in reversed(utterances[:place]):
        if said.role is Role.CUSTOMER:
            before = said
        if said.role is not Role.AGENT or not listens(said.text, config):
            break
    return Scene(utterances[place], before, place, len(utterances))


def listens(text: str, config: ActsConfig) -> bool:
    """Whether a turn's text only shows that its speaker follows: "mm-hm", "oh no", "I see"."""
    words = plain(text).split()
    return len(words) <= config.listener_max_words and set(words) <= set(config.listener_words)


def _acts(
    said: Utterance,
    sure: Mapping[ResponseKind, float],
    heard: Heard,
    matcher: Matcher,
    weighing: ConcernsConfig,
) -> TurnActs:
    kinds = tuple(kind for kind in ResponseKind if kind in sure)
    return TurnActs(
        turn=said.id,
        kinds=kinds,
        fired=tuple(_evidence(kind, said, heard, matcher) for kind in kinds),
        # The turn is as sure as the least sure thing said about it.
        confidence=round(min(sure.values()) * trust(said.certainty, weighing), 4),
    )


def _evidence(kind: ResponseKind, said: Utterance, heard: Heard, matcher: Matcher) -> Fired:
    if kind is ResponseKind.IGNORE:
        return Fired(_IGNORED, FORM, 1.0, said.text)
    if kind in heard:
        return heard[kind][0]
    return evidence("response", kind, clauses(said.text), matcher)


def _kinds_of(part: Scene, heard: Heard) -> set[ResponseKind]:
    """The kinds that are heard in a part of the turn."""
    return {
        kind for kind, lines in heard.items() if any(one.quote in part.said.text for one in lines)
    }


def _weighed(
    sure: Mapping[ResponseKind, float], after_concern: bool
) -> Mapping[ResponseKind, float]:
    """What is ignored stands alone, and right after a concern."""
    others: Mapping[ResponseKind, float] = {
        kind: share for kind, share in sure.items() if kind is not ResponseKind.IGNORE
    }
    if others or not after_concern:
        return others
    return sure


def heard_acts(scene: Scene, score: Scored | None, matcher: Matcher, config: Config) -> Heard:
    """What lines, forms, examples and the comparison of turns tell about a turn, by kind."""
    heard: Heard = {}
    for part in clauses(scene.said.text):
        for kind, fired in _in_clause(part, matcher, config.acts):
            heard.setdefault(kind, []).append(fired)
    if score is not None and gives_back(score, config.paraphrase):
        heard[ResponseKind.PARAPHRASE] = [Fired(_GIVEN_BACK, FORM, 1.0, score.quote)]
    if ResponseKind.OFFER_OPTIONS in heard:
        # What can be done is no fix yet where it is one of several options.
        solved = [one for one in heard.pop(ResponseKind.SOLVE, []) if one.line != OFFERED]
        if solved:
            heard[ResponseKind.SOLVE] = solved
    for stronger, weaker in _WINS:
        if heard.keys() & stronger:
            kept = [one for one in heard.pop(weaker, []) if one.by == WORDS]
            if kept and weaker is not ResponseKind.PROMISE:
                heard[weaker] = kept
    return heard


def _in_clause(
    clause: str, matcher: Matcher, config: ActsConfig
) -> Iterable[tuple[ResponseKind, Fired]]:
    """What one clause does, by the book, then by its form."""
    booked = {
        ResponseKind(kind): fired
        for kind, fired in matcher.fired("response", (clause,))
        if kind != ResponseKind.PARAPHRASE  # told by comparing turns
    }
    if is_question(clause) and not asks_for_a_step(clause, config):
        # "Do you see the settings?" is near to an instruction, but asks.
        booked = {
            kind: fired for kind, fired in booked.items() if kind in _ASKED or fired.by == WORDS
        }
    formed = dict(told_by_form(clause, booked.keys(), matcher, config))
    kinds = formed | booked
    if _UNKIND & kinds.keys():
        # "You should have read the terms" asks and solves nothing, whatever its form.
        kinds = {
            kind: fired
            for kind, fired in kinds.items()
            if kind in _UNKIND or (fired.by == WORDS and kind is not ResponseKind.EXPLORE)
        }
    return kinds.items()
