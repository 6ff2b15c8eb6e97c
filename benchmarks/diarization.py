"""How well the voices of one channel are told apart, and how fast.

Two-channel recordings are summed to one channel; who speaks when is known from the samples' truth
or from the channels. Also scored where they lie beside the project: real calls and meeting
excerpts, and telephone-band mixes of two speakers reading calmly.

    python benchmarks/diarization.py [--data ../shared/data]

Speed is processor time of activity and voices together, on one thread.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from callcoach.analysis.models import load_models
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.diarize import diarize
from callcoach.audio.marking import as_marked
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity
from callcoach.model.timeline import Span, merged

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from diarization_error import Timeline, error_rate  # noqa: E402

CONFIG = Config()
RATE_HZ = 16000


@dataclass(frozen=True)
class Case:
    """A recording with one channel and who speaks when in it."""

    group: str
    name: str
    sound: Audio
    truth: Timeline


def mono(sound: Audio) -> Audio:
    """The sum of the channels."""
    return dataclasses.replace(sound, samples=sound.samples.sum(axis=0, keepdims=True) / 2)


def timeline(activities: tuple[Activity, ...]) -> Timeline:
    """Spans of each speaker."""
    return {a.speaker: [r.span for r in a.regions] for a in activities}


def samples() -> Iterator[Case]:
    """The sample calls, scored by their truth files."""
    for path in sorted((ROOT / "data_samples" / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        said: dict[str, list[Span]] = {}
        for turn in truth["turns"]:
            said.setdefault(turn["speaker"], []).extend(Span(*span) for span in turn["spans"])
        (recording,) = (ROOT / "data_samples" / "audio").glob(f"{truth['call_id']}.*")
        sound = mono(decode(recording, CONFIG.audio))
        own = {name: list(merged(spans)) for name, spans in said.items()}
        yield Case("samples", truth["call_id"], sound, own)


def real_calls(data: Path, silero: SileroVad) -> Iterator[Case]:
    """A two-channel call, scored by the activity of its channels."""
    path = data / "calls" / "auto_repairs_40.wav"
    if path.is_file():
        sound = decode(path, CONFIG.audio)
        found = detect_activity(sound, ("agent", "customer"), silero, CONFIG.activity)
        yield Case("real call", path.stem, mono(sound), timeline(found))


def meetings(data: Path) -> Iterator[Case]:
    """Excerpts with up to four people and much speaking at once: far from a call."""
    path = data / "diarization" / "ami_trn.rttm"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for name, rows in itertools.groupby((line.split() for line in lines), key=lambda row: row[1]):
        said: dict[str, list[Span]] = {}
        for row in rows:
            start_s = float(row[3])
            said.setdefault(row[7], []).append(Span(start_s, start_s + float(row[4])))
        sound = decode(path.parent / f"ami_{name}.wav", CONFIG.audio)
        yield Case("meetings", name, mono(sound), said)


def telephone_mixes(data: Path, silero: SileroVad) -> Iterator[Case]:
    """Every pair of speakers in turn, 24 sentences, pauses up to 0.4 s."""
    path = data / "voice" / "clips.csv"
    if not path.is_file():
        return
    clips: dict[str, list[tuple[Audio, list[Span]]]] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["label"] not in ("neutral", "calm") or row["intensity"] != "1":
                continue
            sound = decode(path.parent / row["path"], CONFIG.audio)
            (found,) = detect_activity(sound, ("x",), silero, CONFIG.activity)
            spans = [r.span for r in found.regions]
            clips.setdefault(row["speaker"], []).append((sound, spans))
    for seed, pair in enumerate(itertools.combinations(sorted(clips), 2)):
        random = np.random.default_rng(seed)
        parts: list[np.ndarray] = []
        said: dict[str, list[Span]] = {}
        at = 0
        for number in range(24):
            speaker = pair[number % 2]
            sound, spans = clips[speaker][int(random.integers(len(clips[speaker])))]
            begin, end = round(spans[0].start_s * RATE_HZ), round(spans[-1].end_s * RATE_HZ)
            pause = int(random.uniform(0, 0.4) * RATE_HZ)
            parts += [np.zeros(pause), sound.samples[0, begin:end]]
            said.setdefault(speaker, []).extend(
                Span(
                    s.start_s + (at + pause - begin) / RATE_HZ,
                    s.end_s + (at + pause - begin) / RATE_HZ,
                )
                for s in spans
            )
            at += pause + end - begin
        mixed = np.concatenate(parts)
        mixed = (mixed + 1e-4 * random.standard_normal(len(mixed))).astype(np.float32)
        whole = dataclasses.replace(sound, samples=mixed[None])
        yield Case("telephone mixes", " + ".join(pair), whole, said)


def main() -> None:
    """Score all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    data = parser.parse_args().data
    silero = SileroVad()
    encoder = load_models(CONFIG).encoder
    if encoder is None:
        sys.exit("no weights: callcoach models fetch campplus")
    totals: dict[str, list[float]] = {}
    heard_s = spent_s = 0.0
    print("error rates with a collar of 0.25 s: missed + invented + confused = total")
    for case in itertools.chain(
        real_calls(data, silero), samples(), meetings(data), telephone_mixes(data, silero)
    ):
        started = time.process_time()
        (speech,) = detect_activity(case.sound, ("everyone",), silero, CONFIG.activity)
        voices = diarize(case.sound.samples[0], RATE_HZ, speech, encoder, CONFIG.diarize)
        spent_s += time.process_time() - started
        heard_s += case.sound.duration_s
        pause_s = CONFIG.activity.shared_pause_s
        found = as_marked(voices.activities, case.sound.duration_s, pause_s)
        error = error_rate(case.truth, timeline(found))
        totals.setdefault(case.group, []).append(error.total)
        alike = "" if voices.similarity is None else f", alike {voices.similarity:.2f}"
        print(
            f"{case.group:16} {case.name:24} {error.missed:6.1%} + {error.invented:5.1%} + "
            f"{error.confused:5.1%} = {error.total:6.1%}  {len(voices.activities)} voices of "
            f"{len(case.truth)}{alike}{'' if voices.reliable else ', not sure'}"
        )
    for group, errors in totals.items():
        print(
            f"{group}: mean {np.mean(errors):.1%}, median {np.median(errors):.1%}, "
            f"largest {max(errors):.1%} of {len(errors)}"
        )
    print(f"{heard_s / spent_s:.0f} times real time")


if __name__ == "__main__":
    main()
