"""How far a call's measures can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.analysis.trust import least_trust
from callcoach.config.reports import SiteConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.recording import Severity
from callcoach.reports import labels
from callcoach.text import formatting


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


def trust_of(analysis: CallAnalysis, config: SiteConfig) -> Trust:
    """How far a call's numbers can be trusted: by its stored trust, and by what could be scored."""
    audio = least_trust(analysis)
    reasons = list(labels.warning_texts(analysis.warnings, Severity.WARNING, analysis.call.parties))
    places = [_level(audio, config.trust_good, config.trust_fair)]
    card = analysis.scorecard
    if card is not None:
        places.append(_level(card.coverage, config.coverage_good, config.coverage_fair))
        if places[-1]:
            reasons.append(
                f"Only {formatting.percent(card.coverage)} of the guide could be scored."
            )
    return Trust(_LEVELS[max(places)], audio, tuple(reasons))


def _level(value: float, good: float, fair: float) -> int:
    """Place in the levels of trust."""
    return 0 if value >= good else 1 if value >= fair else 2
