"""Coaching a stored analysis: pure, repeatable, and it leaves everything else alone."""

from __future__ import annotations

import time
from dataclasses import fields, replace

import pytest

import factory
from callcoach.call import CallAnalysis, OverlapKind, Role
from callcoach.coaching.coach import PARTS, coach
from callcoach.coaching.scorecard import read_scorecard
from callcoach.delivery import Unmeasured
from callcoach.document import from_json, to_json
from callcoach.findings import SituationScore, Verdict
from callcoach.language import ConcernKind, ResponseKind
from callcoach.settings.guide import read_guide
from callcoach.settings.measures import MeasuresConfig
from spoken import acts, concern, heard, none_heard, response

GUIDE = read_guide(None)
CARD = read_scorecard(None)
CALLS = [factory.two_channels(), factory.tense_call(), factory.mono(), factory.empty()]


def coached(analysis: CallAnalysis) -> CallAnalysis:
    return coach(analysis, GUIDE, CARD, None, MeasuresConfig())


def situation(analysis: CallAnalysis, name: str) -> SituationScore:
    card = coached(analysis).scorecard
    assert card is not None
    return next(item for item in card.situations if item.id == name)


@pytest.mark.parametrize("analysis", CALLS)
def test_only_the_parts_of_coaching_change(analysis):
    after = coached(analysis)
    for field in fields(CallAnalysis):
        if field.name not in (*PARTS, "unmeasured"):
            assert getattr(after, field.name) == getattr(analysis, field.name)
    assert after.scorecard is not None and after.categories is not None
    kept = [item for item in analysis.unmeasured if item.measure not in PARTS]
    if any(party.role is Role.AGENT for party in analysis.call.parties):
        assert after.findings is not None
        assert list(after.unmeasured) == kept
    else:
        reason = Unmeasured("findings", "it is not known who is the agent")
        assert after.findings is None
        assert list(after.unmeasured) == [*kept, reason]


@pytest.mark.parametrize("analysis", CALLS)
def test_coaching_twice_is_coaching_once(analysis):
    once = coached(analysis)
    assert coached(once) == once == coached(analysis)


@pytest.mark.parametrize("analysis", CALLS[:2])
def test_a_stored_analysis_is_coached_alike(analysis):
    stored = from_json(to_json(analysis), "here")
    assert to_json(coached(stored)) == to_json(coached(from_json(to_json(stored), "there")))
    assert from_json(to_json(coached(stored)), "here").scorecard is not None


@pytest.mark.parametrize("analysis", CALLS[:2])
def test_findings_are_about_the_call(analysis):
    findings = coached(analysis).findings
    turns = {turn.id for turn in analysis.turns}
    assert findings
    for finding in findings:
        assert finding.turn is None or finding.turn in turns
        assert 0 <= finding.start_s <= finding.end_s <= analysis.call.duration_s
        assert finding.title and finding.why and finding.advice
    leads = [f for f in findings if f.rank is not None]
    assert leads == list(findings[: len(leads)])
    verdicts = [f.verdict for f in leads]
    assert verdicts == sorted(verdicts, key=lambda v: v is Verdict.OPPORTUNITY)


def test_where_nothing_is_known_nothing_is_found():
    for analysis in (factory.mono(), factory.empty()):
        assert coached(analysis).findings is None


# --------------------------------------------------------------------------- situations


def quiet(**changes: object) -> CallAnalysis:
    """A call in which nothing was heard but what is given."""
    base = factory.two_channels(**none_heard())
    return replace(base, tension=(), overlaps=(), composure=None, **changes)  # type: ignore[arg-type]


def upset(turn: str, *kinds: ConcernKind):
    return concern(turn, "what was said", kinds, 0.9, heard("what was said", "line"))


def test_in_a_quiet_call_no_situation_is_heard():
    card = coached(quiet()).scorecard
    assert card is not None
    assert [item.id for item in card.situations if item.heard] == []
    assert {item.reason for item in card.situations} == {"this was not heard in the call"}


@pytest.mark.parametrize("kind", [ConcernKind.HARSH, ConcernKind.THREAT])
def test_harsh_words_and_threats_are_heated(kind):
    row = situation(
        quiet(concerns=(upset("t2", kind),), responses=(response("t2", "t4"),)), "heated"
    )
    assert row.heard
    assert [(moment.turn, moment.code[:5]) for moment in row.moments] == [("t2", kind.value[:5])]


def test_a_problem_alone_is_not_heated():
    call = quiet(concerns=(upset("t2", ConcernKind.PROBLEM),), responses=(response("t2", "t4"),))
    assert not situation(call, "heated").heard


def test_a_limit_that_is_stated_cannot_be_met():
    line = heard("I can't do that", "i can not")
    call = quiet(acts=(acts("t4", 0.9, state_limit=line),))
    assert situation(call, "cannot_meet").heard
    assert not situation(call, "after_mistake").heard


def test_owning_needs_an_apology_to_be_about_a_mistake():
    line = heard("that was our mistake", "our mistake")
    owned = quiet(acts=(acts("t4", 0.9, own=line),))
    both = quiet(acts=(acts("t4", 0.9, own=line, apologise=line),))
    assert not situation(owned, "after_mistake").heard
    assert situation(both, "after_mistake").heard
    assert ResponseKind.OWN in both.acts[0].kinds


def with_texts(**texts: str) -> CallAnalysis:
    turns = factory.two_channels().turns
    return quiet(turns=tuple(replace(t, text=texts.get(t.id, t.text)) for t in turns))


def test_a_customer_who_asks_to_be_heard_is_not_listening():
    call = with_texts(t5="Let me finish, please, it is about the bill.")
    assert [moment.turn for moment in situation(call, "wont_listen").moments] == ["t5"]


@pytest.mark.parametrize(
    ("told", "texts", "moments"),
    [
        (("t2", "t5", "t10"), ("The bill is wrong.", "Wrong, that bill!", "A wrong bill."), 2),
        (("t2", "t5"), ("The bill is wrong.", "Wrong, that bill!"), 0),
        (("t2", "t5", "t10"), ("The bill is wrong.", "My boiler leaks.", "The bed is late."), 0),
    ],
)
def test_a_customer_who_tells_the_same_again_and_again_is_not_listening(told, texts, moments):
    call = replace(
        with_texts(**dict(zip(told, texts, strict=True))),
        concerns=tuple(upset(turn, ConcernKind.PROBLEM) for turn in told),
        responses=tuple(
            response(turn, answer) for turn, answer in zip(told, ("t4", "t6", "t11"), strict=False)
        ),
    )
    row = situation(factory.settled(call), "wont_listen")
    assert (row.heard, len(row.moments)) == (moments > 0, moments)


def test_pressure_needs_hard_turns_in_a_row():
    row = tuple(upset(turn, ConcernKind.FEELING) for turn in ("t2", "t5"))
    apart = tuple(upset(turn, ConcernKind.FEELING) for turn in ("t2", "t10"))
    for concerns, expected in ((row, True), (apart, False)):
        answers = tuple(response(item.turn, "t11") for item in concerns)
        call = quiet(concerns=concerns, responses=answers)
        assert situation(call, "under_pressure").heard is expected


def test_a_customer_who_cuts_in_twice_is_not_listening():
    one = factory.two_channels().overlaps[2]
    assert (one.incomer, one.kind) == ("customer", OverlapKind.INTERRUPTION)
    later = replace(one, start_s=75.1, end_s=76.4)
    assert not situation(replace(quiet(), overlaps=(one,)), "wont_listen").heard
    row = situation(replace(quiet(), overlaps=(one, later)), "wont_listen")
    assert [moment.code for moment in row.moments] == ["customer_interruption"] * 2


def test_without_overlaps_the_reason_is_told():
    missing = Unmeasured("overlaps", "both people share one channel")
    row = situation(replace(quiet(), overlaps=None, unmeasured=(missing,)), "wont_listen")
    assert (row.heard, row.reason) == (False, "both people share one channel")


# --------------------------------------------------------------------------- speed


def test_a_thousand_calls_are_rescored_in_a_minute():
    call = factory.tense_call()
    coached(call)
    start = time.process_time()
    for _ in range(50):
        coached(call)
    assert (time.process_time() - start) / 50 * 1000 < 60.0
