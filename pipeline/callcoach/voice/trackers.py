"""Pitch trackers: where f0 comes from."""

from __future__ import annotations

from importlib.resources import files
from typing import Protocol

import numpy as np
import numpy.typing as npt

from callcoach.config.voice import PitchConfig
from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray

Floats = npt.NDArray[np.float64]


class PitchTracker(Protocol):
    """Finds the voiced frames of a stretch of sound."""

    model: ModelUse | None
    hop_s: float

    def track(self, samples: FloatArray, rate_hz: int) -> tuple[Floats, Floats]:
        """Times in seconds from the start of ``samples`` and f0 in hertz of the voiced frames."""
        ...


class SwiftF0Tracker:
    """The ``swift-f0`` package (MIT): a small neural tracker, 16 ms hop.

    One thread, so that the same sound gives the same pitch on every run.
    """

    hop_s = 256 / 16000

    def __init__(self, config: PitchConfig) -> None:
        import hashlib

        from swift_f0 import SwiftF0

        self._config = config
        self._detector = SwiftF0(threads=1)
        digest = hashlib.sha256(files("swift_f0").joinpath("model.onnx").read_bytes()).hexdigest()
        self.model: ModelUse | None = ModelUse("pitch", "swift-f0", digest, "installed packages")

    def track(self, samples: FloatArray, rate_hz: int) -> tuple[Floats, Floats]:
        """Voiced frames: confidence at least ``min_confidence``."""
        config = self._config
        found = self._detector.detect(samples, rate_hz, fmin=config.min_hz, fmax=config.max_hz)
        voiced = found.confidence >= config.min_confidence
        return found.timestamps[voiced], found.pitch_hz[voiced]


class PyinTracker:
    """``librosa.pyin`` on the signal plus its envelope, 10 ms hop.

    The telephone cuts off the fundamental of low voices. The envelope, band-passed to 60-1000 Hz,
    brings it back: measured on telephone-band speech of known pitch, gross errors fall from 6.8 %
    to 1.0 % against librosa's defaults.
    """

    hop_s = 0.010
    _RATE_HZ = 8000
    _FRAME = 320
    _NO_TROUGH = 0.1
    _ENVELOPE_HZ = (60.0, 1000.0)

    model: ModelUse | None = None

    def __init__(self, config: PitchConfig) -> None:
        self._config = config

    def track(self, samples: FloatArray, rate_hz: int) -> tuple[Floats, Floats]:
        """Frames that pyin's own voicing decision calls voiced."""
        import librosa
        import scipy.signal

        signal = librosa.resample(samples, orig_sr=rate_hz, target_sr=self._RATE_HZ)
        if len(signal) < self._FRAME:
            return np.zeros(0), np.zeros(0)
        envelope = np.abs(scipy.signal.hilbert(signal))
        band = scipy.signal.butter(
            4, self._ENVELOPE_HZ, btype="bandpass", fs=self._RATE_HZ, output="sos"
        )
        hop = round(self.hop_s * self._RATE_HZ)
        f0, voiced, _ = librosa.pyin(
            signal + scipy.signal.sosfiltfilt(band, envelope),
            fmin=self._config.min_hz,
            fmax=self._config.max_hz,
            sr=self._RATE_HZ,
            frame_length=self._FRAME,
            hop_length=hop,
            no_trough_prob=self._NO_TROUGH,
        )
        return np.flatnonzero(voiced).astype(np.float64) * self.hop_s, np.asarray(
            f0[voiced], dtype=np.float64
        )


def load_tracker(config: PitchConfig) -> PitchTracker:
    """The tracker the configuration names."""
    return SwiftF0Tracker(config) if config.tracker == "swift-f0" else PyinTracker(config)
