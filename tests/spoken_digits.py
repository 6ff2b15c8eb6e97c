"""Calls in which somebody says numbers digit by digit, with the times of every digit known.

Digits come from Debian's recorded telephone prompts where they are installed, else from flite;
all other words from flite. The agent is on the left channel, who says the numbers on the right.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span

RATE_HZ = 8000
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
NAMES = "zero one two three four five six seven eight nine".split()
_QUIET = 10 ** (-40 / 20)

ASKED = (
    ("Can I have your card number please?", 16),
    ("And what is your account number?", 9),
    ("May I have your member number?", 11),
    ("What's the best phone number to reach you on?", 10),
    ("Could you read me the policy number?", 8),
    ("And your social security number?", 9),
)
TOLD = (
    ("My account number is", 9),
    ("Sure, my card number is", 16),
    ("You can call me back on", 10),
    ("My membership number is", 11),
)
AROUND = (
    "Thank you, let me have a look at that for you.",
    "All right, I can see the order from last week.",
    "I am sorry about the wait this morning.",
    "Okay, and the parcel has left our warehouse.",
)
REPLIES = (
    "It should have been here on Monday.",
    "I was told that somebody would call me.",
    "That sounds fine to me.",
    "The kettle does not switch off any more.",
)
STYLES = ("spliced", "grouped", "in one go")


@dataclass(frozen=True)
class SpokenNumber:
    """A number that was said: its digits, the span of each, how it was said."""

    digits: str
    spans: tuple[Span, ...]
    style: str
    asked: bool


@dataclass(frozen=True)
class DigitCall:
    """A call of two channels, shape ``(n, 2)``, with the numbers in it."""

    samples: FloatArray
    numbers: tuple[SpokenNumber, ...]


@cache
def flite(text: str, voice: str) -> FloatArray:
    """A line in a synthetic voice, without the silence at its ends, at :data:`RATE_HZ`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        return _trimmed(path)


@cache
def digit(figure: str, voice: str) -> FloatArray:
    """One digit; ``voice`` is ``prompts`` or a voice of flite."""
    if voice == "prompts":
        return _trimmed(PROMPTS / f"{figure}.wav")
    return flite(NAMES[int(figure)], voice)


def _trimmed(path: Path) -> FloatArray:
    samples, rate_hz = soundfile.read(path, dtype="float32")
    if rate_hz != RATE_HZ:
        samples = soxr.resample(samples, rate_hz, RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > _QUIET * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    return np.asarray(samples * (0.06 / np.sqrt(np.mean(samples**2))), dtype=np.float32)


class _Line:
    """A channel that is filled from left to right."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, FloatArray]] = []

    def put(self, at_s: float, samples: FloatArray) -> float:
        self.parts.append((round(at_s * RATE_HZ), samples))
        return at_s + len(samples) / RATE_HZ

    def mixed(self, length_s: float) -> FloatArray:
        out = np.zeros(round(length_s * RATE_HZ), dtype=np.float32)
        for first, samples in self.parts:
            out[first : first + len(samples)] += samples
        return out


def digit_call(seed: int, *, count: int = 6, noise_db: float | None = None) -> DigitCall:
    """A call with ``count`` numbers, drawn by ``seed``.

    ``noise_db`` is the level of white noise on both channels under the speech, in dB.
    """
    rng = np.random.default_rng(seed)
    agent, other = _Line(), _Line()
    voice = ("slt", "awb")[seed % 2]
    customer = ("rms", "slt", "awb")[seed % 3]
    digits_by = ("prompts" if PROMPTS.is_dir() else customer, customer)[(seed // 2) % 2]
    at = agent.put(0.4, flite("Thank you for calling, how can I help you?", voice)) + 0.5
    at = other.put(at, flite("Hello, I have a question about my order.", customer)) + 0.4
    numbers = []
    for step in range(count):
        asked = bool(rng.random() < 0.7)
        text, length = (ASKED if asked else TOLD)[int(rng.integers(len(ASKED if asked else TOLD)))]
        figures = "".join(str(int(d)) for d in rng.integers(0, 10, length))
        if asked:
            at = agent.put(at, flite(text, voice)) + float(rng.uniform(0.3, 1.2))
            if rng.random() < 0.4:
                at = other.put(at, flite("Yes, it is", customer)) + float(rng.uniform(0.1, 0.8))
        else:
            at = other.put(at, flite(text, customer)) + float(rng.uniform(0.1, 0.5))
        style = STYLES[step % 3]
        spans, at = _say(other, at, figures, style, digits_by, customer, rng)
        numbers.append(SpokenNumber(figures, spans, style, asked))
        at = agent.put(at + float(rng.uniform(0.3, 1.0)), flite(AROUND[step % 4], voice)) + 0.5
        at = other.put(at, flite(REPLIES[(step + seed) % 4], customer)) + 0.5
    length_s = agent.put(at, flite("Thank you, goodbye.", voice)) + 0.6
    samples = np.stack([agent.mixed(length_s), other.mixed(length_s)], axis=1)
    if noise_db is not None:
        noise = rng.standard_normal(samples.shape) * 0.06 * 10 ** (noise_db / 20)
        samples = samples + noise
    return DigitCall(np.asarray(samples, dtype=np.float32), tuple(numbers))


def _say(
    line: _Line,
    at: float,
    figures: str,
    style: str,
    digits_by: str,
    customer: str,
    rng: np.random.Generator,
) -> tuple[tuple[Span, ...], float]:
    """Say a number; returns when each digit was said (one span where in one go), and the end."""
    if style == "in one go":
        end = line.put(at, flite(" ".join(NAMES[int(d)] for d in figures), customer))
        return (Span(at, end),), end
    spans = []
    pause = float(rng.uniform(0.1, 1.5)) if style == "spliced" else 0.08
    group = int(rng.integers(2, 5))
    for place, figure in enumerate(figures):
        end = line.put(at, digit(figure, digits_by))
        spans.append(Span(at, end))
        more = pause * float(rng.uniform(0.8, 1.2))
        if style == "grouped" and place % group == group - 1:
            more = float(rng.uniform(0.4, 1.2))
        at = end + more
    return tuple(spans), spans[-1].end_s
