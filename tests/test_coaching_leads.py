"""Which findings lead: their order, what they may not share, and what never leads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.coaching.leads import select_highlights
from callcoach.coaching.practices import score
from callcoach.config.guide import FindingText, Guide
from callcoach.config.scorecard import (
    CriticalCard,
    EventCard,
    ItemCard,
    LeadsConfig,
    PracticeCard,
    ScorecardFile,
    SituationCard,
    SituationEvent,
)
from callcoach.errors import ConfigError
from callcoach.model.coaching import (
    Cap,
    Evidence,
    Finding,
    FindingKind,
    Measurement,
    Scorecard,
    SituationScore,
    Verdict,
)

GOOD, BAD, NOTE = Verdict.STRENGTH, Verdict.OPPORTUNITY, Verdict.NOTE
CODES = [f"code_{i}" for i in range(12)]


def guide_of(codes: list[str] = CODES) -> Guide:
    texts = {code: FindingText(title=f"title {code}", why="why", advice="try") for code in codes}
    return Guide(name="g", version="1", findings=texts)


def moment(code: str, at: float, verdict: Verdict = GOOD, **changes: object) -> Evidence:
    item = Evidence(
        start_s=at,
        end_s=at + 2.0,
        measure="m",
        code=code,
        verdict=verdict,
        speaker="agent",
        turn=f"t{at:g}",
        quote="what was said",
        before="before",
        value=None,
        limit=None,
        weight=0.8,
        confidence=0.9,
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def measure(name: str, value: float | None, *evidence: Evidence, **changes: object) -> Measurement:
    item = Measurement(
        name=name,
        value=value,
        reason=None if value is not None else "not measured",
        support=5.0,
        kind=FindingKind.SUGGESTION,
        confidence=0.8,
        evidence=tuple(replace(item, measure=name) for item in evidence),
    )
    return replace(item, **changes)  # type: ignore[arg-type]


def item(name: str, weight: float = 1.0) -> ItemCard:
    return ItemCard(measure=name, poor=0.0, good=1.0, weight=weight)


def leads_of(
    measures: dict[str, list[Measurement]],
    weights: dict[str, float] | None = None,
    leads: LeadsConfig | None = None,
    caps: tuple[Cap, ...] = (),
    situations: tuple[SituationScore, ...] = (),
    situation_cards: dict[str, SituationCard] | None = None,
    extra: tuple[Measurement, ...] = (),
) -> tuple[Finding, ...]:
    """Findings of a scorecard with the given measures by practice."""
    card = ScorecardFile(
        name="s",
        version="1",
        leads=leads or LeadsConfig(),
        practices={
            name: PracticeCard(
                weight=(weights or {}).get(name, 1.0),
                items=tuple(item(m.name) for m in found),
            )
            for name, found in measures.items()
        },
        situations=situation_cards or {},
        critical=tuple(
            CriticalCard(measure=cap.measure, at_least=cap.at_least, cap=cap.cap, why=cap.why)
            for cap in caps
        ),
    )
    found = {m.name: m for group in measures.values() for m in group}
    found |= {m.name: m for m in extra}
    scores = Scorecard(
        name="s",
        version="1",
        sha256="0",
        guide="g",
        guide_sha256="0",
        practices=score(found, card),
        situations=situations,
        overall=50.0,
        reason=None,
        coverage=1.0,
        caps=caps,
    )
    return select_highlights(found, scores, card, guide_of())


def led(findings: tuple[Finding, ...], verdict: Verdict) -> list[str]:
    return [f.code for f in findings if f.rank is not None and f.verdict is verdict]


def test_a_finding_has_the_words_of_the_guide_and_the_evidence():
    (finding,) = leads_of({"validate": [measure("a", 1.0, moment("code_0", 10.0))]})
    assert (finding.title, finding.why, finding.advice) == ("title code_0", "why", "try")
    assert (finding.quote, finding.before, finding.turn) == ("what was said", "before", "t10")
    assert (finding.practice, finding.measure, finding.times, finding.rank) == (
        "validate", "a", 1, 1,
    )  # fmt: skip


def test_moments_of_one_code_are_one_finding_that_counts_them_and_shows_the_weightiest():
    moments = [moment("code_0", at, weight=w) for at, w in ((10, 0.3), (20, 0.9), (30, 0.5))]
    (finding,) = leads_of({"validate": [measure("a", 1.0, *moments)]})
    assert finding.times == 3
    assert finding.start_s == 20.0


def test_one_code_in_two_verdicts_is_two_findings():
    moments = [moment("code_0", 10.0), moment("code_0", 20.0, BAD)]
    findings = leads_of({"validate": [measure("a", 0.5, *moments)]})
    assert [f.verdict for f in findings] == [GOOD, BAD]


def test_strengths_come_first_and_the_rest_last():
    moments = [moment(code, 10.0 * i, GOOD if i % 2 else BAD) for i, code in enumerate(CODES[:10])]
    findings = leads_of({"validate": [measure("a", 0.5, *moments)]})
    ranks = [(f.verdict, f.rank) for f in findings[:6]]
    assert ranks == [(GOOD, 1), (GOOD, 2), (GOOD, 3), (BAD, 1), (BAD, 2), (BAD, 3)]
    assert all(f.rank is None for f in findings[6:])
    assert len(findings) == 10


def test_impact_orders_by_weight_practice_and_score():
    strong = measure("a", 0.9, moment("code_0", 10.0), moment("code_1", 20.0, weight=0.4))
    weak = measure("b", 0.3, moment("code_2", 30.0))
    heavy = measure("c", 0.9, moment("code_3", 40.0))
    findings = leads_of(
        {"validate": [strong], "attend": [weak], "clarify": [heavy]},
        weights={"clarify": 2.0},
        leads=LeadsConfig(strengths=4, same_practice=1.0),
    )
    assert led(findings, GOOD) == ["code_3", "code_0", "code_1", "code_2"]
    impacts = {f.code: f.impact for f in findings}
    assert impacts["code_3"] == pytest.approx(1.0 * 0.9 * 0.8 * 0.9)  # weight, score, moment, sure
    assert impacts["code_0"] == pytest.approx(0.5 * 0.9 * 0.8 * 0.9)


def test_a_thing_to_work_on_weighs_more_where_the_score_is_low():
    low = measure("a", 0.1, moment("code_0", 10.0, BAD))
    high = measure("b", 0.9, moment("code_1", 20.0, BAD))
    assert led(leads_of({"validate": [high, low]}), BAD) == ["code_0", "code_1"]


def test_no_two_leads_are_about_the_same_turn():
    one = measure("a", 0.9, moment("code_0", 10.0))
    two = measure("b", 0.6, moment("code_1", 12.5, turn="t10"))
    findings = leads_of({"validate": [one], "attend": [two]})
    assert led(findings, GOOD) == ["code_0"]
    assert [f.rank for f in findings] == [1, None]


def test_no_two_leads_overlap_in_time_whatever_their_verdict():
    praise = measure("a", 0.9, moment("code_0", 10.0, turn=None))
    blame = measure("b", 0.1, moment("code_1", 11.5, BAD))
    findings = leads_of({"validate": [praise], "attend": [blame]})
    assert (led(findings, GOOD), led(findings, BAD)) == (["code_0"], [])


def test_a_taken_moment_gives_way_to_the_next_of_the_same_kind():
    one = measure("a", 0.9, moment("code_0", 10.0))
    two = measure("b", 0.6, moment("code_1", 10.0), moment("code_1", 50.0, weight=0.2))
    findings = leads_of({"validate": [one], "attend": [two]})
    second = next(f for f in findings if f.code == "code_1")
    assert (second.rank, second.start_s, second.times) == (2, 50.0, 2)


def test_an_unsure_thing_to_work_on_is_not_named():
    unsure = measure("a", 0.0, moment("code_0", 10.0, BAD, weight=1.0, confidence=0.49))
    sure = measure("b", 0.5, moment("code_1", 20.0, BAD, weight=0.5, confidence=0.5))
    findings = leads_of({"validate": [unsure], "attend": [sure]})
    assert [f.code for f in findings if f.verdict is BAD] == ["code_1"]


def test_notes_never_lead():
    findings = leads_of({"validate": [measure("a", 0.5, moment("code_0", 10.0, NOTE))]})
    assert [f.rank for f in findings] == [None]


def test_a_critical_finding_goes_first():
    cap = Cap("b", 0.9, 0.5, 40.0, "why")
    light = measure("b", 0.5, moment("code_1", 20.0, BAD, weight=0.3))
    heavy = measure("a", 0.0, moment("code_0", 10.0, BAD, weight=1.0))
    practices = {"validate": [heavy], "attend": [light]}
    assert led(leads_of(practices), BAD) == ["code_0", "code_1"]
    assert led(leads_of(practices, caps=(cap,)), BAD) == ["code_1", "code_0"]


def test_what_hardly_matters_does_not_lead():
    light = measure("a", 0.9, moment("code_0", 10.0, weight=0.05), moment("code_1", 20.0))
    findings = leads_of({"validate": [light]})
    assert [(f.code, f.rank) for f in findings] == [("code_1", 1), ("code_0", None)]


@pytest.mark.parametrize(
    ("value", "praise", "blame"), [(0.45, ["code_0"], []), (0.3, [], ["code_1"])]
)
def test_a_moment_that_can_be_told_both_ways_is_a_strength_unless_it_matters_less(
    value, praise, blame
):
    both = measure("a", value, moment("code_0", 10.0), moment("code_1", 10.0, BAD))
    findings = leads_of({"validate": [both]})
    assert (led(findings, GOOD), led(findings, BAD)) == (praise, blame)


def test_leads_speak_of_different_chapters_where_they_can():
    same = measure("a", 0.9, moment("code_0", 10.0), moment("code_1", 20.0))
    other = measure("b", 0.8, moment("code_2", 30.0))
    assert led(leads_of({"validate": [same], "attend": [other]}), GOOD) == [
        "code_0", "code_2", "code_1",
    ]  # fmt: skip


def test_a_moment_that_two_chapters_share_is_told_once():
    shared = measure("a", 0.9, moment("code_0", 10.0))
    findings = leads_of({"validate": [shared], "attend": [shared]}, weights={"attend": 2.0})
    assert [(f.practice, f.code) for f in findings] == [("attend", "code_0")]


def test_measured_needs_a_value():
    numbers = replace(moment("code_0", 10.0), value=3.0, quote=None)
    words = moment("code_1", 20.0)
    findings = leads_of({"attend": [measure("a", 1.0, numbers, words, kind=FindingKind.MEASURED)]})
    kinds = {f.code: f.kind for f in findings}
    assert kinds == {"code_0": FindingKind.MEASURED, "code_1": FindingKind.SUGGESTION}


def test_a_situation_adds_its_own_findings_only_where_it_was_heard():
    fall = measure("fall", 0.8, moment("code_5", 60.0))
    cards = {
        "heated": SituationCard(
            practice="validate",
            when=(EventCard(event=SituationEvent.THREAT),),
            items=(item("fall"),),
        )
    }
    practices = {"validate": [measure("a", 0.9, moment("code_0", 10.0))]}
    for heard, codes in ((True, ["code_0", "code_5"]), (False, ["code_0"])):
        row = SituationScore(
            "heated", heard, (), 80.0, None, FindingKind.SUGGESTION, 0.9,
            score({"fall": fall}, ScorecardFile(
                name="s", version="1", practices={"x": PracticeCard(items=(item("fall"),))}
            ))[0].items,
        )  # fmt: skip
        findings = leads_of(practices, situations=(row,), situation_cards=cards, extra=(fall,))
        assert [f.code for f in findings] == codes
    assert findings[0].situation is None


def test_a_code_without_words_is_an_error_that_names_it():
    with pytest.raises(ConfigError, match=r"finding\.nowhere"):
        leads_of({"validate": [measure("a", 1.0, moment("nowhere", 10.0))]})


MOMENTS = st.builds(
    moment,
    st.sampled_from(CODES),
    st.integers(0, 40).map(float),
    st.sampled_from(list(Verdict)),
    weight=st.floats(0, 1),
    confidence=st.floats(0, 1),
)


@given(st.lists(st.tuples(st.floats(0, 1), st.lists(MOMENTS, max_size=8)), min_size=1, max_size=5))
def test_leads_keep_the_rules_whatever_was_heard(drawn):
    practices = {
        f"p{i}": [measure(f"m{i}", value, *moments)] for i, (value, moments) in enumerate(drawn)
    }
    findings = leads_of(practices)
    leads = [f for f in findings if f.rank is not None]
    assert findings == leads_of(practices)
    for verdict in (GOOD, BAD):
        ranks = [f.rank for f in leads if f.verdict is verdict]
        assert ranks == list(range(1, len(ranks) + 1))
        assert len(ranks) <= 3
    for place, one in enumerate(leads):
        assert one.verdict is not BAD or one.confidence >= 0.5
        for other in leads[place + 1 :]:
            assert one.turn != other.turn
            assert not one.overlaps(other)
            assert (one.practice, one.code) != (other.practice, other.code)
    keys = [(f.practice, f.code, f.verdict) for f in findings]
    assert len(keys) == len(set(keys))
    assert all(0 <= f.impact <= 1 for f in findings)
