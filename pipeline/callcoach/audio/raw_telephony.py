"""Headerless sound of telephone systems: what a file is can only be told by its ending.

Asterisk writes its formats so (``sln`` is "signed linear", with the rate in kHz behind it; see
``formats/`` of its source), and so do SIP recorders and voicemail systems for G.711, G.722, GSM
06.10 and G.729. The rate is the coding's own, or for linear and G.711 sound the one that the
settings give.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from callcoach.config.audio import AudioConfig
from callcoach.errors import AudioError
from callcoach.model.recording import FloatArray

_LINEAR, _MU_LAW, _A_LAW, _GSM, _VOX = "PCM_16", "ULAW", "ALAW", "GSM610", "VOX_ADPCM"


@dataclass(frozen=True)
class RawCoding:
    """How headerless bytes become samples.

    ``subtype`` is libsndfile's name, ``format`` FFmpeg's: one of them is empty.
    """

    name: str
    rate_hz: int
    subtype: str = ""
    format: str = ""


_TELEPHONE_HZ = 8000
_G722 = RawCoding("g722", 16000, format="g722")
_G729 = RawCoding("g729", _TELEPHONE_HZ, format="g729")
_KHZ = {"": 8000, "8": 8000, "12": 12000, "16": 16000, "24": 24000, "32": 32000}
_KHZ |= {"44": 44100, "48": 48000, "96": 96000, "192": 192000}

RAW_CODINGS = {
    **{f".sln{khz}": RawCoding("linear", rate, _LINEAR) for khz, rate in _KHZ.items()},
    **dict.fromkeys((".ulaw", ".ul", ".mulaw", ".pcmu"), RawCoding("ulaw", _TELEPHONE_HZ, _MU_LAW)),
    **dict.fromkeys((".alaw", ".al", ".pcma"), RawCoding("alaw", _TELEPHONE_HZ, _A_LAW)),
    ".gsm": RawCoding("gsm", _TELEPHONE_HZ, _GSM),
    ".vox": RawCoding("vox", _TELEPHONE_HZ, _VOX),
    ".g722": _G722,
    ".g729": _G729,
}
"""Endings that name a coding."""

SET_ENDINGS = (".raw", ".pcm")
"""Endings that name none: ``audio.raw_coding`` says what they are."""

RAW_ENDINGS = frozenset({*RAW_CODINGS, *SET_ENDINGS})

_SETTABLE = {
    "linear": RawCoding("linear", _TELEPHONE_HZ, _LINEAR),
    "ulaw": RAW_CODINGS[".ulaw"],
    "alaw": RAW_CODINGS[".alaw"],
    "gsm": RAW_CODINGS[".gsm"],
    "vox": RAW_CODINGS[".vox"],
    "g722": _G722,
    "g729": _G729,
}
_RATE_FREE = frozenset({_LINEAR, _MU_LAW, _A_LAW, _VOX})

_TEXT_SHARE = 0.95  # of bytes that are printable: sound in any coding has under 0.6
_LETTERS = 10  # fewer different bytes are no text
_ALIKE = 0.2
"""Correlation of neighbouring samples under which sound is no speech.

Telephone speech has 0.7 to 0.95 (most of its power lies under 1 kHz), white noise and the bytes of
another coding 0; a hiss of s as loud as all other speech is not heard for seconds.
"""
_LOUD = 0.1  # RMS, full scale 1: bytes of another coding are loud, the noise of an idle line is not
_TOO_LOUD = 0.4
"""RMS over seconds that no speech has, pauses included, unless nearly all of it is cut off."""
_CUT_OFF_ALIKE = 0.8
"""Neighbouring samples of speech that is cut off are as alike as others: mu-law bytes read as
linear samples have 0.46 to 0.66, other bytes read as Dialogic's 0.64 to 0.8 (three calls)."""
_GSM_FRAME, _GSM_MAGIC, _GSM_SHARE = 33, 0xD0, 0.9  # each frame begins with 0xd in four bits


def raw_coding(path: Path, config: AudioConfig) -> RawCoding:
    """The coding of a headerless file, one of ``RAW_ENDINGS``, by its ending and the settings.

    Raises
    ------
    AudioError
        If the ending names no coding and the settings do not either.
    """
    ending = path.suffix.lower()
    if ending in RAW_CODINGS:
        coding = RAW_CODINGS[ending]
    else:
        if config.raw_coding == "unknown":
            raise AudioError(
                f"{path.name} has no header, and {ending} does not say how it is coded; set "
                f"audio.raw_coding ({', '.join(_SETTABLE)}), and audio.raw_rate_hz where it is not "
                "8000 Hz"
            )
        coding = _SETTABLE[config.raw_coding]
    if coding.subtype not in _RATE_FREE or (ending.startswith(".sln") and ending != ".sln"):
        return coding
    return RawCoding(coding.name, config.raw_rate_hz, coding.subtype)


def check_bytes(path: Path, coding: RawCoding, data: bytes) -> None:
    """Refuse bytes that are not of the coding.

    Raises
    ------
    AudioError
        If they are text, or GSM whose frames do not begin as they must.
    """
    if is_text(data):
        raise AudioError(f"{path.name} holds text, not sound; check how it was exported")
    if coding.subtype == _GSM:
        starts = np.frombuffer(data, dtype=np.uint8)[::_GSM_FRAME]
        if np.mean((starts & 0xF0) == _GSM_MAGIC) < _GSM_SHARE:
            raise _not(path, coding)


def check_sound(path: Path, coding: RawCoding, samples: FloatArray) -> None:
    """Refuse sound that no telephone line gives: bytes of another coding.

    Parameters
    ----------
    path, coding
        The file and what its ending says.
    samples
        Seconds of it, shape ``(n,)``.

    Raises
    ------
    AudioError
        If it is as loud and as even as noise.
    """
    if not _like_speech(samples[:, None]):
        raise _not(path, coding)


def _like_speech(samples: FloatArray) -> bool:
    """Whether sound, shape ``(n, channels)``, is quiet or as loud and as even as speech."""
    if len(samples) < 2:
        return True
    # Bytes of another coding have a constant part, which makes every sample like the next.
    varying = samples - samples.mean(axis=0)
    loud = float(np.sqrt(np.mean(varying**2)))
    if loud <= _LOUD:
        return True
    alike = float(np.mean(varying[1:] * varying[:-1])) / loud**2
    return alike >= (_CUT_OFF_ALIKE if loud > _TOO_LOUD else _ALIKE)


def _not(path: Path, coding: RawCoding) -> AudioError:
    return AudioError(
        f"{path.name} is not {coding.name} sound, as its ending says: what its bytes give is "
        "noise; check in which coding the recorder writes"
    )


def is_text(data: bytes) -> bool:
    """Whether bytes are letters, digits and blanks."""
    if not data:
        return False
    values = np.frombuffer(data, dtype=np.uint8)
    if len(np.unique(values)) < _LETTERS:
        return False  # an idle A-law channel is all 0x55, the letter U
    printable = ((values >= 32) & (values < 127)) | ((values >= 9) & (values <= 13))
    return float(np.mean(printable)) > _TEXT_SHARE


def neighbours_alike(data: bytes, channels: int) -> bool:
    """Whether 16-bit linear samples, little-endian, are quiet or like those beside them."""
    samples: FloatArray = np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)
    samples = samples[: len(samples) // channels * channels].reshape(-1, channels)
    return _like_speech(samples)
