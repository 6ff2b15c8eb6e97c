"""How right and how fast the pitch is.

    python benchmarks/pitch.py [--all] [--only accuracy|speed]

Accuracy: utterances whose pitch is known at every instant (``tests/resynthesis.py``; half of
them, ``--all`` takes all 24), on telephone lines of several kinds, through

- ``swift-f0`` and ``librosa.pyin`` fed with the envelope too, as callcoach uses them, cleaned;
- ``librosa.pyin`` at its defaults (22.05 kHz, frames of 93 ms, C2 to C7).

Per tracker and line: voiced frames that are off by more than 20 %, the median error of the others
and all, how the measured spread of the utterances goes with the true one (correlation, and the mean
of measured over true), and the share of the voiced time that is found.

Speed: everything callcoach measures about the voices of a ten-minute call, against
``librosa.pyin`` at its defaults on the same two channels. The call is the sample calls put
together; all of it on one core, in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt

from callcoach.audio.decode import decode
from callcoach.config.config import Config
from callcoach.model.speech import Activity, SpeechRegion, Timing, Turn, Word
from callcoach.model.timeline import Span
from callcoach.voice.measures import CallVoice, measure_voice
from callcoach.voice.pitch import track_pitch
from callcoach.voice.trackers import load_tracker

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data_samples"
sys.path.insert(0, str(ROOT / "tests"))

import line_codecs  # noqa: E402
from resynthesis import (  # noqa: E402
    Utterance,
    telephone_band,
    utterances,
    with_noise,
    with_voices,
)

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]

GROSS_ST = 12 * np.log2(1.2)
LINE_HZ = 8000
CALL_S = 600.0
PART_S = 60.0
"""pyin is timed on this much of each channel and its time scaled up: it takes minutes."""

PYIN_HZ = 22050
PYIN_LOW_HZ, PYIN_HIGH_HZ = float(librosa.note_to_hz("C2")), float(librosa.note_to_hz("C7"))


def line(utterance: Utterance) -> Samples:
    """The utterance in the telephone band, 24 dB per octave at the edges."""
    return telephone_band(utterance.samples, utterance.rate_hz)


def steep(utterance: Utterance) -> Samples:
    """The utterance in the telephone band, 48 dB per octave at the edges."""
    return telephone_band(utterance.samples, utterance.rate_hz, order=8)


LINES: dict[str, Callable[[Utterance], Samples]] = {
    "no line, 0 to 4 kHz": lambda u: u.samples,
    "telephone band": line,
    "steep telephone band": steep,
    "telephone, mu-law": lambda u: line_codecs.mu_law(line(u), LINE_HZ),
    "telephone, GSM 06.10": lambda u: line_codecs.gsm(line(u), LINE_HZ),
    "telephone, Opus 12 kbit/s": lambda u: line_codecs.opus(line(u), LINE_HZ),
    "pink noise, 20 dB": lambda u: with_noise(line(u), LINE_HZ, 20, "pink", u.number),
    "pink noise, 10 dB": lambda u: with_noise(line(u), LINE_HZ, 10, "pink", u.number),
    "white noise, 10 dB": lambda u: with_noise(line(u), LINE_HZ, 10, "white", u.number),
    "steep, pink noise, 10 dB": lambda u: with_noise(steep(u), LINE_HZ, 10, "pink", u.number),
    "six voices behind, 20 dB": lambda u: with_voices(u, 20),
    "six voices behind, 10 dB": lambda u: with_voices(u, 10),
}


def ours(name: str) -> Callable[[Samples], tuple[Floats, Floats, float]]:
    """Pitch as callcoach measures it: times, semitones and hop."""
    config = Config().pitch.model_copy(update={"tracker": name})
    tracker = load_tracker(config)

    def track(samples: Samples) -> tuple[Floats, Floats, float]:
        whole = (Span(0.0, len(samples) / LINE_HZ),)
        found = track_pitch(samples, LINE_HZ, whole, tracker, config)
        return found.times_s, found.semitones, found.hop_s

    return track


def plain_pyin(samples: Samples) -> tuple[Floats, Floats, float]:
    """``librosa.pyin`` as its documentation calls it."""
    sound = librosa.resample(samples, orig_sr=LINE_HZ, target_sr=PYIN_HZ)
    f0, voiced, _ = librosa.pyin(sound, sr=PYIN_HZ, fmin=PYIN_LOW_HZ, fmax=PYIN_HIGH_HZ)
    times = librosa.times_like(f0, sr=PYIN_HZ)
    return times[voiced], 12 * np.log2(f0[voiced] / 27.5), 512 / PYIN_HZ


TRACKERS: dict[str, Callable[[], Callable[[Samples], tuple[Floats, Floats, float]]]] = {
    "swift-f0": lambda: ours("swift-f0"),
    "pyin + envelope": lambda: ours("pyin"),
    "librosa.pyin": lambda: plain_pyin,
}


def accuracy_of(tracker_name: str, line_name: str, step: int) -> str:
    """One line of the table."""
    track = TRACKERS[tracker_name]()
    errors, found, measured, true = [], [], [], []
    for utterance in utterances()[::step]:
        times_s, semitones, hop_s = track(LINES[line_name](utterance))
        if len(times_s) < 2:
            found.append(0.0)
            continue
        true_st, voiced = utterance.at(times_s)
        errors.append((semitones - true_st)[voiced])
        found.append(voiced.sum() * hop_s / (utterance.voiced.sum() * utterance.hop_s))
        measured.append(float(np.std(semitones)))
        true.append(utterance.sd_st)
    off = np.abs(np.concatenate(errors))
    ratio = np.mean(np.array(measured) / np.array(true))
    nothing = len(found) - len(measured)
    return (
        f"{tracker_name:16} {line_name:25} {100 * np.mean(off > GROSS_ST):6.2f} %"
        f" {np.median(off):7.3f} st {np.corrcoef(measured, true)[0, 1]:8.3f} {ratio:7.2f}"
        f" {100 * np.mean(found):6.0f} %" + (f"   nothing in {nothing}" if nothing else "")
    )


def print_accuracy(step: int) -> None:
    """The table, utterances spread over the cores."""
    print(
        f"{len(utterances()[::step])} utterances, "
        f"{sum(u.duration_s for u in utterances()[::step]):.0f} s\n"
        f"{'tracker':16} {'line':25} {'gross':>8} {'median':>10} {'SD corr.':>8} {'SD/true':>7}"
        f" {'found':>8}"
    )
    jobs = [(tracker, name, step) for tracker in TRACKERS for name in LINES]
    with ProcessPoolExecutor() as pool:
        for row in pool.map(accuracy_of, *zip(*jobs, strict=True)):
            print(row, flush=True)


# ------------------------------------------------------------------ speed


def long_call() -> tuple[Samples, tuple[CallVoice, CallVoice]]:
    """The sample calls again and again up to ten minutes, with the truth of who says what when.

    Samples at 16 kHz, shape ``(2, n)``, agents first.
    """
    parts: list[Samples] = []
    regions: dict[str, list[SpeechRegion]] = {"agent": [], "customer": []}
    turns: list[Turn] = []
    words: list[Word] = []
    at_s = 0.0
    with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["agent_channel"]]
    while at_s < CALL_S:
        row = rows[len(parts) % len(rows)]
        samples = decode(SAMPLES / row["path"], Config().audio).samples
        parts.append(samples if row["agent_channel"] == "left" else samples[::-1])
        truth = json.loads((SAMPLES / "truth" / f"{row['call_id']}.json").read_text("utf-8"))
        for said in truth["turns"]:
            turn, new_words = placed(said, at_s, f"{len(parts)}-{said['id']}")
            turns.append(turn)
            words += new_words
            regions[said["speaker"]] += [
                SpeechRegion(at_s + start, at_s + end, said["speaker"])
                for start, end in said["spans"]
            ]
        at_s += samples.shape[1] / 16000
    joined = np.ascontiguousarray(np.concatenate(parts, axis=1)[:, : round(CALL_S * 16000)])
    turns = [t for t in turns if t.end_s <= CALL_S]
    words = [w for w in words if w.end_s <= CALL_S]
    agent, customer = (
        CallVoice(
            Activity(speaker, tuple(r for r in own if r.end_s <= CALL_S)),
            tuple(turns),
            tuple(words),
        )
        for speaker, own in regions.items()
    )
    return joined, (agent, customer)


def placed(said: dict[str, Any], at_s: float, name: str) -> tuple[Turn, list[Word]]:
    """A turn of a sample call in the long call, its words spread evenly over it."""
    turn = Turn(said["start_s"] + at_s, said["end_s"] + at_s, name, said["speaker"], said["text"])
    texts = turn.text.split()
    edges = np.linspace(turn.start_s, turn.end_s, len(texts) + 1).tolist()
    return turn, [
        Word(start, end, turn.speaker, text, 0.9, Timing.MEASURED)
        for start, end, text in zip(edges, edges[1:], texts, strict=False)
    ]


def print_speed() -> None:
    """Time both, in this process."""
    config = Config()
    samples, voices = long_call()
    tracker = load_tracker(config.pitch)
    librosa.pyin(
        samples[0][:16000], sr=16000, fmin=PYIN_LOW_HZ, fmax=PYIN_HIGH_HZ
    )  # compiles on first use

    def seconds(work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    def pyin(rate_hz: int) -> None:
        for channel in samples[:, : round(PART_S * 16000)]:
            sound = librosa.resample(channel, orig_sr=16000, target_sr=rate_hz)
            librosa.pyin(sound, sr=rate_hz, fmin=PYIN_LOW_HZ, fmax=PYIN_HIGH_HZ)

    def measure() -> None:
        for channel, voice in zip(samples, voices, strict=True):
            measure_voice(channel, 16000, voice, tracker, config)

    def swift() -> None:
        for channel in samples[:, : round(PART_S * 16000)]:
            tracker.track(channel, 16000)

    scale = CALL_S / PART_S
    measure()  # imports on first use
    ours_s = seconds(measure)
    swift_s = seconds(swift) * scale
    full_s, native_s = seconds(lambda: pyin(PYIN_HZ)) * scale, seconds(lambda: pyin(8000)) * scale
    speech_s = sum(voice.activity.speech_s for voice in voices)
    print(f"call of {CALL_S:.0f} s, two channels, {speech_s:.0f} s of speech, one core")
    print(f"callcoach, all voice measures              {ours_s:8.1f} s")
    print(f"callcoach's tracker on both channels whole {swift_s:8.1f} s   (from {PART_S:.0f} s)")
    print(f"librosa.pyin, its default 22.05 kHz        {full_s:8.1f} s   (from {PART_S:.0f} s)")
    print(f"librosa.pyin, the line's 8 kHz             {native_s:8.1f} s   (from {PART_S:.0f} s)")
    print(f"all voice measures are faster than pyin    {full_s / ours_s:8.1f} times")
    print(f"... than pyin at 8 kHz                     {native_s / ours_s:8.1f} times")
    print(f"the tracker alone is faster than pyin      {full_s / swift_s:8.1f} times")
    print(f"... than pyin at 8 kHz                     {native_s / swift_s:8.1f} times")


def on_one_core() -> None:
    """Start this program again for the speed alone, held to one core."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "VECLIB_MAXIMUM")
    alone = os.environ | {f"{name}_NUM_THREADS": "1" for name in threads} | {"ON_ONE_CORE": "1"}
    subprocess.run([sys.executable, __file__, "--only", "speed"], env=alone, check=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="all 24 utterances, not every second")
    parser.add_argument("--only", choices=["accuracy", "speed"])
    options = parser.parse_args()
    if options.only != "speed":
        print_accuracy(1 if options.all else 2)
    if options.only == "accuracy":
        return
    if "ON_ONE_CORE" not in os.environ:
        on_one_core()
        return
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print_speed()


if __name__ == "__main__":
    main()
