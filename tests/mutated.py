"""Broken recordings, manifests and settings, made by chance from good ones, and what reads them.

Everything is seeded: the same number gives the same file.
"""

from __future__ import annotations

import hashlib
import io
import random
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile

from sounds import voice

RATE_HZ = 8000
LIMIT_S = 10.0
"""A reader that takes longer hangs."""

_EXTREMES = (
    b"\x00" * 4,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\x00\x00\x00",
)
_CELLS = (
    "../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "a\x00b.wav",
    "x" * 200_000,
    '"',
    "=HYPERLINK(1)",
    "\u202egnp.wav",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "http://localhost/a.wav",
    "concat:a.wav|b.wav",
    "~/a.wav",
    "$(touch here)",
    "9" * 5000,
    "2026-13-45T99:99",
    "",
    " ",
    ".",
    "..",
    "link.wav",
)
_VALUES = (
    "[" * 3000,
    "{a=" * 3000,
    "9" * 5000,
    "1e999",
    "nan",
    "-inf",
    "0x" + "f" * 300,
    '"' + "x" * 100_000 + '"',
    "2026-13-45",
    "true",
    "[]",
    "''",
    '"""',
    "\\u0000",
    '"/dev/zero"',
    '"../../../etc/passwd"',
)


def recordings() -> dict[str, bytes]:
    """A good recording of one second or more in each format, by its ending's name."""
    left = voice(np.full(RATE_HZ * 2, 120.0), rate_hz=RATE_HZ)
    both = np.stack([left, voice(np.full(RATE_HZ * 2, 210.0), rate_hz=RATE_HZ)], axis=1)
    found = {
        "pcm.wav": _written(both, "WAV", "PCM_16"),
        "float.wav": _written(both, "WAV", "FLOAT"),
        "ulaw.wav": _written(both, "WAV", "ULAW"),
        "gsm.wav": _written(left, "WAV", "GSM610"),
        "a.flac": _written(both, "FLAC", "PCM_16"),
        "a.ogg": _written(both, "OGG", "VORBIS"),
        "a.mp3": _written(both, "MP3", "MPEG_LAYER_III", 16000),
        "a.w64": _written(both, "W64", "PCM_16"),
    }
    for name, codec, rate_hz in (("a.m4a", "aac", 16000), ("a.webm", "libopus", 48000)):
        found[name] = _encoded(both, name, codec, rate_hz)
    return found


def broken_recordings(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Names and contents of broken recordings, the formats in turn."""
    good = list(recordings().items())
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        name, data = good[number % len(good)]
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = chance.choice(_BREAKS)(data, chance)
        ending = name if chance.random() < 0.9 else chance.choice(good)[0]
        yield f"{number:05d}-{ending}", data


def broken_texts(good: bytes, parts: tuple[str, ...], count: int, seed: int = 0) -> Iterator[bytes]:
    """Broken versions of a text: bytes changed, cells or values replaced by evil ones."""
    for number in range(count):
        chance = random.Random(f"text {seed} {number}")
        data = good
        for _ in range(chance.choice((1, 1, 2, 3))):
            if chance.random() < 0.6:
                data = _with_part(data, chance.choice(parts), chance)
            else:
                data = chance.choice(_BREAKS)(data, chance)
        yield data.decode("utf-8", "replace").encode("utf-16") if chance.random() < 0.02 else data


def broken_manifests(count: int, seed: int = 0) -> Iterator[bytes]:
    """Broken manifests."""
    good = (
        "path,call_id,agent_id,started_at,agent_channel,queue\n"
        "a.wav,c1,ann,2026-03-02T14:05:00+01:00,left,billing\n"
        'b.wav,c2,bob,2026-03-03,right,"orders, new"\nlink.wav,c3,,,,\n'
    )
    return broken_texts(good.encode(), _CELLS, count, seed)


def broken_settings(count: int, seed: int = 0) -> Iterator[bytes]:
    """Broken files of settings."""
    good = (
        "[turns]\njoin_s = 0.2\n\n[speech]\nthreads = 2\n\n[arrivals]\nroots = []\n"
        'unlisted = "leave"\n\n[notify]\nwebhook = ""\n\n[coaching]\nguide_file = ""\n'
    )
    return broken_texts(good.encode(), _VALUES, count, seed)


@dataclass(frozen=True)
class Verdict:
    """What a reader made of a file: ``read``, ``refused``, ``traceback``, ``died`` or ``hangs``."""

    kind: str
    text: str = ""


class Reader:
    """Reads files in a process of its own, which may die or hang.

    Parameters
    ----------
    kind
        ``recording``, ``manifest`` or ``settings``.
    folder
        Where the process stands.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self._command = [sys.executable, __file__, kind]
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, path: Path) -> Verdict:
        """Read a file."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert self._process.stdout is not None
            self._process.stdout.readline()  # it has imported what it needs
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
        except BrokenPipeError:
            return Verdict("died")
        ready, _, _ = select.select([process.stdout], [], [], LIMIT_S)
        if not ready:
            self._stop()
            return Verdict("hangs")
        kind, _, text = process.stdout.readline().strip().partition(" ")
        if not kind:
            self._stop()
            return Verdict("died")
        return Verdict(kind, text)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def snapshot(root: Path) -> dict[str, str]:
    """Every file and folder under a root with a hash of its content, to see what was written."""
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file() and not path.is_symlink()
            else ""
        )
        for path in sorted(root.rglob("*"))
    }


# ------------------------------------------------------------------------------- breaking

Break = Callable[[bytes, random.Random], bytes]


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 32, 256)) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _change_header(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6) if changed else 0):
        changed[chance.randrange(min(len(changed), 128))] = chance.randrange(256)
    return bytes(changed)


def _set_field(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(max(1, min(len(data), 300)))
    return data[:at] + chance.choice(_EXTREMES) + data[at + 4 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_start(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(max(1, min(len(data), 64))) :]


def _drop(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 2000) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at : at + chance.randrange(1, 2000)] * chance.randint(1, 20) + data[at:]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randint(1, 400)) + data[at:]


_BREAKS: tuple[Break, ...] = (
    _flip_bits,
    _change_header,
    _set_field,
    _set_field,
    _cut,
    _cut_start,
    _drop,
    _repeat,
    _insert,
)


def _with_part(data: bytes, part: str, chance: random.Random) -> bytes:
    """Replace what stands between two separators."""
    text = data.decode("utf-8", "replace")
    marks = [0, *(i + 1 for i, letter in enumerate(text) if letter in ",\n="), len(text)]
    at = chance.randrange(len(marks) - 1)
    end = max(marks[at], marks[at + 1] - 1)
    return (text[: marks[at]] + part + text[end:]).encode("utf-8", "replace")


def _written(samples: np.ndarray, form: str, subtype: str, rate_hz: int = RATE_HZ) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=form, subtype=subtype)
    return buffer.getvalue()


def _encoded(samples: np.ndarray, name: str, codec: str, rate_hz: int) -> bytes:
    buffer = io.BytesIO()
    form = {"m4a": "mp4", "webm": "webm"}[name.split(".")[1]]
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16).reshape(1, -1), format="s16", layout="stereo"
        )
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(stream.format.name, "stereo", rate_hz)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return buffer.getvalue()


# ------------------------------------------------------------------------------- the reading side


def _read_all(kind: str) -> None:
    """Read the files that are named on standard input, a line for each on standard output."""
    import resource

    from callcoach.errors import CallCoachError

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read = _reader(kind)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            read(Path(line.rstrip("\n")))
            said = "read"
        except CallCoachError as error:
            said = "refused " + ascii(str(error))[:300]
        except BaseException as error:
            said = f"traceback {type(error).__name__} {ascii(str(error))[:300]}"
        print(said, flush=True)


def _reader(kind: str) -> Callable[[Path], object]:
    from callcoach.batch.arrivals import settle
    from callcoach.config import Config, load_config
    from callcoach.settings.nightly import ArrivalsConfig
    from shipped import read_source

    if kind == "settings":
        return lambda path: load_config(path).sha256
    if kind == "manifest":
        given = ArrivalsConfig(stable_s=0)
        out = Path("out").absolute()
        out.mkdir(exist_ok=True)

        def taken(path: Path) -> object:
            source = settle(read_source(path, None, out, config=given), out, given)
            root = path.parent.resolve()
            outside = [r for r in source.recordings if not r.path.resolve().is_relative_to(root)]
            assert not outside, outside
            return source

        return taken

    import soxr  # noqa: F401  what is imported late must not count as reading

    from callcoach.audio.decode import decode

    config = Config().audio
    return lambda path: decode(path, config)


if __name__ == "__main__":
    _read_all(sys.argv[1])
