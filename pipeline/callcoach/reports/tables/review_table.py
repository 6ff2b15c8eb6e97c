"""All that people said as a table, the earlier entries too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from callcoach.model.reviews import CallComment, Discussion, FindingReview, Reply, ScoreReview
from callcoach.storage.reviews import Event, latest_of
from callcoach.text.formatting import safe_lines

if TYPE_CHECKING:
    import pandas as pd


COLUMNS = {
    "number": "Int64",
    "at": "string",
    "call_id": "string",
    "part": "string",
    "target": "string",
    "reviewer": "string",
    "role": "string",
    "counts": "boolean",
    "opinion": "string",
    "score": "Float64",
    "seen": "boolean",
    "text": "string",
    "coaches_only": "boolean",
    "discussed_on": "string",
    "practice": "string",
    "code": "string",
    "title": "string",
    "quote": "string",
    "start_s": "Float64",
}
"""The columns with their types; docs/review.md tells what they hold."""


def export_table(events: Sequence[Event]) -> pd.DataFrame:
    """One row for each event, in the order of writing."""
    import pandas as pd

    counting = {event.number for event in latest_of(events)}
    rows = [_row(event, counts=event.number in counting) for event in events]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _row(event: Event, *, counts: bool) -> dict[str, Any]:
    said = event.said
    row: dict[str, Any] = {
        "number": event.number,
        "at": event.at.isoformat(timespec="seconds"),
        "call_id": event.call_id,
        "part": event.part.value,
        "target": event.target,
        "reviewer": event.reviewer,
        "role": event.role.value,
        "counts": counts and said is not None,
    }
    match said:
        case FindingReview():
            about = said.about
            row |= {"opinion": said.opinion.value, "text": safe_lines(said.comment)}
            row |= {"practice": about.practice, "code": about.code, "title": about.title}
            row |= {"quote": about.quote, "start_s": about.start_s}
        case ScoreReview():
            row |= {"score": said.score, "seen": said.seen, "text": safe_lines(said.reason)}
            row |= {"practice": said.practice}
        case CallComment():
            row |= {"text": safe_lines(said.text), "coaches_only": said.coaches_only}
        case Discussion():
            row |= {"discussed_on": said.on.isoformat()}
        case Reply():
            row |= {"text": safe_lines(said.text)}
    return row
