"""A compact copy of a recording for the page to play: AAC in an MPEG-4 file.

AAC-LC is what Chromium, Firefox and Safari all play. The file says nothing of where it comes from:
no names, no date, no encoder. The time line is the recording's own: the encoder's lead-in is cut
off by an edit list, which the browsers heed.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from callcoach.audio.two_files import open_call
from callcoach.config.audio import AudioConfig
from callcoach.config.reports import ReportsConfig
from callcoach.errors import AudioError
from callcoach.model.recording import FloatArray, Recording
from callcoach.model.timeline import Span, merged

MIME = "audio/mp4"

_RATES_HZ = (16000, 22050, 24000, 32000, 44100, 48000)
"""Rates that every browser plays; some decoders refuse AAC under 16 kHz."""

# Each channel is coded for itself: what is shared to save bits would be heard on the silent side.
_ENCODER = {"aac_ms": "0", "aac_is": "0"}
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_OFFSETS = {b"stco": "I", b"co64": "Q"}  # tables of places in the file, by the width of an entry


def compact_copy(
    recording: Recording,
    silent: Iterable[Span],
    config: ReportsConfig,
    audio: AudioConfig,
) -> bytes:
    """Encode a recording of one or two channels.

    The same recording, spans and settings give the same bytes (with the same version of ``av``).

    Parameters
    ----------
    recording
        The recording, in any format of :func:`callcoach.audio.decode.decode`; two files become
        two channels.
    silent
        Stretches that must not be heard, in seconds; both channels are silent there.
    config
        Bit rate.
    audio
        How headerless recordings are coded.

    Returns
    -------
    bytes
        An ``.m4a`` file that starts to play before all of it has come, at the recording's own
        sample rate where that is usual, else the next usual one; 8 kHz becomes 16 kHz.

    Raises
    ------
    AudioError
        If the recording cannot be read or encoded.
    """
    import av

    header, blocks = open_call(recording, audio)
    rate_hz = next((r for r in _RATES_HZ if r >= header.sample_rate_hz), _RATES_HZ[-1])
    sound = _resampled(blocks, header.sample_rate_hz, rate_hz, header.channels)
    spans = merged(silent)
    file = io.BytesIO()
    try:
        with av.open(file, "w", format="ipod", options={"fflags": "+bitexact"}) as out:
            stream = out.add_stream("aac", rate=rate_hz, options=_ENCODER)
            stream.layout = "stereo" if header.channels == 2 else "mono"
            stream.bit_rate = 1000 * config.audio_kbps * header.channels
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            for frame in _frames(_silenced(sound, rate_hz, spans), rate_hz, stream.layout.name):
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        raise AudioError(
            f"{recording.source_name} cannot be encoded for its page ({error})"
        ) from error
    return _index_first(file.getvalue())


def _resampled(
    blocks: Iterator[FloatArray], from_hz: int, to_hz: int, channels: int
) -> Iterator[FloatArray]:
    """Blocks of shape ``(n, channels)`` at another rate, none of them empty."""
    import soxr

    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32")
    for block in blocks:
        if len(block):
            yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros((0, channels), dtype=np.float32), last=True)


def _silenced(
    blocks: Iterator[FloatArray], rate_hz: int, spans: Sequence[Span]
) -> Iterator[FloatArray]:
    """The blocks with digital silence in the spans."""
    at = 0
    for block in blocks:
        block = block.copy()
        for span in spans:
            first, last = math.floor(span.start_s * rate_hz), math.ceil(span.end_s * rate_hz)
            block[max(0, first - at) : max(0, last - at)] = 0.0
        at += len(block)
        yield block


def _frames(blocks: Iterator[FloatArray], rate_hz: int, layout: str) -> Iterator[Any]:
    import av

    at = 0
    for block in blocks:
        if not len(block):
            continue
        planes = np.ascontiguousarray(block.T, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate_hz, Fraction(1, rate_hz), at
        at += len(block)
        yield frame


def _index_first(data: bytes) -> bytes:
    """The file with its index before the sound, so that a player needs no second look.

    FFmpeg does this itself for files on disk alone, and an unfinished copy of a call shall lie
    nowhere.
    """
    boxes = list(_boxes(data, 0, len(data)))
    places = {kind: (start, end) for kind, start, end in boxes}
    index_start, index_end = places[b"moov"]
    sound_start = places[b"mdat"][0]
    if index_start < sound_start:
        return data
    index = bytearray(data[index_start:index_end])
    _move_offsets(index, 8, len(index), index_end - index_start)
    rest = data[sound_start:index_start] + data[index_end:]
    return data[:sound_start] + bytes(index) + rest


def _boxes(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each box between two places of an MPEG-4 file (ISO/IEC 14496-12)."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1:  # a long one: its size follows
            (size,) = struct.unpack_from(">Q", data, start + 8)
        yield kind, start, start + size
        start += size


def _move_offsets(index: bytearray, start: int, end: int, by: int) -> None:
    """Add to every place of the sound that an index names."""
    for kind, first, last in _boxes(index, start, end):
        if kind in _CONTAINERS:
            _move_offsets(index, first + 8, last, by)
        elif kind in _OFFSETS:
            (count,) = struct.unpack_from(">I", index, first + 12)
            form = f">{count}{_OFFSETS[kind]}"
            moved = (place + by for place in struct.unpack_from(form, index, first + 16))
            struct.pack_into(form, index, first + 16, *moved)
