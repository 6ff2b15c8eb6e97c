"""Through the codecs of telephone lines and back: what a recorder would have stored.

Every function takes and gives one channel, shape ``(n,)``, float32, at the same rate, in time with
the original: the delay of the codec is taken off.
"""

from __future__ import annotations

import io

import av
import librosa
import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float32]

LINE_RATE_HZ = 8000
OPUS_BIT_S = 12_000
"""A usual rate of Opus on mobile calls (RFC 6716: 8 to 12 kbit/s for narrow-band speech)."""


def mu_law(samples: Samples, rate_hz: int) -> Samples:
    """8 kHz, 8-bit mu-law (ITU-T G.711), in a WAV file."""
    return _through_wav(samples, rate_hz, "ULAW")


def gsm(samples: Samples, rate_hz: int) -> Samples:
    """8 kHz, GSM 06.10 full rate at 13 kbit/s, in a WAV file."""
    return _through_wav(samples, rate_hz, "GSM610")


def opus(
    samples: Samples, rate_hz: int, bit_s: int = OPUS_BIT_S, line_rate_hz: int = LINE_RATE_HZ
) -> Samples:
    """8 (or 12, 16, 24, 48) kHz, Opus in its voice mode, in an Ogg file."""
    line = _at(samples, rate_hz, line_rate_hz)
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=line_rate_hz, layout="mono")
        stream.bit_rate = bit_s
        stream.options = {"application": "voip"}
        frame = av.AudioFrame.from_ndarray(line[None], format="flt", layout="mono")
        frame.sample_rate = line_rate_hz
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    file.seek(0)
    # Opus decodes at 48 kHz whatever the original rate; the decoder takes the pre-skip off.
    with av.open(file, "r") as coded:
        decoded = np.concatenate([f.to_ndarray()[0] for f in coded.decode(audio=0)])
    return _fitted(librosa.resample(decoded, orig_sr=48000, target_sr=rate_hz), len(samples))


def _through_wav(samples: Samples, rate_hz: int, subtype: str) -> Samples:
    line = _at(samples, rate_hz, LINE_RATE_HZ)
    file = io.BytesIO()
    soundfile.write(file, line, LINE_RATE_HZ, format="WAV", subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return _fitted(_at(decoded, LINE_RATE_HZ, rate_hz), len(samples))


def _at(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    """At another rate."""
    if rate_hz == wanted_hz:
        return np.ascontiguousarray(samples, dtype=np.float32)
    return librosa.resample(samples, orig_sr=rate_hz, target_sr=wanted_hz).astype(np.float32)


def _fitted(samples: Samples, length: int) -> Samples:
    """Cut or filled up with silence: codecs work in whole frames."""
    return np.pad(samples[:length], (0, max(0, length - len(samples)))).astype(np.float32)
