"""What the pages about many calls know of one call: small enough to keep for a whole batch.

The index, the agents' pages and the team's page are made from these alone, so that one new call
reads one analysis.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from callcoach.call import CallAnalysis, MetadataItem, Role, Severity
from callcoach.findings import Finding, FindingKind, Verdict
from callcoach.reports import wording
from callcoach.reports.facts import facts_of
from callcoach.reports.naming import naming_command
from callcoach.reports.rows import call_row
from callcoach.reports.shares import ShareBar, share_bars
from callcoach.settings.site import SiteConfig
from callcoach.trust import least_trust

VOICE_UNITS = {
    "calmness": "points",
    "pitch_median_st": "st",
    "pitch_sd_st": "st",
    "pitch_range_st": "st",
    "pitch_movement_st_s": "st/s",
    "rate_wpm": "words/min",
    "rate_syll_s": "syll/s",
    "level_trend_db_min": "dB/min",
    "effort_db": "dB",
    "talk_share": "share",
    "speech_share": "share",
    "interruptions": "times",
    "interruptions_per_10min": "times in 10 min",
    "answer_median_s": "s",
    "uncut_share": "share",
}
"""The agent's measures in a digest with their units: columns of ``calls``, without ``agent_``."""

COMPOSURE_UNITS = {
    "composure_pitch_st": "st",
    "composure_level_db": "dB",
    "composure_rate_percent": "%",
    "composure_effort_db": "dB",
    "composure_calmness": "points",
}
"""How the agent's voice changed after tense turns: columns of ``calls`` with their units."""


class TrustLevel(StrEnum):
    """How far the numbers of a call can be trusted."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


_LEVELS = tuple(TrustLevel)  # the best first


@dataclass(frozen=True)
class Trust:
    """How far the numbers of a call can be trusted, and why not more.

    ``audio`` (0..1) is what the warnings leave of the trust in the recording; ``reasons`` are
    whole sentences, none where nothing speaks against it.
    """

    level: TrustLevel
    audio: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PracticeDigest:
    """The score of one chapter, as in :class:`callcoach.findings.PracticeScore`."""

    id: str
    score: float | None
    reason: str | None
    confidence: float
    kind: FindingKind


@dataclass(frozen=True)
class MeasureDigest:
    """One measure of the agent in this call; ``value`` is ``None`` where it was not measured."""

    name: str
    value: float | None
    unit: str


@dataclass(frozen=True)
class FindingDigest:
    """A finding without the guide's longer words, which ``code`` names.

    ``key`` is its id on the call's page; the rest is as in :class:`callcoach.findings.Finding`.
    """

    key: str
    code: str
    practice: str
    kind: FindingKind
    verdict: Verdict
    title: str
    quote: str | None
    start_s: float
    end_s: float
    times: int
    impact: float
    confidence: float
    rank: int | None


@dataclass(frozen=True)
class CallDigest:
    """What the pages about many calls know of one call.

    ``overall`` is the overall score (0..100) and ``coverage`` (0..1) how much of the guide stands
    behind it; ``None`` where there is none. ``overlaps`` and the ``*_took_over`` counts are
    ``None`` where they were not measured, or where nobody knows which party is the agent.
    ``tension_peak`` (0..1) is the tensest turn of the customer. ``findings`` are in the order of
    the analysis: the leads first. ``playback`` says that the call's page has the sound.
    ``left_out`` counts the findings that are not here as coaches did not agree with them.
    ``unnamed`` is the command that says who the agent is, ``None`` where that is known.
    """

    call_id: str
    agent_id: str | None
    started_at: str | None
    duration_s: float
    metadata: tuple[MetadataItem, ...]
    overall: float | None
    coverage: float | None
    practices: tuple[PracticeDigest, ...]
    voice: tuple[MeasureDigest, ...]
    findings: tuple[FindingDigest, ...]
    categories: tuple[str, ...]
    trust: Trust
    tension_peak: float | None
    shares: tuple[ShareBar, ...]
    overlaps: int | None
    agent_took_over: int | None
    customer_took_over: int | None
    warnings: tuple[str, ...]
    playback: bool
    left_out: int = 0
    unnamed: str | None = None

    def without(self, keys: Collection[str]) -> CallDigest:
        """The same without these findings; ``left_out`` counts them."""
        kept = tuple(finding for finding in self.findings if finding.key not in keys)
        return replace(self, findings=kept, left_out=len(self.findings) - len(kept))

    def practice(self, name: str) -> PracticeDigest | None:
        """One chapter, ``None`` where the scorecard had no such chapter."""
        return next((item for item in self.practices if item.id == name), None)

    def score(self, name: str) -> float | None:
        """The score of one chapter, ``None`` where there is none."""
        practice = self.practice(name)
        return None if practice is None else practice.score

    def measure(self, name: str) -> float | None:
        """A measure of the agent by its name, ``None`` where it was not measured."""
        return next((item.value for item in self.voice if item.name == name), None)

    def described(self, name: str) -> str | None:
        """What the manifest says in one of its own columns, ``None`` where it has no such one."""
        return next((item.value for item in self.metadata if item.name == name), None)

    def strongest(self, verdict: Verdict) -> FindingDigest | None:
        """The lead with the most impact of those that point one way, ``None`` without one.

        The impact of a finding holds its confidence already.
        """
        leads = [f for f in self.findings if f.verdict is verdict and f.rank is not None]
        return max(leads, key=lambda f: (f.impact, -f.start_s), default=None)


def digest_of(analysis: CallAnalysis, config: SiteConfig) -> CallDigest:
    """Take from an analysis what the pages about many calls need.

    Parameters
    ----------
    analysis
        A stored analysis.
    config
        From where on a call is trusted.
    """
    call = analysis.call
    facts = facts_of(analysis)
    row = call_row(analysis)
    agent = facts.came_in_of(Role.AGENT)
    customer = facts.came_in_of(Role.CUSTOMER)
    names = {party.id: wording.party_name(party) for party in call.parties}
    card = analysis.scorecard
    return CallDigest(
        call_id=call.id,
        agent_id=call.agent_id,
        started_at=call.started_at,
        duration_s=call.duration_s,
        metadata=call.metadata,
        overall=None if card is None else card.overall,
        coverage=None if card is None else card.coverage,
        practices=tuple(
            PracticeDigest(p.id, p.score, p.reason, p.confidence, p.kind)
            for p in (() if card is None else card.practices)
        ),
        voice=tuple(
            MeasureDigest(name, _real(row.get(f"{Role.AGENT}_{name}")), unit)
            for name, unit in VOICE_UNITS.items()
        )
        + tuple(
            MeasureDigest(name, _real(row.get(name)), unit)
            for name, unit in COMPOSURE_UNITS.items()
        ),
        findings=tuple(_finding(finding) for finding in analysis.findings or ()),
        categories=tuple(tag.name for tag in analysis.categories or ()),
        trust=trust_of(analysis, config),
        tension_peak=row.get("customer_tension_peak"),
        shares=share_bars(facts, names),
        overlaps=facts.overlaps,
        agent_took_over=agent.took_over if agent else None,
        customer_took_over=customer.took_over if customer else None,
        warnings=wording.warning_texts(analysis.warnings, Severity.WARNING, call.parties),
        playback=analysis.playback is not None,
        unnamed=naming_command(analysis),
    )


def trust_of(analysis: CallAnalysis, config: SiteConfig) -> Trust:
    """How far a call's numbers can be trusted: by its stored trust, and by what could be scored."""
    audio = least_trust(analysis)
    reasons = list(
        wording.warning_texts(analysis.warnings, Severity.WARNING, analysis.call.parties)
    )
    places = [_level(audio, config.trust_good, config.trust_fair)]
    card = analysis.scorecard
    if card is not None:
        places.append(_level(card.coverage, config.coverage_good, config.coverage_fair))
        if places[-1]:
            reasons.append(f"Only {wording.percent(card.coverage)} of the guide could be scored.")
    return Trust(_LEVELS[max(places)], audio, tuple(reasons))


def _level(value: float, good: float, fair: float) -> int:
    """Place in the levels of trust."""
    return 0 if value >= good else 1 if value >= fair else 2


def _real(value: float | None) -> float | None:
    return None if value is None else float(value)


def _finding(finding: Finding) -> FindingDigest:
    return FindingDigest(
        key=finding.key,
        code=finding.code,
        practice=finding.practice,
        kind=finding.kind,
        verdict=finding.verdict,
        title=finding.title,
        quote=finding.quote,
        start_s=finding.start_s,
        end_s=finding.end_s,
        times=finding.times,
        impact=finding.impact,
        confidence=finding.confidence,
        rank=finding.rank,
    )


def left_out_words(calls: Sequence[CallDigest]) -> str:
    """How many moments the pages about many calls leave out, empty where there are none."""
    many = sum(call.left_out for call in calls)
    if not many:
        return ""
    moments = wording.count(many, "moment", "moments")
    return (
        f"Left out here: {moments} that a coach or QA did not agree with. The call’s page has them."
    )
