"""The two decoders: libsndfile and FFmpeg's libraries, each reading one piece of a file.

libsndfile reads first, FFmpeg what it does not know and what it gives up: a frame that cannot be
decoded costs that frame, not what comes behind it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from callcoach.audio.file_pieces import FilePiece, PieceSurvey, opened
from callcoach.audio.raw_telephony import RawCoding
from callcoach.errors import AudioError
from callcoach.model.recording import FloatArray

BLOCK_S = 30.0
SLACK_S = 0.25
"""A length that a decoder tells and what it gives differ by the coder's delay and last frame."""

UNKNOWN_S = 24 * 3600.0
"""A longer length is none: streams have their fields at the most."""

# What FFmpeg may take a file for, and where it may read. Without this a text file that is named
# like a recording could have it open other files and addresses (playlists, lists of files).
# Formats without a header are not among them: an idle A-law line looks like GSM to FFmpeg.
_FORMATS = "aac,aiff,amr,amrnb,amrwb,asf,au,caf,flac,matroska,mov,mp3,mpegts,ogg,w64,wav"
_TELL_LENGTH = frozenset(
    {"aiff", "asf", "au", "caf", "flac", "matroska", "mov", "ogg", "w64", "wav"}
)
_GUESSED = frozenset({"aac", "mp3"})  # found by chance in any bytes: their frames must follow
_TRACK_GAP_S = 0.05  # tracks are aligned where their times differ by more than a codec's delay
_LONGEST_GAP_S = 3600.0  # a longer gap between two times is a broken time


@dataclass
class ReadProgress:
    """What comes to light while a piece is read; true when its blocks are through."""

    read_s: float = 0.0
    broken: int = 0  # stretches that could not be decoded and had sound behind them
    stopped: bool = False  # the last that was there could not be decoded


@dataclass
class PieceReader:
    """A piece's form and its blocks of shape ``(n, channels)``.

    ``length_s`` is the length that the decoder expects of it, ``told_s`` the one that its container
    promised; ``None`` where it is not told.
    """

    sample_rate_hz: int
    channels: int
    codec: str
    length_s: float | None
    blocks: Iterator[FloatArray]
    progress: ReadProgress = field(default_factory=ReadProgress)
    told_s: float | None = field(init=False)
    slack_s: float = SLACK_S

    def __post_init__(self) -> None:
        self.told_s = self.length_s

    @property
    def lacking_s(self) -> float:
        """What was promised and not read, when the blocks are through; 0 within the slack."""
        lacking_s = 0.0 if self.told_s is None else self.told_s - self.progress.read_s
        return lacking_s if lacking_s > self.slack_s else 0.0


def open_piece(path: Path, piece: FilePiece | None, held: PieceSurvey) -> PieceReader | None:
    """Open a piece with the decoder that reads it; ``None`` where neither does.

    Parameters
    ----------
    path, piece
        The file, and where in it; ``None`` for all of it.
    held
        What the file holds.
    """
    # libsndfile sees the first track only, and where an Ogg page is lost it reads what it has read
    # again: its places are those of the granules, its counts those of the samples.
    if held.tracks > 1 or (held.format == "ogg" and held.gaps):
        return _open_av(path, piece, held.format)
    return _open_soundfile(path, piece, held.format) or _open_av(path, piece, held.format)


def open_raw(path: Path, coding: RawCoding) -> PieceReader | None:
    """Open headerless sound of one channel."""
    if coding.format:
        return _open_av(path, None, coding.format, forced=True)
    import soundfile

    try:
        file = soundfile.SoundFile(
            str(path),
            samplerate=coding.rate_hz,
            channels=1,
            format="RAW",
            subtype=coding.subtype,
            endian="LITTLE",
        )
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError):
        return None
    progress = ReadProgress()
    blocks = _soundfile_blocks(file, progress, path)
    return PieceReader(coding.rate_hz, 1, f"raw {coding.name}", None, blocks, progress)


# --------------------------------------------------------------------------- libsndfile


def _open_soundfile(path: Path, piece: FilePiece | None, format_name: str) -> PieceReader | None:
    import soundfile

    source: Any = str(path) if piece is None else opened(path, piece)
    try:
        file = soundfile.SoundFile(source)
    except (soundfile.LibsndfileError, RuntimeError, TypeError):
        if piece is not None:
            source.close()
        return None
    if file.format == "MP3" and format_name not in ("mp3", "wav"):
        file.close()
        return None
    progress = ReadProgress()
    length_s: float | None = file.frames / file.samplerate
    if length_s is not None and length_s > UNKNOWN_S:
        length_s = None
    codec = f"{file.format} {file.subtype}".lower()

    def blocks() -> Iterator[FloatArray]:
        yield from _soundfile_blocks(file, progress, path)
        if piece is not None:
            source.close()
        lacks = length_s is not None and progress.read_s < length_s - SLACK_S
        if progress.stopped or lacks:
            form = (file.samplerate, file.channels)
            yield from _rest(path, piece, format_name, form, progress)

    return PieceReader(file.samplerate, file.channels, codec, length_s, blocks(), progress)


def _soundfile_blocks(file: Any, progress: ReadProgress, path: Path) -> Iterator[FloatArray]:
    import soundfile

    count = 0
    # Not file.blocks(): that needs a format in which one can seek (GSM 6.10 is none).
    size = int(BLOCK_S * file.samplerate)
    with file:
        try:
            while len(block := file.read(size, dtype="float32", always_2d=True)):
                count += len(block)
                progress.read_s = count / file.samplerate
                yield block
        except (soundfile.LibsndfileError, RuntimeError):
            progress.stopped = True


def _rest(
    path: Path,
    piece: FilePiece | None,
    format_name: str,
    form: tuple[int, int],
    progress: ReadProgress,
) -> Iterator[FloatArray]:
    """What FFmpeg reads behind the place where libsndfile gave up."""
    with contextlib.suppress(AudioError):
        reader = _open_av(path, piece, format_name)
        if reader is None or (reader.sample_rate_hz, reader.channels) != form:
            return
        rate_hz = reader.sample_rate_hz
        skip, count = round(progress.read_s * rate_hz), 0
        for block in reader.blocks:
            part = block[max(0, skip - count) :]
            count += len(block)
            if len(part):
                yield part
        if count > skip:
            progress.read_s = count / rate_hz
            progress.broken += reader.progress.broken + progress.stopped
            progress.stopped = reader.progress.stopped


# --------------------------------------------------------------------------- FFmpeg


def _open_av(
    path: Path, piece: FilePiece | None, format_name: str, *, forced: bool = False
) -> PieceReader | None:
    container = _av_container(path, piece, format_name if forced else "")
    if container is None:
        return None
    form = container.format.name.split(",")[0]
    if form in _GUESSED and format_name not in (form, "wav"):
        container.close()
        return None
    streams = list(container.streams.audio)
    if not streams:
        container.close()
        raise AudioError(f"{path.name} has no sound track; give a recording with sound")
    contexts = [stream.codec_context for stream in streams]
    if any(context is None or not context.sample_rate for context in contexts):
        container.close()
        if len(streams) > 1:
            raise AudioError(
                f"{path.name} has a sound track that cannot be read; export it from the recorder "
                "again"
            )
        return None
    counts = [context.channels for context in contexts]
    if len(streams) > 1 and counts != [1, 1]:
        container.close()
        raise AudioError(
            f"{path.name} has {len(streams)} sound tracks with {sum(counts)} channels in all; "
            "callcoach takes one track of 1 or 2 channels, or two of one: export the agent and "
            "the customer as the two channels of one file"
        )
    rate_hz = max(context.sample_rate for context in contexts)
    name = contexts[0].name
    length_s = None
    if form in _TELL_LENGTH:
        own = [s.duration * s.time_base for s in streams if s.duration and s.time_base]
        whole = container.duration / 1e6 if container.duration else None
        length_s = float(max(own)) if own else whole
    progress = ReadProgress()
    if len(streams) == 1:
        track = _Track(container, 0, rate_hz, counts[0], progress)
        return PieceReader(rate_hz, counts[0], f"{form} {name}", length_s, track.blocks(), progress)
    second = _av_container(path, piece, "")
    if second is None:
        container.close()
        return None
    pair = _pair(
        _Track(container, 0, rate_hz, 1, progress, aligned=True),
        _Track(second, 1, rate_hz, 1, progress, aligned=True),
        rate_hz,
    )
    return PieceReader(rate_hz, 2, f"{form} {name}", length_s, pair, progress)


def _av_container(path: Path, piece: FilePiece | None, form: str) -> Any | None:
    import av

    # A name such as "concat:a" would be taken for an address without the "file:".
    source: Any = f"file:{path.absolute()}" if piece is None else opened(path, piece)
    try:
        return av.open(
            source,
            format=form or None,
            metadata_errors="ignore",
            options={"format_whitelist": form or _FORMATS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError):
        if piece is not None:
            source.close()
        return None


class _Track:
    """One sound track through FFmpeg, as blocks of samples at one rate."""

    def __init__(
        self,
        container: Any,
        number: int,
        rate_hz: int,
        channels: int,
        progress: ReadProgress,
        *,
        aligned: bool = False,
    ) -> None:
        self._container, self._number = container, number
        self._rate_hz, self._channels = rate_hz, channels
        self._progress, self._aligned = progress, aligned
        self._count = 0
        self._converter: Any = None
        self._converts: tuple[object, ...] = ()

    def blocks(self) -> Iterator[FloatArray]:
        """Blocks of shape ``(n, channels)``."""
        import av

        pending = 0  # broken packets that no good one has followed yet
        with self._container:
            stream = self._container.streams.audio[self._number]
            packets = iter(self._container.demux(stream))
            while True:
                try:
                    packet = next(packets)
                    frames = packet.decode()
                except StopIteration:
                    break
                except av.EOFError:
                    break
                except (av.FFmpegError, ValueError):
                    pending += 1
                    if pending > _MOST_BROKEN:
                        break
                    continue
                for frame in frames:
                    if pending:
                        self._progress.broken += 1
                        pending = 0
                    for rows in self._rows(frame):
                        yield from self._counted(rows)
            for rows in self._flushed():
                yield from self._counted(rows)
        self._progress.stopped = self._progress.stopped or pending > 0

    def _counted(self, block: FloatArray) -> Iterator[FloatArray]:
        if len(block):
            self._count += len(block)
            self._progress.read_s = max(self._progress.read_s, self._count / self._rate_hz)
            yield block

    def _rows(self, frame: Any) -> Iterator[FloatArray]:
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._converter is None or form != self._converts:
            if self._converter is not None:
                yield from self._flushed()
            if frame.layout.nb_channels != self._channels:
                # Another form inside the stream: what does not go with the first is left out.
                self._converter = None
                self._progress.broken += 1
                return
            self._converter = av.AudioResampler("flt", frame.layout, self._rate_hz)
            self._converts = form
        if self._aligned:
            yield from self._silence_before(frame)
        frame.pts = None  # the resampler would fill gaps by itself
        for out in self._converter.resample(frame):
            yield self._array(out)

    def _flushed(self) -> Iterator[FloatArray]:
        if self._converter is not None:
            for out in self._converter.resample(None):
                yield self._array(out)
            self._converter = None

    def _array(self, frame: Any) -> FloatArray:
        data: FloatArray = frame.to_ndarray().astype(np.float32, copy=False)
        return data.reshape(-1, self._channels)

    def _silence_before(self, frame: Any) -> Iterator[FloatArray]:
        """Silence where the track has none of its sound: it began later, or pauses."""
        if frame.pts is None or frame.time_base is None:
            return
        begins_s = (self._container.start_time or 0) / 1e6
        gap_s = float(frame.pts * frame.time_base) - begins_s - self._count / self._rate_hz
        if not _TRACK_GAP_S < gap_s < _LONGEST_GAP_S:
            return
        left, most = round(gap_s * self._rate_hz), int(BLOCK_S * self._rate_hz)
        while left > 0:
            yield np.zeros((min(left, most), self._channels), dtype=np.float32)
            left -= most


_MOST_BROKEN = 100_000  # packets in a row that cannot be decoded: nothing will come


def _pair(left: _Track, right: _Track, rate_hz: int) -> Iterator[FloatArray]:
    """Two tracks as two channels, the shorter one padded with silence."""
    size = int(BLOCK_S * rate_hz)
    none = np.zeros(0, dtype=np.float32)
    tracks = (_regrouped(left.blocks(), size), _regrouped(right.blocks(), size))
    for pair in zip_longest(*tracks, fillvalue=none):
        longest = max(len(channel) for channel in pair)
        yield np.stack([np.pad(c, (0, longest - len(c))) for c in pair], axis=1)


def _regrouped(blocks: Iterator[FloatArray], size: int) -> Iterator[FloatArray]:
    """One channel in blocks of shape ``(size,)``, the last one shorter."""
    held: list[FloatArray] = []
    count = 0
    for block in blocks:
        held.append(block[:, 0])
        count += len(block)
        if count >= size:
            whole = np.concatenate(held)
            for at in range(0, count - size + 1, size):
                yield whole[at : at + size]
            held = [whole[count - count % size :]]
            count %= size
    if count:
        yield np.concatenate(held)
