"""WAV files by their bytes: where the sound really lies, whatever the header says.

Recorders write the sizes last, so a recorder that dies leaves them at 0 or as they last were; one
that writes to a pipe leaves them at their largest; some count the header in; files are joined. The
chunks of RIFF (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0",
1991), RF64 and BW64 (ITU-R BS.2088) are walked here, and a piece whose sizes are wrong gets a
header of ours.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

from callcoach.audio.file_pieces import (
    BLOCK_BYTES,
    MOST_PIECES,
    FilePiece,
    PieceSurvey,
    bytes_at,
    found_at,
)

_FORMS = frozenset({b"RIFF", b"RF64", b"BW64"})
_UNKNOWN_SIZES = ((0x7FFF0000, 0x80000000), (0xFFFF0000, 0xFFFFFFFF))
"""Sizes that stand for "not known yet": sox writes 0x7ffff000, FFmpeg 0xffffffff, others less."""

_TRAILERS = frozenset(
    {b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"inst", b"fact", b"PEAK", b"iXML"}
    | {b"axml", b"chna", b"JUNK", b"junk", b"PAD ", b"afsp", b"DISP", b"_PMX", b"plst", b"labl"}
    | {b"note", b"adtl", b"levl", b"strc", b"umid", b"FLLR", b"MD5 ", b"cart", b"slnt", b"LGWV"}
)
"""Chunks that stand behind the sound."""

_KNOWN = _TRAILERS | {b"fmt ", b"data", b"ds64"}
_SAMPLED = frozenset({1, 3, 6, 7, 0xFFFE})  # linear, float, A-law, mu-law, extensible

_TRAILER_BYTES = 1 << 20  # how far from the end trailers are looked for
_SMALL_S = 0.1  # a difference between header and file that costs no word
_COUNTED_BYTES = 4096  # headers and trailers that a length of several files may leave out
_MOST_CHUNKS, _MOST_TRAILERS, _MOST_PLACES = 10_000, 100, 1000
_FORMAT_WITHIN = 8  # chunks of a joined file among which its format must be
_WAVE = re.compile(rb"WAVE")  # eight bytes behind a file's beginning


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    start: int  # of its content
    size: int  # as its header says


@dataclass(frozen=True)
class _Sound:
    """A data chunk: as promised (``None``: not known) and as it is.

    ``plain`` is false where chunks before it are not filled up to even lengths as they should be.
    """

    form: bytes  # the content of "fmt "
    start: int
    promised: int | None
    end: int
    wrong: bool
    plain: bool

    @property
    def as_promised(self) -> bool:
        return self.plain and self.promised == self.end - self.start

    @property
    def bytes_per_s(self) -> int:
        tag, channels, rate_hz, rate = struct.unpack_from("<HHII", self.form, 0)
        bits: int = struct.unpack_from("<H", self.form, 14)[0]
        if tag in _SAMPLED:  # some writers leave the rate of bytes at 0
            rate = rate_hz * channels * ((bits + 7) // 8)
        return int(rate)  # 0 where a coding's header does not say


def survey_wav(file: BinaryIO, size: int) -> PieceSurvey | None:
    """Find the sound of a WAV file, of several that are joined too; ``None`` where there is none.

    Parameters
    ----------
    file
        The file.
    size
        Its length in bytes.
    """
    sounds: list[_Sound] = []
    at, whole_at = 0, []
    while at < size and len(sounds) < MOST_PIECES:
        found = _sound_of(file, at, size)
        if found is None:
            break
        sound, after = found
        sounds.append(sound)
        whole_at.append((at, after))
        at = after
    if not sounds:
        return None
    pieces = [
        _piece(sound, start, after)
        for sound, (start, after) in zip(sounds, whole_at, strict=True)
        if sound.end > sound.start or len(sounds) == 1
    ]
    wrong = any(sound.wrong for sound in sounds)
    # A file that is as its header says is left to the decoders as it is.
    if len(sounds) == 1 and sounds[0].as_promised:
        pieces = [FilePiece(0, size)]
    told = all(sound.bytes_per_s for sound in sounds)
    lacks = any(piece.length_s is not None for piece in pieces)
    if not told:
        pieces = [replace(piece, length_s=None) for piece in pieces]
    return PieceSurvey("wav", tuple(pieces), breaks_off=lacks and not told, wrong_length=wrong)


def _piece(sound: _Sound, start: int, after: int) -> FilePiece:
    length = sound.end - sound.start
    promised_s = None
    if sound.promised is not None:
        lacking = sound.promised - length
        # A header that counted itself in has promised nothing more.
        if lacking > max(_SMALL_S * sound.bytes_per_s, sound.start - start):
            promised_s = sound.promised / max(1, sound.bytes_per_s)
    return FilePiece(sound.start, sound.end, _header(sound.form, length), promised_s)


def _header(form: bytes, length: int) -> bytes:
    """A header of one format chunk and the data chunk's beginning."""
    chunk = b"fmt " + struct.pack("<I", len(form)) + form + b"\0" * (len(form) % 2)
    if length < 0xFFFF0000:
        total = 4 + len(chunk) + 8 + length
        head = b"RIFF" + struct.pack("<I", total) + b"WAVE"
        return head + chunk + b"data" + struct.pack("<I", length)
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 4 + 36 + len(chunk) + 8 + length, length, 0, 0)
    head = b"RF64" + b"\xff" * 4 + b"WAVE"
    return head + sizes + chunk + b"data" + b"\xff" * 4


def _sound_of(file: BinaryIO, start: int, size: int) -> tuple[_Sound, int] | None:
    """The sound of the file that begins at ``start``, and where the next one begins."""
    if not _begins(file, start):
        return None
    form, long_size, plain, last = b"", None, True, start + 12
    for chunk in _chunks(file, start + 12, size):
        plain = plain and (chunk.start - last) % 2 == 0
        last = chunk.start
        if chunk.name == b"ds64":
            fields = bytes_at(file, chunk.start, 16)
            long_size = struct.unpack("<Q", fields[8:16])[0] if len(fields) == 16 else None
        elif chunk.name == b"fmt ":
            form = bytes_at(file, chunk.start, min(chunk.size, 4096))
        elif chunk.name == b"data":
            if len(form) < 16:
                return None
            promised: int | None = chunk.size
            if chunk.size == 0xFFFFFFFF and long_size:
                promised = long_size
            elif any(low <= chunk.size <= high for low, high in _UNKNOWN_SIZES):
                promised = None
            return _measured(file, _Sound(form, chunk.start, promised, 0, False, plain), size)
    return None


def _measured(file: BinaryIO, sound: _Sound, size: int) -> tuple[_Sound, int]:
    """How far the sound goes, and where what comes behind it ends."""
    promised, start = sound.promised, sound.start
    if promised and start + promised <= size:
        behind = _end_of_chunks(file, start + promised, size, strict=False)
        if behind is not None:
            joined = _joined_inside(file, start, start + promised)
            if joined is None:
                return replace(sound, end=start + promised), behind
            end = _before_trailers(file, start, joined)
            return replace(sound, end=end, promised=None, wrong=True), joined
    if promised == 0 and _end_of_chunks(file, start, size, strict=True) == size:
        return replace(sound, end=start), size  # nothing but a header
    # The header is wrong, so only the bytes tell: up to the next file, or to what stands last.
    joined = _joined_inside(file, start, size)
    after = size if joined is None else joined
    end = _before_trailers(file, start, after)
    if promised is not None and start + promised > end:
        if after < size and start + promised >= size - _COUNTED_BYTES:
            return replace(sound, end=end, promised=None, wrong=True), after  # counts all files
        return replace(sound, end=end), after  # cut off, or counted too much
    if promised and not _goes_on(file, sound, start + promised, end):
        return replace(sound, end=start + promised), after
    return replace(sound, end=end, promised=None, wrong=promised is not None), after


def _begins(file: BinaryIO, at: int) -> bool:
    head = bytes_at(file, at, 12)
    return head[:4] in _FORMS and head[8:] == b"WAVE"


def _chunks(file: BinaryIO, at: int, end: int, most: int = _MOST_CHUNKS) -> list[_Chunk]:
    """The chunks from a place on, up to the sound."""
    found: list[_Chunk] = []
    while at + 8 <= end and len(found) < most:
        head = bytes_at(file, at, 8)
        chunk = _Chunk(head[:4], at + 8, int.from_bytes(head[4:], "little"))
        found.append(chunk)
        if chunk.name == b"data":
            break
        at = chunk.start + chunk.size
        # An odd chunk has a byte behind it, which some writers leave out.
        if chunk.size % 2 and bytes_at(file, at, 4) not in _KNOWN:
            at += 1
    return found


def _named(name: bytes) -> bool:
    return len(name) == 4 and all(32 <= byte < 127 for byte in name) and name[:1] != b" "


def _end_of_chunks(file: BinaryIO, at: int, end: int, *, strict: bool) -> int | None:
    """Where the chunks behind the sound end: at another file's beginning or at the file's end.

    ``None`` where what stands there are no chunks. Not ``strict``, a last known chunk may be cut
    off, and a few bytes or zeros may stand at the end.
    """
    for _ in range(_MOST_TRAILERS):
        if at >= end - 1:
            return end
        for place in (at, at + 1):  # with and without the byte that pads an odd chunk
            head = bytes_at(file, place, 8)
            if _begins(file, place):
                return place
            size = int.from_bytes(head[4:], "little")
            fits = place + 8 + size <= end
            if len(head) == 8 and head[:4] in _TRAILERS and (fits or not strict):
                at = place + 8 + size
                break
            if (
                len(head) == 8
                and _named(head[:4])
                and place + 8 + size + size % 2 in (end, end + 1)
            ):
                return end
        else:
            return end if not strict and _all_zero(file, at, end) else None
    return None


def _all_zero(file: BinaryIO, at: int, end: int) -> bool:
    file.seek(at)
    while at < end:
        block = file.read(min(BLOCK_BYTES, end - at))
        if not block or block.strip(b"\0"):
            return not block
        at += len(block)
    return True


def _joined_inside(file: BinaryIO, start: int, end: int) -> int | None:
    """Where another WAV file begins inside the sound, and has a format."""
    places = (at - 8 for at in found_at(file, _WAVE, start + 8, end) if _begins(file, at - 8))
    for place in islice(places, MOST_PIECES):
        if _has_format(file, place + 12, end):
            return place
    return None


def _has_format(file: BinaryIO, at: int, end: int) -> bool:
    return any(chunk.name == b"fmt " for chunk in _chunks(file, at, end, _FORMAT_WITHIN))


def _before_trailers(file: BinaryIO, start: int, end: int) -> int:
    """The end of the sound: before the first known chunk whose followers reach the end exactly."""
    first = max(start, end - _TRAILER_BYTES)
    tail = bytes_at(file, first, end - first)
    places = sorted(
        place for name in _TRAILERS for place in _places(tail, name) if place + 8 <= len(tail)
    )
    for place in places[:_MOST_PLACES]:
        if _end_of_chunks(file, first + place, end, strict=True) == end:
            return first + place
    return end


def _places(data: bytes, name: bytes) -> list[int]:
    found, at = [], data.find(name)
    while at >= 0:
        found.append(at)
        at = data.find(name, at + 1)
    return found


def _goes_on(file: BinaryIO, sound: _Sound, at: int, end: int) -> bool:
    """Whether what stands behind the promised end is more of the sound, not something else.

    Bytes of text, or bytes that are all alike, are none; of linear samples neighbours are alike,
    as they are in the sound before.
    """
    if end - at <= _SMALL_S * sound.bytes_per_s:
        return False
    from callcoach.audio.raw_telephony import is_text, neighbours_alike

    tag, channels = struct.unpack_from("<HH", sound.form, 0)
    bits: int = struct.unpack_from("<H", sound.form, 14)[0]
    at -= (at - sound.start) % max(1, channels * bits // 8)
    data = bytes_at(file, at, 1 << 18)
    if is_text(data):
        return False
    if tag not in (1, 0xFFFE) or bits != 16 or not channels:
        return True
    return neighbours_alike(data[: len(data) // 2 * 2], channels)
