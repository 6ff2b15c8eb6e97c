"""The data of the index page: every call in a few numbers and texts, column by column.

Texts that many calls share (names, categories, titles) are told once, and calls give their place
in the list: 10,000 calls stay under 5 MB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from callcoach.config.config import Config
from callcoach.model.coaching import Verdict
from callcoach.model.timeline import moment_of
from callcoach.reports import labels
from callcoach.reports.site.digest import CallDigest, FindingDigest
from callcoach.reports.trust import TrustLevel
from callcoach.text import formatting

NO_PARTY = ("both", "nobody")
"""Parts of the bar that are no party."""

QUOTE_CHARACTERS = 90

_COLUMNS_FIRST = ("queue",)  # the manifest's columns that people ask for first

Value = TypeVar("Value", bound=Hashable)


class _Names(Generic[Value]):
    """Values that are told once, and their places."""

    def __init__(self) -> None:
        self._places: dict[Value, int] = {}

    def place(self, value: Value) -> int:
        return self._places.setdefault(value, len(self._places))

    @property
    def values(self) -> list[Value]:
        return list(self._places)


def seconds_of(call: CallDigest) -> float | None:
    """When a call began, in seconds; a time without a zone is read as UTC: for orders only."""
    at = moment_of(call.started_at)
    return None if at is None else at.timestamp()


def short(text: str | None) -> str:
    """The beginning of a quote, cut between words."""
    clean = formatting.clean(text or "")
    if len(clean) <= QUOTE_CHARACTERS:
        return clean
    return clean[: QUOTE_CHARACTERS + 1].rsplit(" ", 1)[0][:QUOTE_CHARACTERS] + " …"


def filter_columns(calls: Sequence[CallDigest], most: int) -> tuple[str, ...]:
    """The manifest's columns that calls can be chosen by: ``queue`` first.

    They have few values, and values that several calls share: an id of every call is none.
    """
    values: dict[str, Counter[str]] = {}
    for call in calls:
        for item in call.metadata:
            values.setdefault(item.name, Counter())[item.value] += 1
    fitting = [
        name for name, found in values.items() if 2 <= len(found) <= min(most, found.total() // 2)
    ]
    return tuple(sorted(fitting, key=lambda name: (name not in _COLUMNS_FIRST, name)))


def index_data(
    calls: Sequence[CallDigest],
    titles: Mapping[str, str],
    agents: Mapping[str, str],
    config: Config,
) -> dict[str, Any]:
    """The calls as the index's script reads them: JSON values only.

    Parameters
    ----------
    calls
        In the order in which they are first shown.
    titles
        Names of the practices, by id.
    agents
        Where the agents' pages lie, by the agents' ids.
    config
        How many calls a page holds, and how many values a filter.
    """
    columns = filter_columns(calls, config.trends.filter_values)
    names = _Names[str]()
    layouts = _Names[tuple[tuple[str, str], ...]]()
    practices = Counter(
        item.id for call in calls for item in call.practices if item.score is not None
    )
    shown = sorted(practices, key=lambda name: list(titles).index(name) if name in titles else 99)
    rows = [
        [
            call.call_id,
            _label(call.call_id),
            None if call.agent_id is None else names.place(formatting.clean(call.agent_id)),
            formatting.short_date(call.started_at),
            _whole(seconds_of(call)),
            iso_day(call),
            round(call.duration_s, 1),
            _plain(formatting.length(call.duration_s)),
            _whole(call.overall),
            None if call.coverage is None else _whole(100 * call.coverage),
            list(TrustLevel).index(call.trust.level),
            [_whole(call.score(name)) for name in shown],
            _moment(call.strongest(Verdict.STRENGTH), names),
            _moment(call.strongest(Verdict.OPPORTUNITY), names),
            layouts.place(tuple((part.name, part.tone) for part in call.shares)),
            [[part.width, _plain(part.text)] for part in call.shares],
            call.overlaps,
            call.agent_took_over,
            call.customer_took_over,
            [names.place(formatting.clean(name)) for name in call.categories],
            [names.place(text) for text in call.warnings],
            [
                None
                if (value := call.described(name)) is None
                else names.place(formatting.clean(value))
                for name in columns
            ],
            call.unnamed,
        ]
        for call in calls
    ]
    return {
        "perPage": config.site.rows,
        "columns": [formatting.clean(name) for name in columns],
        "practices": [[name, titles.get(name) or labels.measure_name(name)] for name in shown],
        "agents": {formatting.clean(agent): href for agent, href in sorted(agents.items())},
        "names": names.values,
        "layouts": layouts.values,
        "calls": rows,
    }


def _label(call_id: str) -> str | None:
    """The id as it is shown, where that is another text."""
    clean = formatting.clean(call_id)
    return None if clean == call_id else clean


def iso_day(call: CallDigest) -> str | None:
    """The date where the call was made, as ``2026-03-02``, not that of another zone."""
    at = moment_of(call.started_at)
    return None if at is None else at.date().isoformat()


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _plain(text: str) -> str:
    """With common spaces, which are shorter here; the page's script puts the others back."""
    return text.replace(formatting.NBSP, " ")


def _moment(finding: FindingDigest | None, names: _Names[str]) -> list[Any] | None:
    """A moment: its title's place, where it begins, its quote, and how strongly it speaks."""
    if finding is None:
        return None
    return [
        names.place(formatting.clean(finding.title)),
        finding.key,
        formatting.clock(finding.start_s),
        short(finding.quote),
        round(finding.impact, 3),
    ]
