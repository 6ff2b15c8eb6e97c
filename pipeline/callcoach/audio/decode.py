"""Recordings into samples.

``soundfile`` (libsndfile) reads first; what it does not know goes to ``av`` (FFmpeg's libraries,
inside the wheel: no ffmpeg program is needed). Sound is read in blocks and brought to one rate on
the way, so that a long stereo recording at 48 kHz never lies in memory whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from callcoach.audio.highpass import take_out_hum
from callcoach.call import Audio, FloatArray
from callcoach.errors import AudioError
from callcoach.settings.audio import AudioConfig

ANALYSIS_RATE_HZ = 16000
"""Rate of all signal stages: Whisper, Silero and swift-f0 all expect 16 kHz."""

EXTENSIONS = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".amr"}
    | {".3gp", ".webm", ".mka", ".gsm", ".au", ".aif", ".aiff", ".aifc", ".caf", ".w64", ".wma"}
)
"""Endings that count as recordings when a folder is searched."""

_BLOCK_S = 30.0
_RATES_HZ = (4000, 384000)  # nothing that carries speech lies outside

# What FFmpeg may take a file for, and where it may read. Without this a text file that is named
# like a recording could have it open other files and addresses (playlists, lists of files).
_AV_LIMITS = {
    "format_whitelist": "aac,aiff,amr,amrnb,amrwb,asf,au,caf,flac,g722,gsm,matroska,mov,mp3,mpegts,"
    "ogg,w64,wav",
    "protocol_whitelist": "file",
}
_TELL_LENGTH = frozenset({"aiff", "asf", "au", "caf", "flac", "matroska", "mov", "w64", "wav"})
_UNKNOWN_S = 24 * 3600  # a longer length is no length: streamed files have their fields at the most

_PROMISED = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Header:
    """What the container says; ``promised_s`` where it promises more than it holds.

    ``length_s`` is ``None`` where the container does not tell how long it is.
    """

    sample_rate_hz: int
    channels: int
    codec: str
    promised_s: float | None = None
    length_s: float | None = None


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
    header, blocks = open_recording(path)
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
    if header.length_s is not None and config.max_duration_s < header.length_s <= _UNKNOWN_S:
        raise _too_long(path.name, config)
    collector = _Collector(path.name, header, config)
    for block in blocks:
        collector.add(block)
    return collector.finish(digest)


def open_recording(path: Path) -> tuple[Header, Iterator[FloatArray]]:
    """A recording's header, and its samples as blocks of shape ``(n, channels)`` at its own rate.

    Raises
    ------
    AudioError
        If it is in no known format; while iterating, if it breaks off.
    """
    reader = _open_soundfile(path) or _open_av(path)
    if reader is None:
        raise AudioError(
            f"{path.name} is not a recording in a format callcoach knows "
            "(its content was looked at, not its ending); check how it was exported"
        )
    return reader


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

    def finish(self, digest: str) -> Audio:
        """Close the stream and check what came."""
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
            promised_s=self._header.promised_s,
        )


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


def _open_soundfile(path: Path) -> tuple[Header, Iterator[FloatArray]] | None:
    import soundfile

    try:
        file = soundfile.SoundFile(str(path))
    except (soundfile.LibsndfileError, RuntimeError, TypeError):
        return None
    promised_s = None
    found = _PROMISED.search(file.extra_info)
    if found and int(found[1]) > int(found[2]) > 0 and file.frames:
        # libsndfile reports both sizes in bytes; the ratio holds for every sample format.
        promised_s = file.frames / file.samplerate * int(found[1]) / int(found[2])
        if promised_s > _UNKNOWN_S:
            promised_s = None
    header = Header(
        file.samplerate,
        file.channels,
        f"{file.format} {file.subtype}".lower(),
        promised_s,
        file.frames / file.samplerate,
    )

    def blocks() -> Iterator[FloatArray]:
        with file:
            try:
                # Not file.blocks(): that needs a format in which one can seek (GSM 6.10 is none).
                size = int(_BLOCK_S * file.samplerate)
                while len(block := file.read(size, dtype="float32", always_2d=True)):
                    yield block
            except (soundfile.LibsndfileError, RuntimeError) as error:
                raise AudioError(
                    f"{path.name} breaks off while being read ({error}); fetch it again"
                ) from error

    return header, blocks()


def _open_av(path: Path) -> tuple[Header, Iterator[FloatArray]] | None:
    import av

    try:
        # A name such as "concat:a" would be taken for an address without the "file:".
        container = av.open(f"file:{path.absolute()}", metadata_errors="ignore", options=_AV_LIMITS)
    except (av.FFmpegError, OSError, ValueError):
        return None
    if not container.streams.audio:
        container.close()
        raise AudioError(f"{path.name} has no sound track; give a recording with sound")
    stream = container.streams.audio[0]
    context = stream.codec_context
    if context is None or not context.sample_rate:
        container.close()
        return None
    form = container.format.name.split(",")[0]
    length = container.duration if form in _TELL_LENGTH else None
    header = Header(
        context.sample_rate,
        context.channels,
        f"{form} {context.name}",
        length_s=None if length is None else length / av.time_base,
    )

    def blocks() -> Iterator[FloatArray]:
        # Only the sample format is changed here; the rate is changed by soxr for every format.
        to_float = av.AudioResampler("flt", context.layout, header.sample_rate_hz)

        def rows(frame: av.AudioFrame | None) -> Iterator[FloatArray]:
            for out in to_float.resample(frame):
                yield out.to_ndarray().astype(np.float32, copy=False).reshape(-1, header.channels)

        try:
            with container:
                for frame in container.decode(stream):
                    yield from rows(frame)
                yield from rows(None)
        except (av.FFmpegError, ValueError) as error:
            raise AudioError(
                f"{path.name} breaks off while being read ({error}); fetch it again"
            ) from error

    return header, blocks()
