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
AMR_BIT_S = 5_900
"""Between AMR's lowest rate, 4.75 kbit/s of a weak radio link, and 12.2 of a good one."""
AMR_DELAY = 40  # samples: 5 ms of look-ahead (3GPP TS 26.090)
OPUS_BIT_S = 12_000
"""A usual rate of Opus on mobile calls (RFC 6716: 8 to 12 kbit/s for narrow-band speech)."""


def mu_law(samples: Samples, rate_hz: int) -> Samples:
    """8 kHz, 8-bit mu-law (ITU-T G.711), in a WAV file."""
    return _through_wav(samples, rate_hz, "ULAW")


def gsm(samples: Samples, rate_hz: int) -> Samples:
    """8 kHz, GSM 06.10 full rate at 13 kbit/s, in a WAV file."""
    return _through_wav(samples, rate_hz, "GSM610")


def amr(samples: Samples, rate_hz: int, bit_s: int = AMR_BIT_S, gated: bool = True) -> Samples:
    """8 kHz, AMR narrow-band of mobile calls; ``gated``: made-up noise where nobody is heard."""
    line = _at(samples, rate_hz, LINE_RATE_HZ)
    coder = av.CodecContext.create("libopencore_amrnb", "w")
    coder.sample_rate, coder.bit_rate = LINE_RATE_HZ, bit_s
    coder.layout, coder.format = "mono", "s16"
    coder.options = {"dtx": "1" if gated else "0"}
    decoder = av.CodecContext.create("libopencore_amrnb", "r")
    pcm = (np.clip(line, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = LINE_RATE_HZ
    parts = [
        part.to_ndarray().reshape(-1)
        for packet in (*coder.encode(frame), *coder.encode(None))
        for part in decoder.decode(packet)
    ]
    decoded = np.concatenate(parts)[AMR_DELAY:].astype(np.float32) / 32768
    return _fitted(_at(decoded, LINE_RATE_HZ, rate_hz), len(samples))


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
