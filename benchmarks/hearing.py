"""How much of the speech on one-channel telephone lines is heard, and what else is taken for it.

    python benchmarks/hearing.py [--data ../shared/data]

Clean speech with known times is sent through bad lines (``tests/rough_lines.py``: mobile coding,
one side 20 to 28 dB lower, noise, losses, automatic gain). The times are a hand marker's: pauses
under 0.3 s belong to what is said. They come from the texts of the samples, from hand labels (the
meeting excerpts), or from what is heard of each person alone on a clean line. Printed for each
line, over all calls together:

- missed and invented speech in % of the true speech, without a collar and with one of 0.25 s
  (the parts of the diarisation error that activity decides),
- the longest stretch of true speech without any activity,
- silences of 1 s and more claimed over speech (0.5 s of it and more), and 3 s and more.

Then seconds a minute taken for speech, and called doubtful, in what is none, after 20 s of a call.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.marking import as_marked
from callcoach.audio.silero import FRAME_S, SileroVad
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, complement, intersections, merged, total_s

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import rough_lines  # noqa: E402
from rough_lines import LINES, RATE_HZ, at_level  # noqa: E402

Samples = npt.NDArray[np.float32]
CONFIG = Config()
MARKED_PAUSE_S = 0.3
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
MUSIC = Path("/usr/share/asterisk/moh")


@dataclass(frozen=True)
class Call:
    """Two people, each alone on a clean line, shape ``(2, n)``, and when one of them speaks."""

    name: str
    sides: Samples
    speech: tuple[Span, ...]


@dataclass(frozen=True)
class Score:
    """Seconds of one call on one line."""

    speech_s: float
    missed_s: float
    invented_s: float
    scored_s: float
    missed_collar_s: float
    invented_collar_s: float
    longest_missed_s: float
    silences: int
    long_silences: int


def one_channel(samples: Samples) -> Audio:
    """A sound as the speech stages take it."""
    peak = float(np.abs(samples).max(initial=0.0))
    return Audio(samples[None], RATE_HZ, 8000, "", "", (peak,), (0.0,))


def heard(sound: Audio, silero: SileroVad) -> Activity:
    """The speech as an analysis has it, with one voice."""
    found = detect_activity(sound, ("all",), silero, CONFIG.activity)
    return as_marked(found, sound.duration_s, CONFIG.activity.shared_pause_s)[0]


def heard_clean(samples: Samples, silero: SileroVad) -> list[Span]:
    """When somebody alone on a clean line speaks: plain Silero."""
    if not samples.any():
        return []
    found = silero.probabilities(at_level(samples, -20)) >= 0.4
    at = np.flatnonzero(found)
    return [Span(i * FRAME_S, (i + 1) * FRAME_S) for i in at.tolist()]


def marked(spans: Sequence[Span]) -> tuple[Span, ...]:
    """As a person marks it: short pauses belong to the speech, single clicks do not."""
    return tuple(s for s in merged(spans, MARKED_PAUSE_S) if s.duration_s >= 0.1)


# ------------------------------------------------------------------------------- the calls


def samples() -> Iterator[Call]:
    """The sample calls."""
    for path in sorted((ROOT / "data_samples" / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        (recording,) = (ROOT / "data_samples" / "audio").glob(f"{truth['call_id']}.*")
        sound = decode(recording, CONFIG.audio).samples
        said = [Span(*span) for turn in truth["turns"] for span in turn["spans"]]
        sides = sound if len(sound) == 2 else np.stack((sound[0], np.zeros_like(sound[0])))
        yield Call(truth["call_id"], sides, marked(said))


def real_call(data: Path, silero: SileroVad) -> Iterator[Call]:
    """Two channels of a real call."""
    path = data / "calls" / "auto_repairs_40.wav"
    if path.is_file():
        sides = decode(path, CONFIG.audio).samples
        said = [span for side in sides for span in heard_clean(side, silero)]
        yield Call(path.stem, sides, marked(said))


def placed(data: Path, silero: SileroVad) -> Iterator[Call]:
    """Prompts and sentences of other voices in turn, pauses of 0.3 to 2.5 s."""
    table = data / "voice" / "clips.csv"
    prompts = [p for p in sorted(PROMPTS.glob("*.wav")) if p.stat().st_size > 20_000]
    if not table.is_file() or not prompts:
        return
    with table.open(newline="", encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream) if r["intensity"] == "1"]
    for seed in range(3):
        random = np.random.default_rng(seed)
        speakers = sorted({r["speaker"] for r in rows})
        own = [r for r in rows if r["speaker"] == speakers[seed]]
        parts: list[tuple[Samples, Samples]] = []
        said: list[Span] = []
        at_s = 0.0
        for number in range(44):
            if number % 2:
                path = prompts[int(random.integers(len(prompts)))]
            else:
                path = table.parent / own[int(random.integers(len(own)))]["path"]
            clip = at_level(decode(path, CONFIG.audio).samples[0][: 6 * RATE_HZ], -22)
            quiet = np.zeros(round(random.uniform(0.3, 2.5) * RATE_HZ), dtype=np.float32)
            said += [Span(s.start_s + at_s, s.end_s + at_s) for s in heard_clean(clip, silero)]
            line = np.concatenate((clip, quiet))
            empty = np.zeros_like(line)
            parts.append((empty, line) if number % 2 else (line, empty))
            at_s += len(line) / RATE_HZ
        sides = np.stack([np.concatenate([part[side] for part in parts]) for side in (0, 1)])
        yield Call(f"placed {seed}", sides, marked(said))


def meetings(data: Path) -> Iterator[Call]:
    """Meeting excerpts with hand labels."""
    path = data / "diarization" / "ami_trn.rttm"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for name, rows in itertools.groupby((line.split() for line in lines), key=lambda row: row[1]):
        said = [Span(float(row[3]), float(row[3]) + float(row[4])) for row in rows]
        sound = decode(path.parent / f"ami_{name}.wav", CONFIG.audio).samples[0]
        yield Call(name, np.stack((sound, np.zeros_like(sound))), marked(said))


# ------------------------------------------------------------------------------- what is no speech


def no_speech() -> Iterator[tuple[str, Samples]]:
    """Sounds of a line in which nobody speaks, each about 30 s at the level of speech or lower."""
    random = np.random.default_rng(5)
    count = 30 * RATE_HZ
    t = np.arange(count) / RATE_HZ
    for path in sorted(MUSIC.glob("*.wav")):
        music = decode(path, CONFIG.audio).samples[0]
        for level_db in (-24, -40):
            yield f"hold music {level_db} dB", at_level(music[: 2 * count], level_db)
    ring = np.sin(2 * np.pi * 440 * t) + np.sin(2 * np.pi * 480 * t)
    yield "ringing", at_level((ring * ((t % 6) < 2)).astype(np.float32), -22)
    keys = np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t)
    yield "keys", at_level((keys * ((t % 0.4) < 0.15)).astype(np.float32), -25)
    for name, slope in (("white", 0), ("pink", 3), ("car", 6)):
        for level_db in (-30, -45):
            yield f"{name} noise", at_level(rough_lines.coloured(count, slope), level_db)
    breath = rough_lines.coloured(count, 1) * np.clip(np.sin(2 * np.pi * t / 3), 0, 1) ** 2
    for level_db in (-35, -42):
        yield "breath", at_level(breath.astype(np.float32), level_db)
    clicks = np.zeros(count, dtype=np.float32)
    for at in random.integers(0, count - 400, 150):
        clicks[at : at + 400] += random.standard_normal(400) * np.exp(-np.arange(400) / 60)
    for level_db in (-28, -40):
        yield "keyboard", at_level(clicks, level_db)
    rustle = rough_lines.coloured(count, 2) * (random.random(count // 1600).repeat(1600) > 0.8)
    for level_db in (-30, -42):
        yield "bursts of noise", at_level(rustle.astype(np.float32), level_db)


# ------------------------------------------------------------------------------- scores


def score(speech: Sequence[Span], activity: Activity, duration_s: float) -> Score:
    """Compare what was found with the truth."""
    whole = Span(0.0, duration_s)
    truth = merged(intersections(speech, (whole,)))
    found = merged(activity.regions)
    missed = intersections(truth, complement(found, whole))
    invented = intersections(found, complement(truth, whole))
    edges = [at for s in truth for at in (s.start_s, s.end_s)]
    collar = merged(Span(max(0.0, at - 0.25), at + 0.25) for at in edges)
    scored = complement(collar, whole)
    silences = [
        (s.duration_s, total_s(intersections(truth, (s,))))
        for s in complement([*found, *activity.unsure], whole)
    ]
    return Score(
        total_s(truth),
        total_s(missed),
        total_s(invented),
        total_s(intersections(truth, scored)),
        total_s(intersections(missed, scored)),
        total_s(intersections(invented, scored)),
        max((s.duration_s for s in missed), default=0.0),
        sum(length >= 1 and over >= 0.5 for length, over in silences),
        sum(length >= 3 and over >= 0.5 for length, over in silences),
    )


def _print(name: str, scores: Sequence[Score]) -> None:
    def total(field: str) -> float:
        return float(sum(getattr(s, field) for s in scores))

    speech_s, scored_s = total("speech_s"), total("scored_s")
    longest_s = max(s.longest_missed_s for s in scores)
    print(
        f"  {name:34} {100 * total('missed_s') / speech_s:6.1f} "
        f"{100 * total('invented_s') / speech_s:6.1f}   "
        f"{100 * total('missed_collar_s') / scored_s:6.1f} "
        f"{100 * total('invented_collar_s') / scored_s:6.1f}   "
        f"{longest_s:6.2f} s  {total('silences'):4.0f} {total('long_silences'):4.0f}",
        flush=True,
    )


def measure_lines(data: Path, silero: SileroVad) -> None:
    """Print the scores of each kind of call on each line."""
    groups = {
        "samples": list(samples()),
        "real call": list(real_call(data, silero)),
        "placed": list(placed(data, silero)),
        "meetings, by hand": list(meetings(data)),
    }
    everything: list[Score] = []
    for group, calls in groups.items():
        if not calls:
            continue
        print(f"{group}: missed, invented; with a collar; longest missed; silences over speech")
        for line, through in LINES.items():
            scores = []
            for call in calls:
                sound = one_channel(through(call.sides))
                found = heard(sound, silero)
                scores.append(score(call.speech, found, sound.duration_s))
            _print(line, scores)
            everything += scores
    _print("all", everything)


def measure_no_speech(data: Path, silero: SileroVad) -> None:
    """Print how much of what is no speech is taken for it, after 20 s of the first sample."""
    talk = next(samples()).sides
    talk = rough_lines.quieter(talk, 6)[: 20 * RATE_HZ]
    found_s: dict[str, list[tuple[float, float, float]]] = {}
    for name, sound in no_speech():
        for line, coded in (("", sound), (", mobile", rough_lines.line_codecs.amr(sound, RATE_HZ))):
            whole = np.concatenate((talk, coded))
            found = heard(one_channel(whole), silero)
            rest = Span(20.5, len(whole) / RATE_HZ)
            false_s = total_s(intersections(merged(found.regions), (rest,)))
            found_s.setdefault(name + line, []).append(
                (false_s, total_s(intersections(found.unsure, (rest,))), rest.duration_s)
            )
    print("taken for speech and doubtful, seconds a minute")
    for name, rows in found_s.items():
        speech_s, doubt_s, all_s = (sum(column) for column in zip(*rows, strict=True))
        print(f"  {name:34} {60 * speech_s / all_s:6.2f} {60 * doubt_s / all_s:6.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    data = parser.parse_args().data
    silero = SileroVad()
    measure_lines(data, silero)
    measure_no_speech(data, silero)


if __name__ == "__main__":
    main()
