"""What a source holds, as it travels: calls to take, calls that are out, calls that wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from callcoach.batch.events import LeftReason
from callcoach.batch.sources.overlooked import Overlooked
from callcoach.model.recording import Recording


@dataclass(frozen=True)
class Rejected:
    """A call that cannot be read at all, known before any work."""

    call_id: str
    source_name: str
    reason: str


class Lack(StrEnum):
    """What a call that is left for a later run still lacks."""

    RECORDING = "its recording"  # a row of the manifest came first, or one of two files
    ROW = "its row in the manifest"  # the recording came first
    END = "the end of its recording"  # somebody still writes it


LEFT_FOR = {
    Lack.RECORDING: LeftReason.RECORDING,
    Lack.ROW: LeftReason.ROW,
    Lack.END: LeftReason.WRITTEN,
}
"""How the events of a run name it."""


@dataclass(frozen=True)
class WaitingCall:
    """A call that is left for a later run."""

    call_id: str
    source_name: str
    lack: Lack


@dataclass(frozen=True)
class Source:
    """The recordings of a batch, in a fixed order, and the calls that are out from the start.

    ``unlisted`` lie in the folder, but not in its manifest. ``waiting`` are left for a later run.
    ``overlooked`` counts what was not used of the source.
    """

    recordings: tuple[Recording, ...]
    rejected: tuple[Rejected, ...]
    unlisted: tuple[Recording, ...] = ()
    waiting: tuple[WaitingCall, ...] = ()
    overlooked: Overlooked = field(default_factory=Overlooked)
