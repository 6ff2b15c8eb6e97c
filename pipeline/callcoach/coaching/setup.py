"""What calls are coached by: the guide, the scorecard and the categories that belong together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from callcoach import __version__
from callcoach.coaching.categories import load_categories
from callcoach.coaching.coach import PARTS, coach
from callcoach.coaching.scorecard import check_against_guide, read_scorecard
from callcoach.config.categories import CategoryBook
from callcoach.config.config import Config
from callcoach.config.guide import Guide, read_guide
from callcoach.config.measures import MeasuresConfig
from callcoach.config.reports import SiteConfig
from callcoach.config.scorecard import ScorecardFile
from callcoach.model.analysis import CallAnalysis


@dataclass(frozen=True)
class CoachingSetup:
    """What calls are coached by, and how their pages tell it; picklable."""

    guide: Guide
    card: ScorecardFile
    categories: CategoryBook
    measures: MeasuresConfig
    site: SiteConfig

    @property
    def key(self) -> str:
        """Hash of all that coaching depends on, beside the analysis itself."""
        parts = [
            __version__,
            *PARTS,
            self.guide.sha256,
            self.card.sha256,
            *self.card.automatic,  # not in the card's hash, but in every result
            self.categories.sha256,
            self.measures.model_dump_json(),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def load_standard(
    config: Config,
    *,
    guide: Path | None = None,
    scorecard: Path | None = None,
    categories: Path | None = None,
) -> CoachingSetup:
    """Read what calls are coached by: the files given, else those of the settings, else ours.

    Raises
    ------
    ConfigError
        If a file cannot be read or is wrong; it names the file, the place and what is expected.
    """
    named = config.coaching
    book = read_guide(guide or _path(named.guide_file))
    card = read_scorecard(scorecard or _path(named.scorecard_file))
    tags = load_categories(categories or _path(named.categories_file))
    check_against_guide(card, book)
    return CoachingSetup(book, card, tags, config.measures, config.site)


def coached(analysis: CallAnalysis, standard: CoachingSetup) -> CallAnalysis:
    """An analysis with its findings, scores and tags."""
    return coach(analysis, standard.guide, standard.card, standard.categories, standard.measures)


def _path(name: str) -> Path | None:
    return Path(name) if name else None
