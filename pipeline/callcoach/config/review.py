"""Settings of the review app: its door, and how much may be written at once."""

from __future__ import annotations

from callcoach.config.section import Section, setting

_CHOSEN = "callcoach's choice"


class ReviewConfig(Section):
    """The local app in which coaches and agents say what they think of a report.

    No analysis depends on these: changing them transcribes nothing again.
    """

    port: int = setting(
        8765,
        "Where the app listens on this machine; 0 takes a free one.",
        unit="port",
        source=_CHOSEN,
        ge=0,
        le=65_535,
    )
    link_days: float = setting(
        30.0,
        "A link works for so long; it can be taken back before.",
        unit="days",
        source=_CHOSEN,
        gt=0,
        le=366,
    )
    session_hours: float = setting(
        12.0,
        "A browser that opened a link is let in for so long, then the link is opened again.",
        unit="hours",
        source=_CHOSEN,
        gt=0,
        le=24 * 31,
    )
    max_text: int = setting(
        4000,
        "A comment or an answer may be so long.",
        unit="characters",
        source=_CHOSEN,
        ge=200,
        le=100_000,
    )
    max_name: int = setting(
        80, "A reviewer's name may be so long.", unit="characters", source=_CHOSEN, ge=8, le=200
    )
    max_body_kb: int = setting(
        64,
        "More than this in one request is refused; a comment of full length in any script fits.",
        unit="kB",
        source=_CHOSEN,
        ge=8,
        le=4096,
    )
    list_calls: int = setting(
        100, "Calls on one page of the list.", unit="calls", source=_CHOSEN, ge=10, le=1000
    )
    busy_s: float = setting(
        30.0,
        "A writer waits so long for the others before it says that it could not write.",
        unit="s",
        source=_CHOSEN,
        gt=0,
        le=600,
    )
