"""Settings of what a source says of its calls: files that belong together, names, sidecars."""

from __future__ import annotations

import re

from pydantic import model_validator

from callcoach.config.section import Section, setting

NAME_FACTS = ("agent_id", "started_at", "date", "time", "call_id", "agent_channel")
"""Groups of ``name_pattern`` that callcoach reads; others pass through like manifest columns."""


class SourceConfig(Section):
    """Which files make up a call, and what their names and sidecars say of it."""

    pair_pattern: str = setting(
        "",
        "Recorders that write a file for each side of a call: a pattern (regular expression) of "
        "the files' names without their ending, with the groups call (the same in both) and side, "
        "such as (?P<call>.+)-(?P<side>in|out). With / in it, folders are looked at too. Empty: "
        "every file is a call.",
    )
    pair_sides: tuple[str, str] = setting(
        ("in", "out"), "The two values of the group side; other files are calls of their own."
    )
    pair_agent: str = setting(
        "",
        "Which of the two is the agent's file: a matter of the site. Asterisk names them as seen "
        "from the channel that is recorded: in is who is at its end, out what is sent to them. "
        "Empty: it is not known, and found from what is said.",
    )
    customer_offset_s: float = setting(
        0.0,
        "How much later than the agent's file the customer's begins (negative: before), where the "
        "manifest's column of this name says nothing.",
        unit="s",
        ge=-3600,
        le=3600,
    )
    name_pattern: str = setting(
        "",
        "What a recording's name says of its call: a pattern (regular expression) of the name "
        "without its ending, with groups called agent_id, started_at (or date and time), call_id, "
        "agent_channel (left or right); any other passes through like a column of the manifest, "
        "such as direction. With / in it, folders are looked at too. Empty: names say nothing.",
    )
    name_time_format: str = setting(
        "",
        "How names write the time: as for Python's strptime, such as %Y%m%d-%H%M%S (date and time "
        "are joined by a space if they are two groups), or unix for seconds since 1970. Empty: as "
        "ISO 8601 has it.",
    )
    sidecar_agent_id: str = setting(
        "",
        "Key of the agent in the JSON or XML file that lies beside a recording under the same "
        "name (x.json, x.xml, x.wav.json); dots lead into what is nested, such as call.agent.id. "
        "Empty: not read. The manifest goes before the sidecar, and that before the name.",
    )
    sidecar_started_at: str = setting("", "Key of the call's beginning in that file.")
    sidecar_time_format: str = setting(
        "", "How that file writes the time; the same as name_time_format."
    )
    sidecar_agent_channel: str = setting(
        "", "Key of the agent's channel (left or right, 1 or 2) in that file."
    )
    sidecar_call_id: str = setting("", "Key of the call's id in that file.")
    sidecar_columns: tuple[str, ...] = setting(
        (),
        "Keys of that file that pass through like columns of the manifest, dots written as _. "
        "Nothing else of it is kept: sidecars hold private things.",
    )

    @property
    def sidecar_facts(self) -> dict[str, str]:
        """The keys of a sidecar that are read, by the fact they tell."""
        named = {
            "agent_id": self.sidecar_agent_id,
            "started_at": self.sidecar_started_at,
            "agent_channel": self.sidecar_agent_channel,
            "call_id": self.sidecar_call_id,
        }
        return {fact: key for fact, key in named.items() if key}

    @property
    def reads_sidecars(self) -> bool:
        """Whether anything of a sidecar is asked for."""
        return bool(self.sidecar_facts or self.sidecar_columns)

    @model_validator(mode="after")
    def _checked(self) -> SourceConfig:
        for key in ("pair_pattern", "name_pattern"):
            try:
                groups = set(re.compile(getattr(self, key)).groupindex)
            except (re.error, RecursionError, OverflowError) as error:
                raise ValueError(f"{key} is no regular expression: {error}") from error
            if key == "pair_pattern" and self.pair_pattern and not {"call", "side"} <= groups:
                raise ValueError("pair_pattern needs the groups (?P<call>...) and (?P<side>...)")
            if key == "name_pattern" and self.name_pattern and not groups:
                raise ValueError("name_pattern has no group, such as (?P<agent_id>[a-z]+)")
            if key == "name_pattern" and "time" in groups and "date" not in groups:
                raise ValueError("name_pattern has a group time and none called date")
        if len(set(self.pair_sides)) < 2 or "" in self.pair_sides:
            raise ValueError("pair_sides must be two different values")
        if self.pair_agent not in ("", *self.pair_sides):
            raise ValueError(
                f"pair_agent is {self.pair_agent!r}; it must be one of pair_sides "
                f"({', '.join(self.pair_sides)}), or empty"
            )
        return self
