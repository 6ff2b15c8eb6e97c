"""What the names of recordings say, by a pattern of the settings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from callcoach.batch.sources.call_facts import KnownFacts, check_columns, moment_of, side_of
from callcoach.config.source import NAME_FACTS, SourceConfig
from callcoach.model.recording import MetadataItem

_CLASSES = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")  # in which a / is no folder


class NamePattern:
    """A pattern of names without their ending; a ``/`` in it takes folders in.

    Parameters
    ----------
    pattern
        A regular expression that must fit the whole of the name.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._parts = 1 + _CLASSES.sub("", pattern).count("/")

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its groups, in order."""
        return tuple(self._pattern.groupindex)

    def match(self, stem: str) -> tuple[str, re.Match[str]] | None:
        """The folders before what the pattern looks at, and how it fits; ``None`` if it does not.

        ``stem`` is a path parted by ``/``, without the file's ending.
        """
        parts = unicodedata.normalize("NFC", stem).split("/")
        found = self._pattern.fullmatch("/".join(parts[-self._parts :]))
        if found is None or len(parts) < self._parts:
            return None
        return "/".join(parts[: -self._parts]), found


class NameReader:
    """Reads facts off names.

    Parameters
    ----------
    config
        Pattern and format.

    Raises
    ------
    ConfigError
        If a group has the name of something that every call has.
    """

    def __init__(self, config: SourceConfig) -> None:
        self._pattern = NamePattern(config.name_pattern)
        self._format = config.name_time_format
        columns = [group for group in self._pattern.groups if group not in NAME_FACTS]
        check_columns(columns, "source.name_pattern")
        self._columns = tuple(columns)

    def read(self, stems: Iterable[str]) -> KnownFacts | None:
        """The facts in the first of the names that fits; ``None`` where none does.

        A name whose date or channel is none does not fit: it is of another kind.
        """
        for stem in stems:
            found = self._pattern.match(stem)
            if found is None:
                continue
            groups = {name: (text or "").strip() for name, text in found[1].groupdict().items()}
            try:
                return self._facts(groups)
            except ValueError:
                continue
        return None

    def _facts(self, groups: dict[str, str]) -> KnownFacts:
        channel = groups.get("agent_channel")
        return KnownFacts(
            groups.get("agent_id") or None,
            self._started_at(groups),
            groups.get("call_id") or None,
            side_of(channel) if channel else None,
            tuple(MetadataItem(name, groups[name]) for name in self._columns),
        )

    def _started_at(self, groups: dict[str, str]) -> str | None:
        if text := groups.get("started_at"):
            return moment_of(text, self._format)
        date, time = groups.get("date"), groups.get("time")
        if not date:
            return None
        between = " " if self._format else "T"
        return moment_of(f"{date}{between}{time}" if time else date, self._format)
