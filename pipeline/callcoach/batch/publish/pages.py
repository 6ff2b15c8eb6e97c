"""The pages about many calls: index, agents' pages, team's page, and the script that they share.

A page is made again where what it is made from has changed, and written where it comes out other
than it was. Pages of agents that have no call any more are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from callcoach.batch.publish.digest_store import KeptDigest
from callcoach.config.config import Config
from callcoach.config.guide import shipped_guide
from callcoach.reports.hrefs import agent_file, agent_href
from callcoach.reports.plots import plotly_name, plotly_path, plotly_script
from callcoach.reports.site.agent_page import render_agent
from callcoach.reports.site.index_page import FailureRow, render_index
from callcoach.reports.site.team_page import render_team
from callcoach.storage.output_folder import Store, stamp_of, write_file

_SETTINGS = {"site", "trends", "sampling", "calibration", "reports"}


def write_pages(
    store: Store,
    calls: Sequence[KeptDigest],
    failures: Sequence[FailureRow],
    config: Config,
    known: Mapping[str, str],
) -> dict[str, str]:
    """Write the pages about all calls.

    Parameters
    ----------
    store
        The output folder.
    calls
        The calls, in order of their ids.
    failures
        Calls without a report.
    config
        Settings of the pages.
    known
        What each page was made from when it was written last, by name; nothing where other code
        wrote it.

    Returns
    -------
    dict
        The same, of the pages as they are now.
    """
    guide = store.guide() or shipped_guide()
    made_by = (guide.sha256, config.model_dump_json(include=_SETTINGS))
    pages = _Pages(store.root, known, made_by)
    by_agent: dict[str, list[KeptDigest]] = {}
    for call in calls:
        if call.digest.agent_id:
            by_agent.setdefault(call.digest.agent_id, []).append(call)
    _write_plotly(store.root / "assets" / plotly_name(), bool(calls))
    for agent_id, own in by_agent.items():
        render = partial(
            render_agent, agent_id, [call.digest for call in own], guide, config=config
        )
        pages.write(f"agents/{agent_file(agent_id)}", _names(own), render)
    digests = [call.digest for call in calls]
    hrefs = {agent_id: agent_href(agent_id) for agent_id in by_agent}
    pages.write(
        "index.html",
        (*_names(calls), *(text for f in failures for text in (f.call_id, f.error, f.stage))),
        lambda: render_index(
            digests, failures, guide, config=config, agents=hrefs, team="team.html"
        ),
    )
    pages.write("team.html", _names(calls), lambda: render_team(digests, guide, config=config))
    for path in (store.root / "agents").glob("*.html"):
        if f"agents/{path.name}" not in pages.made_from:
            path.unlink()
    return pages.made_from


class _Pages:
    """Pages that are made again where what they are made from has changed.

    ``made_from`` says for each page that was asked for what it is made from, and its stamp.
    """

    def __init__(self, root: Path, known: Mapping[str, str], made_by: Iterable[str]) -> None:
        self._root = root
        self._known = known
        self._made_by = tuple(made_by)
        self.made_from: dict[str, str] = {}

    def write(self, name: str, parts: Iterable[str], render: Callable[[], str]) -> None:
        """Write a page that is made from these parts, unless it stands as it was made from them."""
        path = self._root / name
        text = json.dumps([*self._made_by, *parts])
        source = hashlib.sha256(text.encode()).hexdigest()
        if self._known.get(name) != f"{source} {stamp_of(path)}":
            content = render().encode()
            if not _holds(path, content):
                write_file(path, content)
        self.made_from[name] = f"{source} {stamp_of(path)}"


def _names(calls: Iterable[KeptDigest]) -> tuple[str, ...]:
    """What stands for calls: each one's id and the stamp of its analysis."""
    return tuple(part for call in calls for part in (call.digest.call_id, call.stamp))


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds this already: a page that comes out the same keeps its time."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _write_plotly(path: Path, wanted: bool) -> None:
    """Copy the script that draws, once; those of other versions are removed."""
    if wanted and not (path.is_file() and path.stat().st_size == plotly_path().stat().st_size):
        write_file(path, plotly_script())
    for other in path.parent.glob("plotly-*.min.js"):
        if other != path or not wanted:
            with contextlib.suppress(FileNotFoundError):
                other.unlink()
