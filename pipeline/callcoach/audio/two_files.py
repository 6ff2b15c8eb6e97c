"""A call whose two people lie in a file each, as one recording of two channels.

The first file is the left channel, the second the right one. Time begins with the file that begins
first; where a file has no sound its channel is silent.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from callcoach.audio.decode import ANALYSIS_RATE_HZ, Header, decode, open_recording
from callcoach.audio.health import file_warnings
from callcoach.audio.same_sound import same_sound
from callcoach.call import Audio, CallWarning, FloatArray, Recording, SecondFile
from callcoach.errors import AudioError
from callcoach.settings.audio import AudioConfig

_UNEVEN_S = 5.0
"""Difference in the ends of two files that is told: recorders close both legs of a call within a
second or two of each other (the end of the network's sound, a goodbye tone); what is more is a leg
that broke off, or a start that nobody gave."""

_EMPTY_DB = -40.0
"""A channel that lies this far below the other one of its file holds nobody: idle noise of 8-bit
mu-law (ITU-T G.711) lies near -70 dBov, speech of a quiet side at -30 dBov."""


@dataclass(frozen=True)
class Joined:
    """A decoded call.

    ``warnings`` are about its two files, none where it is a single one.
    """

    audio: Audio
    warnings: tuple[CallWarning, ...] = ()


def decode_call(recording: Recording, config: AudioConfig) -> Joined:
    """Read a call from its file, or from its two files.

    Parameters
    ----------
    recording
        The call.
    config
        Limits on size and length, for each file and for the whole.

    Returns
    -------
    Joined
        For two files two channels at 16 kHz, as long as both together. The source's rate is the
        lower one, the SHA-256 is made of both (:func:`joint_sha256`).

    Raises
    ------
    AudioError
        If a file cannot be read (see :func:`callcoach.audio.decode.decode`; a silent one, or one
        that is too short, is an error only if both are), or holds two different channels.
    """
    second = recording.second
    if second is None:
        return Joined(decode(recording.path, config))
    # Nobody need speak on both sides: what is too short or silent is seen when they are joined.
    lenient = config.model_copy(update={"min_duration_s": 0.0, "silence_dbov": -math.inf})
    halves = [decode(path, lenient) for path in recording.paths]
    names = [path.name for path in recording.paths]
    rows = [_one_row(half, name) for half, name in zip(halves, names, strict=True)]
    starts_s = _starts_s(second)
    ends_s = [s + half.duration_s for s, half in zip(starts_s, halves, strict=True)]
    if max(ends_s) > config.max_duration_s:
        raise AudioError(
            f"{recording.source_name} is longer than {config.max_duration_s / 3600:.1f} hours; "
            "look at customer_offset_s, or raise audio.max_duration_s"
        )
    if max(ends_s) < config.min_duration_s:
        raise AudioError(
            f"{recording.source_name} is {max(ends_s):.2f} s long; at least "
            f"{config.min_duration_s:g} s are needed (audio.min_duration_s)"
        )
    peaks = tuple(max(half.peaks) for half in halves)
    if max(peaks) < 10 ** (config.silence_dbov / 20):
        raise AudioError(
            f"{recording.source_name} are both silent; check that the recorder was connected"
        )
    firsts = [round(s * ANALYSIS_RATE_HZ) for s in starts_s]
    count = max(first + len(row) for first, row in zip(firsts, rows, strict=True))
    samples = np.zeros((2, count), dtype=np.float32)
    for channel, first, row in zip(samples, firsts, rows, strict=True):
        channel[first : first + len(row)] = row
    audio = Audio(
        samples=samples,
        sample_rate_hz=ANALYSIS_RATE_HZ,
        source_rate_hz=min(half.source_rate_hz for half in halves),
        codec=" / ".join(dict.fromkeys(half.codec for half in halves)),
        sha256=joint_sha256(*(half.sha256 for half in halves)),
        peaks=peaks,
        clipped_shares=tuple(max(half.clipped_shares) for half in halves),
    )
    return Joined(audio, (*_of_files(halves, names), *_uneven(ends_s, names)))


def joint_sha256(first: str, second: str) -> str:
    """The hash that stands for two files: the SHA-256 of their hashes, one a line."""
    return hashlib.sha256(f"{first}\n{second}\n".encode()).hexdigest()


def open_call(recording: Recording, config: AudioConfig) -> tuple[Header, Iterator[FloatArray]]:
    """A call's header, and its samples as blocks of shape ``(n, channels)`` at its own rate.

    Two files give two channels at the higher of their rates, with the time line of
    :func:`decode_call`.

    Parameters
    ----------
    recording
        The call.
    config
        How headerless files are coded.

    Raises
    ------
    AudioError
        If a file is in no known format; while iterating, if one breaks off.
    """
    if recording.second is None:
        return open_recording(recording.path, config)
    opened = [open_recording(path, config) for path in recording.paths]
    rate_hz = max(header.sample_rate_hz for header, _ in opened)
    sides = [
        _Side(_at_rate(blocks, header, rate_hz), round(start_s * rate_hz))
        for (header, blocks), start_s in zip(opened, _starts_s(recording.second), strict=True)
    ]
    header = dataclasses.replace(opened[0][0], sample_rate_hz=rate_hz, channels=2, length_s=None)
    return header, _side_by_side(sides, rate_hz)


def _starts_s(second: SecondFile) -> tuple[float, float]:
    """When the two files begin, seconds from the start of the call."""
    return max(0.0, -second.offset_s), max(0.0, second.offset_s)


def _one_row(half: Audio, name: str) -> FloatArray:
    """The one voice of a file: its channel, or that of its two channels which is not empty."""
    samples = half.samples
    first: FloatArray = samples[0]
    if half.channels == 1:
        return first
    powers = (samples.astype(np.float64) ** 2).mean(axis=1)
    empty = powers.min() <= powers.max() * 10 ** (_EMPTY_DB / 10)
    if empty or same_sound(samples, half.sample_rate_hz) is not None:
        louder: FloatArray = samples[int(powers.argmax())]
        return louder
    raise AudioError(
        f"{name} holds two different channels, but is given as one side of a call; give it as a "
        "recording of its own (path), or export each side alone"
    )


def _of_files(halves: list[Audio], names: list[str]) -> Iterator[CallWarning]:
    """What is wrong with one of the files, with its name."""
    for half, name in zip(halves, names, strict=True):
        for warning in file_warnings(half):
            yield dataclasses.replace(warning, text=f"{name}: {warning.text}")


def _uneven(ends_s: list[float], names: list[str]) -> Iterator[CallWarning]:
    difference_s = abs(ends_s[0] - ends_s[1])
    if difference_s < _UNEVEN_S:
        return
    early, late = names if ends_s[0] < ends_s[1] else reversed(names)
    text = (
        f"The two files of the call end {difference_s:.0f} s apart: after the end of {early}, that "
        f"side counts as silent. If {late} did not begin together with it, say so with "
        "customer_offset_s; if the file broke off, fetch it again."
    )
    yield CallWarning("uneven_files", text)


# --------------------------------------------------------------------------- block by block


class _Side:
    """The samples of one side, given out in pieces of any length; silence before and after."""

    def __init__(self, blocks: Iterator[FloatArray], lead: int) -> None:
        self._blocks, self._lead = blocks, lead
        self._rest = np.zeros(0, dtype=np.float32)
        self.ended = False

    def take(self, count: int) -> FloatArray:
        """The next samples, at most ``count``; fewer only at the end."""
        parts: list[FloatArray] = []
        if self._lead:
            parts.append(np.zeros(min(self._lead, count), dtype=np.float32))
            self._lead -= len(parts[0])
        have = sum(len(part) for part in parts)
        while have < count:
            if not len(self._rest):
                block = next(self._blocks, None)
                if block is None:
                    self.ended = True
                    break
                self._rest = block
            parts.append(self._rest[: count - have])
            self._rest = self._rest[count - have :]
            have += len(parts[-1])
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _side_by_side(sides: list[_Side], rate_hz: int) -> Iterator[FloatArray]:
    """Blocks of shape ``(n, 2)``, until both sides have ended."""
    while not all(side.ended for side in sides):
        rows = [side.take(rate_hz) for side in sides]  # a second at a time
        block = np.zeros((max(len(row) for row in rows), 2), dtype=np.float32)
        for channel, row in enumerate(rows):
            block[: len(row), channel] = row
        if len(block):
            yield block


def _at_rate(blocks: Iterator[FloatArray], header: Header, rate_hz: int) -> Iterator[FloatArray]:
    """The one row of a side at a rate; of two channels that are the same, their mean."""
    import soxr

    if header.sample_rate_hz == rate_hz:
        for block in blocks:
            yield block.mean(axis=1, dtype=np.float32)
        return
    stream = soxr.ResampleStream(header.sample_rate_hz, rate_hz, 1, dtype="float32")
    for block in blocks:
        if len(block):
            yield stream.resample_chunk(block.mean(axis=1, dtype=np.float32))
    yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
