"""Telephone lines that are hard to hear: what mobile coding, noise and levels make of a sound.

Every function of :data:`LINES` takes the two sides of a call, shape ``(2, n)``, float32, at 16 kHz,
and gives one channel, in time with them: both people as a one-channel recorder has them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import line_codecs

Samples = npt.NDArray[np.float32]
RATE_HZ = 16000
FRAME = 320  # 20 ms, the frame of every mobile codec


def level_db(samples: Samples) -> float:
    """Level of the loudest fifth of the 20 ms frames: of the speech in a sound."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.sort((frames**2).mean(axis=1))[-max(1, len(frames) // 5) :]
    return float(10 * np.log10(power.mean() + 1e-12))


def at_level(samples: Samples, wanted_db: float) -> Samples:
    """The same sound with its speech at a level in dBov."""
    return (samples * 10 ** ((wanted_db - level_db(samples)) / 20)).astype(np.float32)


def coloured(count: int, power_db_octave: float, seed: int = 0) -> Samples:
    """Noise of power 1 whose spectrum falls by some dB per octave: 3 is pink, 6 like a car."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 50.0)
    found = np.fft.irfft(spectrum * (hz / 1000) ** (-power_db_octave / 6.02), count)
    return (found / found.std()).astype(np.float32)


def with_noise(
    samples: Samples, snr_db: float, power_db_octave: float = 3, seed: int = 1
) -> Samples:
    """With noise so far under the speech."""
    noise_db = level_db(samples) - snr_db
    noise = coloured(len(samples), power_db_octave, seed) * 10 ** (noise_db / 20)
    return (samples + noise).astype(np.float32)


def quieter(sides: Samples, by_db: float) -> Samples:
    """The sum of both, the second so far under the first."""
    first, second = at_level(sides[0], -22), at_level(sides[1], -22 - by_db)
    return (first + second).astype(np.float32)


def with_losses(samples: Samples, share: float, seed: int = 2) -> Samples:
    """Frames lost on the way: the one before again, ever quieter, as decoders conceal them."""
    random = np.random.default_rng(seed)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).copy()
    gain, bad = 1.0, False
    for i in range(1, len(frames)):
        # Losses come in rows: a bad radio link stays bad for some frames.
        bad = random.random() < (0.6 if bad else share * 0.4)
        gain = gain * 0.7 if bad else 1.0
        if bad:
            frames[i] = frames[i - 1] * 0.7
    return np.concatenate((frames.reshape(-1), samples[len(samples) // FRAME * FRAME :]))


def levelled(samples: Samples, wanted_db: float = -20, rate_db_s: float = 30) -> Samples:
    """An automatic gain that pulls the background up in every pause, as recorders have."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    levels = 10 * np.log10((frames**2).mean(axis=1) + 1e-10)
    gain, gains = 0.0, np.zeros(len(levels))
    for i, level in enumerate(levels):
        step = rate_db_s * 0.02
        gain += float(np.clip(wanted_db - level - gain, -10 * step, step))
        gain = min(gain, 25.0)
        gains[i] = gain
    wide = np.interp(np.arange(len(samples)), (np.arange(len(gains)) + 0.5) * FRAME, gains)
    return np.clip(samples * 10 ** (wide / 20), -1, 1).astype(np.float32)


def cleaned(samples: Samples, depth_db: float = 18) -> Samples:
    """A telephone's own noise suppression, which turns down quiet speech too."""
    import librosa

    spectrum = librosa.stft(samples, n_fft=512, hop_length=128)
    power = np.abs(spectrum) ** 2
    floor = np.percentile(power, 30, axis=1, keepdims=True) * 4
    gain = np.clip(1 - floor / (power + 1e-12), 10 ** (-depth_db / 10), 1) ** 0.5
    return np.asarray(
        librosa.istft(spectrum * gain, hop_length=128, length=len(samples)), "float32"
    )


def in_a_room(samples: Samples, decay_s: float = 0.5, seed: int = 3) -> Samples:
    """A loudspeaker telephone: the room's late echo, as loud as the voice."""
    from scipy.signal import fftconvolve

    random = np.random.default_rng(seed)
    t = np.arange(round(decay_s * RATE_HZ)) / RATE_HZ
    tail = random.standard_normal(len(t)) * 10 ** (-3 * t / decay_s)
    tail[: round(0.004 * RATE_HZ)] = 0
    tail /= np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


def _mobile(samples: Samples, bit_s: int = 5900) -> Samples:
    return line_codecs.amr(samples, RATE_HZ, bit_s)


def _twice(samples: Samples) -> Samples:
    return line_codecs.gsm(line_codecs.gsm(samples, RATE_HZ), RATE_HZ)


def _muffled(samples: Samples) -> Samples:
    from scipy.signal import butter, sosfilt

    low = butter(2, (300, 1200), "band", fs=RATE_HZ, output="sos")
    return sosfilt(low, samples).astype(np.float32)


LINES: dict[str, Callable[[Samples], Samples]] = {
    "clean": lambda s: quieter(s, 0),
    "mobile, 4.75 kbit/s": lambda s: _mobile(quieter(s, 6), 4750),
    "mobile twice (GSM)": lambda s: _twice(quieter(s, 6)),
    "one 20 dB lower": lambda s: line_codecs.mu_law(quieter(s, 20), RATE_HZ),
    "one 28 dB lower": lambda s: line_codecs.mu_law(quieter(s, 28), RATE_HZ),
    "20 dB lower, mobile, 25 dB pink": lambda s: _mobile(with_noise(quieter(s, 20), 25)),
    "12 dB lower, mobile, 20 dB car": lambda s: _mobile(with_noise(quieter(s, 12), 20, 6)),
    "pink 10 dB, mobile": lambda s: _mobile(with_noise(quieter(s, 3), 10)),
    "car 5 dB, mobile": lambda s: _mobile(with_noise(quieter(s, 3), 5, 6)),
    "losses, mobile": lambda s: with_losses(_mobile(quieter(s, 6)), 0.1),
    "automatic gain, 15 dB lower": lambda s: _mobile(levelled(with_noise(quieter(s, 15), 25))),
    "noise taken out, 12 dB lower": lambda s: _mobile(cleaned(with_noise(quieter(s, 12), 12))),
    "in a room, mobile": lambda s: _mobile(in_a_room(quieter(s, 10))),
    "muffled, 10 dB lower": lambda s: _mobile(_muffled(quieter(s, 10))),
}
