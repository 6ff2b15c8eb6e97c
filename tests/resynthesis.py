"""Speech whose pitch is known at every instant.

Each utterance keeps the vocal tract and the timing of a turn of the sample calls (all-pole
envelopes, LPC) but not its voice: voiced stretches are driven by a band-limited pulse train that
follows a drawn pitch contour, everything else by noise. The contour is therefore the truth, not
another tracker's opinion. Nothing here is random: an utterance is a function of its number.

    for utterance in utterances(24):
        line = telephone_band(utterance.samples, utterance.rate_hz)
        noisy = with_noise(line, 8000, 10.0, "pink", seed=utterance.number)

The all-pole model goes back to Atal & Hanauer (1971), the method (known pitch, real vocal tracts)
to the evaluation of pitch trackers on resynthesised speech, e.g. Kawahara et al. (2016).
"""

from __future__ import annotations

import functools
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import librosa
import numpy as np
import numpy.typing as npt
import scipy.signal
import soundfile

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]
Colour = Literal["white", "pink"]

SAMPLE_CALLS = Path(__file__).resolve().parent.parent / "data_samples"
REFERENCE_HZ = 27.5
RATE_HZ = 8000
"""Rate of the sample calls and of the utterances."""

TELEPHONE_BAND_HZ = (300.0, 3400.0)
TELEPHONE_ORDER = 4
"""24 dB per octave at each edge, the slope of a handset's sending side (ITU-T P.48, IRS)."""

SPEECH_DBOV = -26.0
"""Level of every utterance over its active frames, the usual one of telephone test material."""

LOWEST_HZ, HIGHEST_HZ = 66.0, 640.0
"""No contour leaves this range: below lies creak, above lies singing."""

_FRAME_S, _HOP_S = 0.025, 0.005
_LPC_ORDER = 10  # two for each kilohertz of the rate, less two: the source has no 4 kHz edge
_PRE_EMPHASIS = 0.95
# How irregular the voices are, each somewhere between a clear one and a hoarse one: noise against
# pulses in dB, and the standard deviations of the single periods' length and strength.
_CLEAR = np.array([-20.0, 0.005, 0.04])
_HOARSE = np.array([-8.0, 0.02, 0.15])
_MEDIANS_HZ = (85.0, 300.0)
_SPREADS_ST = (0.5, 5.0)
_LENGTHS_S = (3.0, 7.0)
_LEAST_SNR_DB = 36.0


def semitones(hz: npt.ArrayLike) -> Floats:
    """Semitones above 27.5 Hz."""
    return np.asarray(12 * np.log2(np.asarray(hz) / REFERENCE_HZ), dtype=np.float64)


def hertz(st: npt.ArrayLike) -> Floats:
    """Hertz from semitones above 27.5 Hz."""
    return np.asarray(REFERENCE_HZ * 2 ** (np.asarray(st) / 12), dtype=np.float64)


@dataclass(frozen=True)
class Tract:
    """What is kept of a turn, in frames 5 ms apart.

    ``coefficients`` of shape ``(n, order + 1)`` and ``gains`` of shape ``(n,)`` are the all-pole
    filters and the RMS of their input; ``voiced``, shape ``(n,)``, says which are driven by pulses.
    ``pitch_st`` is the median pitch the turn had, which tells large vocal tracts from small ones.
    """

    name: str
    coefficients: Floats
    gains: Floats
    voiced: npt.NDArray[np.bool_]
    pitch_st: float

    @property
    def seed(self) -> int:
        """A number of its own, the same everywhere."""
        return zlib.crc32(self.name.encode())

    @property
    def times_s(self) -> Floats:
        """Frame centres."""
        return np.arange(len(self.gains)) * _HOP_S


@dataclass(frozen=True)
class Utterance:
    """An utterance and its truth.

    ``samples`` has 8 kHz and -26 dBov over its active frames. ``semitones``, shape ``(n,)``, is the
    pitch at ``times_s``; where ``voiced`` is false nothing sounds at that pitch.
    """

    number: int
    tract: Tract
    samples: Samples
    semitones: Floats

    rate_hz = RATE_HZ
    hop_s = _HOP_S

    @property
    def name(self) -> str:
        """The turn it was made from."""
        return self.tract.name

    @property
    def times_s(self) -> Floats:
        """Times of the truth, 5 ms apart."""
        return self.tract.times_s

    @property
    def voiced(self) -> npt.NDArray[np.bool_]:
        """Where the truth is voiced, shape ``(n,)``."""
        return self.tract.voiced

    @property
    def median_st(self) -> float:
        """True median of the voiced pitch, in semitones above 27.5 Hz."""
        return float(np.median(self.semitones[self.voiced]))

    @property
    def sd_st(self) -> float:
        """True standard deviation of the voiced pitch, in semitones."""
        return float(np.std(self.semitones[self.voiced]))

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def at(self, times_s: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """True pitch in semitones at any times, and whether the truth is voiced there."""
        nearest = np.clip(np.rint(times_s / _HOP_S).astype(int), 0, len(self.voiced) - 1)
        return np.interp(times_s, self.times_s, self.semitones), self.voiced[nearest]

    def with_spread(self, factor: float) -> Utterance:
        """The same utterance with its pitch spread ``factor`` times as far about its median."""
        return make_utterance(
            self.number, self.tract, self.median_st + factor * (self.semitones - self.median_st)
        )


def make_utterance(number: int, tract: Tract, contour_st: Floats) -> Utterance:
    """Let a vocal tract speak with a given pitch, semitones at each of its frames."""
    spoken = _speak(tract, contour_st)
    gain = 10 ** (SPEECH_DBOV / 20) / np.sqrt(active_power(spoken, RATE_HZ))
    return Utterance(number, tract, (gain * spoken).astype(np.float32), contour_st)


@functools.cache
def utterances(count: int = 24) -> tuple[Utterance, ...]:
    """Utterances of about 3 to 7 s, median pitch from 85 to 300 Hz, spread from 0.5 to 5 st.

    Medians are evenly spaced in semitones and go with vocal tracts of their size; spreads are
    evenly spaced and dealt out at random, as wide as the range of speaking voices allows.
    """
    tracts = sorted(_tracts()[:count], key=lambda tract: tract.pitch_st)
    if len(tracts) < count:
        raise ValueError(f"the sample calls have {len(tracts)} turns that fit, {count} wanted")
    medians = semitones(np.geomspace(*_MEDIANS_HZ, count))
    spreads = np.random.default_rng(5).permutation(np.linspace(*_SPREADS_ST, count))
    made = []
    for number, (tract, median, spread) in enumerate(zip(tracts, medians, spreads, strict=True)):
        contour = draw_contour(tract, float(median), float(spread))
        made.append(make_utterance(number, tract, contour))
    return tuple(made)


def draw_contour(tract: Tract, median_st: float, sd_st: float) -> Floats:
    """A pitch contour of given median and spread: declination, accents and a small slow drift.

    The spread is made smaller where the contour would leave the range of speaking voices.

    Returns
    -------
    ndarray, shape (n,)
        Semitones above 27.5 Hz at the tract's frames, unvoiced ones included.
    """
    draw = np.random.default_rng(tract.seed)
    times, voiced = tract.times_s, tract.voiced
    shape = np.zeros(len(times))
    for first, last in _phrases(voiced):
        span = slice(first, last)
        through = (times[span] - times[first]) / max(_HOP_S, times[last - 1] - times[first])
        shape[span] += draw.uniform(0.5, 1.2) * (0.5 - through)  # declination
        at = times[first] + draw.uniform(0.05, 0.25)
        while at < times[last - 1]:
            height = draw.choice([1.0, 1.0, 1.0, -0.5]) * draw.uniform(0.6, 1.6)
            shape += height * np.exp(-0.5 * ((times - at) / draw.uniform(0.07, 0.14)) ** 2)
            at += draw.uniform(0.35, 0.7)
    for hz in (0.3, 0.7, 1.3, 2.9):
        shape += draw.uniform(0.03, 0.12) * np.sin(2 * np.pi * (hz * times + draw.uniform()))
    shape -= np.median(shape[voiced])
    shape /= np.std(shape[voiced])
    low, high = semitones((LOWEST_HZ, HIGHEST_HZ)) - median_st
    sd_st = min(sd_st, float(low / shape.min()), float(high / shape.max()))
    return median_st + sd_st * shape


def telephone_band(samples: Samples, rate_hz: int, order: int = TELEPHONE_ORDER) -> Samples:
    """300 to 3400 Hz at 8 kHz. The level after the band is that of before."""
    at_8k = librosa.resample(samples, orig_sr=rate_hz, target_sr=8000)
    line = scipy.signal.sosfilt(_band(order), at_8k)
    gain = np.sqrt(np.mean(np.square(at_8k, dtype=np.float64)) / np.mean(line**2))
    return np.asarray(gain * line, dtype=np.float32)


def with_noise(
    samples: Samples, rate_hz: int, snr_db: float, colour: Colour = "pink", seed: int = 0
) -> Samples:
    """Noise ``snr_db`` under the active speech, in the telephone band when the rate is 8 kHz.

    Both levels are measured in that band, so the ratio holds where the speech is heard.
    """
    noise = make_noise(len(samples), rate_hz, colour, seed)
    if rate_hz == 8000:
        noise = scipy.signal.sosfilt(_band(TELEPHONE_ORDER), noise)
    power = active_power(samples, rate_hz) * 10 ** (-snr_db / 10)
    return np.asarray(samples + noise * np.sqrt(power / np.mean(noise**2)), dtype=np.float32)


def with_voices(utterance: Utterance, snr_db: float, count: int = 6) -> Samples:
    """The utterance on a telephone line with other people talking ``snr_db`` below it."""
    line = telephone_band(utterance.samples, RATE_HZ)
    others = [other for other in utterances() if other.name != utterance.name]
    draw = np.random.default_rng(utterance.number)
    behind = np.zeros(len(line))
    for index in draw.choice(len(others), count, replace=False):
        voice = telephone_band(others[index].samples, RATE_HZ)
        behind += np.resize(np.roll(voice, draw.integers(len(voice))), len(line))
    power = active_power(line, RATE_HZ) * 10 ** (-snr_db / 10)
    return np.asarray(line + behind * np.sqrt(power / np.mean(behind**2)), dtype=np.float32)


def make_noise(length: int, rate_hz: int, colour: Colour, seed: int = 0) -> Floats:
    """Noise of power 1: white, or pink (falling by 3 dB per octave, flat below 20 Hz)."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    if colour == "pink":
        spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(length, 1 / rate_hz), 20.0))
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def active_power(samples: npt.ArrayLike, rate_hz: int) -> float:
    """Mean square over the 10 ms frames at most 25 dB under the loud ones (95th percentile)."""
    hop = rate_hz // 100
    signal = np.asarray(samples, dtype=np.float64)
    frames = np.mean(signal[: len(signal) // hop * hop].reshape(-1, hop) ** 2, axis=1)
    return float(np.mean(frames[frames >= np.percentile(frames, 95) * 10**-2.5]))


# ------------------------------------------------------------------ source


@functools.cache
def _tracts() -> tuple[Tract, ...]:
    """Turns of the sample calls that nobody talks over, taken apart; order of the calls mixed."""
    found = []
    for path in sorted((SAMPLE_CALLS / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        recording = next((SAMPLE_CALLS / "audio").glob(f"{path.stem}.*"))
        # Formats that every libsndfile reads.
        if truth["line"]["snr_db"] < _LEAST_SNR_DB or recording.suffix in (".mp3", ".m4a"):
            continue
        sound, rate_hz = soundfile.read(recording, dtype="float64", always_2d=True)
        if rate_hz != RATE_HZ:
            raise ValueError(f"{recording.name} has {rate_hz} Hz, expected {RATE_HZ}")
        for turn in truth["turns"]:
            start_s, end_s = turn["start_s"] - 0.1, turn["end_s"] + 0.1
            others = (t for t in truth["turns"] if t is not turn)
            if not _LENGTHS_S[0] <= turn["end_s"] - turn["start_s"] <= _LENGTHS_S[1] or any(
                t["start_s"] < end_s and t["end_s"] > start_s for t in others
            ):
                continue
            right = (turn["speaker"] == "agent") != (truth["agent_channel"] == "left")
            channel = sound[:, -1 if right else 0]
            cut = channel[round(max(0.0, start_s) * RATE_HZ) : round(end_s * RATE_HZ)]
            found.append(_take_apart(f"{path.stem} {turn['id']}", cut, turn["pitch_median_st"]))
    return tuple(sorted(found, key=lambda tract: tract.seed))


def _take_apart(name: str, sound: Floats, pitch_st: float) -> Tract:
    """All-pole envelopes of a turn, its voicing and its gain."""
    opened = _without_band(sound)
    voiced = _voiced(opened)
    flat = np.append(opened[:1], opened[1:] - _PRE_EMPHASIS * opened[:-1])
    size, hop = round(_FRAME_S * RATE_HZ), round(_HOP_S * RATE_HZ)
    padded = np.pad(flat, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    # A whisper of white noise keeps the filters of silent frames apart from instability.
    floor = 1e-4 * np.sqrt(np.mean(flat**2))
    dither = floor * np.random.default_rng(0).standard_normal(size)
    windowed = (frames + dither) * np.hanning(size)
    whole = librosa.lpc(windowed, order=_LPC_ORDER, axis=-1)
    # Widen every formant by 40 Hz, or a harmonic that meets a pole of a single frame rings.
    whole = whole * np.exp(-np.pi * 40 / RATE_HZ) ** np.arange(_LPC_ORDER + 1)
    residual = np.stack(
        [scipy.signal.lfilter(a, [1.0], f) for a, f in zip(whole, windowed, strict=True)]
    )
    gains = np.sqrt(np.mean(residual**2, axis=1))
    count = min(len(gains), len(voiced))
    return Tract(name, whole[:count], gains[:count], voiced[:count], pitch_st)


def _without_band(sound: Floats) -> Floats:
    """Give back what the sample calls' own telephone band took: 12 dB per octave, up to 24 dB."""
    band = scipy.signal.butter(2, TELEPHONE_BAND_HZ, "bandpass", fs=16000, output="sos")
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    _, response = scipy.signal.sosfreqz(band, hz, fs=16000)
    size = np.abs(response)
    gain = np.where(hz > 50, 1 / np.maximum(size, 10 ** (-24 / 20)), 0.0)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound) * gain, len(sound)))


def _voiced(sound: Floats) -> npt.NDArray[np.bool_]:
    """Which 5 ms frames are driven by pulses: loud and periodic in the original.

    It need not be right about the original: it only decides where the new voice sounds.
    """
    size, hop = round(0.04 * RATE_HZ), round(_HOP_S * RATE_HZ)
    low = scipy.signal.butter(4, 1000, fs=RATE_HZ, output="sos")
    padded = np.pad(scipy.signal.sosfiltfilt(low, sound), size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(frames * np.hanning(size), 2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, :size]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 2 * size)) ** 2)[:size]
    lags = slice(RATE_HZ // 500, RATE_HZ // 60)
    normal = correlation / window * window[0] / np.maximum(correlation[:, :1], 1e-12)
    periodic = normal[:, lags].max(axis=1) > 0.6
    power = np.mean(frames**2, axis=1)
    loud = power > np.percentile(power, 95) * 10**-2.5
    # Runs under 40 ms are no syllables, gaps under 15 ms no consonants.
    wanted = scipy.ndimage.binary_closing(periodic & loud, np.ones(3))
    return np.asarray(scipy.ndimage.binary_opening(wanted, np.ones(8)))


def _phrases(voiced: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Frames from the first to the last of voiced stretches with gaps under 0.25 s."""
    at = np.flatnonzero(voiced)
    breaks = np.flatnonzero(np.diff(at) * _HOP_S >= 0.25)
    firsts, lasts = np.append(at[0], at[breaks + 1]), np.append(at[breaks], at[-1])
    return [(int(a), int(b) + 1) for a, b in zip(firsts, lasts, strict=True)]


# ------------------------------------------------------------------ synthesis


def _speak(tract: Tract, contour_st: Floats) -> Floats:
    """Drive the filters, overlap-add of Hann-weighted input, one filter each 5 ms."""
    hop = round(_HOP_S * RATE_HZ)
    length = hop * len(contour_st)
    at = np.arange(length) / hop
    frames = np.arange(len(contour_st))
    draw = np.random.default_rng(tract.seed)
    hoarse = draw.uniform()
    breath_db, jitter, shimmer = _CLEAR + hoarse * (_HOARSE - _CLEAR)
    breath = draw.standard_normal(length)
    voice = np.interp(at, frames, tract.voiced.astype(float))
    pulses = _pulses(hertz(np.interp(at, frames, contour_st)), jitter, shimmer, draw)
    pulses += 10 ** (breath_db / 20) * breath
    driven = voice * pulses + (1 - voice) * breath
    window = np.hanning(2 * hop + 1)[:-1]
    tail = round(0.05 * RATE_HZ)
    padded = np.pad(driven, (hop, hop + tail))
    spoken = np.zeros(length + 2 * hop + tail)
    for frame, (filter_, gain) in enumerate(zip(tract.coefficients, tract.gains, strict=True)):
        part = np.zeros(2 * hop + tail)
        part[: 2 * hop] = padded[frame * hop : (frame + 2) * hop] * window
        spoken[frame * hop : frame * hop + len(part)] += scipy.signal.lfilter(
            [gain], np.convolve(filter_, (1.0, -_PRE_EMPHASIS)), part
        )
    return spoken[hop : hop + length]


def _pulses(f0_hz: Floats, jitter: float, shimmer: float, draw: np.random.Generator) -> Floats:
    """Band-limited pulse train of power 1: equal harmonics up to 4 kHz, faded at the edge.

    Each period is a little longer or shorter, stronger or weaker than the contour has it, by
    ``jitter`` and ``shimmer``.
    """
    period = np.cumsum(f0_hz / RATE_HZ).astype(int)
    f0_hz = f0_hz * (1 + jitter * draw.standard_normal(period[-1] + 1))[period]
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    edge_hz = RATE_HZ / 2
    total, power = np.zeros(len(f0_hz)), np.zeros(len(f0_hz))
    turn = np.exp(1j * phase)
    harmonic = np.ones(len(f0_hz), dtype=complex)
    for number in range(1, int(edge_hz / f0_hz.min()) + 1):
        harmonic *= turn
        weight = np.clip((edge_hz - number * f0_hz) / 200, 0, 1)
        total += weight * harmonic.real
        power += weight**2 / 2
    strength = 1 + shimmer * draw.standard_normal(period[-1] + 1)
    return np.asarray(strength[period] * total / np.sqrt(power))


def _band(order: int) -> Floats:
    return np.asarray(
        scipy.signal.butter(order, TELEPHONE_BAND_HZ, "bandpass", fs=8000, output="sos")
    )
