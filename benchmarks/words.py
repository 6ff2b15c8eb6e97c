"""Words of one-channel calls against plain faster-whisper with its own voice activity filter.

    python benchmarks/words.py                             what is at hand
    python benchmarks/words.py RECORDING TEXT.txt [...]    recordings with what is said in them

Both use the same weights, arithmetic and beam (5). Two-channel recordings are mixed down first. For
each recording: the word error rate (Whisper's English normaliser) of both, ours relative to the
other, speech without words of each party, how many words were not kept, and the seconds that both
took. At hand are the sample calls, short answers of a recorded voice and of a synthetic one (with
Debian's asterisk-core-sounds-en-wav and flite), and a real call read from a script where the shared
recordings lie beside the checkout.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import soundfile as sf
import soxr
from faster_whisper import WhisperModel
from scipy.signal import butter, sosfilt
from whisper.normalizers import EnglishTextNormalizer

from callcoach.analysis.models import load_models
from callcoach.analysis.parties import EVERYONE, broadcast_channel, split_voices
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import ANALYSIS_RATE_HZ, decode
from callcoach.config.config import Config
from callcoach.model.recording import Audio, FloatArray
from callcoach.speech.coverage import missing_words
from callcoach.speech.transcribe import transcribe
from callcoach.speech.weights import resolve

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data_samples"
SHARED = ROOT.parent / "shared" / "data" / "calls"
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ANSWERS = ("yes", "no", "okay", "right", "yes please", "no thank you", "I see", "sure", "hello")

plain = EnglishTextNormalizer()


@dataclass(frozen=True)
class Case:
    """A recording on one channel with what is said in it."""

    name: str
    audio: Audio
    text: str


def mixed_down(audio: Audio) -> Audio:
    """One channel of a recording's sound."""
    samples = audio.samples.mean(axis=0, keepdims=True).astype(np.float32)
    return dataclasses.replace(audio, samples=samples)


def read(path: Path, text: str) -> Case:
    """A recording from a file."""
    return Case(path.stem, mixed_down(decode(path, Config().audio)), text)


def short_answers(seed: int) -> Case:
    """Numbers of a recorded voice, each answered by a synthetic one, over a telephone band."""
    random = np.random.default_rng(seed)
    parts: list[FloatArray] = []
    said: list[str] = []
    for _ in range(40):
        number = NUMBERS[int(random.integers(len(NUMBERS)))]
        answer = ANSWERS[int(random.integers(len(ANSWERS)))]
        prompt, rate_hz = sf.read(PROMPTS / "digits" / f"{NUMBERS.index(number) + 1}.wav")
        for sound, hz in ((prompt, rate_hz), spoken(answer)):
            pause = np.zeros(round(random.uniform(0.8, 2.5) * ANALYSIS_RATE_HZ))
            parts += [pause, telephone(sound, hz)]
        said += [number, answer]
    samples = np.concatenate(parts)
    samples += random.normal(0.0, 1e-3, len(samples))
    row = samples[None, :].astype(np.float32)
    audio = Audio(row, ANALYSIS_RATE_HZ, 8000, "made", "", (1.0,), (0.0,))
    return Case(f"short answers {seed}", audio, " ".join(said))


def spoken(text: str) -> tuple[FloatArray, int]:
    """A line by a synthetic voice."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", file.name], check=True)
        sound, rate_hz = sf.read(file.name)
    return sound, rate_hz


def telephone(sound: FloatArray, rate_hz: int) -> FloatArray:
    """The sound over a telephone band, at one level."""
    narrow = soxr.resample(sound, rate_hz, 8000)
    narrow = sosfilt(butter(4, [300, 3400], "bandpass", fs=8000, output="sos"), narrow)
    wide: FloatArray = soxr.resample(narrow, 8000, ANALYSIS_RATE_HZ)
    return wide * (0.2 / np.abs(wide).max())


def at_hand() -> Iterator[Case]:
    """The recordings whose words are known here."""
    lines = SHARED / "demo_agent1_agent_lines.txt"
    if lines.exists():
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", lines.read_text(encoding="utf-8"))
        yield read(SHARED / "demo_agent1.wav", text)
    if PROMPTS.exists():
        yield from (short_answers(seed) for seed in (1, 2))
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        turns = sorted(truth["turns"], key=lambda turn: float(turn["start_s"]))
        (sound,) = (SAMPLES / "audio").glob(f"{path.stem}.*")
        yield read(sound, " ".join(turn["text"] for turn in turns))


def errors(case: Case, heard: str) -> tuple[int, int]:
    """Word errors, and words said."""
    output = jiwer.process_words(plain(case.text), plain(heard))
    wrong = output.substitutions + output.deletions + output.insertions
    return wrong, output.hits + output.substitutions + output.deletions


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="RECORDING TEXT.txt")
    files: list[Path] = parser.parse_args().files
    if len(files) % 2:
        parser.error("give a text with each recording")
    given = [
        read(sound, text.read_text(encoding="utf-8"))
        for sound, text in zip(files[::2], files[1::2], strict=True)
    ]
    config = Config()
    models = load_models(config)
    whisper = WhisperModel(
        str(resolve(config.speech, None).folder),
        device="cpu",
        compute_type=config.speech.compute_type,
        cpu_threads=config.speech.threads,
        local_files_only=True,
    )
    totals = np.zeros(3)
    for case in given or at_hand():
        start = time.perf_counter()
        segments, _ = whisper.transcribe(
            case.audio.samples[0], language="en", beam_size=5, vad_filter=True
        )
        theirs = errors(case, "".join(segment.text for segment in segments))
        middle = time.perf_counter()
        (everyone,) = detect_activity(case.audio, (EVERYONE,), models.detector, config.activity)
        parties = split_voices(case.audio, everyone, models.encoder, config).activities
        told_apart = time.perf_counter()
        rows = broadcast_channel(case.audio, len(parties))
        transcript = transcribe(rows, parties, models.engine, config.speech, shared=True)
        end = time.perf_counter()
        ours = errors(case, " ".join(word.text for word in transcript.words))
        totals += (theirs[0], ours[0], ours[1])
        lost = ", ".join(
            f"{item.seconds:.1f} of {party.speech_s:.0f} s"
            for item, party in zip(missing_words(parties, transcript.words), parties, strict=True)
        )
        print(
            f"{case.name:28} plain {theirs[0] / theirs[1]:.3f}  ours {ours[0] / ours[1]:.3f}  "
            f"without words {lost}  not kept {len(transcript.dropped)}  "
            f"{middle - start:.0f} s, {end - told_apart:.0f} s",
            flush=True,
        )
    theirs_rate, ours_rate = totals[:2] / totals[2]
    print(
        f"all: plain {theirs_rate:.3f}, ours {ours_rate:.3f}, "
        f"{1 - ours_rate / theirs_rate:.1%} lower"
    )


if __name__ == "__main__":
    main()
