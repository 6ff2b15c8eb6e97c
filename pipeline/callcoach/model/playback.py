"""The hand-overs for seeing and hearing a call again: its waveform, its sound, what is hidden.

The same rules as in :mod:`callcoach.model.analysis`: ``None`` means "not there".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Waveform:
    """How loud one speaker is over the call, for a picture.

    ``levels`` are whole numbers from 0 (silence) to 100 (the loudest step of this channel), one
    for each ``step_s`` seconds from the start of the recording.
    """

    speaker: str
    step_s: float
    levels: tuple[int, ...]


class PlaybackKind(StrEnum):
    """Where the sound that a page plays lies."""

    COPY = "copy"  # a compact copy beside the page
    LINK = "link"  # the recording itself


@dataclass(frozen=True)
class Playback:
    """The sound that the call's page plays.

    ``href`` is a URL relative to the call's folder; ``mime`` its media type, like ``audio/mp4``.
    """

    kind: PlaybackKind
    href: str
    mime: str
