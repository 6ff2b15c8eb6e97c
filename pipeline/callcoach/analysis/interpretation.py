"""What depends on who is the agent: tension, composure, and all that the words of a call tell.

It works on the measures and words of an analysis alone, so that it can be done anew, without the
recording, once somebody says who the agent was, or once more of the agent's calls are known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import fields

from callcoach.analysis.parties import EVERYONE
from callcoach.analysis.stages import PLAIN, Stages
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.role_check import why_no_customer, why_unscored
from callcoach.dialogue.understand import (
    NO_SENTENCES,
    understand,
    understand_each,
    utterance_turns,
    utterances_of,
)
from callcoach.dialogue.unheard import without_unheard
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import HeardOfEach, Language
from callcoach.model.party import Role
from callcoach.model.speech import Turn
from callcoach.model.timeline import Span
from callcoach.model.unmeasured import PHRASE_BOOK, Unmeasured
from callcoach.model.voice import Composure, History, TurnTension, VoiceMeasures
from callcoach.speech.coverage import wordless
from callcoach.speech.languages import ENGLISH
from callcoach.voice.comparison import compare
from callcoach.voice.composure import find_composure
from callcoach.voice.tension import turn_tensions

SHARED_CHANNEL = "both people share one channel"

ROLES_UNKNOWN = "it is not known who is the agent and who is the customer"

TOO_FEW_TENSIONS = "too few turns of the customer have a tension"

NOT_SCORED = "the call has not been scored yet"

COACHING = ("findings", "scorecard", "categories")
"""What coaching fills afterwards: see :mod:`callcoach.coaching.coach`."""

_LANGUAGE = tuple(field.name for field in fields(Language))

_OWN = ("composure", "tension", *_LANGUAGE, *COACHING)


def interpreted(
    analysis: CallAnalysis, matcher: Matcher, config: Config, stages: Stages = PLAIN
) -> CallAnalysis:
    """The analysis with everything filled that depends on who is the agent.

    What an earlier interpretation or coaching had filled is replaced; all else stays as it is.

    Parameters
    ----------
    analysis
        A call with its parties, words, turns and voices.
    matcher
        The phrase book, and the sentence model if there is one.
    config
        Settings.
    stages
        Carries the stage ``language`` out.
    """
    no_book = next((i.reason for i in analysis.unmeasured if i.measure == PHRASE_BOOK), None)
    no_customer = why_no_customer(analysis)
    tension: tuple[TurnTension, ...] | None = None
    composure: Composure | Unmeasured = Unmeasured("composure", no_customer or "")
    if no_customer is None:
        tension = _tension(_english(analysis, no_book), analysis.voice, config)
        composure = _composure(analysis.turns, tension, analysis.voice, config)
    language: Language | HeardOfEach | None = None
    speakers = [party.id for party in analysis.call.parties]
    if no_book is not None or no_customer is not None:
        pass  # nothing in the words is looked for
    elif tension is not None:
        roles = {party.id: party.role for party in analysis.call.parties}
        said = utterances_of(analysis.turns, analysis.words, roles, tension, config)
        language = stages.run("language", lambda: understand(said, tension, matcher, config))
        language = without_unheard(language, said, _unheard(analysis), config.responses)
    elif len(speakers) > 1:
        turns, words = analysis.turns, analysis.words
        language = stages.run(
            "language", lambda: understand_each(turns, words, speakers, matcher, config)
        )
    others = tuple(item for item in analysis.unmeasured if item.measure not in _OWN)
    return dataclasses.replace(
        _with_language(analysis, language),
        utterances=utterance_turns(analysis.turns, config),
        tension=tension,
        composure=None if isinstance(composure, Unmeasured) else composure,
        findings=None,
        scorecard=None,
        categories=None,
        unmeasured=others
        + _unmeasured(
            no_customer or _no_roles(analysis.voice), tension, composure, language, no_book
        ),
    )


def compare_with_history(analysis: CallAnalysis, history: History, config: Config) -> CallAnalysis:
    """The analysis with the agent's voice compared with the agent's earlier calls.

    Only what depends on the comparison changes: calmness, named stretches, composure. A measure
    with too few earlier calls is compared with the call itself, as before; so is all where
    nothing may be said of the agent.
    """
    if why_unscored(analysis) is not None:
        return analysis
    voice = tuple(
        compare(measures, history, config) if measures.speaker == Role.AGENT else measures
        for measures in analysis.voice
    )
    composure = _composure(analysis.turns, analysis.tension, voice, config)
    others = tuple(item for item in analysis.unmeasured if item.measure != "composure")
    missing = (composure,) if isinstance(composure, Unmeasured) else ()
    return dataclasses.replace(
        analysis,
        voice=voice,
        composure=None if isinstance(composure, Unmeasured) else composure,
        unmeasured=missing + others,
    )


def _with_language(analysis: CallAnalysis, language: Language | HeardOfEach | None) -> CallAnalysis:
    whole = language if isinstance(language, Language) else None
    return dataclasses.replace(
        analysis,
        concerns=language.concerns if language else None,
        responses=whole.responses if whole else None,
        acts=whole.acts if whole else None,
        paraphrases=whole.paraphrases if whole else None,
        questions=language.questions if language else None,
        closing=whole.closing if whole else None,
        gist=whole.gist if whole else None,
        arc=whole.arc if whole else None,
    )


def _english(analysis: CallAnalysis, no_book: str | None) -> tuple[Turn, ...]:
    """The turns, with the text of parties who speak another language left out but for a "?"."""
    if no_book is None:
        return analysis.turns
    english = {p.id for p in analysis.call.parties if p.language in (None, ENGLISH)}
    return tuple(
        turn
        if turn.speaker in english
        else dataclasses.replace(turn, text="?" if turn.text.rstrip().endswith("?") else "")
        for turn in analysis.turns
    )


def _unheard(analysis: CallAnalysis) -> tuple[Span, ...]:
    """Where the agent speaks without words."""
    agent = Role.AGENT.value
    spoken = [region for region in analysis.activity if region.speaker == agent]
    return wordless(spoken, [word for word in analysis.words if word.speaker == agent])


def _tension(
    turns: Sequence[Turn], voice: Sequence[VoiceMeasures], config: Config
) -> tuple[TurnTension, ...] | None:
    """Tension of the customer's turns, ``None`` where nobody knows which party that is."""
    for measures in voice:
        if measures.speaker == Role.CUSTOMER:
            said = [turn for turn in turns if turn.speaker == Role.CUSTOMER]
            return turn_tensions(said, measures.timeline, config.tension)
    return None


def _composure(
    turns: Sequence[Turn],
    tension: Sequence[TurnTension] | None,
    voice: Sequence[VoiceMeasures],
    config: Config,
) -> Composure | Unmeasured:
    for measures in voice:
        if tension is not None and measures.speaker == Role.AGENT:
            said = [turn for turn in turns if turn.speaker == Role.AGENT]
            return find_composure(tension, said, measures.timeline, config.composure)
    return Unmeasured("composure", _no_roles(voice))


def _no_roles(voice: Sequence[VoiceMeasures]) -> str:
    shared = any(measures.speaker == EVERYONE for measures in voice)
    return SHARED_CHANNEL if shared else ROLES_UNKNOWN


def _unmeasured(
    no_roles: str,
    tension: object,
    composure: Composure | Unmeasured,
    language: Language | HeardOfEach | None,
    no_book: str | None,
) -> tuple[Unmeasured, ...]:
    reasons = []
    if isinstance(composure, Unmeasured):
        reasons.append(composure)
    if tension is None:
        reasons.append(Unmeasured("tension", no_roles))
    if not isinstance(language, Language):
        missing = [name for name in _LANGUAGE if not hasattr(language, name)]
        why = no_book or no_roles
        reasons += [Unmeasured(name, why) for name in missing]
    else:
        if language.paraphrases is None:
            reasons.append(Unmeasured("paraphrases", NO_SENTENCES))
        if language.arc is None:
            reasons.append(Unmeasured("arc", TOO_FEW_TENSIONS))
    return (*reasons, *(Unmeasured(name, NOT_SCORED) for name in COACHING))
