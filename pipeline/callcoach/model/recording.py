"""A recording as it was read: its file, its sound and their state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callcoach.model.party import Role as Role
from callcoach.model.party import Side

FloatArray = npt.NDArray[np.float32]

FILES_PARTED = " / "
"""Between the names of a call's two files: a file's name cannot hold it."""


# --------------------------------------------------------------------------- intake and signal


@dataclass(frozen=True)
class MetadataItem:
    """One extra column of the manifest, passed through to the tables as text."""

    name: str
    value: str


@dataclass(frozen=True)
class SecondFile:
    """The right-hand side of a call whose two people lie in a file each: the customer's file.

    ``offset_s`` is how much later than the first file it begins, in seconds; negative where it
    begins before.
    """

    path: Path
    offset_s: float = 0.0


@dataclass(frozen=True)
class Recording:
    """A recording to analyse, as the source folder or the manifest names it.

    ``path`` is where the bytes are; ``agent_side`` is ``None`` when nobody said which channel is
    the agent. With a ``second`` file the first one is the left channel and the second the right
    one. ``sidecar`` is the file beside it from which facts were read, ``notes`` what a reader of
    the report must know of where it comes from.
    """

    path: Path
    call_id: str
    agent_id: str | None = None
    started_at: str | None = None
    agent_side: Side | None = None
    metadata: tuple[MetadataItem, ...] = ()
    second: SecondFile | None = None
    sidecar: Path | None = None
    notes: tuple[CallWarning, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the sound: one, or the agent's and the customer's."""
        return (self.path,) if self.second is None else (self.path, self.second.path)

    @property
    def source_name(self) -> str:
        """The names of its files, parted as no name can be."""
        return FILES_PARTED.join(path.name for path in self.paths)


class FileFaultKind(StrEnum):
    """What is wrong with a recording's file."""

    ENDS_EARLY = "ends_early"  # it breaks off; how much is missing it does not say
    DAMAGED = "damaged"  # places inside could not be read
    PART_NOT_READ = "part_not_read"  # recordings behind the first that do not go with it
    WRONG_LENGTH = "wrong_length"  # its header tells another length than it holds; nothing is lost
    JOINED = "joined"  # recordings one behind the other, all read; nothing is lost


@dataclass(frozen=True)
class FileFault:
    """Something wrong with a recording's file, found while it was read.

    ``seconds`` is the sound that it costs, ``None`` where that is not known or none is lost.
    """

    kind: FileFaultKind
    seconds: float | None = None


@dataclass(frozen=True)
class Audio:
    """Decoded sound, ready for the signal stages.

    ``samples`` has shape ``(channels, n)``, float32, full scale 1.0, at ``sample_rate_hz``: the
    one rate that speech activity, Whisper and the pitch tracker share. ``source_rate_hz`` is the
    recording's own rate; ``peaks`` and ``clipped_shares`` (samples at full scale, 0..1) were taken
    per channel before resampling. ``codec`` is the decoder's name for the format.
    ``promised_s`` is the length the file's header gives where less could be decoded; ``faults``
    are what else is wrong with the file.
    """

    samples: FloatArray
    sample_rate_hz: int
    source_rate_hz: int
    codec: str
    sha256: str
    peaks: tuple[float, ...]
    clipped_shares: tuple[float, ...]
    promised_s: float | None = None
    faults: tuple[FileFault, ...] = ()

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 2."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.sample_rate_hz


class Severity(StrEnum):
    """How much a warning matters."""

    WARNING = "warning"  # lowers the trust in a number
    NOTE = "note"  # good to know; normal for telephone calls


@dataclass(frozen=True)
class CallWarning:
    """Something about the recording that a reader must know before trusting a number.

    ``code`` is stable (for filters); ``text`` is what people read. ``channel`` is ``None`` when
    the whole recording is meant.
    """

    code: str
    text: str
    channel: Side | None = None
    severity: Severity = Severity.WARNING


@dataclass(frozen=True)
class ChannelHealth:
    """Measured condition of one channel. Levels in dB relative to full scale (dBov)."""

    level_dbov: float | None
    peak_dbov: float | None
    clipped_share: float
    silent_share: float
    dead: bool


@dataclass(frozen=True)
class AudioHealth:
    """Measured condition of a recording.

    ``identical_channels`` is true when both channels carry the same signal; the call is then
    treated as mono. ``crosstalk_share`` is the share of detected speech that was only the other
    side leaking in (0..1), ``None`` for mono or where the gate was off.
    """

    channels: tuple[ChannelHealth, ...]
    identical_channels: bool
    narrowband: bool
    crosstalk_share: float | None = None
