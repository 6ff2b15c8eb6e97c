"""How right the syllable rate of speech without a transcript is.

    python benchmarks/syllable_rate.py [--data ../shared/data]

Speech of known syllables: sentences said by flite's and espeak-ng's voices, slowly, as usual and
fast, over a telephone band (8 kHz), the turns of the sample calls by the words of their truth
files, and a real agent reading a script where the shared data lies. The nuclei are sought in every
voiced frame and, for comparison, in the cleaned pitch track, which drops runs under 50 ms. Printed
for each kind of speech: the correlation of the rate with that of the text, and its mean error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from callcoach.audio.decode import decode
from callcoach.config.config import Config
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span, total_s
from callcoach.voice.level import active_level, active_spans, only
from callcoach.voice.measures import voiced_at_home
from callcoach.voice.nuclei import count_nuclei
from callcoach.voice.pitch import cleaned
from callcoach.voice.syllables import count_syllables
from callcoach.voice.trackers import load_tracker

ROOT = Path(__file__).resolve().parent.parent
CONFIG = Config()
LINE_HZ = 8000

SENTENCES = (
    "I have looked at your account and the second payment was taken on the fourth of March.",
    "The engineer could not find the house, because the number on the order was not the right one.",
    "Would you like me to send the confirmation to the same address, or do you have another one?",
    "My daughter moved to a different city last year and she still gets letters from your company.",
    "We can either repair the dishwasher, or you can choose a new model from the catalogue.",
    "It stopped in the middle of the programme, and since then there is only a red light blinking.",
    "Please unplug the cable at the back, wait for half a minute, and then plug it in again.",
    "I understand that you were told something else, and I will find out what happened there.",
)
VOICES = ("flite rms", "flite slt", "flite awb", "flite kal", "espeak en-us", "espeak en-gb")
STRETCH = (0.8, 1.0, 1.3)


def said(voice: str, text: str, stretch: float, path: Path) -> None:
    """A sentence said by a synthetic voice, longer by ``stretch``, as a file."""
    engine, name = voice.split()
    if engine == "flite":
        how = ["flite", "-voice", name, "--setf", f"duration_stretch={stretch}", "-t", text, "-o"]
    else:
        how = ["espeak-ng", "-v", name, "-s", str(round(165 / stretch)), text, "-w"]
    subprocess.run([*how, str(path)], check=True)


def synthetic(voice: str) -> Iterator[tuple[FloatArray, int, list[Span], str]]:
    """Sentences of one voice over a telephone band, with their speech and text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        for stretch in STRETCH:
            for text in SENTENCES:
                said(voice, text, stretch, path)
                sound, rate_hz = soundfile.read(path, dtype="float32")
                narrow = soxr.resample(sound, rate_hz, LINE_HZ)
                level = active_level(narrow, LINE_HZ)
                yield narrow, LINE_HZ, list(active_spans(narrow, LINE_HZ, level.threshold)), text


def samples() -> Iterator[tuple[FloatArray, int, list[Span], str]]:
    """The longer turns of the sample calls."""
    for file in sorted((ROOT / "data_samples" / "truth").glob("*.json")):
        truth = json.loads(file.read_text(encoding="utf-8"))
        (path,) = (ROOT / "data_samples" / "audio").glob(f"{file.stem}.*")
        audio = decode(path, CONFIG.audio)
        for turn in truth["turns"]:
            spans = [Span(*span) for span in turn["spans"]]
            if truth["agent_channel"] and total_s(spans) >= CONFIG.rate.min_speech_s:
                row = int((turn["speaker"] == "agent") != (truth["agent_channel"] == "left"))
                yield audio.samples[row], audio.sample_rate_hz, spans, turn["text"]


def rates(
    sound: FloatArray, rate_hz: int, speech: list[Span], text: str
) -> tuple[float, float, float]:
    """Syllables a second: of the text, by nuclei in all voicing and in the cleaned track."""
    tracker = load_tracker(CONFIG.pitch)
    level = active_level(only(sound, rate_hz, speech), rate_hz)
    raw = voiced_at_home(sound, rate_hz, speech, level, tracker, CONFIG)
    known = sum(map(count_syllables, text.split()))
    found = [
        count_nuclei(sound, rate_hz, speech, track.times_s, CONFIG.rate)
        for track in (raw, cleaned(raw, CONFIG.pitch))
    ]
    return tuple(n / total_s(speech) for n in (known, *found))  # type: ignore[return-value]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How right the acoustic syllable rate is.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    folder = parser.parse_args().data / "calls"
    kinds = {voice: synthetic(voice) for voice in VOICES} | {"sample calls": samples()}
    script = folder / "demo_agent1_agent_lines.txt"
    pooled = []
    print("| speech | clips | correlation | mean error | cleaned track: correlation | mean error |")
    print("|---|---|---|---|---|---|")

    def row(name: str, values: list[tuple[float, float, float]]) -> None:
        known, raw, clean = np.array(values).T
        cells = [name, str(len(values))]
        for found in (raw, clean):
            error = float(np.mean(found / known - 1))
            cells += [f"{np.corrcoef(known, found)[0, 1]:.2f}", f"{100 * error:+.0f} %"]
        print("| " + " | ".join(cells) + " |", flush=True)

    for name, clips in kinds.items():
        values = [rates(*clip) for clip in clips]
        pooled += values
        row(name, values)
    row("all", pooled)
    if script.is_file():
        sound, rate_hz = soundfile.read(folder / "demo_agent1.wav", dtype="float32")
        level = active_level(sound, rate_hz)
        spans = list(active_spans(sound, rate_hz, level.threshold))
        known, raw, clean = rates(sound, rate_hz, spans, script.read_text(encoding="utf-8"))
        print(
            f"A real agent reading a script: {known:.2f} by the text, {raw:.2f} in all voicing, "
            f"{clean:.2f} in the cleaned track."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
