"""What calibration needs of the stored analyses: scores, measures and groups, call by call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from callcoach.calibration.pairs import ScoredCall
from callcoach.config.files import did_you_mean
from callcoach.errors import SourceError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL

AGENT = "agent_id"


@dataclass(frozen=True)
class StoredScores:
    """One call: its scores, the values behind them, and what the manifest says of it.

    ``scores`` are 0..100 by practice, ``overall`` among them; ``measures`` are in the unit of each
    measure. ``None``: there is none. ``columns`` are texts by the manifest's columns, ``findings``
    the keys of its findings.
    """

    call: ScoredCall
    measures: Mapping[str, float | None]
    columns: Mapping[str, str]
    scorecard_sha256: str
    scorecard: str
    findings: frozenset[str] = frozenset()


def scores_of(analysis: CallAnalysis) -> StoredScores | None:
    """The scores of a call, ``None`` where it was never scored."""
    card = analysis.scorecard
    if card is None:
        return None
    scores: dict[str, float | None] = {one.id: one.score for one in card.practices}
    items = (item for one in card.practices for item in one.items)
    columns = {item.name: item.value for item in analysis.call.metadata}
    return StoredScores(
        call=ScoredCall(analysis.call.id, {**scores, OVERALL: card.overall}),
        measures={item.measure: item.value for item in items},
        columns={**columns, AGENT: analysis.call.agent_id or ""},
        scorecard_sha256=card.sha256,
        scorecard=f"{card.name} {card.version}",
        findings=frozenset(finding.key for finding in analysis.findings or ()),
    )


def one_scorecard(calls: Sequence[StoredScores], unscored: int, out: str) -> str:
    """The hash of the scorecard that all calls were scored by.

    Raises
    ------
    SourceError
        If there are no scores, some calls have none, or they are of different scorecards.
    """
    advice = f"run `callcoach report {out} --scorecard FILE` to score all calls alike"
    if not calls:
        raise SourceError(f"no call in {out} has scores; {advice}")
    if unscored:
        raise SourceError(f"{unscored} of {unscored + len(calls)} calls have no scores; {advice}")
    cards = {call.scorecard_sha256: call.scorecard for call in calls}
    if len(cards) > 1:
        names = ", ".join(f"{name} ({sha256[:8]})" for sha256, name in sorted(cards.items()))
        raise SourceError(f"the calls were scored by {len(cards)} scorecards: {names}; {advice}")
    return calls[0].scorecard_sha256


def groups_of(calls: Sequence[StoredScores], column: str) -> dict[str, str]:
    """The group of each call by a column of the manifest, or ``agent_id``.

    Raises
    ------
    SourceError
        If no call has the column.
    """
    known = sorted({name for call in calls for name in call.columns})
    if column not in known:
        hint = did_you_mean(column, known, f"the calls have {', '.join(known)}")
        raise SourceError(f"no call has the column {column!r}; {hint}")
    return {call.call.call_id: call.columns.get(column, "") for call in calls}


def measures_of(calls: Iterable[StoredScores]) -> dict[str, dict[str, float | None]]:
    """The values behind the scores by measure, then by call."""
    result: dict[str, dict[str, float | None]] = {}
    for call in calls:
        for name, value in call.measures.items():
            result.setdefault(name, {})[call.call.call_id] = value
    return result
