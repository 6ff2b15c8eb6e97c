"""What another scorecard would change, as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callcoach.coaching.diff import CallChange, PracticeChange, ScorecardDiff
from callcoach.text.formatting import clean, count, number, signed

_NONE = "-"


def diff_text(found: ScorecardDiff) -> str:
    """Practice by practice, then the calls whose overall score changes most. Scores are 0..100."""
    lines = [
        f"From {clean(found.before)} to {clean(found.after)}: "
        f"{count(found.calls, 'call', 'calls')} scored by both. Nothing was changed.",
        "",
        *_practices(found.practices),
    ]
    if found.most_changed:
        lines += ["", "Overall score changes most:", *_calls(found.most_changed)]
    elif found.calls:
        lines += ["", "No overall score changes."]
    return "\n".join(lines) + "\n"


def _practices(practices: Sequence[PracticeChange]) -> Iterator[str]:
    width = max([len("practice"), *(len(clean(one.practice)) for one in practices)]) + 2
    yield (
        f"{'practice':<{width}}{'calls with a score':>20}{'mean score':>16}"
        f"{'difference':>12}{'calls changed':>15}"
    )
    for one in practices:
        yield (
            f"{clean(one.practice):<{width}}"
            f"{_arrow(str(one.scored_before), str(one.scored_after)):>20}"
            f"{_arrow(_points(one.mean_before), _points(one.mean_after)):>16}"
            f"{_NONE if one.difference is None else signed(one.difference, 1):>12}"
            f"{one.changed:>15}"
        )


def _calls(calls: Sequence[CallChange]) -> Iterator[str]:
    width = max(len(clean(call.call_id)) for call in calls) + 2
    for call in calls:
        before, after = _points(call.before), _points(call.after)
        change = ""
        if call.before is not None and call.after is not None:
            change = f"  ({signed(call.after - call.before, 1)})"
        yield f"  {clean(call.call_id):<{width}}{before} -> {after}{change}"


def _arrow(before: str, after: str) -> str:
    return f"{before} -> {after}"


def _points(score: float | None) -> str:
    return _NONE if score is None else number(score, 1)
