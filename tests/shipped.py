"""What is made with the shipped settings: for tests in which it does not matter which they are.

The functions of the package take their settings from the run, and have no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callcoach.audio import copy, decode, two_files
from callcoach.batch import listing, playback, retention, site, source, worker
from callcoach.batch.ledger import Ledger
from callcoach.batch.store import Store
from callcoach.call import CallAnalysis, Recording
from callcoach.config import Config
from callcoach.reports import agent_page, call_page, digest, team_page
from callcoach.reports import site as index
from callcoach.review import store as reviews
from callcoach.settings.reports import ReportsConfig

SHIPPED = Config()


def render_html(analysis: CallAnalysis, *more: Any, **others: Any) -> str:
    return call_page.render_html(analysis, *more, **{"site": SHIPPED.site, **others})


def render_markdown(analysis: CallAnalysis, *more: Any, **others: Any) -> str:
    return call_page.render_markdown(analysis, *more, **{"site": SHIPPED.site, **others})


def page_of(analysis: CallAnalysis, *more: Any, **others: Any) -> call_page.Page:
    return call_page.page_of(analysis, *more, **{"site": SHIPPED.site, **others})


def digest_of(analysis: CallAnalysis, config: Any = SHIPPED.site) -> digest.CallDigest:
    return digest.digest_of(analysis, config)


def render_index(calls: Any, failures: Any, *more: Any, **others: Any) -> str:
    return index.render_index(calls, failures, *more, **{"config": SHIPPED, **others})


def render_agent(agent_id: str, calls: Any, *more: Any, **others: Any) -> str:
    return agent_page.render_agent(agent_id, calls, *more, **{"config": SHIPPED, **others})


def render_team(calls: Any, *more: Any, **others: Any) -> str:
    return team_page.render_team(calls, *more, **{"config": SHIPPED, **others})


def write_site(
    store: Store, ledger: Ledger, config: Config = SHIPPED, **others: Any
) -> site.SiteResult:
    return site.write_site(store, ledger, config, **others)


def write_analysis(store: Store, analysis: CallAnalysis) -> None:
    worker.write_analysis(store, analysis, SHIPPED.site)


def read_source(path: Path, *more: Any, **others: Any) -> listing.Source:
    named = {"config": SHIPPED.arrivals, "settings": SHIPPED.source, **others}
    return source.read_source(path, *more, **named)


def purge(store: Store, plan: retention.Plan) -> retention.Purged:
    return retention.purge(store, plan, SHIPPED)


def finish_purge(store: Store) -> None:
    retention.finish_purge(store, SHIPPED)


def open_recording(path: Path, config: Any = SHIPPED.audio) -> Any:
    return decode.open_recording(path, config)


def open_call(recording: Recording) -> tuple[decode.Header, Any]:
    return two_files.open_call(recording, SHIPPED.audio)


def compact_copy(recording: Recording, silent: Sequence[Any], config: ReportsConfig) -> bytes:
    return copy.compact_copy(recording, silent, config, SHIPPED.audio)


def with_playback(
    analysis: CallAnalysis, recording: Recording | None, folder: Path, config: ReportsConfig
) -> tuple[CallAnalysis, str | None]:
    return playback.with_playback(analysis, recording, folder, config, SHIPPED.audio)


class ReviewStore(reviews.ReviewStore):
    def __init__(self, root: Path, busy_s: float = SHIPPED.review.busy_s) -> None:
        super().__init__(root, busy_s)


def load_reviews(out: Path) -> Mapping[str, Any]:
    return reviews.load_reviews(out, SHIPPED.review.busy_s)


def last_events(out: Path) -> Mapping[str, int]:
    return reviews.last_events(out, SHIPPED.review.busy_s)
