"""What a call will take, told from its file and from the calls before it."""

from __future__ import annotations

import statistics
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from callcoach.config.batch import BatchConfig
from callcoach.storage.ledger import PastWork

_LOWEST_BYTES_S = 800.0  # speech codecs at their lowest telephone rates (AMR, Opus)

# A call's folder for a second of a two-channel call. Measured: the sound's copy 12 kB (6 with one
# channel), analysis and reports 2.3 kB in a real call of 4 minutes and up to 5.1 in the sample
# calls, which are shorter.
_FIRST_RESULT_BYTES_S = 17000.0


class TimeEstimate:
    """Foretells length, work and size of calls.

    Parameters
    ----------
    past
        What finished calls took.
    config
        How careful to be.
    """

    def __init__(self, past: Sequence[PastWork], config: BatchConfig) -> None:
        share = config.until_quantile
        self._speed = _quantile([p.seconds / p.audio_s for p in past], share, config.first_speed)
        self._least_s = min((p.seconds for p in past), default=0.0)
        self._result_bytes_s = _quantile(
            [p.result_bytes / p.audio_s for p in past], share, _FIRST_RESULT_BYTES_S
        )
        rates: dict[str, list[float]] = {}
        for p in past:
            rates.setdefault(Path(p.source_name).suffix, []).append(p.source_bytes / p.audio_s)
        self._bytes_s = {suffix: statistics.median(found) for suffix, found in rates.items()}

    def audio_s(self, path: Path) -> float:
        """Length of a recording in seconds, 0 where it cannot be read.

        By its header where that is a WAV file's, else by its size: only worker processes open
        recordings with a decoder, which may crash.
        """
        try:
            size = path.stat().st_size
            told = _wav_s(path, size) if path.suffix.lower() in (".wav", ".wave") else None
        except OSError:
            return 0.0
        return told if told is not None else size / self._bytes_s.get(path.suffix, _LOWEST_BYTES_S)

    def seconds(self, audio_s: float) -> float:
        """Seconds of work for a call of this length; most calls take less."""
        return max(self._speed * audio_s, self._least_s)

    def result_bytes(self, audio_s: float) -> float:
        """Size of the results of a call of this length; most calls have less."""
        return self._result_bytes_s * audio_s


def closing_s(past: Iterable[float | None]) -> float:
    """Seconds to keep for the work after the calls, from what it took in the last runs."""
    return max((seconds for seconds in past if seconds is not None), default=0.0)


def _quantile(values: Sequence[float], share: float, default: float) -> float:
    if not values:
        return default
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _wav_s(path: Path, size: int) -> float | None:
    """Length by a WAV file's header, ``None`` where it is no WAV file that says it."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RIFX", b"RF64") or head[8:] != b"WAVE":
            return None
        order = ">" if head[:4] == b"RIFX" else "<"
        bytes_s = 0
        for _ in range(64):  # chunks before the sound; a file with more is none we know
            chunk = file.read(8)
            if len(chunk) < 8:
                return None
            name, length = struct.unpack(f"{order}4sI", chunk)
            if name == b"fmt ":
                form = file.read(16)
                if len(form) < 16:
                    return None
                bytes_s = struct.unpack(f"{order}I", form[8:12])[0]
                file.seek(length - 16 + length % 2, 1)
            elif name == b"data":
                # A file that was streamed, or cut off, promises more than it holds.
                return min(length, size - file.tell()) / bytes_s if bytes_s else None
            else:
                file.seek(length + length % 2, 1)
    return None
