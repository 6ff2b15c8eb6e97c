"""What pages about many calls are made from, without the calls: digests with set scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from callcoach.config.guide import shipped_guide
from callcoach.model.coaching import FindingKind, Verdict
from callcoach.model.recording import MetadataItem
from callcoach.reports.site.digest import CallDigest, FindingDigest, MeasureDigest, PracticeDigest
from callcoach.reports.site.trend_cards import VOICE_MEASURES
from callcoach.reports.trust import Trust, TrustLevel

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PRACTICES = tuple(c.id for c in shipped_guide().chapters if c.kind is not FindingKind.NOT_AUDIBLE)
STRENGTHS = (("validated", "validate"), ("solved", "solutions"), ("gave_back", "clarify"))
OPPORTUNITIES = (
    ("cut_concern", "attend"),
    ("hurried", "gentle_voice"),
    ("bare_limit", "solutions"),
)


def told(
    code: str = "cut_concern",
    practice: str = "attend",
    verdict: Verdict = Verdict.OPPORTUNITY,
    *,
    at_s: float = 12.5,
    impact: float = 0.4,
    confidence: float = 0.8,
    rank: int | None = 1,
    quote: str | None = "let me just stop you there",
) -> FindingDigest:
    """A finding with the guide's title."""
    words = shipped_guide().finding(code)
    return FindingDigest(
        f"{code}-{round(at_s * 1000)}", code, practice, FindingKind.SUGGESTION, verdict,
        words.title if words else code, quote, at_s, at_s + 3.0, 1, impact, confidence, rank,
    )  # fmt: skip


def digest(
    call_id: str = "call-1",
    agent_id: str | None = "ana",
    day: float | None = 0.0,
    *,
    scores: Mapping[str, float | None] | None = None,
    confidence: float = 0.9,
    overall: float | None = 60.0,
    voice: Mapping[str, float] | None = None,
    findings: Sequence[FindingDigest] = (),
    categories: Sequence[str] = (),
    trust: TrustLevel = TrustLevel.GOOD,
    metadata: Mapping[str, str] | None = None,
) -> CallDigest:
    """A call ``day`` days after :data:`START`, ``None`` without a date."""
    scores = {} if scores is None else scores
    return CallDigest(
        call_id=call_id,
        agent_id=agent_id,
        started_at=None if day is None else (START + timedelta(days=day)).isoformat(),
        duration_s=300.0,
        metadata=tuple(MetadataItem(*item) for item in (metadata or {}).items()),
        overall=overall,
        coverage=None if overall is None else 0.9,
        practices=tuple(
            PracticeDigest(
                name,
                score,
                "too little speech" if score is None else None,
                confidence,
                FindingKind.MEASURED,
            )
            for name, score in scores.items()
        ),
        voice=tuple(
            MeasureDigest(m.name, (voice or {}).get(m.name), m.scale.unit) for m in VOICE_MEASURES
        ),
        findings=tuple(findings),
        categories=tuple(categories),
        trust=Trust(trust, 0.9, () if trust is TrustLevel.GOOD else ("The line is noisy.",)),
        tension_peak=0.4,
        shares=(),
        overlaps=3,
        agent_took_over=1,
        customer_took_over=0,
        warnings=(),
        playback=True,
    )


def many(
    agent_id: str = "ana",
    calls: int = 40,
    *,
    seed: int = 0,
    middle: float = 60.0,
    rise: Mapping[str, float] | None = None,
    findings: bool = True,
) -> list[CallDigest]:
    """Calls of one agent, one each day; ``rise`` is added to a score or measure in the later half.

    Scores pile up at 0 and 100 as real ones do.
    """
    rng = np.random.default_rng(seed)
    usual = {"calmness": (70, 8), "pitch_sd_st": (2.6, 0.4), "rate_wpm": (165, 12),
             "level_trend_db_min": (0.1, 0.5), "talk_share": (0.45, 0.08),
             "interruptions_per_10min": (2, 1.2), "answer_median_s": (0.5, 0.2)}  # fmt: skip
    result = []
    for place in range(calls):
        more = {name: by for name, by in (rise or {}).items() if place >= calls // 2}
        shared = rng.normal()
        scores: dict[str, float | None] = {}
        for name in PRACTICES:
            value = middle + 30 * (0.5 * shared + 0.85 * rng.normal()) + more.get(name, 0.0)
            missing = rng.random() < (0.6 if name == "escalate" else 0.05)
            scores[name] = None if missing else float(np.clip(np.round(value / 10) * 10, 0, 100))
        voice = {
            name: float(mean + spread * rng.normal() + more.get(name, 0.0))
            for name, (mean, spread) in usual.items()
        }
        told_here = []
        if findings:
            for number, (code, practice) in enumerate((*STRENGTHS, *OPPORTUNITIES)):
                good = number < len(STRENGTHS)
                if rng.random() < (0.75, 0.4, 0.1, 0.5, 0.3, 0.05)[number]:
                    told_here.append(
                        told(
                            code,
                            practice,
                            Verdict.STRENGTH if good else Verdict.OPPORTUNITY,
                            at_s=float(10 + 20 * number + round(rng.random(), 2)),
                            impact=float(0.2 + 0.5 * rng.random()),
                            confidence=float(0.6 + 0.4 * rng.random()),
                        )
                    )
        known = [score for score in scores.values() if score is not None]
        result.append(
            digest(
                f"{agent_id}-{place:03d}",
                agent_id,
                float(place),
                scores=scores,
                confidence=float(0.5 + 0.5 * rng.random()),
                overall=float(np.mean(known)) if known else None,
                voice=voice,
                findings=told_here,
                categories=("May leave",) if rng.random() < 0.1 else (),
                trust=(TrustLevel.GOOD, TrustLevel.FAIR, TrustLevel.POOR)[
                    int(rng.choice(3, p=(0.8, 0.15, 0.05)))
                ],
                metadata={"queue": ("billing", "delivery", "repairs")[place % 3]},
            )
        )
    return result
