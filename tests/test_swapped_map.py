"""A channel map that the words contradict: told, not scored, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import soundfile

import factory
from callcoach.analysis.agent_naming import with_agent
from callcoach.analysis.analyse import analyse
from callcoach.analysis.interpretation import compare_with_history
from callcoach.analysis.models import Models
from callcoach.analysis.stages import PlainStages
from callcoach.batch.events import CallDone, RunEnded, RunStarted
from callcoach.batch.monitor.logs import Names
from callcoach.batch.monitor.summary import RunSummary, SummaryMaker, summary_text, totals_json
from callcoach.coaching.coach import coach
from callcoach.coaching.facts import facts_of
from callcoach.coaching.scorecard import read_scorecard
from callcoach.config.categories import read_categories
from callcoach.config.config import Config
from callcoach.config.files import shipped
from callcoach.config.guide import read_guide
from callcoach.config.measures import MeasuresConfig
from callcoach.config.nightly import LogConfig
from callcoach.config.reports import SiteConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.role_check import SWAPPED, RoleCheck, role_check, swapped_calls
from callcoach.model.analysis import CallAnalysis, ModelUse
from callcoach.model.party import Role, Roles, RoleSource, Side
from callcoach.model.recording import Recording
from callcoach.model.speech import Timing, Word
from callcoach.model.voice import History
from callcoach.reports.trust import TrustLevel, trust_of
from callcoach.speech.transcribe import Transcript
from doubles import LevelDetector
from shipped import render_markdown

T = TypeVar("T")
RATE_HZ = 8000
TALK = (
    (Side.RIGHT, "Thank you for calling Harbour Energy this is Maya how can I help you"),
    (Side.LEFT, "hi I'm calling because my bill is wrong and nobody called me back"),
    (Side.RIGHT, "I'm sorry to hear that could I have your account number"),
    (Side.LEFT, "sure it's 4 0 1 1 8"),
    (Side.RIGHT, "bear with me I can see here that your bill was sent twice"),
    (Side.LEFT, "I want my money back"),
)
"""The agent is on the right."""
TURN_S, GAP_S = 4.0, 0.5


class Told(PlainStages):
    """Hears the words of TALK, evenly over each turn."""

    def __init__(self, names: dict[Side, str]) -> None:
        self._names = names

    def cached(self, name: str, result_type: type[T], compute: Callable[[], T], **more: Any) -> T:
        if name != "words":
            return compute()
        said = []
        for place, (side, text) in enumerate(TALK):
            parts, start = text.split(), place * (TURN_S + GAP_S)
            step = TURN_S / len(parts)
            said += [
                Word(
                    start + n * step,
                    start + (n + 1) * step,
                    self._names[side],
                    word,
                    0.9,
                    Timing.MEASURED,
                )
                for n, word in enumerate(parts)
            ]
        return Transcript(tuple(said), ())  # type: ignore[return-value]


class Unasked:
    """An engine that is not asked."""

    name = "unasked"
    multilingual = False
    model = ModelUse("transcription", "unasked", "0" * 64, "test")

    def transcribe(self, clips: Any) -> Any:
        raise AssertionError


class Steady:
    """A pitch that never moves."""

    model = None
    hop_s = 0.016

    def track(self, samples: Any, rate_hz: int) -> tuple[Any, Any]:
        times = np.arange(0, len(samples) / rate_hz, self.hop_s)
        return times, np.full(len(times), 150.0)


def heard(folder: Path, side: Side | None) -> CallAnalysis:
    """The call of TALK, with the agent said to be on ``side``."""
    rng = np.random.default_rng(5)
    sound = rng.normal(0, 1e-4, (round(len(TALK) * (TURN_S + GAP_S) * RATE_HZ), 2))
    for place, (whose, _) in enumerate(TALK):
        start = round(place * (TURN_S + GAP_S) * RATE_HZ)
        stop = start + round(TURN_S * RATE_HZ)
        sound[start:stop, list(Side).index(whose)] += rng.normal(0, 0.1, stop - start)
    path = folder / "call.wav"
    soundfile.write(path, sound, RATE_HZ)
    config = Config()
    models = Models(
        Unasked(), LevelDetector(), Steady(), Matcher(config.phrases, None, config.matching), ()
    )
    names = {Side.LEFT: "speaker_1", Side.RIGHT: "speaker_2"}
    if side is not None:
        names = {one: str(Role.AGENT if one is side else Role.CUSTOMER) for one in Side}
    return analyse(Recording(path, "call", agent_side=side), models, config, Told(names))


def codes(analysis: CallAnalysis) -> set[str]:
    return {warning.code for warning in analysis.warnings}


def coached(analysis: CallAnalysis) -> CallAnalysis:
    return coach(
        analysis,
        read_guide(None),
        read_scorecard(None),
        read_categories(shipped("categories.toml")),
        MeasuresConfig(),
    )


def test_a_wrong_map_is_told_and_a_right_one_is_not(tmp_path: Path) -> None:
    wrong, right, none = (heard(tmp_path, side) for side in (Side.LEFT, Side.RIGHT, None))
    assert wrong.roles is not None and wrong.roles.contradicted
    assert wrong.roles.source is RoleSource.MAP and wrong.roles.heard
    assert "roles_contradicted" in codes(wrong)
    assert right.roles is not None and not right.roles.contradicted
    assert right.roles.source is RoleSource.MAP
    assert right.roles.confidence == wrong.roles.confidence
    assert "roles_contradicted" not in codes(right)
    assert none.roles is not None and none.roles.source is RoleSource.WORDS
    assert none.roles.heard == right.roles.heard
    assert {p.id: p.channel for p in none.call.parties}["agent"] is Side.RIGHT
    assert [role_check(one) for one in (wrong, right, none)] == [
        RoleCheck.CONTRADICTED,
        RoleCheck.AGREES,
        RoleCheck.NONE,
    ]


def contradicted(analysis: CallAnalysis) -> CallAnalysis:
    return replace(analysis, roles=Roles(RoleSource.MAP, 0.99, ("how can i help",), True))


@pytest.mark.parametrize("analysis", [factory.two_channels(), factory.tense_call()])
def test_nothing_is_scored_where_the_map_is_contradicted(analysis: CallAnalysis) -> None:
    before = coached(analysis).scorecard
    assert before is not None and any(row.score is not None for row in before.practices)
    after = coached(contradicted(analysis))
    card = after.scorecard
    assert card is not None
    assert (card.overall, card.coverage) == (None, 0.0)
    assert all(row.score is None for row in card.practices)
    assert not any(row.heard for row in card.situations)
    assert after.findings is None
    assert not {tag.name for tag in after.categories} - {"Long wait", "Much time on hold"}
    reasons = {row.reason for row in card.practices} | {row.reason for row in card.situations}
    assert SWAPPED in reasons
    assert "it is not known who is the agent" not in reasons
    # What was heard stays as it is, under the names of the map.
    assert after.call == analysis.call and after.turns == analysis.turns


def test_facts_know_nobody_there() -> None:
    facts = facts_of(contradicted(factory.two_channels()))
    assert (facts.agent, facts.customer, facts.said) == (None, None, ())
    assert facts.why_nobody == SWAPPED
    assert facts.concerns is None and facts.acts is None


def test_the_voice_is_not_compared_with_the_agents_own_calls() -> None:
    call = contradicted(factory.two_channels())
    assert compare_with_history(call, History({}, ()), Config()) is call


def test_such_a_call_is_trusted_poorly(tmp_path: Path) -> None:
    trust = trust_of(heard(tmp_path, Side.LEFT), SiteConfig())
    assert trust.level is TrustLevel.POOR
    assert any("swapped" in reason for reason in trust.reasons)


def told(tmp_path: Path, *checks: RoleCheck) -> RunSummary:
    made: list[RunSummary] = []
    maker = SummaryMaker(Names(tmp_path, LogConfig()), made.append)
    maker.on(RunStarted("r1", 0.0, len(checks), 0, 1, 60.0))
    for number, check in enumerate(checks):
        maker.on(CallDone(f"c{number}", 1.0, 1.0, 60.0, 1, check))
    maker.on(RunEnded("r1", 9.0, 9.0, len(checks), 0, 0, 0, 0, 0))
    (summary,) = made
    return summary


def test_a_run_counts_the_calls_whose_map_is_contradicted(tmp_path: Path) -> None:
    no, yes, unasked = RoleCheck.CONTRADICTED, RoleCheck.AGREES, RoleCheck.NONE
    summary = told(tmp_path, no, yes, no, unasked)
    assert (summary.roles_contradicted, summary.roles_given) == (2, 3)
    sentence = swapped_calls({no: 2, yes: 1, unasked: 1})
    assert sentence is not None and sentence.startswith("In 2 of 3 calls the words say")
    assert sentence in summary_text(summary)
    assert b'"roles_contradicted": 2' in totals_json(summary)
    fine = told(tmp_path, yes, unasked)
    assert "swapped" not in summary_text(fine)
    assert swapped_calls({yes: 4}) is None


def test_nothing_said_is_called_the_customers_where_that_is_the_agent(tmp_path: Path) -> None:
    wrong, right = (heard(tmp_path, side) for side in (Side.LEFT, Side.RIGHT))
    assert right.concerns and right.gist
    parts = ("concerns", "responses", "gist", "closing", "arc", "tension", "composure")
    assert [getattr(wrong, part) for part in parts] == [None] * len(parts)
    reasons = {item.measure: item.reason for item in wrong.unmeasured}
    assert {reasons[part] for part in parts} == {SWAPPED}
    page = render_markdown(wrong)
    assert "bill is wrong" in page, "the transcript is there"
    assert SWAPPED in page
    # Once a person has named the agent, it is all there.
    matcher = Matcher(Config().phrases, None, Config().matching)
    named = with_agent(wrong, "customer", matcher, Config())
    assert [c.quote for c in named.concerns or ()] == [c.quote for c in right.concerns]
    assert named.gist and named.tension is not None
