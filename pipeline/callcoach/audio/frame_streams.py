"""MP3, AAC and AMR files by their frames: joined, cut or damaged ones are told from whole ones.

These formats are frames one behind the other. Sources: ISO/IEC 11172-3 and 13818-3 (MPEG audio),
13818-7 (ADTS), RFC 4867 section 5 (AMR files); the Xing and Info frame that tells an MP3 file's
length as LAME and FFmpeg write it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from callcoach.audio.file_pieces import BLOCK_BYTES, FilePiece, PieceSurvey, bytes_at

_HEAD_BYTES = 10
_FIRST_FRAMES = 4  # that must follow each other before a file is taken for one of the format
_XING_SLACK_S = 0.25  # the coder's delay and what fills the last frame, at 8 kHz
_SEARCH_BYTES = 1 << 16  # in which the first frame must begin
_AMR_SEARCH_BYTES = 4096  # every byte could begin a frame
_MOST_GAP_BYTES = 1 << 20  # bytes that are no frames: more of them, and it is something else

# Rows: MPEG-1 layers 1 to 3, MPEG-2 and 2.5 layer 1, then layers 2 and 3; kbit/s by the header's
# index.
_KBPS = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_MPEG1_HZ = (44100, 48000, 32000)
_ADTS_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AMR_BYTES = {
    b"#!AMR\n": (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1),
    b"#!AMR-WB\n": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1),
}
_AMR_FRAME_S = 0.02


@dataclass(frozen=True)
class _Frame:
    """A frame's length in bytes, its sound, and what must stay the same in one recording."""

    size: int
    seconds: float
    kind: tuple[int, ...]
    side_bytes: int = 0  # of MP3: where a Xing frame has its name, behind the header


def survey_frames(file: BinaryIO, size: int) -> PieceSurvey | None:
    """Find the recordings of a file of MP3, ADTS or AMR frames; ``None`` where it is none.

    Parameters
    ----------
    file
        The file.
    size
        Its length in bytes.
    """
    head = bytes_at(file, 0, _HEAD_BYTES)
    for magic, lengths in _AMR_BYTES.items():
        if head.startswith(magic):
            return _Walk(file, size, "amr", _amr_frame(lengths), magic).survey()
    start = min(_behind_tags(file, 0, size), size)
    for name, frame_of in (("aac", _adts_frame), ("mp3", _mp3_frame)):
        for at in (
            start,
            *(start + n for n in _places(bytes_at(file, start, _SEARCH_BYTES), 0xFF)),
        ):
            if _frames_follow(file, at, frame_of, None):
                return _Walk(file, size, name, frame_of).survey()
    return None


class _Walk:
    """Frame by frame through a file."""

    def __init__(
        self,
        file: BinaryIO,
        size: int,
        name: str,
        frame_of: Callable[[bytes], _Frame | None],
        magic: bytes = b"",
    ) -> None:
        self._file, self._size, self._name = file, size, name
        self._frame_of, self._magic = frame_of, magic
        self._pieces: list[FilePiece] = []
        self._gaps = self._lost = 0
        self._start = 0
        self._sound_at: int | None = None  # of this piece's first frame
        self._seconds = 0.0
        self._told_s: float | None = None  # what a Xing frame says
        self._kind: tuple[int, ...] = ()
        self._end = 0
        self._wrong = False

    def survey(self) -> PieceSurvey | None:
        """Walk to the end."""
        at, breaks_off = 0, False
        while at < self._size:
            after = _behind_tags(self._file, at, self._size, self._magic)
            if after > at:
                if bytes_at(self._file, at, 3) == b"ID3" or self._is_magic(at):
                    self._cut(at)
                at = min(after, self._size)
                continue
            frame = self._frame_of(bytes_at(self._file, at, _HEAD_BYTES))
            if frame is None or not self._goes_with(frame, at):
                found = self._next(at + 1)
                if found is None:
                    # The beginning of a header, or a tag of a kind that is not known here.
                    rest = bytes_at(self._file, at, _HEAD_BYTES)
                    breaks_off = len(rest) < _HEAD_BYTES and rest[:1] == b"\xff"
                    break
                self._lost += found - at
                self._gaps += self._kind != ()
                if self._lost > _MOST_GAP_BYTES:
                    return None
                at = found
                continue
            if self._kind and frame.kind != self._kind:
                self._cut(at)
            self._take(frame, at)
            breaks_off = at + frame.size > self._size
            at += frame.size
        self._cut(self._size)
        if not self._pieces:
            return None
        pieces = self._pieces
        if len(pieces) == 1 and pieces[0].start == 0:
            pieces = [FilePiece(0, self._size, length_s=pieces[0].length_s)]
        return PieceSurvey(self._name, tuple(pieces), breaks_off, self._gaps, self._wrong)

    def _take(self, frame: _Frame, at: int) -> None:
        self._kind = frame.kind
        told = _xing(self._file, at, frame)
        if told is not None:
            if self._sound_at is not None:
                self._cut(at)
            self._kind, self._told_s = frame.kind, told
        else:
            self._seconds += frame.seconds if at + frame.size <= self._size else 0.0
        if self._sound_at is None:
            self._sound_at = at + (frame.size if told is not None else 0)
        self._end = min(at + frame.size, self._size)

    def _cut(self, at: int) -> None:
        """End a piece before a place."""
        if self._sound_at is not None and self._seconds > 0:
            start, told_s = self._start, self._told_s
            if told_s is not None and self._seconds > told_s + _XING_SLACK_S:
                # A length from before more was joined on: decoders would stop there.
                start, self._wrong = self._sound_at, self._wrong or told_s > 0
            lacks = told_s is not None and told_s > self._seconds + _XING_SLACK_S
            self._pieces.append(FilePiece(start, at, length_s=told_s if lacks else None))
        self._start, self._sound_at, self._seconds, self._told_s = at, None, 0.0, None
        self._kind = ()

    def _is_magic(self, at: int) -> bool:
        return bool(self._magic) and bytes_at(self._file, at, len(self._magic)) == self._magic

    def _goes_with(self, frame: _Frame, at: int) -> bool:
        """Whether it is no chance pattern: of the same kind, or followed by frames of its own."""
        if frame.kind == self._kind:
            return True
        return _frames_follow(self._file, at, self._frame_of, self._size)

    def _next(self, at: int) -> int | None:
        """Where frames begin again."""
        begun = at
        while at + 4 < self._size:
            block = bytes_at(self._file, at, _AMR_SEARCH_BYTES if self._magic else BLOCK_BYTES)
            for offset in range(len(block)) if self._magic else _places(block, 0xFF):
                if _frames_follow(self._file, at + offset, self._frame_of, self._size):
                    return at + offset
            at += len(block)
            if self._magic or at - begun > _MOST_GAP_BYTES:
                break
        return None


def _places(block: bytes, value: int) -> list[int]:
    found, at = [], block.find(value)
    while at >= 0:
        found.append(at)
        at = block.find(value, at + 1)
    return found


def _frames_follow(
    file: BinaryIO, at: int, frame_of: Callable[[bytes], _Frame | None], size: int | None
) -> bool:
    """Whether some frames of one kind follow each other from a place on, up to the file's end."""
    kind: tuple[int, ...] | None = None
    for number in range(_FIRST_FRAMES):
        head = bytes_at(file, at, _HEAD_BYTES)
        if size is not None and number and at >= size:
            return at == size
        frame = frame_of(head)
        if frame is None or (kind is not None and frame.kind != kind):
            return False
        kind, at = frame.kind, at + frame.size
    return True


def _behind_tags(file: BinaryIO, at: int, size: int, magic: bytes = b"") -> int:
    """The place behind tags and zeros that stand at a place."""
    if magic and bytes_at(file, at, len(magic)) == magic:
        return at + len(magic)
    head = bytes_at(file, at, 32)
    if head[:3] == b"ID3" and len(head) >= 10 and not any(byte & 0x80 for byte in head[6:10]):
        length = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        return at + 10 + length + (10 if head[5] & 0x10 else 0)
    if head[:8] == b"APETAGEX" and len(head) == 32:
        length, flags = struct.unpack_from("<I4xI", head, 12)
        return at + 32 + (int(length) if flags & 0x20000000 else 0)
    if head[:3] == b"TAG" and size - at == 128:
        return size
    if head[:1] == b"\0" and not magic:
        zeros = bytes_at(file, at, BLOCK_BYTES)
        return at + len(zeros) - len(zeros.lstrip(b"\0"))
    return at


def _mp3_frame(head: bytes) -> _Frame | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = (head[1] >> 3) & 3, 4 - ((head[1] >> 1) & 3)
    rate_index, kbps_index = (head[2] >> 2) & 3, head[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or kbps_index in (0, 15):
        return None
    first = version == 3
    row = layer - 1 if first else (3 if layer == 1 else 4)
    bits_s = 1000 * _KBPS[row][kbps_index - 1]
    rate_hz = _MPEG1_HZ[rate_index] // {3: 1, 2: 2, 0: 4}[version]
    padding = (head[2] >> 1) & 1
    if layer == 1:
        samples, size = 384, (12 * bits_s // rate_hz + padding) * 4
    else:
        samples = 1152 if first or layer == 2 else 576
        size = samples // 8 * bits_s // rate_hz + padding
    mono = head[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    kind = (version, layer, rate_hz, 1 if mono else 2)
    return _Frame(size, samples / rate_hz, kind, side if layer == 3 else 0)


def _xing(file: BinaryIO, at: int, frame: _Frame) -> float | None:
    """The length in seconds that a Xing or Info frame tells; 0 frames are no length."""
    if not frame.side_bytes:
        return None
    tag = bytes_at(file, at + 4 + frame.side_bytes, 12)
    if len(tag) < 12 or tag[:4] not in (b"Xing", b"Info"):
        return None
    flags, frames = struct.unpack(">II", tag[4:])
    return float(frames * frame.seconds) if flags & 1 else 0.0


def _adts_frame(head: bytes) -> _Frame | None:
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    rate_index = (head[2] >> 2) & 15
    size = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5)
    if rate_index >= len(_ADTS_HZ) or size < 7:
        return None
    channels = ((head[2] & 1) << 2) | (head[3] >> 6)
    rate_hz = _ADTS_HZ[rate_index]
    return _Frame(size, 1024 * ((head[6] & 3) + 1) / rate_hz, (rate_hz, channels))


def _amr_frame(lengths: tuple[int, ...]) -> Callable[[bytes], _Frame | None]:
    def frame_of(head: bytes) -> _Frame | None:
        if not head or head[0] & 0x83:
            return None
        size = lengths[(head[0] >> 3) & 15]
        return _Frame(size, _AMR_FRAME_S, (len(lengths),)) if size else None

    return frame_of
