"""Recordings into samples.

What a file holds is told by its bytes (:mod:`callcoach.audio.containers`), not by what its header
promises: one recording, several that are joined, or a part of one. ``soundfile`` (libsndfile) reads
first; what it does not know or gives up goes to ``av`` (FFmpeg's libraries, inside the wheel: no
ffmpeg program is needed). Sound is read in blocks and brought to one rate on the way, so that a
long stereo recording at 48 kHz never lies in memory whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from callcoach.audio.containers import has_magic, survey
from callcoach.audio.file_pieces import Piece, Survey
from callcoach.audio.highpass import take_out_hum
from callcoach.audio.raw_telephony import RAW_ENDINGS, check_bytes, check_sound, raw_coding
from callcoach.audio.sample_readers import UNKNOWN_S, PieceReader, open_piece, open_raw
from callcoach.call import Audio, FileFault, FileFaultKind, FloatArray
from callcoach.errors import AudioError
from callcoach.settings.audio import AudioConfig

ANALYSIS_RATE_HZ = 16000
"""Rate of all signal stages: Whisper, Silero and swift-f0 all expect 16 kHz."""

EXTENSIONS = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".amr"}
    | {".3gp", ".webm", ".mka", ".mkv", ".au", ".snd", ".aif", ".aiff", ".aifc", ".caf", ".w64"}
    | {".rf64", ".wma", ".awb"}
    | RAW_ENDINGS
)
"""Endings that count as recordings when a folder is searched."""

_LOOK_BYTES = 1 << 16  # of a headerless file, to see that it is no text
_RATES_HZ = (4000, 384000)  # nothing that carries speech lies outside


@dataclass(frozen=True)
class Header:
    """What the file says of itself, by its bytes.

    ``length_s`` is the length that the decoder expects, ``None`` where it does not tell one.
    """

    sample_rate_hz: int
    channels: int
    codec: str
    length_s: float | None = None


class Blocks(Iterator[FloatArray]):
    """A recording's samples as blocks of shape ``(n, channels)``, and what was found on the way.

    ``promised_s`` and ``faults`` are true when the blocks are through.
    """

    def __init__(
        self, held: Survey, readers: Iterator[PieceReader | None], first: PieceReader
    ) -> None:
        self._held, self._first = held, first
        self._readers: list[PieceReader] = []
        self._not_read = 0
        self._blocks = self._one_after_the_other(readers)

    def __next__(self) -> FloatArray:
        return next(self._blocks)

    @property
    def broken(self) -> bool:
        """Whether a decoder met something that it could not decode."""
        return any(r.progress.broken or r.progress.stopped for r in self._readers)

    @property
    def promised_s(self) -> float | None:
        """The length that the file promises where what could be read ends before it."""
        promised_s, lacking_s = self._lengths_s()
        return promised_s if lacking_s > 0 and not self._damaged_inside() else None

    @property
    def faults(self) -> tuple[FileFault, ...]:
        """What else is wrong with the file."""
        found = []
        _, lacking_s = self._lengths_s()
        if lacking_s > 0:
            if self._damaged_inside():
                found.append(FileFault(FileFaultKind.DAMAGED, lacking_s))
        elif self._held.breaks_off or self._stopped():
            found.append(FileFault(FileFaultKind.ENDS_EARLY))
        elif self._damaged_inside():
            found.append(FileFault(FileFaultKind.DAMAGED))
        if self._not_read:
            found.append(FileFault(FileFaultKind.PART_NOT_READ))
        if self._held.wrong_length and not found:
            found.append(FileFault(FileFaultKind.WRONG_LENGTH))
        if len(self._readers) > 1:
            found.append(FileFault(FileFaultKind.JOINED))
        return tuple(found)

    def _lengths_s(self) -> tuple[float, float]:
        """What is promised in all, and how much of it was not read."""
        lacking = [reader.lacking_s for reader in self._readers]
        read_s = sum(reader.progress.read_s for reader in self._readers)
        return read_s + sum(lacking), sum(lacking)

    def _stopped(self) -> bool:
        return bool(self._readers) and self._readers[-1].progress.stopped

    def _damaged_inside(self) -> bool:
        """Whether what is lacking was lost inside the file, not at its end."""
        broken = any(reader.progress.broken for reader in self._readers)
        broken = broken or any(reader.progress.stopped for reader in self._readers[:-1])
        # Bytes between the parts cost nothing where the length is known to be there.
        told = all(reader.told_s is not None for reader in self._readers)
        gaps = self._held.gaps > 0 and (not told or self._lengths_s()[1] > 0)
        return (broken or gaps) and not self._held.breaks_off and not self._stopped()

    def _one_after_the_other(self, readers: Iterator[PieceReader | None]) -> Iterator[FloatArray]:
        for reader in readers:
            if reader is None or reader.channels != self._first.channels:
                self._not_read += 1
                if reader is not None:
                    return  # who speaks where is not known behind it
                continue
            self._readers.append(reader)
            yield from _at_rate(reader, self._first.sample_rate_hz)


def _at_rate(reader: PieceReader, rate_hz: int) -> Iterator[FloatArray]:
    import soxr

    if reader.sample_rate_hz == rate_hz:
        yield from reader.blocks
        return
    stream = soxr.ResampleStream(reader.sample_rate_hz, rate_hz, reader.channels, dtype="float32")
    for block in reader.blocks:
        if len(block):
            yield stream.resample_chunk(block)
    none = np.zeros((0, reader.channels), dtype=np.float32)
    yield stream.resample_chunk(none, last=True)


def decode(path: Path, config: AudioConfig) -> Audio:
    """Read a recording of one or two channels.

    Parameters
    ----------
    path
        The recording; any format of libsndfile or FFmpeg.
    config
        Limits on size and length.

    Returns
    -------
    Audio
        Samples at 16 kHz with the source's rate, peaks and clipping.

    Raises
    ------
    AudioError
        If the file is missing, empty, too large, no recording, cut off in its header, too short or
        too long, silent throughout, has more than two channels, or holds samples that are not
        numbers. The message says which and what to do.
    """
    digest = _sha256(path, config)
    header, blocks = open_recording(path, config)
    if header.channels not in (1, 2):
        raise AudioError(
            f"{path.name} has {header.channels} channels; callcoach takes 1 or 2: "
            "export the agent and the customer as the two channels of one file"
        )
    if not _RATES_HZ[0] <= header.sample_rate_hz <= _RATES_HZ[1]:
        raise AudioError(
            f"{path.name} claims a sample rate of {header.sample_rate_hz} Hz: the header is "
            "broken, fetch it again"
        )
    if header.length_s is not None and config.max_duration_s < header.length_s <= UNKNOWN_S:
        raise _too_long(path.name, config)
    collector = _Collector(path.name, header, config)
    for block in blocks:
        collector.add(block)
    return collector.finish(digest, blocks)


def open_recording(path: Path, config: AudioConfig) -> tuple[Header, Blocks]:
    """A recording's header, and its samples as blocks of shape ``(n, channels)`` at its own rate.

    Recordings that are joined in one file are read one after the other, at the first one's rate.
    Two tracks of one channel each are the two channels. What is broken is passed over; the
    blocks' ``faults`` tell it.

    Parameters
    ----------
    path
        The recording.
    config
        How headerless files are coded.

    Raises
    ------
    AudioError
        If it is in no known format, or in several tracks that are not one channel each.
    """
    try:
        if path.suffix.lower() in RAW_ENDINGS and not has_magic(path):
            return _open_raw(path, config)
        held = survey(path)
        size = path.stat().st_size
    except OSError as error:
        raise AudioError(
            f"{path.name} cannot be read ({error.strerror}); check its permissions"
        ) from error
    if held is None:
        held = Survey("", (Piece(0, size),))

    def readers() -> Iterator[PieceReader | None]:
        for piece in held.pieces:
            whole = piece.start == 0 and piece.end == size and not piece.prefix
            reader = open_piece(path, None if whole else piece, held)
            if reader is not None and piece.length_s is not None:
                reader.told_s = piece.length_s if piece.length_s <= UNKNOWN_S else None
                reader.slack_s = 0.0
            if reader is not None and not held.tells_length:
                reader.told_s = None
            yield reader

    found = readers()
    first = next(found, None)
    if first is None and held.format:
        raise _damaged(path.name)
    if first is None:
        raise AudioError(
            f"{path.name} is not a recording in a format callcoach knows (its content was looked "
            "at, not its ending); check how it was exported. Telephone sound without a header "
            "needs the ending of its coding: .ulaw .alaw .sln .g722 .gsm"
        )
    length_s = first.length_s if len(held.pieces) == 1 else None
    header = Header(first.sample_rate_hz, first.channels, first.codec, length_s)
    return header, Blocks(held, chain((first,), found), first)


def _open_raw(path: Path, config: AudioConfig) -> tuple[Header, Blocks]:
    """Sound without a header, which is what its ending says."""
    coding = raw_coding(path, config)
    with path.open("rb") as file:
        check_bytes(path, coding, file.read(_LOOK_BYTES))
    reader = open_raw(path, coding)
    if reader is None:
        raise AudioError(f"{path.name} cannot be read as {coding.name}; check how it was exported")
    blocks = reader.blocks

    def checked() -> Iterator[FloatArray]:
        for number, block in enumerate(blocks):
            if not number:
                check_sound(path, coding, block[:, 0])
            yield block

    reader.blocks = checked()
    header = Header(reader.sample_rate_hz, reader.channels, reader.codec)
    held = Survey(coding.format, (Piece(0, path.stat().st_size),))
    return header, Blocks(held, iter((reader,)), reader)


class _Collector:
    """Checks blocks at the source's rate and gathers them at the analysis rate."""

    def __init__(self, name: str, header: Header, config: AudioConfig) -> None:
        import soxr

        self._name, self._header, self._config = name, header, config
        self._parts: list[FloatArray] = []
        self._count = 0
        self._clipped = np.zeros(header.channels)
        self._peaks = np.zeros(header.channels)
        self._resampler = None
        if header.sample_rate_hz != ANALYSIS_RATE_HZ:
            self._resampler = soxr.ResampleStream(
                header.sample_rate_hz, ANALYSIS_RATE_HZ, header.channels, dtype="float32"
            )

    def add(self, block: FloatArray) -> None:
        """Take a block of shape ``(n, channels)``."""
        if not np.isfinite(block).all():
            raise AudioError(
                f"{self._name} holds samples that are not numbers (NaN or infinite); "
                "export the recording again"
            )
        self._count += len(block)
        if self._count / self._header.sample_rate_hz > self._config.max_duration_s:
            raise _too_long(self._name, self._config)
        size = np.abs(block)
        self._peaks = np.maximum(self._peaks, size.max(axis=0, initial=0.0))
        self._clipped += (size >= self._config.full_scale).sum(axis=0)
        self._parts.append(
            self._resampler.resample_chunk(block) if self._resampler is not None else block
        )

    def finish(self, digest: str, blocks: Blocks) -> Audio:
        """Close the stream and check what came."""
        if self._count == 0 and blocks.broken:
            raise _damaged(self._name)
        if self._count == 0:
            raise AudioError(f"{self._name} holds no sound at all; export the recording again")
        if self._resampler is not None:
            tail = np.zeros((0, self._header.channels), dtype=np.float32)
            self._parts.append(self._resampler.resample_chunk(tail, last=True))
        seconds = self._count / self._header.sample_rate_hz
        if seconds < self._config.min_duration_s:
            raise AudioError(
                f"{self._name} is {seconds:.2f} s long; at least "
                f"{self._config.min_duration_s:g} s are needed (audio.min_duration_s)"
            )
        if self._peaks.max() < 10 ** (self._config.silence_dbov / 20):
            raise AudioError(
                f"{self._name} is silent on every channel; check that the recorder was connected"
            )
        samples = np.ascontiguousarray(np.concatenate(self._parts).T, dtype=np.float32)
        take_out_hum(samples, ANALYSIS_RATE_HZ)
        return Audio(
            samples=samples,
            sample_rate_hz=ANALYSIS_RATE_HZ,
            source_rate_hz=self._header.sample_rate_hz,
            codec=self._header.codec,
            sha256=digest,
            peaks=tuple(float(v) for v in self._peaks),
            clipped_shares=tuple(float(v) for v in self._clipped / self._count),
            promised_s=blocks.promised_s,
            faults=blocks.faults,
        )


def _damaged(name: str) -> AudioError:
    return AudioError(f"{name} is damaged so much that nothing of it can be read; fetch it again")


def _too_long(name: str, config: AudioConfig) -> AudioError:
    return AudioError(
        f"{name} is longer than {config.max_duration_s / 3600:.1f} hours; "
        "cut it, or raise audio.max_duration_s"
    )


def _sha256(path: Path, config: AudioConfig) -> str:
    """Hash of a regular, readable file that is neither empty nor too large."""
    if not path.exists():
        raise AudioError(f"{path.name} is not there; check the path in the manifest")
    if not path.is_file():
        raise AudioError(f"{path.name} is not a regular file; give a recording")
    try:
        size = path.stat().st_size
        if size > config.max_mb * 1e6:
            raise AudioError(
                f"{path.name} has {size / 1e6:.0f} MB, more than {config.max_mb:g}; cut it, or "
                "raise audio.max_mb"
            )
        if size == 0:
            raise AudioError(f"{path.name} is empty (0 bytes); fetch the recording again")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(
            f"{path.name} cannot be read ({error.strerror}); check its permissions"
        ) from error
