"""Speak a line of text with a flite voice, reshaped so that a few voices sound like many people.

flite gives the plain utterance; the WORLD vocoder (pyworld) takes it apart into pitch, spectral
envelope and noisiness and puts it together again with another pitch, pitch range, vocal-tract
length, effort and rate. The result is cut to the telephone band, and the spans in which it can be
heard there are measured on it, so start and end of every span are known exactly.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyworld
import soundfile as sf
from scipy.signal import butter, resample_poly, sosfilt

FLITE_RATE = 16_000  # Hz, what the flite voices give
LINE_RATE = 8_000  # Hz, narrow-band telephony (ITU-T G.711)
TELEPHONE_BAND_HZ = (300.0, 3400.0)  # the classic telephone channel (ITU-T G.712)
# 12 dB per octave at each edge, as gentle as a real line. At 48 dB per octave nothing is left of
# the fundamental of low voices, and neural speech detectors miss most of their speech.
TELEPHONE_ORDER = 2
FRAME_PERIOD_MS = 5.0  # WORLD's own default
SPEECH_LEVEL_DBOV = -26.0  # usual active speech level of telephone test material (ITU-T P.56)
SPAN_FLOOR_DB = 30.0  # a frame this far below the loud frames of its utterance is silence
SPAN_JOIN_S = 0.2  # shorter pauses stay inside one span (inter-pausal unit)
SPAN_MIN_S = 0.03  # shorter bursts are clicks
FRAME_S, HOP_S = 0.010, 0.005
EDGE_S = 0.03  # quiet onset and release kept around the outer spans
FADE_S = 0.01
REFERENCE_HZ = 27.5  # zero of the semitone scale, 12 * log2(f0 / 27.5)
EFFORT_BAND_HZ = (800.0, 1600.0)  # effort raises what lies above, with a ramp between these


@dataclass(frozen=True)
class Voice:
    """One person's normal voice, as changes to a flite voice."""

    flite: str
    pitch_st: float = 0.0
    formant: float = 1.0  # above 1: shorter vocal tract, brighter
    rate: float = 1.0
    pitch_range: float = 1.0
    level_db: float = 0.0


@dataclass(frozen=True)
class Change:
    """How one turn departs from that person's normal voice."""

    pitch_st: float = 0.0
    pitch_range: float = 1.0
    level_db: float = 0.0
    rate: float = 1.0
    effort_db: float = 0.0


@dataclass(frozen=True)
class Utterance:
    """Telephone-band samples at 8 kHz; time 0 is the first speech, `lead_s` of edge precede it."""

    samples: np.ndarray
    lead_s: float
    spans: list[tuple[float, float]]
    pitch_median_st: float
    pitch_sd_st: float
    voiced_s: float

    @property
    def end_s(self) -> float:
        """End of the last span; the samples go on a little longer."""
        return self.spans[-1][1]


@dataclass
class Booth:
    """Speaks lines and remembers flite's answers within one build."""

    _spoken: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def say(self, text: str, voice: Voice, change: Change) -> Utterance:
        """Speak `text` with a person's voice, changed for this turn."""
        wave = self._flite(voice.flite, text)
        f0, envelope, noisiness = _analyse(wave)
        voiced = f0 > 0
        shaped = np.zeros_like(f0)
        log_f0 = np.log2(f0[voiced])
        centre = np.median(log_f0)
        pitch_range = voice.pitch_range * change.pitch_range
        shift = (voice.pitch_st + change.pitch_st) / 12
        shaped[voiced] = 2 ** (centre + (log_f0 - centre) * pitch_range + shift)
        envelope = _tilt(_warp(envelope, voice.formant), change.effort_db)
        period_ms = FRAME_PERIOD_MS / (voice.rate * change.rate)
        wave = pyworld.synthesize(shaped, envelope, noisiness, FLITE_RATE, period_ms)
        level_db = SPEECH_LEVEL_DBOV + voice.level_db + change.level_db
        samples, lead_s, spans = _to_line(wave, level_db)
        semitones = 12 * np.log2(shaped[voiced] / REFERENCE_HZ)
        return Utterance(
            samples,
            lead_s,
            spans,
            float(np.median(semitones)),
            float(np.std(semitones)),
            float(voiced.sum() * period_ms / 1000),
        )

    def _flite(self, name: str, text: str) -> np.ndarray:
        key = (name, text)
        if key not in self._spoken:
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "line.wav"
                subprocess.run(["flite", "-voice", name, "-t", text, "-o", out], check=True)
                wave, rate = sf.read(out, dtype="float64")
            if rate != FLITE_RATE:
                raise ValueError(f"voice {name} speaks at {rate} Hz, expected {FLITE_RATE}")
            self._spoken[key] = wave
        return self._spoken[key]


def _analyse(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    f0, times = pyworld.harvest(
        wave, FLITE_RATE, f0_floor=60.0, f0_ceil=400.0, frame_period=FRAME_PERIOD_MS
    )
    return (
        f0,
        pyworld.cheaptrick(wave, f0, times, FLITE_RATE),
        pyworld.d4c(wave, f0, times, FLITE_RATE),
    )


def _warp(envelope: np.ndarray, formant: float) -> np.ndarray:
    """Stretch the spectral envelope along frequency, which moves the formants."""
    if formant == 1.0:
        return envelope
    bins = np.arange(envelope.shape[1])
    log_envelope = np.log(envelope)
    warped = np.stack([np.interp(bins / formant, bins, frame) for frame in log_envelope])
    return np.ascontiguousarray(np.exp(warped))


def _tilt(envelope: np.ndarray, effort_db: float) -> np.ndarray:
    """A pressed voice has relatively more energy above about 1 kHz."""
    hz = np.linspace(0, FLITE_RATE / 2, envelope.shape[1])
    gain_db = np.interp(hz, EFFORT_BAND_HZ, (0.0, effort_db))
    return np.ascontiguousarray(envelope * 10 ** (gain_db / 10))  # envelope is power


def _to_line(
    wave: np.ndarray, level_db: float
) -> tuple[np.ndarray, float, list[tuple[float, float]]]:
    """Telephone band, 8 kHz, trimmed, at `level_db` RMS over its speech spans."""
    band = butter(TELEPHONE_ORDER, TELEPHONE_BAND_HZ, "bandpass", fs=FLITE_RATE, output="sos")
    line = resample_poly(sosfilt(band, wave), LINE_RATE, FLITE_RATE)
    spans = speech_spans(line)
    start = max(0.0, spans[0][0] - EDGE_S)
    end = min(len(line) / LINE_RATE, spans[-1][1] + EDGE_S)
    first, last = round(start * LINE_RATE), round(end * LINE_RATE)
    speech = np.concatenate([line[round(a * LINE_RATE) : round(b * LINE_RATE)] for a, b in spans])
    gain = 10 ** (level_db / 20) / np.sqrt(np.mean(speech**2))
    cut = line[first:last] * gain
    fade = np.linspace(0, 1, round(FADE_S * LINE_RATE))
    cut[: len(fade)] *= fade
    cut[-len(fade) :] *= fade[::-1]
    zero = spans[0][0]
    return cut, zero - first / LINE_RATE, [(a - zero, b - zero) for a, b in spans]


def speech_spans(line: np.ndarray) -> list[tuple[float, float]]:
    """Spans louder than the utterance's 90th percentile - 30 dB, pauses under 0.2 s joined."""
    size, hop = round(FRAME_S * LINE_RATE), round(HOP_S * LINE_RATE)
    frames = np.lib.stride_tricks.sliding_window_view(line, size)[::hop]
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    loud = level_db > np.percentile(level_db, 90) - SPAN_FLOOR_DB
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int)))
    # A frame stands for the hop around its centre.
    shift = (FRAME_S - HOP_S) / 2
    runs = [(float(a * HOP_S + shift), float(b * HOP_S + shift)) for a, b in edges.reshape(-1, 2)]
    joined: list[tuple[float, float]] = []
    for start, end in (run for run in runs if run[1] - run[0] >= SPAN_MIN_S):
        if joined and start - joined[-1][1] < SPAN_JOIN_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
