"""Facts of a call: who is who, what came after what, trust."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcoach.analysis.interpretation import interpreted
from callcoach.analysis.trust import with_trust
from callcoach.coaching.facts import CallFacts, facts_of
from callcoach.config.config import Config
from callcoach.config.language import ActsConfig, ResponsesConfig
from callcoach.config.measures import MeasuresConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.interaction import OverlapEvent, OverlapKind
from callcoach.model.language import ConcernKind, ResponseKind
from callcoach.model.party import Role, Side
from callcoach.model.recording import CallWarning, Severity
from factory import empty, mono, tense_call, two_channels
from said import agent, call_of, customer

CALL = call_of(
    [
        agent("Harbour Energy, Maya speaking."),
        customer("My heating is broken and I am upset.", ConcernKind.PROBLEM, ConcernKind.FEELING),
        agent("Okay."),
        customer("It has been cold for days."),
        agent("I see why you are upset.", ResponseKind.VALIDATE),
        agent("I can send Tom.", ResponseKind.SOLVE),
        customer("When does he come?"),
        agent("He comes today.", ResponseKind.PROMISE),
        customer("That helps us a lot."),
        agent("Goodbye then, have a good day."),
    ]
)


def test_parties() -> None:
    facts = facts_of(two_channels())
    assert (facts.agent, facts.customer) == ("agent", "customer")


@pytest.mark.parametrize("analysis", [mono(), empty()])
def test_unknown_roles_leave_nothing(analysis: object) -> None:
    facts = facts_of(analysis)  # type: ignore[arg-type]
    assert facts.agent is None
    assert facts.said == ()
    assert not facts.concerns


def test_two_agents_are_nobody() -> None:
    base = two_channels()
    both = tuple(replace(party, role=Role.AGENT) for party in base.call.parties)
    facts = facts_of(replace(base, call=replace(base.call, parties=both)))
    assert facts.agent is None


def test_turns_in_a_row_are_one() -> None:
    facts = facts_of(CALL)
    said = facts.by_turn["t6"]
    assert said.id == "t5"
    assert said.turns == ("t5", "t6")
    assert said.text == "I see why you are upset. I can send Tom."


def test_listening_between_ends_no_turn() -> None:
    facts = facts_of(CALL)
    assert facts.by_turn["t2"] is facts.by_turn["t4"]
    assert facts.by_turn["t3"].listens


def test_every_turn_with_text_is_somewhere() -> None:
    for analysis in (two_channels(), tense_call(), CALL):
        facts = facts_of(analysis)
        assert {t.id for t in analysis.turns if t.text} == set(facts.by_turn)
        assert [s.place for s in facts.said] == list(range(len(facts.said)))


def test_answers_are_the_next_two_that_say_something() -> None:
    (concern,) = facts_of(CALL).concerns or ()
    assert [said.id for said in concern.answers] == ["t5", "t8"]
    assert [said.id for said in concern.later] == ["t10"]


def test_concern_cut_by_the_agent_alone() -> None:
    def cut(incomer: str, start: float, kind: OverlapKind) -> OverlapEvent:
        holder = "customer" if incomer == "agent" else "agent"
        return OverlapEvent(start, start + 1, kind, incomer, holder, True, "but", 0.9)

    overlaps = (
        cut("agent", 6.0, OverlapKind.INTERRUPTION),
        cut("agent", 7.0, OverlapKind.ATTEMPTED),
        cut("customer", 6.5, OverlapKind.INTERRUPTION),
        cut("agent", 30.0, OverlapKind.INTERRUPTION),
    )
    (concern,) = facts_of(replace(CALL, overlaps=overlaps)).concerns or ()
    assert concern.cuts == overlaps[:1]


def test_unmeasured_overlaps_say_nothing_of_cuts() -> None:
    facts = facts_of(replace(CALL, overlaps=None))
    assert facts.overlaps is None
    assert facts.concerns and facts.concerns[0].cuts is None


def trusted(warnings: tuple[CallWarning, ...]) -> CallFacts:
    return facts_of(with_trust(replace(CALL, warnings=warnings), MeasuresConfig()))


def test_warnings_lower_the_trust_in_their_channel_only() -> None:
    config = MeasuresConfig()
    noisy = CallWarning("noisy", "Noise.", Side.LEFT)
    facts = trusted((noisy,))
    assert facts.customer_trust == config.trust_noisy
    assert facts.agent_trust == 1.0
    whole = trusted((replace(noisy, channel=None),))
    assert whole.agent_trust == whole.customer_trust == config.trust_noisy
    assert facts.trust == config.trust_noisy


def test_notes_cost_no_trust_and_unknown_warnings_do() -> None:
    note = CallWarning("narrowband", "Telephone.", severity=Severity.NOTE)
    odd = CallWarning("something_new", "?")
    assert trusted((note,)).trust == 1.0
    assert trusted((odd,)).trust == MeasuresConfig().trust_other


def test_reason_is_the_stages_own() -> None:
    facts = facts_of(mono())
    assert facts.why_missing("overlaps") == "both people share one channel"


def test_before_is_what_the_customer_said() -> None:
    facts = facts_of(CALL)
    before = facts.before(facts.by_turn["t8"])
    assert before is not None and before.text == "When does he come?"
    assert facts.before(facts.by_turn["t1"]) is None


MATCHER = Matcher(Config().phrases, None, Config().matching)


def interpreted_by(config: Config, agents_answer: str) -> CallFacts:
    """The facts of a call that was analysed with some settings."""
    call = two_channels()
    turns = tuple(replace(t, text=agents_answer) if t.id == "t6" else t for t in call.turns)
    return facts_of(interpreted(replace(call, turns=turns), MATCHER, config))


def test_what_a_call_was_analysed_with_is_what_coaching_sees() -> None:
    usual = Config()
    more = usual.model_copy(update={"responses": ResponsesConfig(agent_turns=3)})
    first, longer = (interpreted_by(c, "I will look.").concerns or () for c in (usual, more))
    assert (len(first[0].answers), len(longer[0].answers)) == (2, 3)

    none = usual.model_copy(update={"acts": ActsConfig(listener_words=())})
    listened = [
        [s.id for s in interpreted_by(config, "I see.").said if s.listens]
        for config in (usual, none)
    ]
    assert listened == [["t6"], []]

    words = (*usual.overlaps.continuer_words, "it", "is")
    joined = usual.model_copy(
        update={"overlaps": usual.overlaps.model_copy(update={"continuer_words": words})}
    )
    parts = [interpreted_by(config, "It is.").by_turn["t5"].turns for config in (usual, joined)]
    assert parts == [("t5",), ("t5", "t7")]  # a listener's words between do not part them
