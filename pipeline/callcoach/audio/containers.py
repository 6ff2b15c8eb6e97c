"""What a recording's file holds, by the parts of its container.

Ogg pages (RFC 3533), FLAC (RFC 9639), the boxes of MPEG-4 (ISO/IEC 14496-12), the elements of
Matroska and WebM (RFC 8794), the chunks of AIFF; WAV and streams of frames have modules of their
own. Only lengths are read, nothing is decoded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from callcoach.audio.file_pieces import MOST_PIECES, FilePiece, PieceSurvey, bytes_at, found_at
from callcoach.audio.frame_streams import survey_frames
from callcoach.audio.wav_header import survey_wav
from callcoach.errors import AudioError

_MOST_PARTS = 1_000_000  # pages, boxes or elements: a file with more is made to keep us busy
_SMALL_S = 0.1  # costs no word
_PADDING = 8  # bytes that a last chunk may be filled up with, and may not

_OGG_FIRST, _OGG_LAST = 2, 4
_OGG_PAGE = re.compile(rb"OggS\x00")
_MOST_GAPS = 1000
_OGG_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")

_FLAC_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")  # and a STREAMINFO block of 34 bytes

_MAGICS = (
    *(b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff", b"OggS", b"fLaC", b"FORM", b"caff", b".snd"),
    *(b"ID3", b"#!AMR", b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
)
_W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_EBML = b"\x1a\x45\xdf\xa3"
_HEADER, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_CUT = 0  # in place of an element's number: the file ends inside its head
_UNKNOWN = -1


def has_magic(path: Path) -> bool:
    """Whether a file begins as one of a known container does."""
    with path.open("rb") as file:
        head = file.read(16)
    return head.startswith(_MAGICS) or head[4:8] == b"ftyp"


def survey(path: Path) -> PieceSurvey | None:
    """Say what a file holds; ``None`` where its format has no parts that are known here.

    Raises
    ------
    AudioError
        If it is an MPEG-4 file without its index: nothing can read its sound.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = bytes_at(file, 0, 16)
        if head[:4] in (b"RIFF", b"RF64", b"BW64"):
            return survey_wav(file, size)
        if head[:4] == b"OggS":
            return _ogg(file, size)
        if head[:4] == b"fLaC":
            return _flac(file, size)
        if head[:4] in (b"caff", b"riff"):
            return _caf_or_w64(file, size, head[:4] == b"caff")
        if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
            return _aiff(file, size)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"):
            return _mpeg4(file, size, path.name)
        if head[:4] == _EBML:
            return _matroska(file, size)
        if head[:4] == b".snd":
            return _au(file, size)
        return survey_frames(file, size)


# --------------------------------------------------------------------------- Ogg


@dataclass(frozen=True)
class _Page:
    size: int
    flags: int
    serial: bytes
    begins: bytes  # the first bytes of its content
    whole: bool  # it is there to its end, and its checksum is right


def _ogg(file: BinaryIO, size: int) -> PieceSurvey | None:
    starts, tracks, gaps, sounds = [0], 1, 0, 0
    open_streams: set[bytes] = set()
    at, in_heads, cut = 0, True, False
    for _ in range(_MOST_PARTS):
        if at >= size:
            break
        page = _ogg_page(file, at)
        if page is None or (not page.whole and at + page.size <= size):
            found = next(found_at(file, _OGG_PAGE, at + 1, size), None)
            if found is None or gaps >= _MOST_GAPS:
                cut = page is None
                gaps += page is not None
                break
            gaps, at = gaps + 1, found
            continue
        if page.flags & _OGG_FIRST:
            if not in_heads:
                if len(starts) < MOST_PIECES:
                    starts.append(at)
                sounds = 0
            in_heads = True
            open_streams.add(page.serial)
            sounds += page.begins.startswith(_OGG_SOUND)
            tracks = max(tracks, sounds)
        else:
            in_heads = False
        if page.flags & _OGG_LAST and page.whole:
            open_streams.discard(page.serial)
        at += page.size
    # A stream whose last page does not say so was not closed (RFC 3533, section 6).
    breaks_off = cut or bool(open_streams)
    ends = [*starts[1:], size]
    pieces = tuple(FilePiece(start, end) for start, end in zip(starts, ends, strict=True))
    return PieceSurvey("ogg", pieces, breaks_off, gaps, tracks=tracks)


def _ogg_page(file: BinaryIO, at: int) -> _Page | None:
    head = bytes_at(file, at, 27)
    if len(head) < 27 or head[:4] != b"OggS" or head[4] != 0:
        return None
    lengths = file.read(head[26])
    content = file.read(sum(lengths)) if len(lengths) == head[26] else b""
    size = 27 + head[26] + sum(lengths)
    whole = len(content) == sum(lengths) and len(lengths) == head[26]
    unsigned = head[:22] + bytes(4) + head[26:] + lengths + content
    whole = whole and _ogg_checksum(unsigned) == int.from_bytes(head[22:26], "little")
    return _Page(size, head[5], head[14:18], content[:8], whole)


def _ogg_checksum(data: bytes) -> int:
    """CRC-32 of RFC 3533: the one of zlib with the bits of bytes and result turned round."""
    turned = zlib.crc32(data.translate(_TURNED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{turned:032b}"[::-1], 2)


_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


# --------------------------------------------------------------------------- FLAC, AIFF, AU


def _flac(file: BinaryIO, size: int) -> PieceSurvey:
    starts = [0, *islice(found_at(file, _FLAC_START, 42, size), MOST_PIECES)]
    ends = [*starts[1:], size]
    return PieceSurvey("flac", tuple(FilePiece(s, e) for s, e in zip(starts, ends, strict=True)))


def _aiff(file: BinaryIO, size: int) -> PieceSurvey:
    pieces: list[FilePiece] = []
    at = 0
    while at < size and len(pieces) < MOST_PIECES:
        head = bytes_at(file, at, 12)
        if head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC"):
            break
        end = at + 8 + int.from_bytes(head[4:8], "big")
        end += end % 2 if end < size else 0
        pieces.append(FilePiece(at, min(end, size)))
        at = max(end, at + 12)
    if len(pieces) == 1:
        pieces = [FilePiece(0, size)]
    return PieceSurvey("aiff", tuple(pieces), breaks_off=at > size + _PADDING)


def _caf_or_w64(file: BinaryIO, size: int, caf: bool) -> PieceSurvey:
    """Where the files begin, and whether the last chunk goes beyond the end."""
    magic, head_bytes = (b"caff", 8) if caf else (_W64, 40)
    starts: list[int] = []
    at, breaks_off = 0, False
    for _ in range(_MOST_PARTS):
        if at >= size:
            break
        if bytes_at(file, at, len(magic)) == magic:
            starts.append(at)
            at += head_bytes
            continue
        if caf:  # four letters and a length; -1 means "to the end"
            length = int.from_bytes(bytes_at(file, at + 4, 8), "big", signed=True)
            step = 12 + length if length >= 0 else size - at
        else:  # 16 bytes and a length that counts these 24, filled to 8
            length = int.from_bytes(bytes_at(file, at + 16, 8), "little")
            step = length + -length % 8
        if step < 12:
            break
        breaks_off = at + (step if caf else length) > size + _PADDING
        at += step
    starts = starts[:MOST_PIECES] or [0]
    ends = [*starts[1:], size]
    pieces = tuple(FilePiece(s, e) for s, e in zip(starts, ends, strict=True))
    return PieceSurvey("caf" if caf else "w64", pieces, breaks_off)


def _au(file: BinaryIO, size: int) -> PieceSurvey | None:
    pieces: list[FilePiece] = []
    at, wrong, end = 0, False, 0
    while at < size and len(pieces) < MOST_PIECES:
        head = bytes_at(file, at, 24)
        if len(head) < 24 or head[:4] != b".snd":
            break
        start, length, coding, rate_hz, channels = struct.unpack(">5I", head[4:])
        per_s = rate_hz * channels * _AU_BYTES.get(coding, 0)
        end = min(at + start + length, size)
        goes_on = end < size and bytes_at(file, end, 4) != b".snd"
        lacks = per_s and (at + start + length - size) / per_s > _SMALL_S
        promised_s = length / per_s if lacks else None
        prefix = b""
        if length == 0xFFFFFFFF or goes_on:
            # Never brought up to date: the bytes count, up to another file's beginning.
            wrong, promised_s = wrong or goes_on, None
            again = re.compile(re.escape(head[:8]))
            end = next(found_at(file, again, at + 24, size), size)
            prefix = head[:8] + b"\xff" * 4 + head[12:]
        pieces.append(FilePiece(at + 24 if prefix else at, end, prefix, promised_s))
        at = end
    if not pieces:
        return None
    return PieceSurvey("au", tuple(pieces), wrong_length=wrong)


_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}  # bytes of a sample, by its coding


# --------------------------------------------------------------------------- MPEG-4


def _mpeg4(file: BinaryIO, size: int, name: str) -> PieceSurvey:
    starts, breaks_off, indexed, fragments, end = [0], False, False, False, size
    at = 0
    for _ in range(_MOST_PARTS):
        if at >= size:
            break
        head = bytes_at(file, at, 16)
        length = int.from_bytes(head[:4], "big")
        kind = head[4:8]
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        elif length == 0:
            length = size - at
        if length < 8 or not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
            break
        # A second file has its own type and index; fragments repeat neither.
        if kind == b"ftyp" and at > 0 and indexed and _indexed(file, at, size):
            starts.append(at)
        indexed = indexed or kind in (b"moov", b"moof")
        fragments = fragments or kind == b"moof"
        breaks_off = at + length > size or len(head) < 8
        if breaks_off and kind != b"mdat":
            end = at  # a part of an index is of no use to decoders, and stops them
        at += length
    if not indexed and at >= size:
        raise AudioError(
            f"{name} breaks off before its index, without which its sound cannot be read; fetch it "
            "again, or export it from the recorder again"
        )
    starts = starts[:MOST_PIECES]
    ends = [*starts[1:], end]
    pieces = tuple(FilePiece(s, e) for s, e in zip(starts, ends, strict=True))
    return PieceSurvey("mov", pieces, breaks_off, tells_length=not fragments)


def _indexed(file: BinaryIO, at: int, size: int) -> bool:
    for _ in range(100):
        head = bytes_at(file, at, 16)
        if len(head) < 8:
            return False
        length = int.from_bytes(head[:4], "big")
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        if head[4:8] == b"moov":
            return at + length <= size
        if length < 8:
            return False
        at += length
    return False


# --------------------------------------------------------------------------- Matroska


def _matroska(file: BinaryIO, size: int) -> PieceSurvey:
    starts, segment_cut, last_cut = [0], False, False
    for at, number, start, length in _elements(file, size):
        if number == _HEADER and at > 0 and len(starts) < MOST_PIECES:
            starts.append(at)
        last_cut = number == _CUT or (length != _UNKNOWN and start + length > size)
        segment_cut = segment_cut or (number == _SEGMENT and last_cut)
    breaks_off = segment_cut or last_cut
    ends = [*starts[1:], size]
    pieces = tuple(FilePiece(s, e) for s, e in zip(starts, ends, strict=True))
    return PieceSurvey("matroska", pieces, breaks_off)


def _elements(file: BinaryIO, size: int) -> Iterator[tuple[int, int, int, int]]:
    """Elements in turn: place, number (or ``_CUT``), start and length of the content.

    The content of segments and clusters is gone through; all others are passed over.
    """
    at = 0
    for _ in range(_MOST_PARTS):
        if at >= size:
            return
        head = bytes_at(file, at, 12)
        number, width = _number(head, marked=True)
        length, more = _number(head[width:], marked=False) if width else (0, 0)
        if not width or not more:
            if len(head) < 12:
                yield at, _CUT, size, 0
            return
        start = at + width + more
        yield at, number, start, length
        inside = number in (_SEGMENT, _CLUSTER)
        if not inside and length == _UNKNOWN:
            return
        at = start if inside else start + length


def _number(data: bytes, *, marked: bool) -> tuple[int, int]:
    """A number of variable width and that width; 0 bytes where it is none or is cut off."""
    if not data or not data[0]:
        return 0, 0
    width = 9 - data[0].bit_length()
    if len(data) < width or (marked and width > 4):
        return 0, 0
    value = int.from_bytes(data[:width], "big")
    if marked:
        return value, width
    value &= (1 << 7 * width) - 1
    return (_UNKNOWN if value == (1 << 7 * width) - 1 else value), width
