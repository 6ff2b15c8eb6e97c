"""What the pages about many calls know of one call."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from pydantic import TypeAdapter

import factory
from callcoach.call import CallAnalysis, CallWarning, Severity
from callcoach.findings import Verdict
from callcoach.reports.digest import CallDigest, TrustLevel
from callcoach.reports.rows import call_row
from callcoach.settings.site import SiteConfig
from coached import coached, finding, scored
from shipped import digest_of

CASES = (
    factory.two_channels, factory.mono, factory.empty, factory.tense_call, scored,
    lambda: coached(factory.tense_call()),
)  # fmt: skip


@pytest.mark.parametrize("build", CASES)
def test_a_digest_survives_being_kept(build: Callable[[], CallAnalysis]) -> None:
    digest = digest_of(build())
    adapter = TypeAdapter(CallDigest)
    assert adapter.validate_json(adapter.dump_json(digest)) == digest


@pytest.mark.parametrize("build", CASES)
def test_measures_are_those_of_the_tables(build: Callable[[], CallAnalysis]) -> None:
    analysis = build()
    digest, row = digest_of(analysis), call_row(analysis)
    for item in digest.voice:
        assert item.value == row.get(f"agent_{item.name}", row.get(item.name)), item.name
        assert item.unit
    assert digest.overall == row.get("overall") and digest.coverage == row.get("coverage")
    assert digest.tension_peak == row.get("customer_tension_peak")


def test_what_was_not_measured_is_none() -> None:
    digest = digest_of(factory.mono())
    assert {item.value for item in digest.voice} == {None}
    assert digest.overlaps is None and digest.agent_took_over is None
    assert digest.overall is None and digest.practices == () and digest.findings == ()
    assert digest_of(factory.empty()).overlaps == 0  # measured, none found


def test_findings_practices_and_manifest_can_be_asked_for() -> None:
    digest = digest_of(scored())
    work, good = digest.strongest(Verdict.OPPORTUNITY), digest.strongest(Verdict.STRENGTH)
    assert work is not None and work.code == "cut_in" and work.key == "cut_in-58900"
    assert good is not None and good.code == "steady_voice"
    assert digest.strongest(Verdict.NOTE) is None
    attend, empathy = digest.practice("attend"), digest.practice("empathy")
    assert attend is not None and attend.score == 72.0
    assert empathy is not None and empathy.score is None and empathy.reason == "too little speech"
    assert digest.practice("no such") is None
    assert digest.described("queue") == "billing" and digest.described("shelf") is None
    assert digest.measure("rate_wpm") is not None and digest.measure("no such") is None


def test_only_leads_are_moments_of_the_index() -> None:
    rest = finding(rank=None, impact=1.0, code="other")
    lead = finding(impact=0.1)
    digest = digest_of(factory.two_channels(findings=(rest, lead)))
    assert digest.strongest(Verdict.OPPORTUNITY) == digest.findings[1]


def test_the_strongest_moment_has_the_most_impact_which_holds_the_confidence() -> None:
    sure = finding(impact=0.3, confidence=0.9)
    strong = finding(impact=0.4, confidence=0.5, code="other")
    digest = digest_of(factory.two_channels(findings=(sure, strong)))
    found = digest.strongest(Verdict.OPPORTUNITY)
    assert found is not None and found.code == "other"


def warned(*codes: str, severity: Severity = Severity.WARNING) -> CallAnalysis:
    warnings = tuple(CallWarning(code, f"It was {code}.", severity=severity) for code in codes)
    return factory.two_channels(warnings=warnings)


@pytest.mark.parametrize(
    ("codes", "level"),
    [
        ((), TrustLevel.GOOD),
        (("crosstalk",), TrustLevel.GOOD),
        (("noisy",), TrustLevel.FAIR),
        (("more_voices",), TrustLevel.FAIR),
        (("noisy", "voices_alike"), TrustLevel.POOR),
        (("no_speech",), TrustLevel.POOR),
    ],
)
def test_trust_falls_with_every_warning(codes: tuple[str, ...], level: TrustLevel) -> None:
    trust = digest_of(warned(*codes)).trust
    assert trust.level is level
    assert trust.reasons == tuple(f"It was {code}." for code in codes)
    noted = digest_of(warned(*codes, severity=Severity.NOTE)).trust
    assert noted.level is TrustLevel.GOOD and noted.reasons == ()


@pytest.mark.parametrize(
    ("coverage", "level"),
    [(0.5, TrustLevel.GOOD), (0.49, TrustLevel.FAIR), (0.24, TrustLevel.POOR)],
)
def test_trust_needs_a_part_of_the_guide(coverage: float, level: TrustLevel) -> None:
    analysis = dataclasses.replace(scored(), warnings=())
    assert analysis.scorecard is not None
    card = dataclasses.replace(analysis.scorecard, coverage=coverage)
    trust = digest_of(dataclasses.replace(analysis, scorecard=card)).trust
    assert trust.level is level
    assert bool(trust.reasons) == (level is not TrustLevel.GOOD)


def test_the_limits_of_trust_are_settings() -> None:
    strict = SiteConfig(trust_good=0.99, trust_fair=0.9)
    assert digest_of(warned("crosstalk"), strict).trust.level is TrustLevel.POOR
    with pytest.raises(ValueError, match="trust_fair < trust_good"):
        SiteConfig(trust_good=0.4)
